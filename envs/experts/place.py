"""Place what is held on an object, a fixture or a region of one: carry over what stands around, lower, let go."""

from dataclasses import dataclass

import numpy as np

from envs.experts.boxes import Point, corridor
from envs.experts.motion import CLOSE, OPEN, Move, glide
from envs.experts.pick import RimPick
from envs.experts.state import SimulatorState

_HOVER_M = 0.06
"""Least height above its place at which to carry an object."""
_HEADROOM_M = 0.025
"""Height above what stands along the way."""
_BODY_RADIUS_M = 0.06
"""What counts as along the way, from the middle of the object in plan."""
_ARRIVED_M = 0.012
_SUPPORT_RADIUS_M = 0.02
"""What of the target carries the object, from its middle in plan."""

_LAID_XY_M = 0.012
"""Error in plan that is small enough to let go."""
_RESTING_XY_M = 0.028
"""Error in plan that is small enough to leave alone afterwards: LIBERO's `on` asks for less than 0.03."""
_RESTING_Z_M = 0.008

_OPENED_M = 0.02
"""Finger opening from which on the hand rises; `_RETREAT_M` is the offset, `_CLEAR_M` the height that is enough."""
_RETREAT_M = 0.10
_CLEAR_M = 0.05

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
    """The skill for the goal `on`: hold an object by its rim and set it down on a target.

    Attributes:
        pick: How the object is held.
        target: Object, fixture or region to set it down on.
    """

    pick: RimPick
    target: str

    def finished(self, state: SimulatorState) -> bool:
        """Whether the object rests at its place and the open hand is well above it."""
        above_rim_m = -float(self.pick.offset(state)[2])
        return above_rim_m > _CLEAR_M and self._rests(state, self._offset(state))

    def move(self, state: SimulatorState) -> Move:
        """The next move, from the state alone."""
        offset = self._offset(state)
        if self._rests(state, offset):
            return self._let_go(state)
        if self.pick.holds(state):
            return self._carry(state, offset)
        return self.pick.move(state)

    def _offset(self, state: SimulatorState) -> Point:
        """Way of the object to its place: centre over centre, bottom on support."""
        target, carried = state.position(self.target), state.position(self.pick.name)
        support_m = state.boxes(state.owner(self.target)).top_m(target[None, :2], _SUPPORT_RADIUS_M)
        return np.array([*(target - carried)[:2], support_m - state.boxes(self.pick.name).bottom_m()])

    def _rests(self, state: SimulatorState, offset: Point) -> bool:
        """At its place; a hand that has begun to let go does not grasp again for a small error."""
        tolerance_m = _LAID_XY_M if state.pinched(self.pick.name) else _RESTING_XY_M
        return bool(np.linalg.norm(offset[:2]) < tolerance_m and abs(offset[2]) < _RESTING_Z_M)

    def _carry(self, state: SimulatorState, offset: Point) -> Move:
        way = self._way_out(state)
        if way is None:
            way = glide(offset, clearance_m=self._clearance_m(state, offset), arrived_m=_ARRIVED_M)
        if state.movables_touching(self.pick.name):
            # Parted in haste, what the object stands in or leans on would come along.
            way = np.array([way[0], way[1], min(way[2], _PARTING_M)])
        return Move(offset=way, rotation=self.pick.rotation(state), gripper=CLOSE)

    def _let_go(self, state: SimulatorState) -> Move:
        opened = state.finger_opening_m() > _OPENED_M
        up = np.array([0.0, 0.0, _RETREAT_M if opened else 0.0])
        return Move(offset=up, rotation=self.pick.rotation(state), gripper=OPEN)

    def _way_out(self, state: SimulatorState) -> Point | None:
        """Horizontal way from under what hangs over the object (the board above a drawer), or None if nothing does."""
        edge = self.pick.rim(state).points(_AROUND)
        points = (edge[None] + _ABOVE_M[:, None]).reshape(-1, 3)
        others = state.surroundings(without=[self.pick.name]).reaching(points.min(axis=0), points.max(axis=0))
        free = (others.clearance_m(points).reshape(len(_ABOVE_M), -1) > _FREE_M).all(axis=0)
        if free.all():
            return None
        inward = -_AROUND[~free].sum(axis=0)
        return _DRAG_M * inward / max(1.0, float(np.linalg.norm(inward)))

    def _clearance_m(self, state: SimulatorState, offset: Point) -> float:
        """Height above its place at which the object passes over everything on its way."""
        name = self.pick.name
        carried, bottom_m = state.position(name), state.boxes(name).bottom_m()
        # What hangs on the object rises with it: no height would ever clear it.
        others = state.surroundings(without=[name, *state.movables_touching(name)])
        top_m = others.top_m(corridor(carried, carried + offset), _BODY_RADIUS_M)
        return max(_HOVER_M, top_m + _HEADROOM_M - float(bottom_m + offset[2]))
