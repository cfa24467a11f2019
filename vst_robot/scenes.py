"""What a camera saw and what was there: pictures with true geometry, the input of every spatial task.

Frames, axes and units: `docs/conventions.md`. Boxes are in the scene's world frame, their own axes as in VST: x front
to back, y down, z sideways (`vst_robot.geometry.box3d`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Int32

from vst_robot.errors import DataError
from vst_robot.geometry import pose
from vst_robot.geometry.box3d import Box3D
from vst_robot.types import Picture

Array = np.ndarray

View = Literal["single", "multi", "video", "blank"]
"""`single`: one frame. `multi`: frames from a few places, in the order of a walk. `video`: many, at a steady rate.

`blank`: one empty sheet, on which a task draws what it asks about.
"""

VIEWS: tuple[View, ...] = get_args(View)

CAMERA_VIEWS: tuple[View, ...] = ("single", "multi", "video")
"""Those that show a place: what a simulator gives."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """One picture and how it came about.

    Attributes:
        rgb: True picture, uint8 (h, w, 3).
        K: Intrinsics in pixels of `rgb` (corner origin, as in `vst_robot.geometry.camera`).
        T_world_camera: Pose of the camera, OpenCV axes.
        depth_m: Planar depth of every pixel, float32 (h, w), 0 where unknown; None if there is none.
        instances: `SceneObject.instance` that each pixel shows, 0 for everything else; None if not known.
        time_s: Seconds since the first frame; 0 for pictures that stand alone.

    Raises:
        DataError: A shape does not fit the picture, the pose is not rigid, or a number is not finite.
    """

    rgb: Picture
    K: Float[Array, "3 3"]
    T_world_camera: Float[Array, "4 4"]
    depth_m: Float[Array, "h w"] | None = None
    instances: Int32[Array, "h w"] | None = None
    time_s: float = 0.0

    def __post_init__(self) -> None:
        if self.rgb.ndim != 3 or self.rgb.shape[2] != 3 or self.rgb.dtype != np.uint8 or 0 in self.rgb.shape:
            raise DataError(f"a frame's picture must be uint8 (h, w, 3), got {self.rgb.dtype} {self.rgb.shape}")
        for name in ("depth_m", "instances"):
            value = getattr(self, name)
            if value is not None and value.shape != self.rgb.shape[:2]:
                raise DataError(f"a frame's {name} is {value.shape}, its picture {self.rgb.shape[:2]}")
        if self.K.shape != (3, 3) or not np.isfinite(self.K).all() or min(self.K[0, 0], self.K[1, 1]) <= 0:
            raise DataError(f"a frame's K must be a 3x3 matrix with positive focal lengths, got {self.K.tolist()}")
        _check_pose(self.T_world_camera)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.rgb.shape[1], self.rgb.shape[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class SceneObject:
    """One thing in a scene.

    Attributes:
        label: Its category in plain lower-case words, e.g. ``"filing cabinet"``.
        instance: Its number in `Frame.instances`, at least 1.
        box: Oriented box in the world frame.
        visible: Per frame, whether the source's visibility rule calls the object seen there.
        has_front: Whether the box's x axis is a real heading; else it is merely one of the horizontal axes.
        surface_m: Points of its surface in the world frame (n, 3), where the source has them.
        description: What tells it from others of its label ("the small white cabinet under the desk"), if known.
    """

    label: str
    instance: int
    box: Box3D
    visible: tuple[bool, ...]
    has_front: bool = False
    surface_m: Float[Array, "n 3"] | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        if not self.label.strip() or self.label != self.label.lower():
            raise DataError(f"an object's label must be lower-case words, got '{self.label}'")
        if self.instance < 1:
            raise DataError(f"an object's instance number must be at least 1, got {self.instance}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """Frames and the objects in them.

    Attributes:
        name: Unique within its source, e.g. ``"libero_spatial/3/17"``.
        source: Where it comes from, e.g. ``"rooms"`` or ``"scannet"``.
        view: How the frames belong together.
        frames: At least one; all of `multi` and `video` in the order of time.
        objects: Everything with a box, seen or not.
        gravity: Unit vector that points down, in the world frame; None if the source does not know it.
        floor_area_m2: Area of the floor, where the source knows it.
        provenance: Flat facts about its making: seed, asset pack, files.

    Raises:
        DataError: No frame, an instance number twice, or flags that do not fit the frames.
    """

    name: str
    source: str
    view: View
    frames: tuple[Frame, ...]
    objects: tuple[SceneObject, ...]
    gravity: Float[Array, "3"] | None = None
    floor_area_m2: float | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.frames or (self.view in ("single", "blank") and len(self.frames) != 1):
            raise DataError(f"scene {self.name}: a '{self.view}' scene cannot have {len(self.frames)} frames")
        numbers = [thing.instance for thing in self.objects]
        if len(set(numbers)) != len(numbers):
            raise DataError(f"scene {self.name}: an instance number is given twice")
        if any(len(thing.visible) != len(self.frames) for thing in self.objects):
            raise DataError(f"scene {self.name}: visible flags and frames differ in number")
        if self.gravity is not None and abs(np.linalg.norm(self.gravity) - 1) > 1e-6:
            raise DataError(f"scene {self.name}: gravity must be a unit vector, got {self.gravity.tolist()}")

    def seen_in(self, frame: int) -> tuple[SceneObject, ...]:
        """The objects that are visible in one frame."""
        return tuple(thing for thing in self.objects if thing.visible[frame])

    def box_in_camera(self, thing: SceneObject, frame: int = 0) -> Box3D:
        """An object's box in the frame of one camera."""
        return thing.box.moved(pose.inverse(self.frames[frame].T_world_camera))


def _check_pose(T: Array) -> None:
    if T.shape != (4, 4) or not np.isfinite(T).all():
        raise DataError("a camera pose must be a 4x4 matrix of finite numbers")
    R = T[:3, :3]
    if np.abs(R @ R.T - np.eye(3)).max() > 1e-3 or np.linalg.det(R) < 0 or np.abs(T[3] - [0, 0, 0, 1]).max() > 1e-6:
        raise DataError("a camera pose must be a rotation and a translation")
