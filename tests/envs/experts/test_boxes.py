import numpy as np
import pytest

from envs.experts.boxes import OrientedBoxes, corridor
from tests.envs.experts.tabletop import upright

CUBE = upright([[-1, -1, -1]], [[1, 1, 1]])
TURNED = OrientedBoxes(
    centres=np.zeros((1, 3)),
    R_world_box=np.array([[[np.sqrt(0.5), -np.sqrt(0.5), 0], [np.sqrt(0.5), np.sqrt(0.5), 0], [0, 0, 1]]]),
    half_sizes=np.ones((1, 3)),
)


@pytest.mark.parametrize(
    ("point", "distance"),
    [((3, 0, 0), 2), ((2, 2, 0), np.sqrt(2)), ((2, 2, 2), np.sqrt(3)), ((0.75, 0, 0), -0.25), ((0, 0, 0), -1)],
)
def test_clearance_of_a_cube(point, distance):
    assert CUBE.clearance_m(np.array([point], dtype=float)) == pytest.approx([distance])


def test_clearance_turns_with_the_box():
    assert TURNED.clearance_m(np.array([[2.0, 0, 0]])) == pytest.approx([2 - np.sqrt(2)])


def test_nothing_leaves_all_the_room():
    empty = upright(np.zeros((0, 3)), np.zeros((0, 3)))
    assert empty.clearance_m(np.zeros((2, 3))).tolist() == [np.inf, np.inf]
    assert empty.top_m(np.zeros((1, 2)), 1.0) == -np.inf


def test_bounds_hold_the_corners_of_a_turned_box():
    low, high = TURNED.bounds()
    assert low[0] == pytest.approx([-np.sqrt(2), -np.sqrt(2), -1])
    assert high[0] == pytest.approx([np.sqrt(2), np.sqrt(2), 1])
    assert TURNED.bottom_m() == pytest.approx(-1)


def test_top_counts_only_what_is_near_in_plan():
    town = upright([[0, 0, 0], [10, 0, 0]], [[1, 1, 2], [11, 1, 9]])
    assert town.top_m(np.array([[-0.4, 0.5]]), 0.5) == 2
    assert town.top_m(np.array([[-0.6, 0.5]]), 0.5) == -np.inf
    assert town.top_m(np.array([[-0.4, 0.5], [10.5, 0.5]]), 0.5) == 9


def test_reaching_keeps_boxes_that_overlap():
    town = upright([[0, 0, 0], [10, 0, 0]], [[1, 1, 2], [11, 1, 9]])
    kept = town.reaching(np.array([9.0, 0.2, 8.0]), np.array([10.2, 0.4, 8.5]))
    assert kept.centres.tolist() == [[10.5, 0.5, 4.5]]


def test_corridor_leaves_no_gap():
    way = corridor(np.array([0.0, 0.0, 5.0]), np.array([0.3, 0.4, 0.0]))
    assert way[0].tolist() == [0, 0] and way[-1].tolist() == [0.3, 0.4]
    assert np.linalg.norm(np.diff(way, axis=0), axis=1).max() <= 0.02
