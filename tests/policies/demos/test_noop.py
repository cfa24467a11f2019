import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.demos.noop import drop_noops, noop_mask

STILL, MOVE = 0.0, 0.5


def sequence(*steps):
    """Actions whose first number is the x command and whose last is the gripper."""
    return np.array([[x, 0, 0, 0, 0, 0, gripper] for x, gripper in steps], dtype=float)


def mask_step_by_step(actions):
    """The rule as OpenVLA's script applies it, one action at a time."""
    kept, mask = [], []
    for action in actions:
        still = np.linalg.norm(action[:-1]) < 1e-4
        noop = still and (not kept or action[-1] == kept[-1][-1])
        mask.append(noop)
        if not noop:
            kept.append(action)
    return mask


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(MOVE, -1), (STILL, -1), (MOVE, -1)], [False, True, False]),
        ([(MOVE, -1), (STILL, 1), (STILL, 1)], [False, False, True]),
        ([(STILL, -1), (STILL, 1), (MOVE, 1)], [True, True, False]),
        ([(STILL, -1), (STILL, 1), (STILL, -1)], [True, True, True]),
        ([(MOVE, -1), (STILL, 1), (STILL, -1)], [False, False, False]),
        ([(9.9e-5, -1)], [True]),
        ([(1e-4, -1)], [False]),
    ],
)
def test_hand_made_sequences(steps, expected):
    assert noop_mask(sequence(*steps)).tolist() == expected


@given(st.lists(st.tuples(st.sampled_from([STILL, MOVE]), st.sampled_from([-1, 1])), max_size=30))
def test_vectorised_rule_equals_the_sequential_one(steps):
    actions = sequence(*steps).reshape(-1, 7)
    assert noop_mask(actions).tolist() == mask_step_by_step(actions)


def test_rotation_counts_and_gripper_does_not():
    turning = np.array([[0, 0, 0, 0, 0, 0.3, -1.0]])
    assert not noop_mask(turning).any()
    assert noop_mask(np.array([[0, 0, 0, 0, 0, 0, 1.0]])).all()


def test_drop_keeps_order():
    actions = sequence((MOVE, -1), (STILL, -1), (0.7, 1))
    assert drop_noops(actions)[:, 0].tolist() == [MOVE, 0.7]
