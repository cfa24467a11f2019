"""The objects that one picture shows: where they are in it, how far away, and their box in the camera's frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import ndimage

from spatial_pretrain.data_engine.thresholds import Thresholds, Visibility
from vst_robot.geometry import camera, pose
from vst_robot.geometry.box3d import Box3D
from vst_robot.scenes import Frame, Scene, SceneObject

Array = np.ndarray

PixelBox = tuple[int, int, int, int]
"""Left, upper, right and lower edge in pixels from the picture's upper left corner: columns x1 to x2 - 1."""

WINDOW_PX = 5
"""Depth is read from a square of this many pixels: one pixel may lie on an edge or be noise."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Observed:
    """One object in one frame.

    Attributes:
        thing: The object.
        size_px: Width and height of the picture.
        box_px: Around its mask, or around its projected box where there is no mask; inside the picture.
        point_px: A point (x, y) on it: the centre of the mask's pixel nearest to the mask's centroid.
        depth_m: Planar depth at the point, the median of the object's pixels in a small window.
        depth_range_m: Smallest and largest depth in that window.
        box_camera: Its box in the camera's frame.
        patch: Its mask within `box_px`, bool (y2 - y1, x2 - x1); None if the frame has no instance map.
    """

    thing: SceneObject
    size_px: tuple[int, int]
    box_px: PixelBox
    point_px: tuple[float, float]
    depth_m: float
    depth_range_m: tuple[float, float]
    box_camera: Box3D
    patch: Bool[Array, "rows columns"] | None = None

    @property
    def label(self) -> str:
        """The object's category."""
        return self.thing.label

    @property
    def mask(self) -> Bool[Array, "h w"] | None:
        """Its pixels in the whole picture; None if the frame has no instance map."""
        if self.patch is None:
            return None
        width, height = self.size_px
        mask = np.zeros((height, width), dtype=bool)
        left, upper, right, lower = self.box_px
        mask[upper:lower, left:right] = self.patch
        return mask

    @property
    def cut_off(self) -> bool:
        """Whether it reaches the picture's border, so that a part of it may lie outside."""
        left, upper, right, lower = self.box_px
        return left <= 0 or upper <= 0 or right >= self.size_px[0] or lower >= self.size_px[1]


@lru_cache(maxsize=16)  # the tasks of a build ask about the same few frames again and again
def observe(scene: Scene, frame: int, thresholds: Thresholds) -> tuple[Observed, ...]:
    """The objects of a frame that a question can be about, in the order of the scene.

    These are flagged visible by the source, have a sound mask and a depth. Without an instance map an object counts if
    the depth map shows something inside its box along the ray to the box's centre.
    """
    seen = scene.frames[frame]
    if seen.depth_m is None:
        return ()
    things = scene.seen_in(frame)
    masked = _masked if seen.instances is not None else _unmasked
    boxes = [scene.box_in_camera(thing, frame) for thing in things]
    found = masked(seen, things, boxes, thresholds.visibility)
    return tuple(observed for observed in found if observed is not None)


def projected_box_px(box_camera: Box3D, frame: Frame) -> PixelBox | None:
    """The pixels around a box's projection, cut to the picture; None if it is outside or not wholly in front."""
    corners = camera.project(box_camera.corners_m, frame.K)
    if not np.isfinite(corners).all():
        return None
    width, height = frame.size_px
    left, upper = np.floor(np.maximum(corners.min(axis=0), 0)).astype(int)
    right, lower = np.ceil(np.minimum(corners.max(axis=0), [width, height])).astype(int)
    return (int(left), int(upper), int(right), int(lower)) if left < right and upper < lower else None


def window_depths_m(depth_m: Float[Array, "h w"], point_px: tuple[float, float]) -> Float[Array, " n"]:
    """The known depths in the window around a point."""
    return _known(depth_m[_window(point_px)].ravel())


def _known(depths_m: Float[Array, " n"]) -> Float[Array, " m"]:
    return depths_m[np.isfinite(depths_m) & (depths_m > 0)].astype(np.float64)


def _window(point_px: tuple[float, float]) -> tuple[slice, slice]:
    column, row = int(point_px[0]), int(point_px[1])
    reach = WINDOW_PX // 2
    return slice(max(row - reach, 0), row + reach + 1), slice(max(column - reach, 0), column + reach + 1)


