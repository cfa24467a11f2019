"""Oriented 3D boxes: metres and a rotation matrix inside, VST's nine numbers only at the border with text.

Nine numbers (VST, section 3.1 and `vst/prerpocess_box3d.py`): centre x, y, z and size along the box's own x,
y, z in metres, then pitch, yaw and roll divided by 180°, all rounded to two decimals. The rotation turns box
axes into the reference frame's: `R = Rz(roll) Ry(yaw) Rx(pitch)`. In VST's boxes x runs front to back, y
down, z sideways, and the frame is that of the (first) camera, in OpenCV axes.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from vst_robot.errors import DataError
from vst_robot.geometry import pose, rotation

Array = np.ndarray

CORNER_SIGNS = np.array(
    [
        [-1, -1, -1],
        [+1, -1, -1],
        [+1, +1, -1],
        [-1, +1, -1],
        [-1, -1, +1],
        [+1, -1, +1],
        [+1, +1, +1],
        [-1, +1, +1],
    ]
)
"""Sides of the eight corners along the box's axes, in Omni3D's order v0 … v7 (also pytorch3d's)."""

# Corner indices around each face, and the outward normal's axis and sign.
_FACES = ((0, 3, 7, 4), (1, 2, 6, 5), (0, 1, 5, 4), (3, 2, 6, 7), (0, 1, 2, 3), (4, 5, 6, 7))
_FACE_NORMALS = np.repeat(np.eye(3), 2, axis=0) * np.tile([-1.0, 1.0], 3)[:, None]

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, kw_only=True, eq=False)
class Box3D:
    """A box with nine degrees of freedom in some frame, e.g. the camera's or the world.

    Attributes:
        centre_m: Position of the middle, metres, in the frame.
        size_m: Whole edge lengths along the box's own axes, metres, not negative.
        R_frame_box: Rotation whose columns are the box's axes in the frame.

    Raises:
        DataError: Wrong shape, NaN or infinity, negative size, or no rotation (a mirror image, say).
    """

    centre_m: Float[Array, "3"]
    size_m: Float[Array, "3"]
    R_frame_box: Float[Array, "3 3"]

    def __post_init__(self) -> None:
        for name, shape in (("centre_m", (3,)), ("size_m", (3,)), ("R_frame_box", (3, 3))):
            value = np.array(getattr(self, name), dtype=np.float64)
            if value.shape != shape or not np.isfinite(value).all():
                raise DataError(f"a box's {name} must be {shape} finite numbers, got {value.tolist()}")
            value.flags.writeable = False
            object.__setattr__(self, name, value)
        if (self.size_m < 0).any():
            raise DataError(f"a box's size must not be negative, got {self.size_m.tolist()}")
        error = np.abs(self.R_frame_box @ self.R_frame_box.T - np.eye(3)).max()
        if error > 1e-4 or np.linalg.det(self.R_frame_box) < 0:
            raise DataError(f"a box needs a proper rotation matrix, got {self.R_frame_box.tolist()}")

    @property
    def volume_m3(self) -> float:
        """Product of the edge lengths."""
        return float(np.prod(self.size_m))

    @property
    def corners_m(self) -> Float[Array, "8 3"]:
        """The corners in the frame, in the order of `CORNER_SIGNS`."""
        return CORNER_SIGNS * self.size_m / 2 @ self.R_frame_box.T + self.centre_m

    def moved(self, T_other_frame: Float[Array, "4 4"]) -> "Box3D":
        """The same box expressed in another frame."""
        return Box3D(
            centre_m=pose.apply(T_other_frame, self.centre_m[None])[0],
            size_m=self.size_m,
            R_frame_box=T_other_frame[:3, :3] @ self.R_frame_box,
        )


def to_numbers(box: Box3D) -> list[float]:
    """The nine numbers, rounded to two decimals.

    Rounding costs at most 5 mm per coordinate and 0.9° per angle. A half turn is written +1.0, never -1.0,
    and zero never carries a sign, so that equal boxes give equal text.
    """
    angles = rotation.matrix_to_euler(box.R_frame_box) / np.pi
    numbers = np.round(np.concatenate([box.centre_m, box.size_m, angles]), 2)
    numbers[6:][numbers[6:] == -1.0] = 1.0
    return (numbers + 0.0).tolist()


def from_numbers(numbers: Sequence[float]) -> Box3D:
    """The box of nine numbers; DataError if there are not nine, or they describe no box."""
    if len(numbers) != 9:
        raise DataError(f"a box is written with nine numbers, got {len(numbers)}")
    values = np.array(numbers, dtype=np.float64)
    if not np.isfinite(values).all():
        raise DataError(f"a box's numbers must be finite, got {list(numbers)}")
    return Box3D(centre_m=values[:3], size_m=values[3:6], R_frame_box=rotation.euler_to_matrix(values[6:] * np.pi))


