import numpy as np

from envs.starts import start_hash


def test_hash_ignores_time_and_noise_below_a_micrometre():
    state = np.linspace(-1, 1, 92)
    other = state + 1e-9
    other[0] = 7.0
    assert start_hash(state) == start_hash(other)
    assert len(start_hash(state)) == 16


def test_hash_tells_states_apart():
    state = np.zeros(92)
    moved = state.copy()
    moved[10] = 2e-6
    assert start_hash(state) != start_hash(moved)
    assert start_hash(state) == start_hash(-state), "negative zero is zero"


def test_hash_is_stable_across_versions():
    assert start_hash(np.array([9.0, 0.25, -0.5])) == "bd404bef3dd17e81"
