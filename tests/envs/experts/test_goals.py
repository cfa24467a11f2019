from types import SimpleNamespace

import numpy as np
import pytest

from envs.experts.goals import Until, in_order, plan
from envs.experts.pick import BodyPick, RimPick
from envs.experts.place import PickAndPlace
from envs.experts.slide import Slide
from envs.experts.spots import OnTop
from tests.envs.experts.tabletop import Tabletop, upright
from vst_robot.errors import InputError

DRAWER, CABINET, SHELF, MICROWAVE = "cabinet_bottom", "cabinet", "microwave_inside", "microwave"
OWNERS = {DRAWER: CABINET, SHELF: MICROWAVE}


def order(*goal):
    return in_order(SimpleNamespace(owner=lambda name: OWNERS.get(name, name)), goal)


def test_a_goal_becomes_one_skill_per_conjunct():
    table = Tabletop.laid((0.0, 0.0, 0.0), (0.05, 0.2, 0.0), can=upright([[-0.3, -0.02, 0]], [[-0.26, 0.02, 0.06]]))
    table.goals = (("on", "bowl", "plate"), ("on", "can", "plate"))
    bowl, can = plan(table)
    assert isinstance(bowl, PickAndPlace) and isinstance(bowl.pick, RimPick) and bowl.pick.name == "bowl"
    assert isinstance(can, PickAndPlace) and isinstance(can.pick, BodyPick)
    assert isinstance(can.spot, OnTop) and (can.spot.name, can.spot.target) == ("can", "plate")


def test_a_goal_without_skill_is_named():
    table = Tabletop.laid((0.0, 0.0, 0.0), (0.05, 0.2, 0.0))
    table.goals = (("fold", "towel"),)
    with pytest.raises(InputError, match=r"'fold'.*known: close, in, on, open, turnoff, turnon"):
        plan(table)


def test_what_was_filled_is_closed_last():
    put, close = ("in", "bowl", DRAWER), ("close", DRAWER)
    assert order(close, put) == [put, close]
    put, close = ("in", "mug", SHELF), ("close", MICROWAVE)
    assert order(close, put) == [put, close]


def test_what_stays_empty_is_closed_first_and_drawers_open_before_things_are_carried():
    put, close, pull = ("on", "bowl", "cabinet_top"), ("close", DRAWER), ("open", "cabinet_middle")
    assert order(put, pull, close) == [close, pull, put]


def test_the_stove_is_turned_on_before_the_pot_is_in_the_way():
    assert order(("on", "pot", "stove_plate"), ("turnon", "stove"))[0][0] == "turnon"


def test_what_carries_others_goes_first():
    stack, tray = ("on", "bowl_1", "bowl_2"), ("in", "bowl_2", "tray")
    assert order(stack, tray) == [tray, stack]


def test_a_preparation_is_not_needed_once_its_purpose_holds():
    skill = SimpleNamespace(finished=lambda _: False, move=lambda _: "pull")
    until = Until(skill=skill, conjuncts=[("in", "bowl", DRAWER)])
    states = [SimpleNamespace(holds=lambda conjunct, answer=answer: answer) for answer in (False, True)]
    assert [until.finished(state) for state in states] == [False, True]
    assert until.move(states[0]) == "pull"


def test_dishes_slide():
    table = Tabletop.laid((0.3, 0.3, 0.0), (0.0, 0.0, 0.0))
    table.positions["zone"] = np.array([-0.1, 0.2, 0.0])
    skill = Slide.plan(table, "plate", "zone")
    assert skill.finger_axis[:2] == pytest.approx(np.array([-0.1, 0.2]) / np.hypot(0.1, 0.2))
