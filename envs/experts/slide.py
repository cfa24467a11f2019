"""Moves a flat dish over the table: the open hand comes down inside it and takes it along."""

from dataclasses import dataclass

import numpy as np

from envs.experts.boxes import Point, corridor
from envs.experts.hands import HAND_RADIUS_M, TIP_M
from envs.experts.motion import OPEN, Move, glide, lean_of, leaning, rotation_between, turning_m
from envs.experts.state import SimulatorState

_OVER_M = 0.004
"""Height of the finger tips over the table: enough to reach the dish's floor and its rim from inside. Pressed harder, a
light dish sticks to the table; with the tips higher, the fingers slide up its rim and over."""
_CENTRED_M = 0.045
"""Distance of the hand from the dish's middle up to which it takes the dish along."""
_DOWN_M = 0.018
_STEP_M = 0.03
"""Longest horizontal offset, so that the dish keeps up."""
_THERE_M = 0.012
_HOVER_M, _HEADROOM_M = 0.06, 0.03
_CLEAR_M = 0.04
_NEUTRAL = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, kw_only=True, eq=False)
class Slide:
    """The skill for the goal `on` with a dish that no finger gets under.

    Attributes:
        name: The dish.
        region: The zone of the table where it belongs.
        finger_axis: Horizontal unit vector, world frame, along the way that the dish has to go.
    """

    name: str
    region: str
    finger_axis: Point

    @classmethod
    def plan(cls, state: SimulatorState, name: str, region: str) -> "Slide":
        """Lines the fingers up with the way to go."""
        way = (state.position(region) - state.position(name)) * [1.0, 1.0, 0.0]
        axis = way / max(1e-9, float(np.linalg.norm(way)))
        return cls(name=name, region=region, finger_axis=axis if axis @ _NEUTRAL > 0 else -axis)

    def finished(self, state: SimulatorState) -> bool:
        """Whether the dish is there and the hand above it."""
        return self._there(state) and -float(self._offset(state)[2]) > _CLEAR_M

    def move(self, state: SimulatorState) -> Move:
        """The next move, from the state alone."""
        offset, reach_m = self._offset(state), state.reach_m(state.grip_position())
        rotation = rotation_between(state.grip_rotation(), leaning(self.finger_axis, lean_of(reach_m)))
        if self._there(state):
            return Move(offset=np.array([0.0, 0.0, offset[2] + 2 * _CLEAR_M]), rotation=rotation, gripper=OPEN)
        if np.linalg.norm(offset[:2]) < _CENTRED_M and abs(offset[2]) < _DOWN_M:
            return Move(offset=self._take_along(state, offset), rotation=rotation, gripper=OPEN)
        here = state.grip_position()
        top_m = state.surroundings(without=[self.name]).top_m(corridor(here, here + offset), HAND_RADIUS_M)
        clearance_m = max(_HOVER_M, top_m + _HEADROOM_M - float(here[2] + offset[2]))
        way = glide(offset, clearance_m=clearance_m, arrived_m=_THERE_M, misaligned_m=turning_m(rotation))
        return Move(offset=way, rotation=rotation, gripper=OPEN)

    def _there(self, state: SimulatorState) -> bool:
        error_m = np.linalg.norm((state.position(self.region) - state.position(self.name))[:2])
        return bool(error_m < _THERE_M) and state.holds(["on", self.name, self.region])

    def _take_along(self, state: SimulatorState, offset: Point) -> Point:
        way = (state.position(self.region) - state.position(self.name))[:2]
        way = way * min(1.0, _STEP_M / max(1e-9, float(np.linalg.norm(way))))
        return np.array([*(offset[:2] / 2 + way), offset[2]])

    def _offset(self, state: SimulatorState) -> Point:
        """Way of the grip site to where the finger tips take the dish along, on both sides of its middle."""
        middle, bottom_m = state.position(self.name), state.boxes(self.name).bottom_m()
        return np.array([*middle[:2], bottom_m + _OVER_M + TIP_M]) - state.grip_position()
