import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vst_robot.geometry import camera, pose

K = camera.intrinsics_from_fovy(45.0, width_px=320, height_px=240)


def test_intrinsics_put_the_field_of_view_at_the_pictures_edge():
    half = np.radians(22.5)
    top, bottom = camera.project(np.array([[0, -np.tan(half), 1], [0, np.tan(half), 1]]), K)
    assert top == pytest.approx([160, 0], abs=1e-9)
    assert bottom == pytest.approx([160, 240])


def test_axes_are_right_and_down():
    centre, right, down = camera.project(np.array([[0, 0, 2.0], [0.1, 0, 2], [0, 0.1, 2]]), K)
    assert centre == pytest.approx([160, 120])
    assert right[0] > 160 and right[1] == pytest.approx(120)
    assert down[1] > 120 and down[0] == pytest.approx(160)


@pytest.mark.parametrize("z", [0.0, -1.0])
def test_points_behind_the_camera_have_no_pixel(z):
    assert np.isnan(camera.project(np.array([0.1, 0.2, z]), K)).all()


@given(arrays(np.float64, (4, 6), elements=st.floats(0.01, 100)))
def test_unprojected_pixels_project_onto_their_centres(depth_m):
    points = camera.unproject(depth_m, K)
    assert (points[..., 2] == depth_m).all()
    u, v = np.moveaxis(camera.project(points, K), -1, 0)
    assert u == pytest.approx(np.broadcast_to(np.arange(6) + 0.5, (4, 6)))
    assert v == pytest.approx(np.broadcast_to(np.arange(4)[:, None] + 0.5, (4, 6)))


def test_missing_depth_has_no_point():
    depth_m = np.array([[0.0, -1.0, np.nan, np.inf, 2.0]])
    assert np.isnan(camera.unproject(depth_m, K)).all(axis=-1).tolist() == [[True, True, True, True, False]]


def test_opengl_looks_along_minus_z_with_y_up():
    T_world_opengl = pose.exp(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]))
    T_world_camera = camera.opengl_to_opencv(T_world_opengl)
    same_point = pose.apply(T_world_opengl, np.array([[0.1, 0.2, -3.0]]))
    assert pose.apply(T_world_camera, np.array([[0.1, -0.2, 3.0]])) == pytest.approx(same_point)
    assert camera.opengl_to_opencv(T_world_camera) == pytest.approx(T_world_opengl)
    assert np.linalg.det(T_world_camera[:3, :3]) == pytest.approx(1)


def test_field_of_view_of_the_papers_example():
    """SUN RGB-D's Kinect v2 in the paper's Table 23: 730x530 px, focal length 529.5 px."""
    sun_rgbd = np.array([[529.5, 0, 365], [0, 529.5, 265], [0, 0, 1]])
    horizontal, vertical = np.degrees(camera.field_of_view_rad(sun_rgbd, width_px=730, height_px=530))
    assert horizontal == pytest.approx(69.16, abs=0.005)
    assert vertical == pytest.approx(53.17, abs=0.005)
    assert pytest.approx(696.32, abs=0.005) == camera.VST_FOCAL_PX
    assert camera.unified_size_px(730, 530, 529.5) == (959, 696)


@given(width=st.integers(100, 2000), height=st.integers(100, 2000), focal=st.floats(200, 3000))
def test_unification_keeps_the_field_of_view(width, height, focal):
    new_width, new_height = camera.unified_size_px(width, height, focal)
    for old, new in ((width, new_width), (height, new_height)):
        exact = 2 * camera.VST_FOCAL_PX * (old / 2 / focal)  # Algorithm 1: 2 f_new tan(fov / 2)
        assert exact - 1 < new <= exact + 1e-9


def test_resizing_moves_pixels_with_the_picture():
    point = np.array([0.3, -0.2, 2.0])
    bigger = camera.resized(K, from_px=(320, 240), to_px=(640, 720))
    assert camera.project(point, bigger) == pytest.approx(camera.project(point, K) * [2, 3])
