"""Pick an open vessel (bowl, ramekin, mug) by its rim: one finger inside, one outside, hand pointing straight down."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from envs.experts.boxes import OrientedBoxes, Point, Points, corridor
from envs.experts.motion import CLOSE, OPEN, Move, glide, reaching_down, rotation_between
from envs.experts.state import Rotation3, SimulatorState

_DEPTH_M = 0.010
_WALL_M = 0.003
_RIM_BAND_M = 0.006
_HOVER_M = 0.06
_HEADROOM_M = 0.03

_OPENING_M = 0.08
_MOVING_M = 0.074
_CLOSED_M = 0.002
_STALLED_M_S = 0.02
_READY_M = 0.007
_LOOSE_M = 0.02
_ESCAPE_M = 0.03

_FINGER_REACH_M = 0.051
_FINGER_RADIUS_M = 0.013
_FINGER_POINTS = np.array([[x, 0.0, z] for x in (-_FINGER_REACH_M, _FINGER_REACH_M) for z in (-0.005, -0.02, -0.035)])
_PALM_RADIUS_M = 0.03
_PALM_POINTS = np.array([[x, 0.0, -0.058] for x in (-0.075, -0.0375, 0.0, 0.0375, 0.075)])
_ROOM_M = 0.001

_TUCK_M = 0.025
_GRASPS = ((0, 0.0), (180, 0.0), *((yaw, _TUCK_M) for yaw in (35, -35, 215, 145, 0, 180, 70, -70, 250, 110, 90, 270)))
"""Yaw of the side in degrees from the neutral one, and tuck in metres: what is tried, in order."""
_NEUTRAL_SIDE = np.array([0.0, 1.0, 0.0])
_RADIAN_AS_M = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Rim:
    """The upper edge of a vessel in the world: a circle.

    Attributes:
        centre: Metres, world frame.
        axis: Unit vector from the vessel's foot to its mouth, world frame.
        radius_m: To the middle of the wall.
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
        """Axes of the grip site in the world (columns: fingers, palm, approach), `reach_m` away from the robot's base."""
        return reaching_down(self.finger_axis(), reach_m)

    def grip_position(self, rim: Rim, opening_m: float) -> Point:
        """Where the grip site belongs while the fingers are `opening_m` apart: the tuck fades as they close."""
        tuck = self.tuck_m * np.clip(opening_m / _OPENING_M, 0.0, 1.0)
        return rim.points(self.side[None])[0] - tuck * self.side - np.array([0.0, 0.0, _DEPTH_M])


def measure_rim(state: SimulatorState, name: str) -> Rim:
    """Finds the rim of an upright or slightly tilted vessel from its collision geometry."""
    boxes, R_world_object = state.boxes(name), state.rotation(name)
    local = OrientedBoxes(
        centres=(boxes.centres - state.position(name)) @ R_world_object,
        R_world_box=R_world_object.T @ boxes.R_world_box,
        half_sizes=boxes.half_sizes,
    )
    low, high = local.bounds()
    top = high[:, 2].max()
    at_rim = high[:, 2] > top - _RIM_BAND_M
    middle = (low[at_rim].min(axis=0) + high[at_rim].max(axis=0)) / 2
    radius = (high[at_rim] - middle)[:, :2].max() - _WALL_M
    centre = state.position(name) + R_world_object @ np.array([middle[0], middle[1], top])
    return Rim(centre=centre, axis=R_world_object[:, 2], radius_m=float(radius))


def choose_grasp(state: SimulatorState, name: str) -> RimGrasp:
    """The first grasp, in a fixed order, in which the open hand touches nothing that stands around.

    The order prefers the resting hand's orientation, then small turns of it. Where none has room, the roomiest is taken.
    """
    rim, obstacles = measure_rim(state, name), state.surroundings(without=[])
    roomiest, most_room = None, -np.inf
    reach_m = state.reach_m(rim.centre)
    for grasp in _candidates():
        room = _room_m(grasp, rim, reach_m, obstacles)
        if room > _ROOM_M:
            return grasp
        if room > most_room:
            roomiest, most_room = grasp, room
    assert roomiest is not None
    return roomiest


