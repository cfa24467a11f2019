import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from envs.experts.motion import CLOSE, Move, dock, glide, leaning, reaching_down, rotation_between, turning_m

metres = arrays(float, 3, elements=st.floats(-0.6, 0.6))
steps = arrays(float, 3, elements=st.floats(-1e-3, 1e-3))
reaches = st.floats(0.3, 0.9)


@given(metres, metres)
def test_commands_stay_in_range_and_keep_their_direction(offset, rotation):
    command = Move(offset=offset, rotation=rotation, gripper=CLOSE).command()
    assert np.abs(command).max() <= 1 and np.abs(command[3:6]).max() <= 0.25 and command[6] == CLOSE
    assert np.cross(command[:3], offset) == pytest.approx(np.zeros(3), abs=1e-9)
    assert command[:3] @ offset >= 0


def test_commands_are_proportional_near_the_target():
    command = Move(offset=np.array([0.01, 0, -0.005]), rotation=np.array([0, 0, 0.1]), gripper=CLOSE).command()
    assert command == pytest.approx([0.4, 0, -0.2, 0, 0, 0.2, 1])


@given(metres, steps, st.floats(0.05, 0.3))
def test_glide_has_no_jumps(offset, step, clearance_m):
    before, after = (glide(o, clearance_m=clearance_m, arrived_m=0.01) for o in (offset, offset + step))
    # The steepest part is the sideways speed fading within 18 mm of height, which the funnel changes at 2.5.
    assert np.abs(after - before).max() <= 0.9 * 4.5 / 0.018 * np.linalg.norm(step) + 1e-12


def test_glide_comes_straight_down_over_the_target():
    assert glide(np.array([0.003, 0, -0.05]), clearance_m=0.1, arrived_m=0.01).tolist() == [0.003, 0, -0.05]


def test_glide_travels_at_its_clearance():
    assert glide(np.array([0.3, 0, -0.1]), clearance_m=0.1, arrived_m=0.01) == pytest.approx([0.3, 0, 0])


def test_glide_climbs_before_it_moves_sideways():
    assert glide(np.array([0.3, 0.1, 0]), clearance_m=0.1, arrived_m=0.01) == pytest.approx([0, 0, 0.1])


def test_a_turning_hand_stays_up():
    down = glide(np.array([0, 0, -0.1]), clearance_m=0.1, arrived_m=0.01, misaligned_m=1.0)
    assert down == pytest.approx(np.zeros(3))


@given(st.floats(-np.pi, np.pi), reaches)
def test_hands_are_rotations_with_level_fingers(yaw, reach_m):
    axis = np.array([np.cos(yaw), np.sin(yaw), 0])
    R = reaching_down(axis, reach_m)
    assert pytest.approx(np.eye(3), abs=1e-12) == R.T @ R
    assert np.linalg.det(R) == pytest.approx(1)
    assert R[:, 0] == pytest.approx(axis) and R[2, 2] < -0.9


def test_far_hands_lean_out_and_near_hands_lean_in():
    outwards = [reaching_down(np.array([0.0, 1, 0]), reach_m)[0, 2] for reach_m in (0.4, 0.55, 0.8)]
    assert outwards[0] < outwards[1] == 0 < outwards[2]


@given(st.floats(-1.5, 1.5), reaches)
def test_rotation_between_turns_one_into_the_other(yaw, reach_m):
    axis = np.array([np.sin(yaw), np.cos(yaw), 0])
    start, end = reaching_down(np.array([0.0, 1, 0]), 0.55), reaching_down(axis, 0.55)
    assert rotation_between(start, end) == pytest.approx([0, 0, -yaw], abs=1e-9)


def test_docking_from_above_is_gliding():
    for offset in np.random.default_rng(0).uniform(-0.3, 0.3, (50, 3)):
        docked = dock(offset, np.array([0.0, 0, 1]), clearance_m=0.1, arrived_m=0.01)
        assert docked == pytest.approx(glide(offset, clearance_m=0.1, arrived_m=0.01))


def test_docking_lines_up_outside_first():
    outward = np.array([0.0, -1, 0])
    assert dock(np.array([0.1, 0.0, 0.05]), outward, clearance_m=0.1, arrived_m=0.01) == pytest.approx([0, -0.1, 0])
    assert dock(np.array([0.0, 0.2, 0.0]), outward, clearance_m=0.1, arrived_m=0.01) == pytest.approx([0, 0.2, 0])


def test_leaning_hands_have_their_tips_ahead():
    hand = leaning(np.array([0.0, 1, 0]), 0.3)
    assert hand[0, 2] == pytest.approx(np.sin(0.3)) and hand[2, 2] == pytest.approx(-np.cos(0.3))


def test_a_hand_that_has_to_rise_counts_as_farther_away_than_one_that_has_to_turn():
    assert turning_m(np.zeros(3)) == 0
    assert turning_m(np.array([1.0, 0, 0])) > 2 * turning_m(np.array([0, 0, 1.0])) > 0
