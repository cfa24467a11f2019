"""Both skills in closed loop on a table without physics: what they decide, not how a simulator answers."""

import numpy as np
import pytest

from envs.experts.pick import RimPick
from envs.experts.place import PickAndPlace
from envs.experts.spots import OnTop
from tests.envs.experts.tabletop import RIM_RADIUS_M, Tabletop, upright


def bowl_to_plate(table):
    return PickAndPlace(pick=RimPick.plan(table, "bowl"), spot=OnTop(name="bowl", target="plate"))


def run(table, steps=200, noise=0.0, seed=0):
    """Runs the skill until it is finished; returns it, the actions, and the bowl's way."""
    skill, rng = bowl_to_plate(table), np.random.default_rng(seed)
    actions, way = [], []
    while len(actions) < steps and not skill.finished(table):
        actions.append(skill.move(table).command())
        table.step(np.clip(actions[-1] + noise * rng.standard_normal(7) * [1, 1, 1, 0, 0, 0, 0], -1, 1))
        way.append(table.position("bowl"))
    return skill, np.array(actions), np.array(way)


@pytest.mark.parametrize("bowl_at", [(-0.2, 0.3, 0.0), (0.1, -0.1, 0.0), (-0.25, -0.15, 0.0)])
@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_the_bowl_ends_on_the_plate(bowl_at, noise):
    table = Tabletop.laid(bowl_at, (0.05, 0.2, 0.0))
    skill, actions, way = run(table, noise=noise)
    assert skill.finished(table) and len(actions) < 150
    assert np.linalg.norm(way[-1] - [0.05, 0.2, 0.01]) < 0.02
    assert np.abs(actions).max() <= 1


def test_the_gripper_changes_its_mind_once():
    _, actions, _ = run(Tabletop.laid((0.1, -0.1, 0.0), (0.05, 0.2, 0.0)))
    assert np.count_nonzero(np.diff(actions[:, 6])) == 2  # close once, open once


def test_what_stands_on_the_way_is_flown_over():
    table = Tabletop.laid((0.0, -0.2, 0.0), (0.0, 0.2, 0.0), wall=upright([[-0.3, -0.02, 0]], [[0.3, 0.02, 0.25]]))
    skill, _, way = run(table)
    over = np.abs(way[:, 1]) < 0.02 + RIM_RADIUS_M
    assert skill.finished(table) and over.any() and way[over, 2].min() > 0.25


def test_a_board_above_the_bowl_is_left_sideways_first():
    # A board over the part of the bowl that is far from the hand.
    board = upright([[-0.1, -0.3, 0.056]], [[0.1, -0.045, 0.06]])
    table = Tabletop.laid((0.0, 0.0, 0.0), (0.0, 0.3, 0.0), board=board)
    skill, _, way = run(table)
    under = way[:, 1] - RIM_RADIUS_M < -0.045
    assert skill.finished(table) and under.any() and way[under, 2].max() < 0.01


@pytest.mark.parametrize("deep_m", [0.0, 0.03])
def test_closed_fingers_beside_the_rim_rise_before_they_open(deep_m):
    table = Tabletop.laid((0.0, 0.0, 0.0), (0.05, 0.3, 0.0))
    table.hand, table.opening_m = np.array([0.0, 0.01, 0.04 - deep_m]), 0.0
    first = bowl_to_plate(table).move(table).command()
    assert first[2] > 0 and first[6] > 0 and first[:2] == pytest.approx([0, 0])
    skill, _, _ = run(table)
    assert skill.finished(table)


def test_a_bowl_that_drops_on_the_way_is_picked_again():
    table = Tabletop.laid((-0.2, 0.0, 0.0), (0.05, 0.2, 0.0))
    while table.position("bowl")[2] < 0.04:
        run(table, steps=1)
    table.hand[1] += 0.08
    table.step(np.zeros(7))
    assert table.position("bowl")[2] < 0.02, "dropped"
    skill, _, _ = run(table)
    assert skill.finished(table)


def test_a_bowl_is_parted_gently_from_what_it_stands_in():
    table = Tabletop.laid((0.0, 0.0, 0.0), (0.05, 0.3, 0.0), ramekin=upright([[-0.05, -0.05, 0]], [[0.05, 0.05, 0.04]]))
    while not table.pinched("bowl"):
        run(table, steps=1)
    _, free, _ = run(table, steps=1)
    table.touching = ("ramekin",)
    _, touching, _ = run(table, steps=1)
    assert 0 < touching[0, 2] < 0.5 < free[0, 2]


@pytest.mark.parametrize(("blocked_m", "lets_go"), [(0.02, True), (0.05, False)])
def test_what_gets_no_lower_is_let_go_close_above_its_place(blocked_m, lets_go):
    table = Tabletop.laid((-0.2, 0.0, 0.0), (0.05, 0.2, 0.0))
    table.blocked_m = blocked_m
    skill, _, _ = run(table)
    assert skill.finished(table) is lets_go


def test_a_bowl_that_is_there_already_is_left_alone():
    table = Tabletop.laid((0.05, 0.2, 0.01), (0.05, 0.2, 0.0))
    skill = bowl_to_plate(table)
    assert skill.finished(table) and skill.move(table).gripper < 0