def _masked(
    frame: Frame, things: Sequence[SceneObject], boxes: Sequence[Box3D], visibility: Visibility
) -> list[Observed | None]:
    assert frame.instances is not None
    slices = _slices(frame.instances, [thing.instance for thing in things])
    return [
        _from_mask(frame, thing, box, where, visibility) if where is not None else None
        for thing, box, where in zip(things, boxes, slices, strict=True)
    ]


def _slices(instances: Int[Array, "h w"], numbers: Sequence[int]) -> list[tuple[slice, slice] | None]:
    """Where each instance lies, in one pass over the picture; None for those that are not in it."""
    highest = max(numbers, default=0)
    if highest > instances.size:  # numbers of a data set may be hashes: a list up to the highest would not fit
        kept = np.unique(np.asarray(numbers))
        instances = np.where(np.isin(instances, kept), np.searchsorted(kept, instances) + 1, 0)
        numbers = [int(number) for number in np.searchsorted(kept, numbers) + 1]
        highest = len(kept)
    found = ndimage.find_objects(instances, max_label=highest)
    return [found[number - 1] for number in numbers]


def _from_mask(
    frame: Frame, thing: SceneObject, box: Box3D, where: tuple[slice, slice], visibility: Visibility
) -> Observed | None:
    assert frame.depth_m is not None and frame.instances is not None
    patch = frame.instances[where] == thing.instance
    if patch.sum() < max(visibility.min_pixels, visibility.min_area_share * frame.instances.size):
        return None
    rows, columns = np.nonzero(patch)
    nearest = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
    upper, left = where[0].start, where[1].start
    point = (float(left + columns[nearest] + 0.5), float(upper + rows[nearest] + 0.5))
    rows_near, columns_near = _window(point)
    near = frame.depth_m[rows_near, columns_near]
    depths = _known(near[frame.instances[rows_near, columns_near] == thing.instance])
    box_px = (left, upper, where[1].stop, where[0].stop)
    return _observed(frame, thing, box, box_px, point, depths, patch)


def _unmasked(
    frame: Frame, things: Sequence[SceneObject], boxes: Sequence[Box3D], visibility: Visibility
) -> list[Observed | None]:
    return [_from_box(frame, thing, box, visibility) for thing, box in zip(things, boxes, strict=True)]


def _from_box(frame: Frame, thing: SceneObject, box: Box3D, visibility: Visibility) -> Observed | None:
    assert frame.depth_m is not None
    box_px = projected_box_px(box, frame)
    if box_px is None:
        return None
    x, y = camera.project(box.centre_m, frame.K)
    width, height = frame.size_px
    area = (box_px[2] - box_px[0]) * (box_px[3] - box_px[1])
    if not (0 <= x < width and 0 <= y < height) or area < visibility.min_pixels:
        return None
    point = (float(np.floor(x) + 0.5), float(np.floor(y) + 0.5))
    depths = window_depths_m(frame.depth_m, point)
    nearest, farthest = _depths_of_box_m(box, point, frame.K)
    slack = visibility.depth_tolerance * nearest
    on_it = depths[(depths >= nearest - slack) & (depths <= farthest + slack)]
    if len(on_it) < max(1, len(depths) // 2 + 1):
        return None
    return _observed(frame, thing, box, box_px, point, on_it, None)


def _depths_of_box_m(box: Box3D, point_px: tuple[float, float], K: Float[Array, "3 3"]) -> tuple[float, float]:
    """Planar depth at which the ray through a pixel enters and leaves a box that it meets."""
    T_box_camera = pose.inverse(pose.make(box.R_frame_box, box.centre_m))
    ray = np.linalg.inv(K) @ [*point_px, 1.0]  # depth 1, so the ray's parameter is planar depth
    origin, along = T_box_camera[:3, 3], T_box_camera[:3, :3] @ ray
    along = np.where(np.abs(along) < 1e-12, 1e-12, along)
    sides = (np.array([[-0.5], [0.5]]) * box.size_m - origin) / along
    return float(sides.min(axis=0).max()), float(sides.max(axis=0).min())


def _observed(
    frame: Frame,
    thing: SceneObject,
    box: Box3D,
    box_px: PixelBox,
    point_px: tuple[float, float],
    depths_m: Float[Array, " n"],
    patch: Bool[Array, "rows columns"] | None,
) -> Observed | None:
    if not len(depths_m):
        return None
    return Observed(
        thing=thing,
        size_px=frame.size_px,
        box_px=box_px,
        point_px=point_px,
        depth_m=float(np.median(depths_m)),
        depth_range_m=(float(depths_m.min()), float(depths_m.max())),
        box_camera=box,
        patch=patch,
    )
