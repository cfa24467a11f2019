"""Open vessels (bowl, ramekin, mug): where their rim is, and how a hand may hold it without touching anything else."""

from dataclasses import dataclass

import numpy as np

from envs.experts.boxes import OrientedBoxes, Point, Points
from envs.experts.hands import OPENING_M, descent_room_m, room_m
from envs.experts.motion import reaching_down
from envs.experts.state import Rotation3, SimulatorState

_RIM_BAND_M = 0.006
_WALL_M = 0.003
"""From the outside of a rim to where the pads hold it, a little below: half the wall and its slope."""
_DEPTH_M = 0.020
"""Depth of the grip site below the rim; the finger tips reach 8 mm deeper. A sloping wall turns between the pads until
it lies flat; held at half this depth it slips out far more often (docs/log.md)."""

_ROOM_M = 0.001
_BESIDE_M, _BARE_M = 0.02, 0.012
"""Where outside a rim nothing of the vessel may be, and how far from there: a handle between the fingers is in the way
when the vessel is set down."""

_ROUND, _MIN_WIDTH_M, _MIN_HOLLOW_M, _UPRIGHT = 1.4, 0.05, 0.02, 0.7
"""What counts as a vessel: how oblong its rim may be, the rim's width, the hollow's depth, the cosine of its tilt."""

_NEUTRAL_SIDE = np.array([0.0, 1.0, 0.0])
_TUCK_M = 0.025
_TURNS_DEG = (35, -35, 215, 145, 0, 180, 70, -70, 250, 110, 90, 270)
_GRASPS = ((0, 0.0), (180, 0.0), *((turn, _TUCK_M) for turn in _TURNS_DEG))
"""What is tried, in order: angle of the side from the neutral one in degrees, and tuck in metres. The first turns suit
a bowl in an open drawer of a cabinet as LIBERO places it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rim:
    """The upper edge of a vessel: a circle in the world.

    Attributes:
        centre: Metres, world frame.
        axis: Unit vector from the vessel's foot to its mouth, world frame.
        radius_m: To where it is held.
    """

    centre: Point
    axis: Point
    radius_m: float

    def points(self, sides: Points) -> Points:
        """The points of the rim on horizontal `sides` (unit vectors), metres, world frame."""
        along = sides - np.outer(sides @ self.axis, self.axis)
        return self.centre + self.radius_m * along / np.linalg.norm(along, axis=1, keepdims=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class RimGrasp:
    """How to hold a rim.

    Attributes:
        side: Horizontal unit vector from the vessel's axis to the place to hold, world frame.
        tuck_m: How far inside the rim the open hand comes down, where there is no room for the outer finger.
    """

    side: Point
    tuck_m: float

    def finger_axis(self) -> Point:
        """Horizontal unit vector along which the fingers open, within a right angle of the resting hand's."""
        return self.side if self.side @ _NEUTRAL_SIDE > -1e-9 else -self.side

    def hand_rotation(self, reach_m: float) -> Rotation3:
        """Axes of the grip site in the world (columns: fingers, palm, approach), `reach_m` away from the base."""
        return reaching_down(self.finger_axis(), reach_m)

    def grip_position(self, rim: Rim, opening_m: float) -> Point:
        """Where the grip site belongs while the fingers are `opening_m` apart.

        The tuck fades as they close: the hand moves out to the rim instead of pulling the vessel in.
        """
        tuck_m = self.tuck_m * np.clip(opening_m / OPENING_M, 0.0, 1.0)
        return rim.points(self.side[None])[0] - tuck_m * self.side - np.array([0.0, 0.0, _DEPTH_M])

    def room_m(self, rim: Rim, reach_m: float, obstacles: OrientedBoxes) -> float:
        """Least distance between the open hand at the rim and the obstacles; negative where they overlap."""
        return room_m(self.grip_position(rim, OPENING_M), self.hand_rotation(reach_m), obstacles)

    def descent_room_m(self, rim: Rim, reach_m: float, obstacles: OrientedBoxes) -> float:
        """The same for the whole hand on its way down to the rim."""
        return descent_room_m(self.grip_position(rim, OPENING_M), self.hand_rotation(reach_m), obstacles)

    def is_bare(self, rim: Rim, vessel: OrientedBoxes) -> bool:
        """Whether the vessel has no handle where the outer finger closes."""
        beside = self.grip_position(rim, 0.0) + _BESIDE_M * self.side
        return bool(vessel.clearance_m(beside[None])[0] > _BARE_M)


