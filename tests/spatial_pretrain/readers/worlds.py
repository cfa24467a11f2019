"""A known room with three boxes, as the tests write it to disk in each data set's layout, and what must come back."""

import numpy as np

from tests.spatial_pretrain.data_engine.toy_scenes import looking, ray_cast, toy
from vst_robot.geometry import camera, pose
from vst_robot.geometry.box3d import Box3D
from vst_robot.scenes import Frame, Scene

THINGS = (
    toy("chair", 1, centre_m=(0.0, 0.0, 0.45), size_m=(0.5, 0.9, 0.6), yaw_deg=25),
    toy("box", 2, centre_m=(0.3, -1.4, 0.3), size_m=(0.6, 0.6, 0.6), yaw_deg=-10),
    toy("table", 3, centre_m=(-1.0, 1.2, 0.4), size_m=(0.8, 0.8, 1.4), yaw_deg=70),
)
"""The cube is the box."""

POSES = tuple(looking((3.6 - 0.1 * n, -1.2 + 0.45 * n, 1.6), (-0.3, -0.1, 0.4), roll_deg=4.0) for n in range(5))
SIZE_PX = (120, 90)
K = np.array([[100.0, 0, 61.0], [0, 101.0, 44.0], [0, 0, 1]])
"""In this project's pixels: the origin is the picture's corner. Off the centre and not quite square on purpose."""


def shown(T_world_camera=POSES[0], K=K, size_px=SIZE_PX, things=THINGS):
    """Planar depth in metres, instances and picture of the room."""
    return ray_cast(things, T_world_camera, K, size_px)


def centre_origin(K):
    """K as data sets state it that count pixels from the first one's centre."""
    return K - np.array([[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]])


def z_up(box: Box3D):
    """Centre, size and axes (columns) of a box as sources with z up state it: their z is our -y, their y our z."""
    x, y, z = box.R_frame_box.T
    return box.centre_m, box.size_m[[0, 2, 1]], np.stack([x, z, -y], axis=1)


def assert_same_box(box: Box3D, truth: Box3D, *, tolerance_m=1e-3):
    """The same solid, upright the same way; the horizontal axes may be exchanged or turned by quarter turns."""
    apart = np.linalg.norm(box.corners_m[:, None] - truth.corners_m[None], axis=-1)
    assert apart.min(axis=0).max() < tolerance_m
    assert apart.min(axis=1).max() < tolerance_m
    assert box.R_frame_box[:, 1] @ truth.R_frame_box[:, 1] > 0.999


def assert_corners_in_picture(scene: Scene, thing, truth: Box3D, T_world_camera, K, frame=0, tolerance_px=0.05):
    """The box's corners fall on the pixels on which the true ones fall in the picture that was written."""
    in_camera = truth.moved(pose.inverse(T_world_camera))
    wanted = camera.project(in_camera.corners_m, K)
    got = camera.project(scene.box_in_camera(thing, frame).corners_m, scene.frames[frame].K)
    apart = np.linalg.norm(got[:, None] - wanted[None], axis=-1)
    assert apart.min(axis=0).max() < tolerance_px


def assert_true_frame(frame: Frame, T_room_world=None, *, depth_m=2e-3, share=0.97, known_share=0.9, things=THINGS):
    """Casting rays from the frame's own pose and K gives its depth, picture and instances: all of them fit together.

    `T_room_world` places the scene's world in the room, if it is another.
    """
    T = frame.T_world_camera if T_room_world is None else T_room_world @ frame.T_world_camera
    depth, instances, rgb = ray_cast(things, T, frame.K, frame.size_px)
    known = np.ones(depth.shape, dtype=bool)
    if frame.depth_m is not None:
        known = frame.depth_m > 0
        assert known.mean() > known_share
        assert (np.abs(frame.depth_m - depth)[known] < depth_m).mean() > share
    if frame.instances is not None:
        assert (frame.instances == instances).mean() > share
    assert (np.abs(frame.rgb.astype(int) - rgb).max(axis=-1) < 30)[known].mean() > share
