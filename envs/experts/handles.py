"""Parts of fixtures that a hand moves by gripping: bars of drawers and doors, ridges of knobs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from envs.experts.boxes import OrientedBoxes, Point, corridor
from envs.experts.hands import HAND_RADIUS_M, swept_room_m
from envs.experts.motion import CLOSE, OPEN, Move, dock, glide, pointing, rotation_between, turning_m
from envs.experts.pick import Pick
from envs.experts.state import Rotation3, SimulatorState

_TILTS_DEG = (20, 0, 10, 40, 60)
"""How far below the horizontal a hand may point at a handle, in order of preference."""
_YAWS_DEG = (45, 30, 60, 15, 0)
"""How far from straight at it, to the side on which the robot stands."""
_ROOM_M = 0.001
_COMING_M, _PULLING_M = np.array([0.0, 0.04, 0.08]), np.array([0.0, 0.04, 0.08, 0.12])
"""Where on its way in, and on its way out with the part, a hand must have room."""
_NEUTRAL = pointing(np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, -1.0]))
_UP = np.array([0.0, 0.0, 1.0])

_STANDOFF_M = 0.08
_LINED_UP_M = 0.05
"""Distance beside the way in within which a hand goes straight in."""
_HOVER_M, _HEADROOM_M = 0.06, 0.03
_NEAR_M = 0.03
_READY_M, _LOOSE_M = 0.008, 0.02
_EXACT = np.array([0.4, 0.7, 1.0])
"""How much an error along fingers, palm and approach counts: a bar may lie anywhere between the fingers."""
_CLOSING_M, _CLOSED_M = 0.074, 0.002
_DEPTH_M = 0.018
"""Depth of the grip site below the top of a knob's ridge."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PartPick(Pick):
    """Grips a part that a joint moves; the grasp is fixed in the frame of the part.

    Attributes:
        name: The region or fixture that the joint belongs to.
        point: Where the grip site belongs, metres, frame of the part.
        hand: Axes of the grip site (columns: fingers, palm, approach), frame of the part.
    """

    point: Point
    hand: Rotation3

    @classmethod
    def at(cls, state: SimulatorState, name: str, grip: Point, R_world_hand: Rotation3) -> "PartPick":
        """A grasp given in the world, metres."""
        position, rotation = state.part_pose(name)
        return cls(name=name, point=rotation.T @ (grip - position), hand=rotation.T @ R_world_hand)

    def hand_rotation(self, state: SimulatorState) -> Rotation3:
        """Axes of the grip site in the world (columns)."""
        return state.part_pose(self.name)[1] @ self.hand

    def offset(self, state: SimulatorState) -> Point:
        """Way of the grip site to its place at the part, metres, world frame."""
        position, rotation = state.part_pose(self.name)
        return position + rotation @ self.point - state.grip_position()

    def rotation(self, state: SimulatorState) -> Point:
        """Axis-angle in radians, world frame, from the hand's orientation to the grasp's."""
        return rotation_between(state.grip_rotation(), self.hand_rotation(state))

    def move(self, state: SimulatorState) -> Move:
        """The next move of a hand that does not hold the part yet."""
        offset, rotation, outward = self.offset(state), self.rotation(state), -self.hand_rotation(state)[:, 2]
        opening_m, far_m = state.finger_opening_m(), self._error_m(state)
        if opening_m < _CLOSED_M and far_m < _STANDOFF_M / 2:
            # Closed on nothing: out before the fingers open.
            return Move(offset=offset + _STANDOFF_M * outward, rotation=rotation, gripper=CLOSE)
        if far_m < (_LOOSE_M if opening_m < _CLOSING_M else _READY_M):
            return Move(offset=offset, rotation=rotation, gripper=CLOSE)
        return Move(offset=line_up(state, offset, outward, rotation), rotation=rotation, gripper=OPEN)

    def _error_m(self, state: SimulatorState) -> float:
        return float(np.linalg.norm(_EXACT * (self.offset(state) @ self.hand_rotation(state))))

    def leave(self, state: SimulatorState) -> Move:
        """Lets go and backs out the way the hand came."""
        back = -self.hand_rotation(state)[:, 2] * (0.1 if state.finger_opening_m() > _LOOSE_M else 0.0)
        return Move(offset=back, rotation=self.rotation(state), gripper=OPEN)