def to_text(box: Box3D) -> str:
    """The nine numbers as compact JSON, without spaces or trailing zeros, as the released models write."""
    return json.dumps(to_numbers(box), separators=(",", ":"))


def from_text(text: str) -> Box3D:
    """Reads nine numbers from the first bracket of a text, or from all of it, however they are spaced.

    Raises:
        DataError: Not nine numbers, or no box.
    """
    bracket = re.search(r"\[([^\[\]]*)\]", text)
    numbers = _NUMBER.findall(bracket.group(1) if bracket else text)
    if len(numbers) != 9:
        raise DataError(f"a box is written with nine numbers, found {len(numbers)} in '{text[:120]}'")
    return from_numbers([float(number) for number in numbers])


def iou(first: Box3D, second: Box3D) -> float:
    """Exact intersection over union of two boxes in the same frame, in [0, 1]; 0 if either is flat."""
    overlap = intersection_m3(first, second)
    if overlap == 0:
        return 0.0
    return min(1.0, overlap / (first.volume_m3 + second.volume_m3 - overlap))


def pairwise_iou(first: Sequence[Box3D], second: Sequence[Box3D]) -> Float[Array, "n m"]:
    """`iou` of every box of one list with every box of another."""
    return np.array([[iou(a, b) for b in second] for a in first]).reshape(len(first), len(second))


def intersection_m3(first: Box3D, second: Box3D) -> float:
    """Exact volume common to two boxes in the same frame.

    `first` is cut by the six planes of `second` one after the other. Every face is kept as a convex polygon
    with its outward normal; a cut clips the faces (Sutherland-Hodgman) and closes the hole with a new one.
    Points closer to the plane than rounding error count as lying on it, so shared and touching faces need no
    special case.
    """
    if first.volume_m3 == 0 or second.volume_m3 == 0 or _spheres_apart(first, second):
        return 0.0
    # In the second box's own frame its planes are axis-aligned, and numbers stay small.
    relative = first.moved(pose.inverse(pose.make(second.R_frame_box, second.centre_m)))
    tolerance = 1e-12 * max(first.size_m.max(), second.size_m.max())
    normals = _FACE_NORMALS @ relative.R_frame_box.T
    solid = [(relative.corners_m[list(face)], normal) for face, normal in zip(_FACES, normals, strict=True)]
    for normal, half in zip(_FACE_NORMALS, np.repeat(second.size_m / 2, 2), strict=True):
        solid = _cut(solid, normal, half, tolerance)
    return _volume(solid)


Solid = list[tuple[np.ndarray, np.ndarray]]
"""Faces of a convex solid: corners (n, 3) in order around the face, and the unit outward normal (3,)."""


def _spheres_apart(first: Box3D, second: Box3D) -> bool:
    reach = (np.linalg.norm(first.size_m) + np.linalg.norm(second.size_m)) / 2
    return bool(np.linalg.norm(first.centre_m - second.centre_m) >= reach)


def _cut(solid: Solid, normal: np.ndarray, offset: float, tolerance: float) -> Solid:
    """The part of `solid` where `normal @ x <= offset`; empty if only its boundary is left."""
    heights = [corners @ normal - offset for corners, _ in solid]
    if all((height <= tolerance).all() for height in heights):
        return solid
    if all((height >= -tolerance).all() for height in heights):
        return []
    kept, rim = [], []
    for (corners, face_normal), height in zip(solid, heights, strict=True):
        height = np.where(np.abs(height) <= tolerance, 0.0, height)
        clipped = _clip_polygon(corners, height)
        if len(clipped) >= 3:
            kept.append((clipped, face_normal))
        rim.append(clipped[np.abs(clipped @ normal - offset) <= tolerance])
    return [*kept, (_around(np.concatenate(rim), normal), normal)]


def _clip_polygon(corners: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Corners at or below zero height, with the points where edges cross it in between."""
    after, height_after = np.roll(corners, -1, axis=0), np.roll(height, -1)
    crosses = height * height_after < 0
    share = np.divide(height, height - height_after, out=np.zeros_like(height), where=crosses)
    crossing = corners + share[:, None] * (after - corners)
    candidates = np.stack([corners, crossing], axis=1).reshape(-1, 3)
    return candidates[np.stack([height <= 0, crosses], axis=1).reshape(-1)]


def _around(points: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Points of a convex rim in order of their angle about its middle."""
    first = np.eye(3)[np.argmin(np.abs(normal))]
    second = np.cross(normal, first)
    relative = points - points.mean(axis=0)
    return points[np.argsort(np.arctan2(relative @ second, relative @ first))]


def _volume(solid: Solid) -> float:
    """Divergence theorem: a third of the sum of all faces' area times signed distance from the origin."""
    return float(sum(_area(corners, normal) * (corners[0] @ normal) for corners, normal in solid) / 3)


def _area(corners: np.ndarray, normal: np.ndarray) -> float:
    relative = corners - corners[0]
    return abs(np.cross(relative[1:-1], relative[2:]).sum(axis=0) @ normal) / 2
