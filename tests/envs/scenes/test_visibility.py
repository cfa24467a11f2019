import numpy as np

from envs.scenes.visibility import MaskRule, is_seen, outline_area_px
from vst_robot.geometry import camera
from vst_robot.geometry.box3d import Box3D
from vst_robot.scenes import Frame


def _frame(rows, columns):
    """A 100 px picture at the world's origin, looking along z, with instance 3 in some rows and columns."""
    instances = np.zeros((100, 100), np.int32)
    instances[rows, columns] = 3
    K = camera.intrinsics_from_fovy(90.0, width_px=100, height_px=100)
    return Frame(rgb=np.zeros((100, 100, 3), np.uint8), K=K, T_world_camera=np.eye(4), instances=instances)


def _square(x_m, z_m=1.0, side_m=0.4):
    """Corners of a thin box that faces the camera: at 1 m, 0.4 m is 20 px."""
    return Box3D(
        centre_m=np.array([x_m, 0, z_m]), size_m=np.array([side_m, side_m, 0]), R_frame_box=np.eye(3)
    ).corners_m


def test_the_outline_has_the_area_of_the_projection_beyond_the_edge_too():
    frame = _frame(slice(0), slice(0))
    for x_m in (0.0, 5.0):
        np.testing.assert_allclose(outline_area_px(frame, _square(x_m)), 400, rtol=1e-6)
    assert outline_area_px(frame, _square(0, z_m=-1.0)) == 0


def test_each_limit_decides():
    whole = slice(40, 60)
    assert is_seen(_frame(whole, whole), 3, _square(0), MaskRule())
    rest = slice(40, 44)  # a fifth of it
    assert is_seen(_frame(rest, whole), 3, _square(0), MaskRule(min_seen_share=0.19))
    assert not is_seen(_frame(rest, whole), 3, _square(0), MaskRule(min_seen_share=0.21))
    assert not is_seen(_frame(rest, whole), 3, _square(0), MaskRule(min_seen_share=0, min_pixels=81))
    assert not is_seen(_frame(rest, whole), 3, _square(0), MaskRule(min_seen_share=0, min_area_share=0.0081))
    assert not is_seen(_frame(whole, whole), 4, _square(0), MaskRule(min_pixels=0, min_area_share=0, min_seen_share=0))
