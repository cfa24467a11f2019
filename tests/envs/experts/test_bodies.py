import numpy as np
import pytest

from envs.experts.bodies import choose_body_grasp
from envs.experts.hands import TIP_M, room_m
from tests.envs.experts.tabletop import Tabletop, upright


def table_with(shape, *, at=(0.0, 0.0, 0.0), **others):
    table = Tabletop.laid((0.3, 0.3, 0.0), (0.3, -0.3, 0.0), thing=shape, **others)
    table.positions["thing"] = np.array(at, dtype=float)
    return table


def grasp_in_world(table):
    grasp = choose_body_grasp(table, "thing")
    assert grasp is not None
    grip = table.position("thing") + grasp.point
    return grip, grasp.hand_rotation(np.eye(3), table.outward(grip), table.reach_m(grip))


def test_a_box_is_pinched_across_its_narrow_side_in_the_middle():
    grip, hand = grasp_in_world(table_with(upright([[-0.02, -0.05, 0]], [[0.02, 0.05, 0.04]])))
    assert abs(hand[0, 0]) == pytest.approx(1) and grip[:2] == pytest.approx([0, 0], abs=0.002)
    assert 0.01 < grip[2] < 0.03


def test_a_flat_box_is_pinched_with_the_tips_above_the_table():
    grip, _ = grasp_in_world(table_with(upright([[-0.04, -0.02, 0]], [[0.04, 0.02, 0.018]])))
    assert grip[2] == pytest.approx(TIP_M)


def test_a_bottle_is_pinched_by_its_neck():
    bottle = upright([[-0.04, -0.04, 0], [-0.01, -0.01, 0.1]], [[0.04, 0.04, 0.1], [0.01, 0.01, 0.16]])
    grip, _ = grasp_in_world(table_with(bottle))
    assert grip[2] > 0.13


def test_a_wide_pot_is_held_by_the_knob_of_its_lid():
    pot = upright([[-0.06, -0.06, 0], [-0.006, -0.006, 0.1]], [[0.06, 0.06, 0.1], [0.006, 0.006, 0.125]])
    grip, _ = grasp_in_world(table_with(pot))
    assert grip[:2] == pytest.approx([0, 0], abs=0.002) and grip[2] > 0.105


def test_a_pan_is_held_by_its_handle():
    pan = upright([[-0.1, -0.1, 0], [0.1, -0.012, 0.03]], [[0.1, 0.1, 0.02], [0.25, 0.012, 0.045]])
    grip, hand = grasp_in_world(table_with(pan))
    assert grip[0] > 0.1 and abs(hand[1, 0]) > 0.9


def test_what_no_hand_can_open_around_has_no_grasp():
    assert choose_body_grasp(table_with(upright([[-0.1, -0.1, 0]], [[0.1, 0.1, 0.1]])), "thing") is None


def test_neighbours_turn_the_grasp():
    cube = upright([[-0.02, -0.02, 0]], [[0.02, 0.02, 0.05]])
    walls = upright([[-0.1, 0.035, 0], [-0.1, -0.2, 0]], [[0.1, 0.2, 0.1], [0.1, -0.035, 0.1]])
    table = table_with(cube, walls=walls)
    grip, hand = grasp_in_world(table)
    assert abs(hand[0, 0]) > 0.9 and room_m(grip, hand, table.boxes("walls")) > 0


def test_under_a_roof_the_hand_leans_in_and_holds_what_is_nearest_to_the_way_out():
    mug = upright([[-0.045, -0.045, 0], [-0.008, -0.09, 0.03]], [[0.045, 0.045, 0.1], [0.008, -0.045, 0.08]])
    table = table_with(mug, at=(0.0, -0.3, 0.0), roof=upright([[-0.2, 0.0, 0.13]], [[0.2, 0.3, 0.2]]))
    grasp = choose_body_grasp(table, "thing", np.array([0.0, 0.32, 0.01]))
    assert grasp is not None and grasp.point[1] < -0.045
    hand = grasp.hand_rotation(np.eye(3), np.array([1.0, 0, 0]), 0.7)
    assert hand[1, 2] > 0.3, "the tips are ahead of the palm"


def test_a_grasp_moves_with_the_object():
    table = table_with(upright([[-0.02, -0.05, 0]], [[0.02, 0.05, 0.04]]))
    grasp = choose_body_grasp(table, "thing")
    assert grasp is not None
    quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    before, after = (grasp.hand_rotation(R, np.array([1.0, 0, 0]), 0.55) for R in (np.eye(3), quarter))
    assert after[:, 0] == pytest.approx(quarter @ before[:, 0])
