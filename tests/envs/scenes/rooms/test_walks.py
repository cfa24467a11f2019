import itertools

import numpy as np
import pytest

from envs.scenes.rooms import model, room
from envs.scenes.rooms.ground import FreeFloor
from envs.scenes.rooms.walks import EYE_M, Walker
from vst_robot.geometry import camera, pose, rotation

K = camera.intrinsics_from_fovy(65, width_px=128, height_px=128)
HZ, COUNT = 2.0, 32


def some_walkers(count):
    for number in range(count):
        drawn = room.drawn(np.random.default_rng([21, number]))
        floor = FreeFloor(*drawn.shell.size_m[:2], [thing.zone for thing in drawn.things])
        if floor.area_m2 < 1.5:
            continue
        targets = np.array([thing.box.centre_m for thing in drawn.things])
        yield (
            drawn,
            Walker(
                floor=floor,
                targets_m=targets,
                K=K,
                size_px=(128, 128),
                in_sight=model.compiled(drawn.shell, drawn.things).in_sight,
                rng=np.random.default_rng(number),
            ),
        )


def clearance_m(drawn, eye):
    """From a place to the nearest thing's box."""
    gaps = []
    for thing in drawn.things:
        local = np.abs(thing.box.R_frame_box.T @ (eye - thing.box.centre_m)) - thing.box.size_m / 2
        gaps.append(np.linalg.norm(np.maximum(local, 0)))
    return min(gaps)


def test_clips_are_steady_level_and_free_of_collisions():
    covered = []
    for drawn, walker in some_walkers(10):
        poses = np.array(walker.clip(COUNT, HZ))
        eyes = poses[:, :3, 3]
        assert np.linalg.norm(np.diff(eyes, axis=0), axis=1).max() <= 0.75 / HZ
        turns = rotation.rotation_angle(np.swapaxes(poses[:-1, :3, :3], 1, 2) @ poses[1:, :3, :3])
        assert np.degrees(turns).max() <= 75 / HZ, "about 60° in a second, and the pitch on top"
        np.testing.assert_allclose(poses[:, 2, 0], 0, atol=1e-9)
        assert min(clearance_m(drawn, eye) for eye in eyes) > 0.08
        assert (eyes[:, :2] > 0.2).all() and (eyes[:, :2] < np.array(drawn.shell.size_m[:2]) - 0.2).all()
        covered.append(len(set().union(*(walker.seen(T) for T in poses))) / len(drawn.things))
    assert min(covered) > 0.3 and np.mean(covered) > 0.6


def test_stops_share_a_target_and_stand_on_free_floor():
    moved, turned = [], []
    for drawn, walker in some_walkers(12):
        poses = walker.stops(4)
        for first, second in itertools.pairwise(poses):
            assert walker.seen(first) & walker.seen(second)
            between = pose.inverse(first) @ second
            moved.append(np.linalg.norm(between[:3, 3]))
            turned.append(np.degrees(rotation.rotation_angle(between[:3, :3])))
        for T in poses:
            assert clearance_m(drawn, T[:3, 3]) > 0.1 and EYE_M[0] - 0.21 < T[2, 3] < EYE_M[1] + 0.21
    moved, turned = np.array(moved), np.array(turned)
    assert (moved < 1e-6).mean() > 0.1, "turns on the spot"
    assert (turned < 1e-4).mean() > 0.05, "steps without a turn"
    assert ((moved > 0.3) & (turned > 10)).mean() > 0.2, "both"


def test_one_look_shows_several_things():
    shown = [len(walker.seen(walker.look())) for _, walker in some_walkers(12)]
    assert np.median(shown) >= 4 and min(shown) >= 1


@pytest.mark.parametrize("view", ["look", "stops", "clip"])
def test_walks_follow_from_the_generator(view):
    calls = {"look": lambda w: [w.look()], "stops": lambda w: w.stops(3), "clip": lambda w: w.clip(6, 2.0)}
    first, second = ([calls[view](walker) for _, walker in some_walkers(2)] for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
