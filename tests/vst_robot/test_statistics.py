import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vst_robot.statistics import Interval, mcnemar, mean_bootstrap, newcombe, stratified_bootstrap, wilson

counts = st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_agrees_with_scipy(count, level):
    successes, trials = count
    if trials == 0:
        assert wilson(0, 0, level) == Interval(low=0.0, high=1.0, level=level)
        return
    expected = stats.binomtest(successes, trials).proportion_ci(level, method="wilson")
    mine = wilson(successes, trials, level)
    assert (mine.low, mine.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


@given(counts.filter(lambda c: c[1] > 0))
def test_wilson_holds_the_rate_and_stays_inside_the_unit_interval(count):
    interval = wilson(*count)
    assert count[0] / count[1] in interval
    assert 0 <= interval.low < interval.high <= 1


def test_wilson_is_exact_at_the_ends():
    assert wilson(0, 10).low == 0.0
    assert wilson(10, 10).high == 1.0
    assert wilson(500, 500).low == pytest.approx(0.9924, abs=1e-4)


@pytest.mark.parametrize(("successes", "trials"), [(3, 2), (-1, 2), (1, 0)])
def test_impossible_counts(successes, trials):
    with pytest.raises(ValueError, match="cannot be"):
        wilson(successes, trials)
    with pytest.raises(ValueError, match="cannot be"):
        stratified_bootstrap([(successes, trials)], np.random.default_rng(0))


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_impossible_level(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(1, 2, level)


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_newcombe_agrees_with_the_published_table(a, b, low, high):
    interval = newcombe(*a, *b)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@given(counts.filter(lambda c: c[1] > 0), counts.filter(lambda c: c[1] > 0))
def test_newcombe_is_antisymmetric_and_holds_the_difference(a, b):
    ab, ba = newcombe(*a, *b), newcombe(*b, *a)
    assert (ab.low, ab.high) == pytest.approx((-ba.high, -ba.low))
    assert -1 - 1e-9 <= ab.low <= a[0] / a[1] - b[0] / b[1] <= ab.high <= 1 + 1e-9


def test_newcombe_needs_episodes():
    with pytest.raises(ValueError, match="at least one episode"):
        newcombe(0, 0, 1, 2)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_agrees_with_the_binomial_test(only_a, only_b):
    if only_a + only_b == 0:
        assert mcnemar(0, 0) == 1.0
        return
    assert mcnemar(only_a, only_b) == pytest.approx(stats.binomtest(only_a, only_a + only_b).pvalue, abs=1e-12)


def test_bootstrap_is_seeded():
    tasks = [(3, 10), (9, 10), (0, 10)]
    first, again, other = (stratified_bootstrap(tasks, np.random.default_rng(s)) for s in (1, 1, 2))
    assert first == again
    assert first.low == pytest.approx(other.low, abs=0.04)


def test_bootstrap_agrees_with_scipy_on_one_task():
    outcomes = np.array([1] * 30 + [0] * 20)
    expected = stats.bootstrap(
        (outcomes,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    mine = stratified_bootstrap([(30, 50)], np.random.default_rng(0))
    assert (mine.low, mine.high) == pytest.approx((expected.low, expected.high), abs=0.021)


def test_bootstrap_knows_that_tasks_are_fixed():
    """Five tasks always solved and five never: the suite's rate is known, Wilson does not see it."""
    interval = stratified_bootstrap([(50, 50)] * 5 + [(0, 50)] * 5, np.random.default_rng(0))
    assert (interval.low, interval.high) == (0.5, 0.5)
    mixed = stratified_bootstrap([(45, 50)] * 5 + [(5, 50)] * 5, np.random.default_rng(0))
    pooled = wilson(250, 500)
    assert 0.5 * (pooled.high - pooled.low) < mixed.high - mixed.low < 0.7 * (pooled.high - pooled.low)


def test_bootstrap_weighs_tasks_by_their_episodes_and_skips_empty_ones():
    interval = stratified_bootstrap([(90, 90), (0, 10), (0, 0)], np.random.default_rng(0))
    assert interval.low == interval.high == pytest.approx(0.9)
    with pytest.raises(ValueError, match="at least one episode"):
        stratified_bootstrap([(0, 0)], np.random.default_rng(0))


def test_the_mean_of_suites_counts_them_the_same():
    """However many episodes a suite has: 100 % of ten and 50 % of a thousand make 75 %."""
    interval = mean_bootstrap([[(10, 10)], [(250, 500), (250, 500)]], np.random.default_rng(0))
    assert 0.725 < interval.low < 0.75 < interval.high < 0.775
    one = [(3, 10), (9, 10), (0, 10)]
    assert mean_bootstrap([one], np.random.default_rng(1)) == stratified_bootstrap(one, np.random.default_rng(1))


def test_the_mean_of_four_suites_is_known_better_than_one():
    suite = [(25, 50)] * 10
    one, four = (mean_bootstrap([suite] * count, np.random.default_rng(0)) for count in (1, 4))
    assert (four.high - four.low) / (one.high - one.low) == pytest.approx(0.5, abs=0.05)
    with pytest.raises(ValueError, match="at least one episode"):
        mean_bootstrap([suite, [(0, 0)]], np.random.default_rng(0))