def line_up(state: SimulatorState, offset: Point, outward: Point, rotation: Point) -> Point:
    """The way to a place that is reached along `-outward`: over what stands around to a point outside, then in.

    Args:
        state: The simulator.
        offset: Way of the grip site to its place, metres, world frame.
        outward: Unit vector from the place to where the hand comes from.
        rotation: What the hand has yet to turn, axis-angle in radians.
    """
    beside_m = float(np.linalg.norm(offset - (offset @ outward) * outward))
    outside_m = -float(offset @ outward)
    if beside_m < _LINED_UP_M and -_LOOSE_M < outside_m < 2 * _STANDOFF_M:
        turning = turning_m(rotation)
        return dock(offset, outward, clearance_m=_STANDOFF_M, arrived_m=_READY_M, misaligned_m=turning)
    here, ahead = state.grip_position(), offset + _STANDOFF_M * outward
    top_m = state.surroundings(without=[]).top_m(corridor(here, here + ahead), HAND_RADIUS_M)
    clearance_m = max(_HOVER_M, top_m + _HEADROOM_M - float(here[2] + ahead[2]))
    return glide(ahead, clearance_m=clearance_m, arrived_m=_NEAR_M, misaligned_m=turning_m(rotation))


def grip_handle(state: SimulatorState, name: str, predicate: str) -> PartPick:
    """Chooses how to hold the bar of a drawer or a door: across it, pointing at it from the robot's side."""
    sign, part = state.joint_goal(predicate, name).sign, state.part(name)
    pull = sign * state.joint(name).velocity(part.centres.mean(axis=0))
    pull = pull / np.linalg.norm(pull)
    bar = int(np.argmax(extent(part, pull)))
    grip, bar_axis = part.centres[bar], part.R_world_box[bar][:, int(np.argmax(part.half_sizes[bar]))]
    hands = list(_hands(pull, bar_axis, state.outward(grip)))
    rooms_m = [_room_m(state, name, grip, hand, pull) for hand in hands]
    roomy = (hand for hand, room in zip(hands, rooms_m, strict=True) if room > _ROOM_M)
    return PartPick.at(state, name, grip, next(roomy, hands[int(np.argmax(rooms_m))]))


def grip_knob(state: SimulatorState, name: str, predicate: str) -> PartPick:
    """Holds the ridge of a knob from above, turned so that the hand ends near its resting orientation."""
    joint, goal, part = state.joint(name), state.joint_goal(predicate, name), state.part(name)
    ridge = int(np.argmax(part.bounds()[1][:, 2]))
    level = part.half_sizes[ridge] + 10.0 * np.abs(part.R_world_box[ridge][2])
    axis = part.R_world_box[ridge][:, int(np.argmin(level))] * [1.0, 1.0, 0.0]
    axis = axis / np.linalg.norm(axis)
    angle = goal.edge - joint.position
    at_goal = np.cos(angle) * axis + np.sin(angle) * np.cross(joint.axis, axis)
    axis = axis if at_goal @ _NEUTRAL[:, 0] > 0 else -axis
    grip = np.array([*joint.anchor[:2], part.bounds()[1][ridge, 2] - _DEPTH_M])
    return PartPick.at(state, name, grip, pointing(axis, -_UP))


def _room_m(state: SimulatorState, name: str, grip: Point, hand: Rotation3, pull: Point) -> float:
    """Least room of a hand that comes in, and takes the part along in the direction `pull` (unit vector)."""
    coming = swept_room_m(grip, hand, state.surroundings(without=[]), np.outer(_COMING_M, -hand[:, 2]))
    others = state.surroundings(without=[str(state.owner(name))])
    return min(coming, swept_room_m(grip, hand, others, np.outer(_PULLING_M, pull)))


def _hands(pull: Point, bar_axis: Point, outward: Point) -> Iterator[Rotation3]:
    for tilt_deg in _TILTS_DEG:
        for yaw_deg in _YAWS_DEG:
            sides = [_turned(-pull, np.radians(sign * yaw_deg)) for sign in (1, -1)]
            level = max(sides, key=lambda side: float(side @ outward))
            tilt = np.radians(tilt_deg)
            approach = np.cos(tilt) * level - np.sin(tilt) * _UP
            fingers = np.cross(approach, bar_axis)
            fingers = fingers / np.linalg.norm(fingers)
            both = (pointing(fingers, approach), pointing(-fingers, approach))
            yield max(both, key=lambda hand: float(np.trace(_NEUTRAL.T @ hand)))


def _turned(vector: Point, angle: float) -> Point:
    """Turned about the vertical, counterclockwise from above."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([cos * vector[0] - sin * vector[1], sin * vector[0] + cos * vector[1], vector[2]])


def extent(boxes: OrientedBoxes, direction: Point) -> Float[np.ndarray, " n"]:
    """How far each box reaches in a direction (unit vector), metres, world frame."""
    along = np.abs(np.einsum("i,nij->nj", direction, boxes.R_world_box))
    return boxes.centres @ direction + (along * boxes.half_sizes).sum(axis=1)
