import dataclasses

import numpy as np
import pytest

from spatial_pretrain.data_engine import visibility
from spatial_pretrain.data_engine.thresholds import load_profile
from tests.spatial_pretrain.data_engine.toy_scenes import looking, toy, toy_scene
from vst_robot.geometry import camera
from vst_robot.scenes import Frame

RULE = load_profile("tabletop").visibility


def wall(depth_m=2.0):
    """A camera at the origin before a plane."""
    return Frame(
        rgb=np.zeros((48, 64, 3), np.uint8),
        K=camera.intrinsics_from_fovy(60, width_px=64, height_px=48),
        T_world_camera=np.eye(4),
        depth_m=np.full((48, 64), depth_m, np.float32),
    )


@pytest.mark.parametrize(
    ("point", "visible"),
    [
        ((0, 0, 2.0), True),  # on the wall
        ((0, 0, 3.0), False),  # behind it
        ((0, 0, 1.0), False),  # floating before it
        ((0, 0, 2 / 1.049), True),  # 4.9 % off
        ((0, 0, 2 / 1.051), False),  # 5.1 % off
        ((0, 0, 2 / 0.951), True),
        ((0, 0, 2 / 0.949), False),
        ((0, 0, -2.0), False),  # behind the camera
        ((3, 0, 2.0), False),  # beside the picture
        ((0, -1.1547 + 1e-3, 2.0), True),  # the picture's upper edge
        ((0, -1.1547 - 1e-3, 2.0), False),
    ],
)
def test_the_three_checks(point, visible):
    assert visibility.visible_points(np.array([point]), wall(), depth_tolerance=0.05).tolist() == [visible]


def test_unknown_depth_shows_nothing():
    frame = wall(0.0)
    assert not visibility.visible_points(np.array([[0, 0, 2.0]]), frame, depth_tolerance=0.05).any()
    frame = dataclasses.replace(frame, depth_m=None)
    assert not visibility.visible_points(np.array([[0, 0, 2.0]]), frame, depth_tolerance=0.05).any()


def clip():
    """A camera that turns from an empty wall to a chair which half hides a lamp."""
    chair = toy("chair", 1, centre_m=(0, 0, 0.5), size_m=(0.6, 1.0, 0.6))
    lamp = toy("lamp", 2, centre_m=(-1.2, 0.6, 0.5), size_m=(0.6, 1.0, 0.6))
    eye = np.array([3, 0, 0.5])
    ats = [eye + np.array([np.cos(a), np.sin(a), 0.001]) for a in np.radians(np.arange(90, 184, 4))]
    return toy_scene([chair, lamp], [looking(eye, at) for at in ats], view="video")


def test_an_object_is_glimpsed_before_it_is_clearly_seen():
    scene = clip()
    sights = visibility.sights(scene, RULE)
    sight = sights.first(0)
    assert sight is not None and 0 < sight.glimpse_frame <= sight.clear_frame
    for frame in range(sight.glimpse_frame):
        assert not (scene.frames[frame].instances == 1).any()
    seen = [(frame.instances == 2).sum() for frame in scene.frames]
    first = sights.first(1)
    assert first is not None and seen[first.glimpse_frame] > 0 and seen[first.clear_frame] >= RULE.min_pixels
    assert not any(seen[: first.glimpse_frame])


def test_without_masks_glimpses_are_counted_generously():
    scene = clip()
    blind = dataclasses.replace(
        scene, frames=tuple(dataclasses.replace(frame, instances=None) for frame in scene.frames)
    )
    boxes_only = tuple(
        dataclasses.replace(thing, surface_m=None, visible=(False,) * len(scene.frames)) for thing in blind.objects
    )
    unseen = dataclasses.replace(blind, objects=boxes_only)
    glimpsed = visibility.sights(unseen, RULE).glimpsed
    for number, frame in enumerate(scene.frames):
        for row, thing in enumerate(boxes_only):
            assert glimpsed[row, number] or (frame.instances == thing.instance).sum() <= 40
    assert not glimpsed[0, 0]
