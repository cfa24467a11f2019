"""Which points and objects a frame shows.

Points: the paper's three checks (appendix C, correspondence). Objects: two rules, because a label must not hang on
where the line is drawn. An object is *clearly seen* if every reader would say so, and *glimpsed* as soon as anything of
it may be visible. Sound questions need what is clearly seen, or what is not even glimpsed.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from spatial_pretrain.data_engine.thresholds import Visibility
from vst_robot.geometry import camera, pose
from vst_robot.geometry.box3d import Box3D
from vst_robot.scenes import Frame, Scene, SceneObject

Array = np.ndarray

_GRID = 7  # points per edge of a box's faces where an object has neither mask nor surface points


@dataclass(frozen=True, kw_only=True)
class FirstSight:
    """When a clip first shows an object.

    Attributes:
        glimpse_frame: First frame in which anything of it may be visible.
        clear_frame: First frame in which it is clearly seen; not before `glimpse_frame`.
    """

    glimpse_frame: int
    clear_frame: int


def pixels_of(
    points_world_m: Float[Array, "n 3"], frame: Frame
) -> tuple[Float[Array, "n 2"], Float[Array, " n"], Bool[Array, " n"]]:
    """Pixel coordinates and depth of points, and which of them fall into the picture (checks 1 and 2)."""
    local = pose.apply(pose.inverse(frame.T_world_camera), np.asarray(points_world_m, dtype=np.float64))
    pixels = camera.project(local, frame.K)
    inside = (
        (local[:, 2] > 0) & (np.nan_to_num(pixels, nan=-1.0) >= 0).all(axis=1) & (pixels < frame.size_px).all(axis=1)
    )
    return pixels, local[:, 2], inside


def visible_points(points_world_m: Float[Array, "n 3"], frame: Frame, *, depth_tolerance: float) -> Bool[Array, " n"]:
    """Which points are in the picture, in front of the camera and on the surface that the depth map shows.

    The depth map is read at the pixel that the point falls into. Where it knows nothing (0, or no map at all), nothing
    is visible.
    """
    pixels, z, inside = pixels_of(points_world_m, frame)
    if frame.depth_m is None:
        return np.zeros(len(z), dtype=bool)
    u, v = pixels[inside].astype(int).T
    shown = frame.depth_m[v, u].astype(np.float64)
    visible = inside.copy()
    visible[inside] = (shown > 0) & (np.abs(z[inside] - shown) <= depth_tolerance * z[inside])
    return visible


def mask(frame: Frame, thing: SceneObject) -> Bool[Array, "h w"] | None:
    """The pixels that show an object; None if the frame has no instance map."""
    return None if frame.instances is None else frame.instances == thing.instance


def clearly_seen(scene: Scene, thing: SceneObject, frame: int, rule: Visibility) -> bool:
    """Whether the source calls it visible and, if there is a mask, the mask is large enough."""
    if not thing.visible[frame]:
        return False
    seen = mask(scene.frames[frame], thing)
    return seen is None or int(seen.sum()) >= max(rule.min_pixels, rule.min_area_share * seen.size)


def glimpsed(scene: Scene, thing: SceneObject, frame: int, rule: Visibility) -> bool:
    """Whether anything of it may be visible: a pixel of its mask, else a point of its surface, else of its box."""
    if thing.visible[frame]:
        return True
    shown = scene.frames[frame]
    seen = mask(shown, thing)
    if seen is not None:
        return bool(seen.any())
    points_m = _box_points_m(thing.box) if thing.surface_m is None else thing.surface_m
    return bool(_unhidden(points_m, shown, rule.depth_tolerance).any())


def first_sight(scene: Scene, thing: SceneObject, rule: Visibility) -> FirstSight | None:
    """When the frames first show an object; None if it is never clearly seen."""
    frames = range(len(scene.frames))
    clear = next((frame for frame in frames if clearly_seen(scene, thing, frame, rule)), None)
    if clear is None:
        return None
    glimpse = next(frame for frame in frames if frame == clear or glimpsed(scene, thing, frame, rule))
    return FirstSight(glimpse_frame=glimpse, clear_frame=clear)


def _unhidden(points_world_m: Array, frame: Frame, depth_tolerance: float) -> Bool[Array, " n"]:
    """Points in the picture that the depth map does not prove hidden."""
    pixels, z, inside = pixels_of(points_world_m, frame)
    if frame.depth_m is None:
        return inside
    u, v = pixels[inside].astype(int).T
    shown = frame.depth_m[v, u]
    unhidden = inside.copy()
    unhidden[inside] = (shown <= 0) | (z[inside] - shown <= depth_tolerance * z[inside])
    return unhidden


def _box_points_m(box: Box3D) -> Float[Array, "n 3"]:
    """A grid on the six faces, in the box's frame of reference."""
    steps = np.linspace(-0.5, 0.5, _GRID)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    faces = grid[(np.abs(grid) == 0.5).any(axis=1)]
    return faces * box.size_m @ box.R_frame_box.T + box.centre_m
