from dataclasses import replace

import numpy as np
import pytest

from spatial_pretrain.data_engine.thresholds import Visibility
from spatial_pretrain.readers.boxes import Thing
from spatial_pretrain.readers.visibility import is_seen, pixels_of, share_in_picture, share_on_depth
from tests.spatial_pretrain.data_engine.toy_scenes import ToyScenes, looking
from tests.spatial_pretrain.readers import worlds
from vst_robot.geometry import pose
from vst_robot.scenes import Frame

RULE = Visibility(min_pixels=30, min_area_share=0.001, min_seen_share=0.2, depth_tolerance=0.05, surface_points=128)


def frame_of(T, *, instances=True, depth=True, things=worlds.THINGS):
    depth_m, numbers, rgb = worlds.shown(T, things=things)
    return Frame(
        rgb=rgb,
        K=worlds.K,
        T_world_camera=T,
        depth_m=depth_m if depth else None,
        instances=numbers if instances else None,
    )


def thing_of(truth, *, surface=True):
    return Thing(
        label=truth.label, instance=truth.instance, box=truth.box, surface_m=truth.surface_m if surface else None
    )


def test_pixels_in_the_box_are_those_of_the_mask():
    """Two centimetres of slack take in a strip of the floor beside the box, no more."""
    for index in range(6):
        scene = ToyScenes(seed=3).scene("single", index)
        bare = replace(scene.frames[0], instances=None)
        for truth in scene.objects:
            box = scene.box_in_camera(truth)
            mask = (scene.frames[0].instances == truth.instance).sum()
            if mask > 60:
                assert pixels_of(thing_of(truth), box, bare) == pytest.approx(mask, rel=0.2, abs=12)


@pytest.mark.parametrize("instances", [True, False])
@pytest.mark.parametrize("surface", [True, False])
def test_what_stands_in_the_picture_is_seen(instances, surface):
    frame = frame_of(worlds.POSES[0], instances=instances)
    assert all(is_seen(thing_of(truth, surface=surface), frame, RULE) for truth in worlds.THINGS)


@pytest.mark.parametrize("instances", [True, False])
@pytest.mark.parametrize("surface", [True, False])
def test_what_stands_behind_something_is_not_seen(instances, surface):
    hidden = worlds.toy("box", 7, centre_m=(-1.5, 0, 0.3), size_m=(0.4, 0.4, 0.4))
    screen = worlds.toy("cabinet", 8, centre_m=(0.5, 0, 1.0), size_m=(0.1, 2.0, 2.5))
    T = looking((3.0, 0, 1.0), (0, 0, 0.6))
    assert not is_seen(
        thing_of(hidden, surface=surface), frame_of(T, instances=instances, things=(hidden, screen)), RULE
    )
    assert is_seen(thing_of(hidden, surface=surface), frame_of(T, instances=instances, things=(hidden,)), RULE)


def test_what_is_behind_the_camera_is_not_seen():
    T = looking((3.0, 0, 1.0), (3.9, 0, 1.0))
    assert not any(is_seen(thing_of(truth), frame_of(T), RULE) for truth in worlds.THINGS)


def test_without_depth_and_instances_nothing_is_sure():
    frame = frame_of(worlds.POSES[0], instances=False, depth=False)
    assert not any(is_seen(thing_of(truth), frame, RULE) for truth in worlds.THINGS)


def test_shares():
    frame = frame_of(worlds.POSES[0])
    box = worlds.THINGS[0].box.moved(pose.inverse(frame.T_world_camera))
    assert share_in_picture(box, frame) == 1.0
    points = pose.apply(pose.inverse(frame.T_world_camera), worlds.THINGS[0].surface_m)
    assert 0.2 < share_on_depth(points, frame, 0.05) < 0.75  # a box shows half its faces


@pytest.mark.parametrize(("offset", "visible"), [(0.049, True), (0.051, False), (-0.049, True), (-0.051, False)])
def test_the_depth_tolerance(offset, visible):
    frame = replace(frame_of(worlds.POSES[0]), depth_m=np.full((90, 120), 2.0 * (1 + offset), dtype=np.float32))
    assert share_on_depth(np.array([[0.0, 0, 2.0]]), frame, 0.05) == float(visible)
