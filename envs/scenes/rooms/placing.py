"""Things put somewhere in a room, and whether they are in each other's way.

World: z up, the floor at 0, the room's corner at the origin, walls along x and y. Metres, radians.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from envs.scenes.rooms.parts import Piece
from vst_robot.geometry.box3d import Box3D

Array = np.ndarray

_BOX_AXES = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""Columns: VST's box axes in a piece's frame. x out of the front, y down, z to the left."""

TOUCH_M = 1e-6


@dataclass(frozen=True, kw_only=True)
class Zone:
    """An upright box that is taken: by a thing, or by what needs room in front of it.

    Attributes:
        x_m: Middle.
        y_m: Middle.
        z_m: Lower and upper end.
        half_m: Half sizes along its own x and y.
        yaw_rad: Turn about z.
    """

    x_m: float
    y_m: float
    z_m: tuple[float, float]
    half_m: tuple[float, float]
    yaw_rad: float = 0.0

    @cached_property
    def corners_m(self) -> Float[Array, "4 2"]:
        """Corners of the footprint, in order."""
        c, s = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        local = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * self.half_m
        return local @ np.array([[c, s], [-s, c]]) + [self.x_m, self.y_m]

    def meets(self, other: "Zone") -> bool:
        """Whether the two have volume in common."""
        if self.z_m[0] >= other.z_m[1] - TOUCH_M or other.z_m[0] >= self.z_m[1] - TOUCH_M:
            return False
        reach = np.hypot(*self.half_m) + np.hypot(*other.half_m)
        if np.hypot(self.x_m - other.x_m, self.y_m - other.y_m) >= reach:
            return False
        return not (self._parted_from(other) or other._parted_from(self))

    def inside(self, width_m: float, depth_m: float) -> bool:
        """Whether its footprint lies in the rectangle from the origin."""
        corners = self.corners_m
        return bool((corners >= -TOUCH_M).all() and (corners <= np.array([width_m, depth_m]) + TOUCH_M).all())

    def _parted_from(self, other: "Zone") -> bool:
        """Whether a line along one of its own sides parts the two footprints."""
        c, s = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        local = (other.corners_m - [self.x_m, self.y_m]) @ np.array([[c, -s], [s, c]])
        half = np.array(self.half_m) - TOUCH_M
        return bool(((local.min(axis=0) >= half) | (local.max(axis=0) <= -half)).any())


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A piece and where it stands.

    Attributes:
        piece: What it is.
        x_m: Middle of its footprint.
        y_m: Middle of its footprint.
        z_m: Height of its lowest point.
        yaw_rad: Its front points along (cos, sin).
    """

    piece: Piece
    x_m: float
    y_m: float
    z_m: float = 0.0
    yaw_rad: float = 0.0

    @cached_property
    def zone(self) -> Zone:
        """The upright box around it."""
        x, y, z = self.piece.size_m
        return Zone(
            x_m=self.x_m, y_m=self.y_m, z_m=(self.z_m, self.z_m + z), half_m=(x / 2, y / 2), yaw_rad=self.yaw_rad
        )

    @property
    def box(self) -> Box3D:
        """The same box in the world frame, with VST's axes."""
        x, y, z = self.piece.size_m
        c, s = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        R_world_piece = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
        return Box3D(
            centre_m=np.array([self.x_m, self.y_m, self.z_m + z / 2]),
            size_m=np.array([x, z, y]),
            R_frame_box=R_world_piece @ _BOX_AXES,
        )

    def at(self, along_front: float, to_left: float) -> tuple[float, float]:
        """World x and y of a point given in the piece's frame."""
        c, s = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        return float(self.x_m + c * along_front - s * to_left), float(self.y_m + s * along_front + c * to_left)


def free(zone: Zone, taken: Iterable[Zone]) -> bool:
    """Whether a zone meets none of those that are taken."""
    return not any(zone.meets(other) for other in taken)
