"""Layouts: the same facts as the scene's, in the first camera's levelled frame, through JSON and back."""

import dataclasses
import json

import numpy as np
import pytest

from spatial_pretrain.data_engine import layout
from spatial_pretrain.data_engine.layout import from_truth, layout_of, to_truth
from spatial_pretrain.data_engine.thresholds import load_profile
from tests.spatial_pretrain.data_engine.ring_scenes import ring_scene
from tests.spatial_pretrain.data_engine.toy_scenes import looking, toy, toy_scene
from vst_robot.errors import DataError

RULE = load_profile("room")


def test_positions_seen_from_a_camera_that_looks_down_and_rolls():
    """The camera at height 2 looks north (world y) and down: levelled, the chair is 3 ahead, 1 right, 1.5 lower."""
    chair = toy("chair", 1, centre_m=(1, 3, 0.5), size_m=(0.5, 1.0, 0.5))
    scene = toy_scene([chair], [looking((0, 0, 2), (0, 3, 1.2), roll_deg=20)], view="single")
    found = layout_of(scene, [0], RULE, roles={"asked": [1]})
    only = found.of("asked")[0]
    assert np.allclose(only.centre_m, (1, 1.5, 3), atol=1e-9) and found.levelled
    assert np.allclose(found.cameras[0].position_m, 0) and abs(found.cameras[0].heading_deg) < 1e-9
    assert found.cameras[0].size_px == (96, 72) and 71 < found.cameras[0].hfov_deg < 76
    assert np.allclose(only.size_m, (0.5, 1, 0.5)) and np.allclose(only.box.corners_m[:, 1].max(), 2.0)


def test_projections_and_headings_agree_with_the_scene():
    scene = ring_scene("multi", 3)
    found = layout_of(scene, [2, 4], RULE)
    for picture, frame in enumerate((2, 4)):
        T, K = scene.frames[frame].T_world_camera, scene.frames[frame].K
        for each in found.objects:
            centre = next(thing for thing in scene.objects if thing.instance == each.instance).box.centre_m
            local = np.linalg.solve(T, np.append(centre, 1))[:3]
            assert np.allclose(found.cameras[picture].local_m(each.centre_m), local)
            if local[2] > 0:
                assert np.allclose(found.cameras[picture].pixel(each.centre_m), (K @ local)[:2] / local[2])
            shown = (scene.frames[frame].instances == each.instance).any()
            assert each.in_frames[picture] <= each.glimpsed[picture] == shown
    headings = [np.arctan2(*scene.frames[frame].T_world_camera[1::-1, 2]) for frame in (2, 4)]
    turn = (found.cameras[1].heading_deg + np.degrees(headings[1] - headings[0]) + 180) % 360 - 180
    assert abs(turn) < 1e-6


def test_through_a_row_and_back():
    found = layout_of(ring_scene("multi", 0), [1, 2], RULE, names={8: "old television"}, roles={"known": [8]})
    again = from_truth({layout.KEY: json.loads(json.dumps(to_truth(found)))})
    assert again == found and found.objects[0].name == "old television" and found.in_question == {8}
    assert from_truth({}) is None


def test_a_damaged_layout():
    damaged = to_truth(layout_of(ring_scene("multi", 0), [1, 2], RULE))
    del damaged["cameras"]
    with pytest.raises(DataError, match="row 7: layout: cameras: missing"):
        from_truth({layout.KEY: damaged}, "row 7")


def test_without_gravity_the_frame_is_the_cameras_own():
    scene = dataclasses.replace(ring_scene("multi", 1), gravity=None)
    found = layout_of(scene, [0, 1], RULE)
    assert not found.levelled and np.allclose(found.cameras[0].R, np.eye(3))
