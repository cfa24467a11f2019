"""Skills for what has a joint: pull a drawer or a door open, press it shut, turn a knob."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from envs.experts.boxes import Point
from envs.experts.handles import PartPick, extent, grip_handle, grip_knob, line_up
from envs.experts.joints import JointGoal
from envs.experts.motion import CLOSE, OPEN, Move, leaning, rotation_between
from envs.experts.state import SimulatorState

_LEAD_M = 0.035
"""How far ahead of the part a pulling or pressing hand aims."""
_LAST_M = 0.008
"""How far ahead it aims at the end, so that it arrives slowly."""
_LEAD_RAD = 0.3
_AROUND_M = (0.045, 0.06, 0.03)
"""A part this far from the grip site, along fingers, palm and approach, is between the fingers."""

_DRAWER_LEAN_RAD, _DOOR_LEAN_RAD = 0.5, 0.15
"""A pressing hand leans, so that its tips are ahead of the palm."""
_FINGER_M = 0.011
"""From the grip site to the front of the closed fingers."""
_FAR_OUT = 0.45
"""Where on a door to press: this part of its half width beyond its middle, seen from the hinge."""
_BELOW_TOP_M = 0.014
_BESIDE_M = (0.015, 0.03)
"""A hand beside the line of pressing by less than the first presses fully, by more than the second not at all."""
_CLOSE_AT_M = 0.10


@dataclass(frozen=True, kw_only=True, eq=False)
class Lever(ABC):
    """What grips a part and moves it until a predicate holds.

    Attributes:
        name: The region or fixture that the joint belongs to.
        predicate: `open`, `close`, `turnon` or `turnoff`.
        pick: How to hold the part.
    """

    name: str
    predicate: str
    pick: PartPick

    def finished(self, state: SimulatorState) -> bool:
        """Whether the predicate holds and the part is not between the fingers."""
        holds = state.joint_goal(self.predicate, self.name).holds(state.joint(self.name).position)
        return holds and not self._around(state)

    def move(self, state: SimulatorState) -> Move:
        """The next move, from the state alone."""
        goal, position = state.joint_goal(self.predicate, self.name), state.joint(self.name).position
        done = goal.reached(position) or (goal.holds(position) and state.finger_opening_m() > _OPEN_M)
        if done:
            return self.pick.leave(state)
        if self.pick.holds(state):
            return self._work(state, goal)
        return self.pick.move(state)

    @abstractmethod
    def _work(self, state: SimulatorState, goal: JointGoal) -> Move:
        """The next move of a hand that holds the part."""

    def _around(self, state: SimulatorState) -> bool:
        local = np.abs(self.pick.offset(state) @ state.grip_rotation())
        return bool((local < _AROUND_M).all())


_OPEN_M = 0.06


class Pull(Lever):
    """Pulls a drawer or a door by its handle."""

    @classmethod
    def plan(cls, state: SimulatorState, name: str, predicate: str) -> "Pull":
        """Chooses how to hold the handle where it is now."""
        return cls(name=name, predicate=predicate, pick=grip_handle(state, name, predicate))

    def _work(self, state: SimulatorState, goal: JointGoal) -> Move:
        joint = state.joint(self.name)
        velocity = goal.sign * joint.velocity(state.grip_position())
        speed = float(np.linalg.norm(velocity))
        lead_m = min(_LEAD_M, speed * abs(goal.edge + goal.sign * goal.margin - joint.position) + _LAST_M)
        ahead = lead_m * velocity / speed
        return Move(offset=self.pick.offset(state) + ahead, rotation=self.pick.rotation(state), gripper=CLOSE)


class Twist(Lever):
    """Turns a knob by its ridge."""

    @classmethod
    def plan(cls, state: SimulatorState, name: str, predicate: str) -> "Twist":
        """Chooses how to hold the ridge as it stands now."""
        return cls(name=name, predicate=predicate, pick=grip_knob(state, name, predicate))

    def _work(self, state: SimulatorState, goal: JointGoal) -> Move:
        ahead = goal.sign * _LEAD_RAD * state.joint(self.name).axis
        return Move(offset=self.pick.offset(state), rotation=self.pick.rotation(state) + ahead, gripper=CLOSE)


@dataclass(frozen=True, kw_only=True, eq=False)
class Press:
    """Presses a drawer or a door with closed fingers.

    Attributes:
        name: The region or fixture that the joint belongs to.
        predicate: `open` or `close`.
    """

    name: str
    predicate: str

    def finished(self, state: SimulatorState) -> bool:
        """Whether the predicate holds."""
        return state.joint_goal(self.predicate, self.name).holds(state.joint(self.name).position)

    def move(self, state: SimulatorState) -> Move:
        """The next move, from the state alone."""
        point, ahead = self._contact(state)
        offset = point - _FINGER_M * ahead - state.grip_position()
        rotation = rotation_between(state.grip_rotation(), self._hand_rotation(state, ahead))
        way = line_up(state, offset, -ahead, rotation)
        beside_m = float(np.linalg.norm(offset - (offset @ ahead) * ahead))
        pressing = np.interp(beside_m, _BESIDE_M, (1.0, 0.0)) if abs(offset @ ahead) < _CLOSE_AT_M else 0.0
        gripper = CLOSE if np.linalg.norm(offset) < _CLOSE_AT_M else OPEN
        return Move(offset=way + _LEAD_M * pressing * ahead, rotation=rotation, gripper=gripper)

    def _contact(self, state: SimulatorState) -> tuple[Point, Point]:
        """Where to press, metres, and the direction, a horizontal unit vector; world frame."""
        part, joint = state.part(self.name), state.joint(self.name)
        sign = state.joint_goal(self.predicate, self.name).sign
        if joint.slides:
            ahead = sign * joint.axis
            reach = extent(part, -ahead)
            front = int(np.argmax(reach))
            return part.centres[front] + (-reach[front] - part.centres[front] @ ahead) * ahead, ahead
        panel = int(np.argmax(part.half_sizes.prod(axis=1)))
        spoke = (part.centres[panel] - joint.anchor) * [1.0, 1.0, 0.0]
        spoke = spoke / np.linalg.norm(spoke)
        half = np.abs(part.R_world_box[panel].T @ np.column_stack([spoke, joint.axis])).T @ part.half_sizes[panel]
        along = part.R_world_box[panel][:, int(np.argmax(np.abs(part.R_world_box[panel].T @ spoke)))]
        along = along if along @ spoke > 0 else -along
        ahead = sign * np.cross(joint.axis, along)
        depth = np.abs(part.R_world_box[panel].T @ ahead) @ part.half_sizes[panel]
        up_m = half[1] - _BELOW_TOP_M
        return part.centres[panel] + _FAR_OUT * half[0] * along - depth * ahead + up_m * joint.axis, ahead

    def _hand_rotation(self, state: SimulatorState, ahead: Point) -> np.ndarray:
        lean_rad = _DRAWER_LEAN_RAD if state.joint(self.name).slides else _DOOR_LEAN_RAD
        fingers = np.array([-ahead[1], ahead[0], 0.0])
        return leaning(fingers, lean_rad) if fingers[1] > -0.3 else leaning(-fingers, -lean_rad)
