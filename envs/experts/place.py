"""Place what is held where it belongs: carry it there, lower it, let go."""

from dataclasses import dataclass

import numpy as np

from envs.experts.boxes import Point
from envs.experts.motion import CLOSE, OPEN, Move
from envs.experts.pick import Pick, RimPick
from envs.experts.spots import Spot
from envs.experts.state import SimulatorState

_OPENED_M = 0.02
"""Finger opening from which on the hand rises; `_RETREAT_M` is the offset, `_CLEAR_M` the distance that is enough."""
_RETREAT_M = 0.10
_CLEAR_M = 0.05
_OPEN_M = 0.074
"""Opening from which on a hand is not about to carry something else."""

# Where a board may hang over a rim (32 directions, five heights), and how close counts.
_ABOVE_M = np.array([[0.0, 0.0, height] for height in (0.008, 0.014, 0.02, 0.026, 0.032)])
_AROUND = np.array([[np.cos(a), np.sin(a), 0.0] for a in np.linspace(0, 2 * np.pi, 32, endpoint=False)])
_FREE_M = 0.004
_PARTING_M = 0.01
"""Longest upward offset while other movable objects touch the carried one."""
_DRAG_M = 0.02
"""Length of the horizontal offset that pulls the object from under a board."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PickAndPlace:
    """The skill for the goals `on` and `in`: hold an object and set it down where it belongs.

    Attributes:
        pick: How the object is held.
        spot: Where it belongs.
    """

    pick: Pick
    spot: Spot

    def finished(self, state: SimulatorState) -> bool:
        """Whether the object rests at its place and no open hand is around it any more."""
        if state.pinched(self.pick.name) or not self._rests(state, self.spot.offset(state)):
            return False
        return state.finger_opening_m() < _OPEN_M or self.pick.distance_m(state) > _CLEAR_M

    def move(self, state: SimulatorState) -> Move:
        """The next move, from the state alone."""
        offset = self.spot.offset(state)
        if self._rests(state, offset):
            return self._let_go(state)
        if self.pick.holds(state):
            return self._carry(state, offset)
        return self.pick.move(state)

    def _rests(self, state: SimulatorState, offset: Point) -> bool:
        return self.spot.rests(state, offset, held=state.pinched(self.pick.name))

    def _carry(self, state: SimulatorState, offset: Point) -> Move:
        way = self._way_out(state)
        if way is None:
            way = self.spot.way(state, offset)
        if state.movables_touching(self.pick.name):
            # Parted in haste, what the object stands in or leans on would come along.
            way = np.array([way[0], way[1], min(way[2], _PARTING_M)])
        return Move(offset=way, rotation=self.pick.carrying_rotation(state) + self.spot.turn(state), gripper=CLOSE)

    def _let_go(self, state: SimulatorState) -> Move:
        opened = state.finger_opening_m() > _OPENED_M and not self.pick.still_closed(state)
        up = np.array([0.0, 0.0, _RETREAT_M if opened else 0.0])
        return Move(offset=up, rotation=self.pick.carrying_rotation(state), gripper=OPEN)

    def _way_out(self, state: SimulatorState) -> Point | None:
        """Horizontal way from under what hangs over the object (the board above a drawer), or None if nothing does."""
        if not isinstance(self.pick, RimPick):
            return None
        edge = self.pick.rim(state).points(_AROUND)
        points = (edge[None] + _ABOVE_M[:, None]).reshape(-1, 3)
        others = state.surroundings(without=[self.pick.name]).reaching(points.min(axis=0), points.max(axis=0))
        free = (others.clearance_m(points).reshape(len(_ABOVE_M), -1) > _FREE_M).all(axis=0)
        if free.all():
            return None
        inward = -_AROUND[~free].sum(axis=0)
        return _DRAG_M * inward / max(1.0, float(np.linalg.norm(inward)))
