"""Pick an open vessel by its rim: one finger inside, one outside, the hand pointing down."""

from dataclasses import dataclass

import numpy as np

from envs.experts.boxes import Point, corridor
from envs.experts.motion import CLOSE, OPEN, Move, glide, rotation_between
from envs.experts.rims import HAND_RADIUS_M, Rim, RimGrasp, choose_grasp, rim_of
from envs.experts.state import SimulatorState

_HOVER_M = 0.06
"""Least height above the grasp at which to approach."""
_HEADROOM_M = 0.03
"""Height of the grip site above what stands along the way."""
_READY_M = 0.007
"""Distance from the grasp within which an open hand closes."""
_LOOSE_M = 0.02
"""Distance within which a hand that has begun to close goes on, and one that holds still counts as holding."""
_ALIGNED_RAD = 0.08
"""Error of orientation from which on a hand stays up; each radian more counts as `_TURNING_M_RAD` of distance."""
_TURNING_M_RAD = 0.1

# The fingers tell what the hand is doing, in place of a memory.
_CLOSING_M = 0.074
"""Opening below which the fingers have begun to close."""
_CLOSED_M = 0.002
"""Opening below which there is nothing between them."""
_STALLED_M_S = 0.02
"""Speed below which they stand still."""
_ESCAPE_M = 0.03
"""How far above the grasp empty fingers may open again."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RimPick:
    """The skill: bring the open hand over the rim, come down, close.

    Attributes:
        name: The vessel.
        grasp: How to hold it; fixed for the episode.
    """

    name: str
    grasp: RimGrasp

    @classmethod
    def plan(cls, state: SimulatorState, name: str) -> "RimPick":
        """Chooses the grasp for what stands around the vessel now."""
        rim = rim_of(state, name)
        grasp = choose_grasp(rim, state.reach_m(rim.centre), state.surroundings(without=[]))
        return cls(name=name, grasp=grasp)

    def rim(self, state: SimulatorState) -> Rim:
        """The vessel's rim now."""
        return rim_of(state, self.name)

    def offset(self, state: SimulatorState) -> Point:
        """Way of the grip site to its place at the rim, metres, world frame."""
        return self.grasp.grip_position(self.rim(state), state.finger_opening_m()) - state.grip_position()

    def rotation(self, state: SimulatorState) -> Point:
        """Axis-angle in radians, world frame, from the hand's orientation to the grasp's."""
        reach_m = state.reach_m(state.grip_position())
        return rotation_between(state.grip_rotation(), self.grasp.hand_rotation(reach_m))

    def holds(self, state: SimulatorState) -> bool:
        """Whether the rim is between fingers that have closed as far as they can."""
        if np.linalg.norm(self.offset(state)) > _LOOSE_M:
            return False
        between = _CLOSED_M < state.finger_opening_m() < _CLOSING_M
        stalled = between and abs(state.finger_speed_m_s()) < _STALLED_M_S
        return stalled or state.pinched(self.name)

    def move(self, state: SimulatorState) -> Move:
        """The next move of a hand that does not hold the vessel yet."""
        offset, rotation, opening_m = self.offset(state), self.rotation(state), state.finger_opening_m()
        if _has_missed(offset, opening_m):
            # Lifted clear of the vessel before they open, the fingers cannot close again on the same nothing.
            return Move(offset=np.array([0.0, 0.0, offset[2] + 2 * _ESCAPE_M]), rotation=rotation, gripper=CLOSE)
        still_opening = state.finger_speed_m_s() > _STALLED_M_S
        if _is_at_rim(offset, opening_m) and not still_opening:
            return Move(offset=offset, rotation=rotation, gripper=CLOSE)
        return Move(offset=self._approach(state, offset, rotation), rotation=rotation, gripper=OPEN)

    def _approach(self, state: SimulatorState, offset: Point, rotation: Point) -> Point:
        here = state.grip_position()
        top_m = state.surroundings(without=[self.name]).top_m(corridor(here, here + offset), HAND_RADIUS_M)
        clearance_m = max(_HOVER_M, top_m + _HEADROOM_M - float(here[2] + offset[2]))
        turning_m = _TURNING_M_RAD * max(0.0, float(np.linalg.norm(rotation)) - _ALIGNED_RAD)
        return glide(offset, clearance_m=clearance_m, arrived_m=_READY_M, misaligned_m=turning_m)


def _is_at_rim(offset: Point, opening_m: float) -> bool:
    tolerance_m = _LOOSE_M if opening_m < _CLOSING_M else _READY_M
    return bool(np.linalg.norm(offset[:2]) < tolerance_m and abs(offset[2]) < tolerance_m)


def _has_missed(offset: Point, opening_m: float) -> bool:
    return opening_m < _CLOSED_M and -offset[2] < _ESCAPE_M
