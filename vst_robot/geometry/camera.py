"""Pinhole cameras without distortion, in OpenCV axes: x right, y down, z forward.

`K` is the 3x3 matrix of focal lengths and principal point in pixels. Pixel coordinates are continuous, with
(0, 0) the picture's upper left *corner*: column j covers u in [j, j + 1), its centre is u = j + 0.5, and the
pixel that a point falls into is found by rounding down. Depth is planar: the distance to the camera's plane,
not to its centre.
"""

import numpy as np
from jaxtyping import Float

Array = np.ndarray

VST_FOCAL_PX = 480 / np.tan(np.radians(69.16 / 2))
"""Focal length, 696.32 px, to which VST resizes pictures for 3D boxes: 960 px at 69.16° (Algorithm 1)."""

_OPENCV_FROM_OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])


def intrinsics_from_fovy(fovy_deg: float, *, width_px: int, height_px: int) -> Float[Array, "3 3"]:
    """K of a MuJoCo camera: square pixels, centred, `fovy` being the vertical field of view in degrees."""
    focal_px = height_px / (2 * np.tan(np.radians(fovy_deg) / 2))
    return np.array([[focal_px, 0, width_px / 2], [0, focal_px, height_px / 2], [0, 0, 1]])


def opengl_to_opencv(T_world_opengl: Float[Array, "*batch 4 4"]) -> Float[Array, "*batch 4 4"]:
    """Pose of the same camera in OpenCV axes, given OpenGL's (MuJoCo's: x right, y up, looking along -z).

    Its own inverse: it also turns OpenCV's pose into OpenGL's.
    """
    return T_world_opengl @ _OPENCV_FROM_OPENGL


def project(points_camera_m: Float[Array, "*batch 3"], K: Float[Array, "3 3"]) -> Float[Array, "*batch 2"]:
    """Pixel coordinates (u, v) of points in the camera frame; NaN for points that are not in front of it."""
    points = np.asarray(points_camera_m, dtype=np.float64)
    z = np.where(points[..., 2:] > 0, points[..., 2:], np.nan)
    return (points / z @ K.T)[..., :2]


def unproject(depth_m: Float[Array, "h w"], K: Float[Array, "3 3"]) -> Float[Array, "h w 3"]:
    """Point in the camera frame seen by each pixel's centre; NaN where depth is 0, negative or not finite."""
    height, width = depth_m.shape
    u, v = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    rays = np.stack([u, v, np.ones_like(u)], axis=-1) @ np.linalg.inv(K).T
    valid = np.isfinite(depth_m) & (depth_m > 0)
    return rays * np.where(valid, depth_m, np.nan)[..., None]


def field_of_view_rad(K: Float[Array, "3 3"], *, width_px: int, height_px: int) -> tuple[float, float]:
    """Horizontal and vertical field of view; the principal point is taken to be the picture's centre."""
    return float(2 * np.arctan(width_px / (2 * K[0, 0]))), float(2 * np.arctan(height_px / (2 * K[1, 1])))


def unified_size_px(
    width_px: int, height_px: int, focal_px: float, *, unified_focal_px: float = VST_FOCAL_PX
) -> tuple[int, int]:
    """Width and height after the resize that gives every picture the same focal length.

    As in the VST release (`vst/prerpocess_box3d.py`): one scale for both axes, from the horizontal focal
    length, and sizes rounded down.
    """
    scale = unified_focal_px / focal_px
    return int(width_px * scale), int(height_px * scale)


def resized(K: Float[Array, "3 3"], *, from_px: tuple[int, int], to_px: tuple[int, int]) -> Float[Array, "3 3"]:
    """K of the picture after a resize from one (width, height) to another."""
    return np.diag([to_px[0] / from_px[0], to_px[1] / from_px[1], 1.0]) @ K
