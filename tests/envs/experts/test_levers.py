"""Drawers and knobs in closed loop without physics: a part goes where the fingers that hold it, or press it, go."""

from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from envs.experts.handles import grip_knob
from envs.experts.joints import Joint, joint_goal
from envs.experts.levers import Press, Pull, Twist
from envs.experts.motion import ROTATION_UNIT_RAD, TRANSLATION_UNIT_M, reaching_down
from tests.envs.experts.tabletop import FINGER_STEP_M, FOLLOWS, upright

RANGES = {
    "drawer": {"open": (-0.16, -0.14), "close": (0.0, 0.005)},
    "knob": {"turnon": (0.5, 2.1), "turnoff": (-0.005, 0.0)},
}
LIMITS = {"drawer": (-0.16, 0.01), "knob": (-0.005, 2.1)}
THICKNESS_M = {"drawer": 0.016, "knob": 0.024}
KNOB_AT = np.array([-0.2, 0.2, 0.0])
KNOB_GRIP = np.array([0.0, 0.0, 0.032])


@dataclass
class Kitchen:
    """A drawer that opens towards -y, its bar 0.1 in front of the joint's zero, and a knob with a ridge along x."""

    moved: dict[str, float] = field(default_factory=lambda: {"drawer": 0.0, "knob": 0.0})
    hand: np.ndarray = field(default_factory=lambda: np.array([-0.2, 0.0, 0.3]))
    rotation: np.ndarray = field(default_factory=lambda: reaching_down(np.array([0.0, 1, 0]), 0.55))
    opening_m: float = 0.078
    speed_m_s: float = 0.0

    def joint(self, name):
        if name == "drawer":
            return Joint(position=self.moved[name], slides=True, anchor=np.zeros(3), axis=np.array([0.0, 1, 0]))
        return Joint(position=self.moved[name], slides=False, anchor=KNOB_AT, axis=np.array([0.0, 0, 1]))

    def joint_goal(self, predicate, name):
        return joint_goal(RANGES[name], predicate)

    def part_pose(self, name):
        if name == "drawer":
            return np.array([0.0, self.moved[name], 0.0]), np.eye(3)
        return KNOB_AT, Rotation.from_rotvec([0, 0, self.moved[name]]).as_matrix()

    def part(self, name):
        position, rotation = self.part_pose(name)
        lows, highs = {
            "drawer": ([[-0.1, -0.07, 0.07], [-0.045, -0.108, 0.092]], [[0.1, -0.06, 0.13], [0.045, -0.092, 0.108]]),
            "knob": ([[-0.035, -0.012, 0.0]], [[0.035, 0.012, 0.05]]),
        }[name]
        boxes = upright(lows, highs)
        return type(boxes)(
            centres=boxes.centres @ rotation.T + position,
            R_world_box=rotation @ boxes.R_world_box,
            half_sizes=boxes.half_sizes,
        )

    def owner(self, name):
        return name

    def surroundings(self, without):
        return reduce(lambda one, other: one.joined(other), [self.part(n) for n in self.moved if n not in without])

    def grip_position(self):
        return self.hand.copy()

    def grip_rotation(self):
        return self.rotation.copy()

    def finger_opening_m(self):
        return self.opening_m

    def finger_speed_m_s(self):
        return self.speed_m_s

    def outward(self, point):
        return np.array([1.0, 0, 0])

    def grip_of(self, name):
        return self.part("drawer").centres[1] if name == "drawer" else KNOB_AT + KNOB_GRIP

    def between_fingers(self, name):
        return np.linalg.norm(self.hand - self.grip_of(name)) < 0.02

    def pinched(self, name):
        return self.between_fingers(name) and self.opening_m <= THICKNESS_M[name] + 1e-9

    def step(self, action):
        turn = FOLLOWS * ROTATION_UNIT_RAD * action[3:6]
        motion = FOLLOWS * TRANSLATION_UNIT_M * action[:3]
        held = {name: self.pinched(name) and action[6] > 0 for name in self.moved}
        stop_m = max((THICKNESS_M[name] for name in self.moved if self.between_fingers(name)), default=0.0)
        opening_m = float(np.clip(self.opening_m - FINGER_STEP_M * np.sign(action[6]), stop_m, 0.078))
        self.speed_m_s, self.opening_m = (opening_m - self.opening_m) / 0.05, opening_m
        self.hand, self.rotation = self.hand + motion, Rotation.from_rotvec(turn).as_matrix() @ self.rotation
        self._move("drawer", motion[1] if held["drawer"] else max(0.0, self._pushed_m()))
        self._move("knob", turn[2] if held["knob"] else 0.0)

    def _pushed_m(self):
        """How far the front of closed fingers has gone beyond the front of the bar."""
        front = self.part("drawer").centres[1] - [0, 0.008, 0]
        before_it = abs(self.hand[0]) < 0.045 and abs(self.hand[2] - 0.1) < 0.02 and self.opening_m < 0.02
        inside_m = self.hand[1] + 0.011 - front[1]
        return inside_m if before_it and inside_m < 0.03 else 0.0

    def _move(self, name, distance):
        self.moved[name] = float(np.clip(self.moved[name] + distance, *LIMITS[name]))


