"""What one or two pictures show, as plain facts in one frame: cameras, objects, and who plays which part in a question.

All positions are in the *levelled* frame of the first camera: its origin is the camera, y points down along gravity, z
along the camera's heading on the ground, x to the right. Where gravity is not known it is the first camera's own frame.
A layout stands in `SpatialSample.truth["layout"]`, so that pictures from above, requests to a teacher and checks of
thoughts follow from a row alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine import camera_motion, directions, references
from spatial_pretrain.data_engine.margins import is_sound
from spatial_pretrain.data_engine.tasks.camera_motions import AXES, named_move, named_turn
from spatial_pretrain.data_engine.thresholds import Thresholds
from spatial_pretrain.data_engine.visibility import sights
from vst_robot import config
from vst_robot.errors import DataError
from vst_robot.geometry import camera, pose
from vst_robot.geometry.box3d import Box3D
from vst_robot.scenes import Scene

Array = np.ndarray

KEY = "layout"
"""Where a layout stands in `SpatialSample.truth`."""

Triple = tuple[float, float, float]
Rows = tuple[Triple, Triple, Triple]
"""A 3x3 matrix, row by row."""


@dataclass(frozen=True, kw_only=True)
class LayoutCamera:
    """A camera; metres and degrees.

    Attributes:
        position_m: Its place.
        R_level_camera: Rotation from its OpenCV axes (x right, y down, z forward).
        K: Intrinsics in pixels.
        size_px: Width and height of its picture.
        hfov_deg: Horizontal field of view.
        moves: Where it went since the first picture ("forward", "leftward", ...), if that has sure names.
        turns: How it turned since then ("panning to the left", ...), if that has sure names.
    """

    position_m: Triple
    R_level_camera: Rows
    K: Rows
    size_px: tuple[int, int]
    hfov_deg: float
    moves: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()

    @property
    def R(self) -> Float[Array, "3 3"]:
        """`R_level_camera` as an array."""
        return np.array(self.R_level_camera)

    @property
    def heading_deg(self) -> float:
        """Viewing direction on the ground, clockwise from the first camera's."""
        return float(np.degrees(np.arctan2(self.R[0, 2], self.R[2, 2])))

    def local_m(self, point_m: Sequence[float]) -> Float[Array, "3"]:
        """A point in the camera's own axes."""
        return self.R.T @ (np.asarray(point_m, dtype=np.float64) - self.position_m)

    def pixel(self, point_m: Sequence[float]) -> Float[Array, "2"]:
        """Where a point falls in the picture; NaN if it is not in front of the camera."""
        return camera.project(self.local_m(point_m), np.array(self.K))