@dataclass(frozen=True, kw_only=True, eq=False)
class RimPick:
    """The skill: bring the open hand over the rim, come down, close.

    Attributes:
        name: The vessel.
        grasp: How to hold it; fixed for the episode.
    """

    name: str
    grasp: RimGrasp

    def holds(self, state: SimulatorState) -> bool:
        """Whether the vessel is between fingers that have closed as far as they can."""
        opening_m = state.finger_opening_m()
        stalled = _CLOSED_M < opening_m < _MOVING_M and abs(state.finger_speed_m_s()) < _STALLED_M_S
        near = float(np.linalg.norm(self.offset(state))) < _LOOSE_M
        return near and (stalled or state.pinched(self.name))

    def rotation(self, state: SimulatorState) -> Point:
        """Axis-angle in radians, world frame, from the hand's orientation to the grasp's."""
        return rotation_between(state.grip_rotation(), self.grasp.hand_rotation(state.reach_m(state.grip_position())))

    def move(self, state: SimulatorState) -> Move:
        """The next move of a hand that does not hold the vessel yet."""
        offset, rotation, opening = self.offset(state), self.rotation(state), state.finger_opening_m()
        if self._missed(offset, opening):
            return Move(offset=np.array([0.0, 0.0, offset[2] + 2 * _ESCAPE_M]), rotation=rotation, gripper=CLOSE)
        if self._around_rim(offset, opening):
            return Move(offset=offset, rotation=rotation, gripper=CLOSE)
        turning_m = _RADIAN_AS_M * max(0.0, float(np.linalg.norm(rotation)) - 0.08)
        way = glide(offset, clearance_m=self._clearance_m(state, offset), arrived_m=_READY_M, misaligned_m=turning_m)
        return Move(offset=way, rotation=rotation, gripper=OPEN)

    def rim(self, state: SimulatorState) -> Rim:
        """The vessel's rim now."""
        return measure_rim(state, self.name)

    def offset(self, state: SimulatorState) -> Point:
        """Way of the grip site to its place at the rim, metres, world frame."""
        return self.grasp.grip_position(self.rim(state), state.finger_opening_m()) - state.grip_position()

    def _around_rim(self, offset: Point, opening_m: float) -> bool:
        tolerance = _READY_M if opening_m > _MOVING_M else _LOOSE_M
        return bool(np.linalg.norm(offset[:2]) < tolerance and abs(offset[2]) < tolerance)

    def _missed(self, offset: Point, opening_m: float) -> bool:
        """Fingers closed on nothing: lift them clear of the vessel before they open."""
        return opening_m < _CLOSED_M and -offset[2] < _ESCAPE_M

    def _clearance_m(self, state: SimulatorState, offset: Point) -> float:
        here = state.grip_position()
        way = corridor(here, here + offset)
        top = state.surroundings(without=[self.name]).top_m(way, _FINGER_RADIUS_M + _FINGER_REACH_M)
        return max(_HOVER_M, top + _HEADROOM_M - float(here[2] + offset[2]))


def _candidates() -> Iterator[RimGrasp]:
    for yaw_deg, tuck_m in _GRASPS:
        yaw = np.radians(yaw_deg)
        yield RimGrasp(side=np.array([-np.sin(yaw), np.cos(yaw), 0.0]), tuck_m=tuck_m)


def _room_m(grasp: RimGrasp, rim: Rim, reach_m: float, obstacles: OrientedBoxes) -> float:
    """Least distance in metres between the open hand in its grasp and the obstacles; negative where they overlap."""
    grip, R_world_hand = grasp.grip_position(rim, _OPENING_M), grasp.hand_rotation(reach_m)
    fingers = obstacles.clearance_m(grip + _FINGER_POINTS @ R_world_hand.T) - _FINGER_RADIUS_M
    palm = obstacles.clearance_m(grip + _PALM_POINTS @ R_world_hand.T) - _PALM_RADIUS_M
    return float(min(fingers.min(), palm.min()))