def run(kitchen, skill, steps=250):
    actions = []
    while len(actions) < steps and not skill.finished(kitchen):
        actions.append(skill.move(kitchen).command())
        kitchen.step(actions[-1])
    assert skill.finished(kitchen)
    return np.array(actions)


def test_a_drawer_is_pulled_open_and_let_go():
    kitchen = Kitchen()
    actions = run(kitchen, Pull.plan(kitchen, "drawer", "open"))
    assert kitchen.moved["drawer"] < -0.14 and kitchen.opening_m > 0.02
    assert np.abs(actions).max() <= 1 and np.count_nonzero(np.diff(actions[:, 6])) == 2


def test_a_hand_points_at_a_bar_from_the_robot_side_with_one_finger_above_it():
    kitchen = Kitchen()
    hand = Pull.plan(kitchen, "drawer", "open").pick.hand_rotation(kitchen)
    assert hand[1, 2] > 0.3 and hand[0, 2] > 0, "the drawer's front faces -y, the robot stands at -x"
    assert abs(hand[2, 0]) > 0.8, "one finger comes above the bar, even of a hand that points a little down"


def test_an_open_drawer_is_pressed_shut():
    kitchen = Kitchen(moved={"drawer": -0.15, "knob": 0.0})
    run(kitchen, Press(name="drawer", predicate="close"))
    assert kitchen.moved["drawer"] > 0


@pytest.mark.parametrize(("predicate", "start", "sign"), [("turnon", 0.0, 1), ("turnoff", 1.0, -1)])
def test_a_knob_is_turned_and_let_go(predicate, start, sign):
    kitchen = Kitchen(moved={"drawer": 0.0, "knob": start})
    run(kitchen, Twist.plan(kitchen, "knob", predicate))
    assert sign * (kitchen.moved["knob"] - (0.5 if sign > 0 else 0.0)) > 0 and kitchen.opening_m > 0.02


def test_a_knob_far_round_is_gripped_so_that_the_hand_ends_as_it_rests():
    kitchen = Kitchen(moved={"drawer": 0.0, "knob": 2.0})
    fingers = grip_knob(kitchen, "knob", "turnoff").hand_rotation(kitchen)[:, 0]
    assert Rotation.from_rotvec([0, 0, -2.0]).apply(fingers)[1] == pytest.approx(1)


def test_what_is_open_already_is_left_alone():
    kitchen = Kitchen(moved={"drawer": -0.15, "knob": 0.0})
    assert Pull.plan(kitchen, "drawer", "open").finished(kitchen)
