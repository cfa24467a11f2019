"""Pick an object, the hand pointing down: an open vessel by its rim, anything else by what is narrow enough."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from envs.experts.bodies import BodyGrasp, choose_body_grasp
from envs.experts.boxes import Point, corridor
from envs.experts.hands import HAND_RADIUS_M
from envs.experts.motion import CLOSE, OPEN, Move, glide, rotation_between, turning_m
from envs.experts.rims import Rim, RimGrasp, choose_grasp, rim_of
from envs.experts.state import SimulatorState

_HOVER_M = 0.06
"""Least height above the grasp at which to approach."""
_HEADROOM_M = 0.03
"""Height of the grip site above what stands along the way."""
_READY_M = 0.007
"""Distance from the grasp within which an open hand closes."""
_LOOSE_M = 0.02
"""Distance within which a hand that has begun to close goes on, and one that holds still counts as holding."""

# The fingers tell what the hand is doing, in place of a memory.
_CLOSING_M = 0.074
"""Opening below which the fingers have begun to close."""
_CLOSED_M = 0.002
"""Opening below which there is nothing between them."""
_STALLED_M_S = 0.02
"""Speed below which they stand still."""
_FALLEN = 0.7
"""Cosine of the tilt from which on an object needs another grasp."""
_ESCAPE_M = 0.03
"""How far above the grasp empty fingers may open again."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pick(ABC):
    """The skill: bring the open hand over the object, come down, close.

    Attributes:
        name: The object.
    """

    name: str

    @abstractmethod
    def offset(self, state: SimulatorState) -> Point:
        """Way of the grip site to where it holds the object, metres, world frame."""

    @abstractmethod
    def rotation(self, state: SimulatorState) -> Point:
        """Axis-angle in radians, world frame, from the hand's orientation to the grasp's."""

    def carrying_rotation(self, state: SimulatorState) -> Point:
        """The same for a hand that has the object between its fingers."""
        return self.rotation(state)

    def distance_m(self, state: SimulatorState) -> float:
        """How far the grip site is from where it holds the object."""
        return float(np.linalg.norm(self.offset(state)))

    def holds(self, state: SimulatorState) -> bool:
        """Whether the object is between fingers that have closed as far as they can."""
        if np.linalg.norm(self.offset(state)) > _LOOSE_M:
            return False
        between = _CLOSED_M < state.finger_opening_m() < _CLOSING_M
        stalled = between and abs(state.finger_speed_m_s()) < _STALLED_M_S
        return stalled or state.pinched(self.name)

    def still_closed(self, state: SimulatorState) -> bool:
        """Whether fingers that open still hold the object, however far apart they are."""
        return state.pinched(self.name)

    def move(self, state: SimulatorState) -> Move:
        """The next move of a hand that does not hold the vessel yet."""
        offset, rotation, opening_m = self.offset(state), self.rotation(state), state.finger_opening_m()
        if _has_missed(offset, opening_m):
            # Lifted clear of the vessel before they open, the fingers cannot close again on the same nothing.
            return Move(offset=np.array([0.0, 0.0, offset[2] + 2 * _ESCAPE_M]), rotation=rotation, gripper=CLOSE)
        still_opening = state.finger_speed_m_s() > _STALLED_M_S
        if _is_there(offset, opening_m) and not still_opening:
            return Move(offset=offset, rotation=rotation, gripper=CLOSE)
        return Move(offset=self._approach(state, offset, rotation), rotation=rotation, gripper=OPEN)

    def _approach(self, state: SimulatorState, offset: Point, rotation: Point) -> Point:
        here = state.grip_position()
        top_m = state.surroundings(without=[self.name]).top_m(corridor(here, here + offset), HAND_RADIUS_M)
        clearance_m = max(_HOVER_M, top_m + _HEADROOM_M - float(here[2] + offset[2]))
        return glide(offset, clearance_m=clearance_m, arrived_m=_READY_M, misaligned_m=turning_m(rotation))


@dataclass(frozen=True, kw_only=True, eq=False)
class RimPick(Pick):
    """Picks an open vessel by its rim: one finger inside, one outside.

    Attributes:
        grasp: How to hold it; fixed for the episode.
    """

    grasp: RimGrasp

    @classmethod
    def plan(cls, state: SimulatorState, name: str) -> "RimPick":
        """Chooses the grasp for what stands around the vessel now."""
        rim = rim_of(state, name)
        grasp = choose_grasp(rim, state.reach_m(rim.centre), state.surroundings(without=[]), state.boxes(name))
        return cls(name=name, grasp=grasp)

    def rim(self, state: SimulatorState) -> Rim:
        """The vessel's rim now."""
        return rim_of(state, self.name)

    def offset(self, state: SimulatorState) -> Point:
        """Way of the grip site to its place at the rim, metres, world frame."""
        return self.grasp.grip_position(self.rim(state), state.finger_opening_m()) - state.grip_position()

    def still_closed(self, state: SimulatorState) -> bool:
        """Never: a wall is thinner than the opening from which on a hand rises."""
        return False

    def rotation(self, state: SimulatorState) -> Point:
        """Axis-angle in radians, world frame, from the hand's orientation to the grasp's."""
        reach_m = state.reach_m(state.grip_position())
        return rotation_between(state.grip_rotation(), self.grasp.hand_rotation(reach_m))


@dataclass(frozen=True, kw_only=True, eq=False)
class BodyPick(Pick):
    """Pinches a solid thing, or a part that sticks out of a thing, from above.

    Attributes:
        grasp: How to hold it, in the object's frame; fixed as long as the object does not fall over.
    """

    grasp: BodyGrasp

    def offset(self, state: SimulatorState) -> Point:
        """Way of the grip site to its place at the body, metres, world frame."""
        return state.position(self.name) + state.rotation(self.name) @ self._grasp(state).point - state.grip_position()

    def rotation(self, state: SimulatorState) -> Point:
        """Axis-angle in radians, world frame, from the hand's orientation to the grasp's."""
        here = state.grip_position()
        rotation, outward = state.rotation(self.name), state.outward(here)
        wanted = self._grasp(state).hand_rotation(rotation, outward, state.reach_m(here))
        return rotation_between(state.grip_rotation(), wanted)

    def carrying_rotation(self, state: SimulatorState) -> Point:
        """Leans as it should, but does not turn after an object that slips round between the fingers."""
        here, hand = state.grip_position(), state.grip_rotation()
        axis = hand[:, 0] if self.grasp.entry_axis is None else self.grasp.entry_axis
        wanted = self._grasp(state).upright_hand(axis, state.outward(here), state.reach_m(here))
        return rotation_between(hand, wanted)

    def distance_m(self, state: SimulatorState) -> float:
        """How far the grip site is from where it held the object."""
        point = state.position(self.name) + state.rotation(self.name) @ self.grasp.point
        return float(np.linalg.norm(point - state.grip_position()))

    def _grasp(self, state: SimulatorState) -> BodyGrasp:
        """The grasp of the episode, or a new one for an object that lies on another side than it stood."""
        if state.rotation(self.name)[2] @ self.grasp.up > _FALLEN:
            return self.grasp
        return choose_body_grasp(state, self.name) or self.grasp


def _is_there(offset: Point, opening_m: float) -> bool:
    tolerance_m = _LOOSE_M if opening_m < _CLOSING_M else _READY_M
    return bool(np.linalg.norm(offset[:2]) < tolerance_m and abs(offset[2]) < tolerance_m)


def _has_missed(offset: Point, opening_m: float) -> bool:
    return opening_m < _CLOSED_M and -offset[2] < _ESCAPE_M
