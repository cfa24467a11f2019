import numpy as np
import pytest

from envs.experts.joints import Joint, joint_goal

CABINET = {"open": (-0.16, -0.14), "close": (0.0, 0.005)}
STOVE = {"turnon": (0.5, 2.1), "turnoff": (-0.005, 0.0)}
MICROWAVE = {"open": (-2.094, -1.3), "close": (-0.005, 0.0)}


@pytest.mark.parametrize(
    ("ranges", "predicate", "edge", "sign"),
    [
        (CABINET, "open", -0.14, -1),
        (CABINET, "close", 0.0, 1),
        (STOVE, "turnon", 0.5, 1),
        (STOVE, "turnoff", 0.0, -1),
        (MICROWAVE, "open", -1.3, -1),
        (MICROWAVE, "close", -0.005, 1),
    ],
)
def test_a_predicate_holds_beyond_the_edge_that_faces_its_opposite(ranges, predicate, edge, sign):
    goal = joint_goal(ranges, predicate)
    assert (goal.edge, goal.sign) == (edge, sign)
    low, high = ranges[predicate]
    assert goal.holds((low + high) / 2) and not goal.holds(edge - sign * 1e-6)


@pytest.mark.parametrize("predicate", ["open", "close"])
def test_a_hand_goes_on_for_a_while_after_the_edge_but_stays_in_the_range(predicate):
    goal = joint_goal(CABINET, predicate)
    assert goal.holds(goal.edge + goal.sign * 1e-4) and not goal.reached(goal.edge + goal.sign * 1e-4)
    assert goal.reached(goal.far) and abs(goal.edge + goal.sign * goal.margin - goal.far) < abs(goal.far - goal.edge)


def test_points_move_along_slides_and_around_hinges():
    along = np.array([0.0, 1.0, 0.0])
    slide = Joint(position=0.0, slides=True, anchor=np.zeros(3), axis=along)
    hinge = Joint(position=0.0, slides=False, anchor=np.array([1.0, 0, 0]), axis=np.array([0.0, 0, 1]))
    assert slide.velocity(np.ones(3)).tolist() == along.tolist()
    assert hinge.velocity(np.array([1.2, 0, 5])) == pytest.approx([0, 0.2, 0])
