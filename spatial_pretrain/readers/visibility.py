"""Whether a frame shows an object, from whatever the data set offers: instance map, surface points or depth.

The rule is the data engine's (`Visibility`): enough of the object lies in the picture, and enough pixels show it.
"""

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine.thresholds import Visibility
from spatial_pretrain.readers.boxes import Thing
from vst_robot.geometry import camera, pose
from vst_robot.geometry.box3d import Box3D
from vst_robot.scenes import Frame

Array = np.ndarray

SLACK_M = 0.02  # what sensor depth and annotated faces are off by
_GRID = 7  # points per edge that stand for a box's volume
_RAYS = 96  # depth pixels per side that stand for a box's part of the picture


def is_seen(thing: Thing, frame: Frame, rule: Visibility) -> bool:
    """Whether the rule calls the object seen in the frame.

    Args:
        thing: Box and surface points in the world of `frame.T_world_camera`.
        frame: With depth; a frame without depth and without instances shows nothing that one could be sure of.
        rule: Thresholds.
    """
    T_camera_world = pose.inverse(frame.T_world_camera)
    box = thing.box.moved(T_camera_world)
    if share_in_picture(box, frame) < rule.min_seen_share:
        return False
    if thing.surface_m is not None and frame.depth_m is not None:
        points = pose.apply(T_camera_world, thing.surface_m)
        if share_on_depth(points, frame, rule.depth_tolerance) < rule.min_seen_share:
            return False
    return pixels_of(thing, box, frame) >= max(rule.min_pixels, rule.min_area_share * frame.rgb[..., 0].size)


def share_in_picture(box_camera: Box3D, frame: Frame) -> float:
    """Share of a box's volume whose projection falls into the picture."""
    steps = (np.arange(_GRID) + 0.5) / _GRID - 0.5
    local = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3) * box_camera.size_m
    points = local @ box_camera.R_frame_box.T + box_camera.centre_m
    return float(_inside(camera.project(points, frame.K), frame.size_px).mean())


def share_on_depth(points_camera_m: Float[Array, "n 3"], frame: Frame, tolerance: float) -> float:
    """Share of points that pass the paper's three checks: in the picture, in front, on the surface that depth shows."""
    assert frame.depth_m is not None
    pixels = camera.project(points_camera_m, frame.K)
    inside = _inside(pixels, frame.size_px)
    columns, rows = np.floor(pixels[inside]).astype(int).T
    z, shown = points_camera_m[inside, 2], frame.depth_m[rows, columns]
    return float((np.abs(z - shown) <= tolerance * z).sum() / len(points_camera_m))


def pixels_of(thing: Thing, box_camera: Box3D, frame: Frame) -> float:
    """Pixels that show the object: of its mask, else (an estimate) those whose 3D point lies in its box."""
    if frame.instances is not None:
        return float((frame.instances == thing.instance).sum())
    if frame.depth_m is None:
        return 0.0
    return _pixels_in_box(box_camera, frame)


def _pixels_in_box(box: Box3D, frame: Frame) -> float:
    assert frame.depth_m is not None
    left, top, right, bottom = _window(box, frame)
    columns, rows = _samples(left, right), _samples(top, bottom)
    if not len(columns) or not len(rows):
        return 0.0
    v, u = np.meshgrid(rows + 0.5, columns + 0.5, indexing="ij")
    rays = np.stack([u, v, np.ones_like(u)], axis=-1) @ np.linalg.inv(frame.K).T
    depth = frame.depth_m[rows][:, columns]
    local = (rays * depth[..., None] - box.centre_m) @ box.R_frame_box
    inside = (np.abs(local) <= box.size_m / 2 + SLACK_M).all(axis=-1) & (depth > 0)
    return float(inside.mean() * (right - left) * (bottom - top))


def _window(box: Box3D, frame: Frame) -> tuple[int, int, int, int]:
    """Pixel rectangle that holds the box's projection: left, top, right, bottom."""
    width, height = frame.size_px
    pixels = camera.project(box.corners_m, frame.K)
    if np.isnan(pixels).any():  # it reaches behind the camera
        return 0, 0, width, height
    low, high = np.floor(pixels.min(axis=0)), np.ceil(pixels.max(axis=0))
    left, top = (int(np.clip(low[axis], 0, frame.size_px[axis])) for axis in (0, 1))
    right, bottom = (int(np.clip(high[axis], 0, frame.size_px[axis])) for axis in (0, 1))
    return left, top, right, bottom


def _samples(start: int, stop: int) -> Array:
    count = min(_RAYS, max(stop - start, 0))
    return start + ((np.arange(count) + 0.5) * (stop - start) / max(count, 1)).astype(int)


def _inside(pixels: Array, size_px: tuple[int, int]) -> Array:
    with np.errstate(invalid="ignore"):
        return np.all((pixels >= 0) & (pixels < np.array(size_px)), axis=-1)