@dataclass(frozen=True, kw_only=True)
class LayoutObject:
    """An object; metres.

    Attributes:
        instance: Its number in the scene.
        name: What the question calls it, or words that fit it alone; without an article.
        label: Its category.
        centre_m: Middle of its box.
        size_m: Edges along the box's own axes: front to back, height, sideways.
        R_level_box: Rotation from the box's axes.
        has_front: Whether the box's x axis is a real heading.
        in_frames: Per picture, whether it is clearly seen there.
        glimpsed: Per picture, whether anything of it may be seen there.
        points_px: Per picture, the middle of what is seen of it; None where it is not clearly seen.
        boxes_px: Per picture, left, upper, right and lower edge of what is seen of it; None as above.
    """

    instance: int
    name: str
    label: str
    centre_m: Triple
    size_m: Triple
    R_level_box: Rows
    has_front: bool
    in_frames: tuple[bool, ...]
    glimpsed: tuple[bool, ...]
    points_px: tuple[tuple[float, float] | None, ...]
    boxes_px: tuple[tuple[int, int, int, int] | None, ...]

    @property
    def box(self) -> Box3D:
        """Its box in the levelled frame."""
        return Box3D(
            centre_m=np.array(self.centre_m), size_m=np.array(self.size_m), R_frame_box=np.array(self.R_level_box)
        )

    @property
    def heading_deg(self) -> float:
        """Direction of the box's x axis on the ground, clockwise from the first camera's heading."""
        return float(np.degrees(np.arctan2(self.R_level_box[0][0], self.R_level_box[2][0])))


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What the pictures of a question show.

    Attributes:
        frames: Numbers of the pictures' frames in the scene.
        levelled: Whether gravity is known.
        cameras: One per picture, the first at the origin.
        objects: Those that the question is about first, then others that the pictures clearly show and words fit alone.
        roles: Part in the question ("known", "at", "asked", "thing", "candidates", ...) → instances.
    """

    frames: tuple[int, ...]
    levelled: bool
    cameras: tuple[LayoutCamera, ...]
    objects: tuple[LayoutObject, ...]
    roles: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def object(self, instance: int) -> LayoutObject:
        """The object of an instance number."""
        return next(each for each in self.objects if each.instance == instance)

    def of(self, role: str) -> tuple[LayoutObject, ...]:
        """The objects that play a part in the question; none if nobody plays it."""
        return tuple(self.object(instance) for instance in self.roles.get(role, ()))

    @property
    def in_question(self) -> frozenset[int]:
        """Instances that play any part."""
        return frozenset(instance for instances in self.roles.values() for instance in instances)


def layout_of(
    scene: Scene,
    frames: Sequence[int],
    thresholds: Thresholds,
    *,
    roles: Mapping[str, Sequence[int]] | None = None,
    names: Mapping[int, str] | None = None,
) -> Layout:
    """The layout of some pictures of a scene.

    Args:
        scene: The scene.
        frames: One or two of its frames, in the order in which they are shown.
        thresholds: When an object counts as seen, and a movement has a name.
        roles: Part in the question → instances.
        names: Instance → what the question calls it; of all other objects only those are kept that words fit alone.
    """
    roles = {role: tuple(instances) for role, instances in (roles or {}).items()}
    down = directions.down(scene, frames[0])
    T_world_first = scene.frames[frames[0]].T_world_camera.astype(np.float64)
    R_world_level = (
        T_world_first[:3, :3] if scene.gravity is None else camera_motion.levelled(T_world_first[:3, :3], down)
    )
    T_level_world = pose.inverse(pose.make(R_world_level, T_world_first[:3, 3]))
    return Layout(
        frames=tuple(int(frame) for frame in frames),
        levelled=scene.gravity is not None,
        cameras=tuple(_camera(scene, frames[0], frame, T_level_world, thresholds) for frame in frames),
        objects=_objects(scene, frames, T_level_world, thresholds, roles, names or {}),
        roles=roles,
    )


def to_truth(layout: Layout) -> dict[str, object]:
    """The layout as JSON values."""
    return config.to_dict(layout)


def from_truth(truth: Mapping[str, object], where: str = "row") -> Layout | None:
    """The layout in a sample's truth; None if it has none.

    Raises:
        DataError: It is damaged.
    """
    found = truth.get(KEY)
    return None if found is None else config.from_dict(found, Layout, f"{where}: layout", error=DataError)


def _camera(
    scene: Scene, first: int, number: int, T_level_world: Float[Array, "4 4"], thresholds: Thresholds
) -> LayoutCamera:
    frame = scene.frames[number]
    T_level_camera = T_level_world @ frame.T_world_camera
    width, height = frame.size_px
    hfov, _ = camera.field_of_view_rad(frame.K, width_px=width, height_px=height)
    moves, turns = _motion_words(scene, first, number, thresholds) if number != first else ((), ())
    return LayoutCamera(
        position_m=_triple(T_level_camera[:3, 3]),
        R_level_camera=_rows(T_level_camera[:3, :3]),
        K=_rows(frame.K),
        size_px=(width, height),
        hfov_deg=float(np.degrees(hfov)),
        moves=moves,
        turns=turns,
    )


def _motion_words(
    scene: Scene, first: int, second: int, thresholds: Thresholds
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of a movement that holds along the camera's own axes and the levelled ones, and of clear turns."""
    moved, rule = camera_motion.motion(scene, first, second), thresholds.camera_motion
    words = [word for axis in camera_motion.WORDS for word in axis]
    move = named_move(moved, words, rule, own_axes=False)
    moves = (word for word in words if word in move[0]) if move is not None and is_sound(move[1]) else ()
    turns = (named_turn(moved, axis, rule) for axis in AXES)
    return tuple(moves), tuple(turn[0] for turn in turns if turn is not None and is_sound(turn[1]))


def _objects(
    scene: Scene,
    frames: Sequence[int],
    T_level_world: Float[Array, "4 4"],
    thresholds: Thresholds,
    roles: Mapping[str, Sequence[int]],
    names: Mapping[int, str],
) -> tuple[LayoutObject, ...]:
    seen = sights(scene, thresholds.visibility)
    shown = [references.observed_in(scene, frame, thresholds) for frame in frames]
    unique = references.unique_names(scene, seen, frames)
    places = {thing.instance: place for place, thing in enumerate(scene.objects)}
    called = {scene.objects[place].instance: name for place, name in unique.items()} | dict(names)
    asked = list(dict.fromkeys(instance for instances in roles.values() for instance in instances))
    found = []
    for instance in [*asked, *(instance for instance in called if instance not in asked)]:
        place = places[instance]
        thing, box = scene.objects[place], scene.objects[place].box.moved(T_level_world)
        found.append(
            LayoutObject(
                instance=instance,
                name=called.get(instance, thing.label),
                label=thing.label,
                centre_m=_triple(box.centre_m),
                size_m=_triple(box.size_m),
                R_level_box=_rows(box.R_frame_box),
                has_front=thing.has_front,
                in_frames=tuple(bool(seen.clear[place, frame]) for frame in frames),
                glimpsed=tuple(bool(seen.glimpsed[place, frame]) for frame in frames),
                points_px=tuple(each[place].point_px if place in each else None for each in shown),
                boxes_px=tuple(each[place].box_px if place in each else None for each in shown),
            )
        )
    return tuple(found)


def _triple(values: Float[Array, "3"]) -> Triple:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _rows(matrix: Float[Array, "3 3"]) -> Rows:
    first, second, third = (_triple(row) for row in matrix)
    return first, second, third