def measure_rim(boxes: OrientedBoxes, position: Point, rotation: Rotation3) -> Rim:
    """Finds the rim of a vessel from its collision geometry.

    Args:
        boxes: The vessel's collision geometry, world frame.
        position: Its origin, metres, world frame.
        rotation: Its axes in the world (columns); the third points out of its mouth.
    """
    low, high = boxes.seen_from(position, rotation).bounds()
    top_m = high[:, 2].max()
    at_rim = high[:, 2] > top_m - _RIM_BAND_M
    low_xy, high_xy = low[at_rim, :2].min(axis=0), high[at_rim, :2].max(axis=0)
    centre = position + rotation @ np.array([*(low_xy + high_xy) / 2, top_m])
    return Rim(centre=centre, axis=rotation[:, 2], radius_m=float((high_xy - low_xy).max()) / 2 - _WALL_M)


def rim_of(state: SimulatorState, name: str) -> Rim:
    """The rim of a vessel now."""
    return measure_rim(state.boxes(name), state.position(name), state.rotation(name))


def is_vessel(state: SimulatorState, name: str) -> bool:
    """Whether an object stands open, with a round rim that a hand can hold and nothing up to the rim within it."""
    rotation = state.rotation(name)
    low, high = state.boxes(name).seen_from(state.position(name), rotation).bounds()
    top_m = high[:, 2].max()
    at_rim = high[:, 2] > top_m - _RIM_BAND_M
    low_xy, high_xy = low[at_rim, :2].min(axis=0), high[at_rim, :2].max(axis=0)
    middle = (low_xy + high_xy) / 2
    within = (low[:, :2] < middle).all(axis=1) & (high[:, :2] > middle).all(axis=1)
    width, depth = high_xy - low_xy
    is_round = max(width, depth) < _ROUND * min(width, depth) and min(width, depth) > _MIN_WIDTH_M
    return bool(is_round and high[within, 2].max(initial=-np.inf) < top_m - _MIN_HOLLOW_M and rotation[2, 2] > _UPRIGHT)


def choose_grasp(rim: Rim, reach_m: float, obstacles: OrientedBoxes, vessel: OrientedBoxes) -> RimGrasp:
    """The first grasp, in a fixed order, in which the open hand touches nothing; the roomiest if every one does.

    A handle between the fingers is avoided, and what stands in the way of a hand that comes straight down.

    The order begins with the resting hand's orientation, so that most tasks share one way of holding.

    Args:
        rim: The rim to hold.
        reach_m: Its horizontal distance from the robot's base.
        obstacles: Collision geometry of everything but the robot, the vessel included.
        vessel: The vessel's own.
    """
    grasps = [_grasp(turn_deg, tuck_m) for turn_deg, tuck_m in _GRASPS]
    rooms_m = [grasp.room_m(rim, reach_m, obstacles) for grasp in grasps]
    roomy = [grasp for grasp, room_m in zip(grasps, rooms_m, strict=True) if room_m > _ROOM_M]
    bare = [grasp for grasp in roomy if grasp.is_bare(rim, vessel)] or roomy
    free = (grasp for grasp in bare if grasp.descent_room_m(rim, reach_m, obstacles) > 0)
    return next(free, bare[0] if bare else grasps[int(np.argmax(rooms_m))])


def _grasp(turn_deg: float, tuck_m: float) -> RimGrasp:
    turn = np.radians(turn_deg)
    return RimGrasp(side=np.array([-np.sin(turn), np.cos(turn), 0.0]), tuck_m=tuck_m)
