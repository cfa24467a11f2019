"""Which points and objects a frame shows.

Points: the paper's three checks (appendix C, correspondence). Objects: two rules, because a label must not hang on
where the line is drawn. An object is *clearly seen* if every reader would say so, and *glimpsed* as soon as anything of
it may be visible. Sound questions need what is clearly seen, or what is not even glimpsed.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int

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


@dataclass(frozen=True, kw_only=True, eq=False)
class Sights:
    """What every frame shows of every object, bool (objects, frames) in the order of the scene.

    Attributes:
        clear: Clearly seen: flagged by the source and, where there are masks, with a mask that is large enough.
        glimpsed: Anything of it may be visible: one pixel of its mask, else a point of its surface, else of its box.
        pixels: Size of its mask; -1 in frames without masks.
    """

    clear: Bool[Array, "n frames"]
    glimpsed: Bool[Array, "n frames"]
    pixels: Int[Array, "n frames"]

    def first(self, thing: int) -> FirstSight | None:
        """When the frames first show an object; None if it is never clearly seen."""
        if not self.clear[thing].any():
            return None
        return FirstSight(glimpse_frame=int(self.glimpsed[thing].argmax()), clear_frame=int(self.clear[thing].argmax()))


@lru_cache(maxsize=4)  # the tasks of a build ask about the same scene one after the other
def sights(scene: Scene, rule: Visibility) -> Sights:
    """What every frame shows of every object."""
    columns = [_frame_sights(scene, frame, rule) for frame in range(len(scene.frames))]
    clear, glimpsed, pixels = np.array(columns, dtype=int).reshape(len(columns), 3, -1).transpose(1, 2, 0)
    return Sights(clear=clear > 0, glimpsed=glimpsed > 0, pixels=pixels)


def _frame_sights(scene: Scene, number: int, rule: Visibility) -> tuple[list[bool], list[bool], list[int]]:
    frame = scene.frames[number]
    flags = [thing.visible[number] for thing in scene.objects]
    if frame.instances is None:
        shows = [flag or _surface_shows(thing, frame, rule) for flag, thing in zip(flags, scene.objects, strict=True)]
        return flags, shows, [-1] * len(flags)
    present, counts = np.unique(frame.instances, return_counts=True)
    pixels = dict(zip(present.tolist(), counts.tolist(), strict=True))
    least = max(rule.min_pixels, rule.min_area_share * frame.instances.size)
    sizes = [pixels.get(thing.instance, 0) for thing in scene.objects]
    clear = [flag and size >= least for flag, size in zip(flags, sizes, strict=True)]
    return clear, [flag or size > 0 for flag, size in zip(flags, sizes, strict=True)], sizes


def _surface_shows(thing: SceneObject, frame: Frame, rule: Visibility) -> bool:
    points_m = _box_points_m(thing.box) if thing.surface_m is None else thing.surface_m
    return bool(_unhidden(points_m, frame, rule.depth_tolerance).any())


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
