import numpy as np
import pytest
from PIL import Image

from spatial_pretrain.readers.frame_selection import distinct, spread, steady
from spatial_pretrain.readers.images import depth_for, read_integers, read_rgb, shrunk
from tests.spatial_pretrain.readers import worlds
from vst_robot.errors import DataError
from vst_robot.geometry import camera, pose
from vst_robot.geometry.rotation import axis_angle_to_matrix
from vst_robot.scenes import Frame


def test_near_duplicates_are_dropped():
    walk = [pose.make(np.eye(3), np.array([0.1 * n, 0, 0])) for n in range(10)]
    assert distinct(walk, min_move_m=0.29, min_turn_deg=10) == [0, 3, 6, 9]
    turn = [pose.make(axis_angle_to_matrix(np.radians([0, 4.0 * n, 0])), np.zeros(3)) for n in range(10)]
    assert distinct(turn, min_move_m=0.29, min_turn_deg=11.9) == [0, 3, 6, 9]


@pytest.mark.parametrize(("available", "wanted", "places"), [(10, 5, [0, 2, 4, 6, 8]), (3, 5, [0, 1, 2]), (0, 5, [])])
def test_places_are_spread_and_never_given_twice(available, wanted, places):
    found = [spread(available, wanted, index) for index in range(wanted)]
    assert [place for place in found if place is not None] == places


def test_a_steady_rate():
    assert steady(np.arange(0, 10.01, 0.1), 5) == [0, 25, 50, 75, 100]
    assert steady([0, 1, 2], 10) == [0, 1, 2]
    assert steady([0.0], 10) == [0]


def test_a_gap_is_not_filled():
    times = [*np.arange(0, 2, 0.1), *np.arange(8, 10.05, 0.1)]
    chosen = [times[n] for n in steady(times, 11)]
    assert np.allclose(chosen, [0, 1, 1.9, 8, 9, 10], atol=0.11)


def test_depth_for_another_camera_at_the_same_place():
    other, size = np.array([[60.0, 0, 31], [0, 62.0, 22], [0, 0, 1]]), (64, 44)
    fine = camera.resized(other, from_px=size, to_px=(640, 440))
    got = depth_for(worlds.shown(worlds.POSES[0], fine, (640, 440))[0], fine, K=other, size_px=size)
    true = worlds.shown(worlds.POSES[0], other, size)[0]
    assert (np.abs(got - true) < 0.04).mean() > 0.98


def test_what_the_other_camera_did_not_see_has_no_depth():
    narrow = np.array([[200.0, 0, 60], [0, 200.0, 45], [0, 0, 1]])
    got = depth_for(np.ones((90, 120), dtype=np.float32), narrow, K=worlds.K, size_px=worlds.SIZE_PX)
    assert got[45, 61] == 1
    assert got[0, 0] == got[-1, -1] == got[45, 0] == 0


def test_a_smaller_frame_keeps_instances_whole():
    depth_m, instances, rgb = worlds.shown()
    frame = Frame(rgb=rgb, K=worlds.K, T_world_camera=worlds.POSES[0], depth_m=depth_m, instances=instances)
    small = shrunk(frame, 50)
    assert small.size_px == (50, 38)
    assert set(np.unique(small.instances)) <= {0, 1, 2, 3}
    worlds.assert_true_frame(small, depth_m=0.08, share=0.85)
    assert shrunk(frame, 120) is frame


def test_pictures_that_are_none(tmp_path):
    (tmp_path / "x.png").write_bytes(b"no picture")
    for read in (read_rgb, read_integers):
        with pytest.raises(DataError, match=r"x\.png"):
            read(tmp_path / "x.png")
    Image.fromarray(worlds.shown()[2]).save(tmp_path / "x.png")
    with pytest.raises(DataError, match="one integer"):
        read_integers(tmp_path / "x.png")
