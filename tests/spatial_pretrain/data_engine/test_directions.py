import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_pretrain.data_engine import directions
from spatial_pretrain.data_engine.directions import COMPASS, EGOCENTRIC
from vst_robot.geometry import rotation

DOWN = np.array([0.0, 1.0, 0.0])  # camera axes
NORTH = np.array([0.0, 0.0, 1.0])


@pytest.mark.parametrize(("index", "word"), list(enumerate(COMPASS)))
def test_eight_positions_give_eight_words(index, word):
    angle = np.radians(45 * index)
    vector = np.array([np.sin(angle), 0.3, np.cos(angle)])
    found = directions.sector(directions.clockwise_deg(NORTH, vector, DOWN))
    assert COMPASS[found.index] == word and found.border_deg == pytest.approx(22.5)
    mirrored = directions.sector(directions.clockwise_deg(NORTH, vector * [-1, 1, 1], DOWN))
    swapped = {"east": "west", "west": "east"}
    assert COMPASS[mirrored.index] == word.replace("east", "E").replace("west", "W").replace(
        "E", swapped["east"]
    ).replace("W", swapped["west"])


def test_right_of_the_camera_is_right():
    right = directions.sector(directions.clockwise_deg(NORTH, np.array([1.0, 0, 0]), DOWN))
    assert EGOCENTRIC[right.index] == "right"


@given(st.integers(0, 10_000))
def test_the_angle_is_the_documented_formula_and_does_not_change_when_the_scene_is_turned(seed):
    rng = np.random.default_rng(seed)
    n, v = rng.normal(size=(2, 3))
    angle = directions.clockwise_deg(n, v, DOWN)
    assert angle == pytest.approx(
        np.degrees(np.arctan2(n[2] * v[0] - n[0] * v[2], n[0] * v[0] + n[2] * v[2])), abs=1e-6
    )
    R = rotation.axis_angle_to_matrix(rng.normal(size=3))
    assert directions.clockwise_deg(R @ n, R @ v, R @ DOWN) == pytest.approx(angle, abs=1e-6)


@pytest.mark.parametrize(("angle", "sectors", "index", "border"), [(22, 8, 0, 0.5), (-23, 8, 7, 0.5), (180, 4, 2, 45)])
def test_sectors_know_their_border(angle, sectors, index, border):
    found = directions.sector(angle, sectors)
    assert (found.index, found.border_deg) == (index, pytest.approx(border))


def test_compass_words_turn_clockwise():
    assert directions.turned("west", 1) == "northwest" and directions.turned("north", -2) == "west"


@given(st.integers(0, 10_000))
def test_angle_margins_hold_however_everything_moves(seed):
    rng = np.random.default_rng(seed)
    a, b, c = rng.normal(size=(3, 3)) * [1, 0.3, 1]
    if min(directions.ground_length(a - b, DOWN), directions.ground_length(c - b, DOWN)) < 0.1:
        return
    angle = directions.clockwise_deg(a - b, c - b, DOWN)
    border = float(rng.uniform(1, 22))
    margin = directions.angle_margin(border, DOWN, spans_m=[a - b, c - b])
    for _ in range(20):
        moves = rng.normal(size=(3, 3))
        moves *= margin.metres / np.linalg.norm(moves, axis=1, keepdims=True)
        moved = directions.clockwise_deg(a + moves[0] - b - moves[1], c + moves[2] - b - moves[1], DOWN)
        assert abs((moved - angle + 180) % 360 - 180) <= border + 1e-6
        axis = rng.normal(size=3)
        tilt = rotation.axis_angle_to_matrix(axis / np.linalg.norm(axis) * np.radians(margin.degrees))
        tilted = directions.clockwise_deg(a - b, c - b, tilt @ DOWN)
        assert abs((tilted - angle + 180) % 360 - 180) <= border + 1e-6


@given(st.integers(0, 10_000))
def test_heading_margins_hold_when_both_cameras_turn(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(2, 3)) * [1, 0.5, 1]
    angle = directions.clockwise_deg(first, second, DOWN)
    margin = directions.angle_margin(8.0, DOWN, headings=[first, second])
    assert margin.metres is None
    for _ in range(20):
        axes = rng.normal(size=(2, 3))
        turns = rotation.axis_angle_to_matrix(
            axes / np.linalg.norm(axes, axis=1, keepdims=True) * np.radians(margin.degrees)
        )
        moved = directions.clockwise_deg(turns[0] @ first, turns[1] @ second, DOWN)
        assert abs((moved - angle + 180) % 360 - 180) <= 8.0 + 1e-6
