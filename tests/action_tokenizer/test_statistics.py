import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from action_tokenizer import (
    LIBERO_ACTION_NAMES,
    LIBERO_PROPRIO_NAMES,
    ActionStatistics,
    clipped_share,
    denormalise,
    normalise,
)
from vst_robot.errors import DataError


def recorded(steps=1000, seed=0):
    """Actions like LIBERO's: six noisy commands and a gripper sign."""
    rng = np.random.default_rng(seed)
    actions = rng.normal(0.1, [0.3, 0.3, 0.4, 0.05, 0.05, 0.05, 1.0], (steps, 7))
    actions[:, 6] = np.sign(actions[:, 6])
    return actions


STATISTICS = ActionStatistics.fit(recorded())


def test_fit_is_exact():
    actions = recorded(137)
    statistics = ActionStatistics.fit(actions)
    by_hand = np.sort(actions[:, 2])
    position = 0.99 * 136  # linear interpolation between the two neighbours
    expected = by_hand[134] + (position - 134) * (by_hand[135] - by_hand[134])
    assert statistics.q99[2] == pytest.approx(expected, rel=1e-12)
    assert statistics.mean == pytest.approx(actions.mean(0))
    assert statistics.std == pytest.approx(actions.std(0))
    assert statistics.max == tuple(actions.max(0))
    assert (statistics.num_steps, statistics.num_episodes) == (137, 1)


def test_a_stream_of_episodes_gives_the_same_numbers():
    actions = recorded()
    streamed = ActionStatistics.fit(part for part in np.array_split(actions, 9))
    assert streamed == dataclasses.replace(STATISTICS, num_episodes=9)


def test_percentiles_go_to_the_ends():
    scaled = normalise(np.array([STATISTICS.q01, STATISTICS.q99]), STATISTICS)
    assert scaled[:, :6] == pytest.approx(np.array([[-1.0] * 6, [1.0] * 6]), abs=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=7, max_size=7))
def test_normalisation_is_inverted_within_the_percentiles(row):
    inside = np.clip(row, STATISTICS.q01, STATISTICS.q99)
    assert denormalise(normalise(inside, STATISTICS), STATISTICS) == pytest.approx(inside, abs=1e-12)
    outside = normalise(np.array(row), STATISTICS)
    assert (np.abs(outside) <= 1).all()
    assert outside == pytest.approx(normalise(inside, STATISTICS), abs=1e-6)


def test_the_gripper_passes_through_clipped():
    actions = np.zeros((3, 7))
    actions[:, 6] = [-1, 0.25, 3]
    assert normalise(actions, STATISTICS)[:, 6].tolist() == [-1, 0.25, 1]
    assert denormalise(normalise(actions, STATISTICS), STATISTICS)[:, 6].tolist() == [-1, 0.25, 1]


def test_a_constant_dimension_becomes_zero_and_comes_back_exactly():
    actions = recorded()
    actions[:, 3] = 0.37
    statistics = ActionStatistics.fit(actions)
    scaled = normalise(actions + 0.5, statistics)
    assert (scaled[:, 3] == 0).all()
    assert (denormalise(scaled, statistics)[:, 3] == 0.37).all()


def test_shapes_and_types():
    actions = recorded(24).reshape(2, 3, 4, 7).astype(np.float32)
    scaled = normalise(actions, STATISTICS)
    assert scaled.shape == actions.shape
    assert scaled.dtype == np.float64


def test_proprioception_uses_the_same_class():
    statistics = ActionStatistics.fit(
        np.random.default_rng(0).normal(size=(50, 8)),
        names=LIBERO_PROPRIO_NAMES,
        mask=(True,) * 8,
        gripper_polarity="finger positions",
    )
    assert statistics.num_dims == 8


def test_about_two_percent_of_the_fitted_values_are_clipped():
    share = clipped_share(recorded(), STATISTICS)
    assert tuple(share) == LIBERO_ACTION_NAMES
    assert [share[name] for name in LIBERO_ACTION_NAMES[:6]] == [0.02] * 6
    assert share["gripper"] == 0
    assert clipped_share(10 * recorded(), STATISTICS)["x"] > 0.5


def test_json_round_trip(tmp_path):
    STATISTICS.save(tmp_path / "statistics.json")
    assert ActionStatistics.load(tmp_path / "statistics.json") == STATISTICS
    assert ActionStatistics.from_dict(json.loads(json.dumps(STATISTICS.to_dict()))) == STATISTICS


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_a_number_is_refused_by_name(bad):
    actions = recorded()
    actions[5, 2] = bad
    for function in (
        ActionStatistics.fit,
        lambda a: normalise(a, STATISTICS),
        lambda a: denormalise(a, STATISTICS),
    ):
        with pytest.raises(DataError, match=r"NaN or infinity in \(z\)"):
            function(actions)


def test_another_robot_is_refused_by_its_dimensions():
    with pytest.raises(DataError, match=r"shape \(4, 8\).*7 wide: \(x, y, z, rx, ry, rz, gripper\)"):
        normalise(np.zeros((4, 8)), STATISTICS)
    with pytest.raises(DataError, match=r"describe \(x, y.*the data \(j1, j2\)"):
        STATISTICS.require_same_robot(["j1", "j2"])
    with pytest.raises(DataError, match=r"gripper '-1 open, \+1 closed'"):
        STATISTICS.require_same_robot(LIBERO_ACTION_NAMES, "0 closed, 1 open")
    STATISTICS.require_same_robot(LIBERO_ACTION_NAMES, "-1 open, +1 closed")


@pytest.mark.parametrize("empty", [np.empty((0, 7)), []])
def test_nothing_to_fit_is_an_error(empty):
    with pytest.raises(DataError, match="at least one step"):
        ActionStatistics.fit(empty)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"q01": [0.0]}, "'q01' has 1 entries"),
        ({"q99": STATISTICS.q01, "q01": STATISTICS.q99}, "order min <= q01"),
        ({"names": ["x"] * 7}, "distinct"),
        ({"std": [float("nan")] * 7}, "std.*finite"),
        ({"mask": [1] * 7}, "mask.*true or false"),
        ({"polarity": "?"}, "polarity: unknown key"),
    ],
)
def test_a_damaged_file_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        ActionStatistics.from_dict(STATISTICS.to_dict() | change)


def test_a_truncated_file_is_refused(tmp_path):
    path = tmp_path / "statistics.json"
    STATISTICS.save(path)
    path.write_text(path.read_text()[:200])
    with pytest.raises(DataError, match=r"statistics\.json"):
        ActionStatistics.load(path)


def test_the_extremes_as_bounds_clip_nothing():
    rng = np.random.default_rng(0)
    actions = rng.normal(size=(1000, 7))
    exact = ActionStatistics.fit(actions, bounds="min_max", mask=[True] * 7)
    assert np.allclose(denormalise(normalise(actions, exact), exact), actions, atol=1e-6)
    quantiles = ActionStatistics.fit(actions, mask=[True] * 7)
    assert not np.allclose(denormalise(normalise(actions, quantiles), quantiles), actions, atol=0.1)
    assert max(clipped_share(actions, exact).values()) == 0.0
