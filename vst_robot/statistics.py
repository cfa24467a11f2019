"""How much a success rate is worth: intervals for one policy and for the difference between two.

Success in an episode is a coin flip, so rates come with binomial intervals. All functions take counts, never
rates.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import special


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A confidence interval.

    Attributes:
        low: Lower end.
        high: Upper end.
        level: Confidence, e.g. 0.95.
    """

    low: float
    high: float
    level: float

    def __contains__(self, value: float) -> bool:
        """Whether `value` lies inside, ends included."""
        return self.low <= value <= self.high


def wilson(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Wilson's score interval of a success rate (Wilson 1927; no continuity correction).

    Unlike the textbook interval it stays inside [0, 1] and keeps a width at 0 and 100 % success.

    Args:
        successes: Episodes that succeeded.
        trials: Episodes that were finished; 0 gives [0, 1].
        level: Confidence.

    Raises:
        ValueError: More successes than trials, a negative count, or a level outside (0, 1).
    """
    _check(successes, trials, level)
    if trials == 0:
        return Interval(low=0.0, high=1.0, level=level)
    z, rate = _z(level), successes / trials
    centre = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    # At 0 and 100 % the ends are exact; rounding would put them a hair outside.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == trials else centre + half
    return Interval(low=low, high=high, level=level)


def newcombe(successes_a: int, trials_a: int, successes_b: int, trials_b: int, level: float = 0.95) -> Interval:
    """Interval of rate A minus rate B for independent episodes (Newcombe 1998, hybrid score, method 10).

    Two policies differ at this level if zero lies outside.

    Raises:
        ValueError: Impossible counts, or no trials on one side.
    """
    if min(trials_a, trials_b) < 1:
        raise ValueError("a difference needs at least one episode on either side")
    a, b = wilson(successes_a, trials_a, level), wilson(successes_b, trials_b, level)
    rate_a, rate_b = successes_a / trials_a, successes_b / trials_b
    difference = rate_a - rate_b
    return Interval(
        low=difference - math.hypot(rate_a - a.low, b.high - rate_b),
        high=difference + math.hypot(a.high - rate_a, rate_b - b.low),
        level=level,
    )


def mcnemar(only_a: int, only_b: int) -> float:
    """Exact two-sided McNemar p-value for two policies that ran the *same* episodes.

    Args:
        only_a: Episodes that only the first policy solved.
        only_b: Episodes that only the second policy solved.
    """
    if only_a + only_b == 0:
        return 1.0
    # Under equal policies each disagreement falls on either side with probability 1/2.
    tail = special.bdtr(min(only_a, only_b), only_a + only_b, 0.5)
    return min(1.0, 2 * float(tail))


def stratified_bootstrap(
    counts: Sequence[tuple[int, int]],
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    num_resamples: int = 10_000,
) -> Interval:
    """Percentile bootstrap interval of the pooled success rate, episodes redrawn within each task.

    The tasks of a suite are fixed, only episodes are random; so it is narrower than Wilson's pooled interval
    where tasks differ. Tasks at 0 or 100 % contribute no spread, hence it is no substitute for Wilson's at
    few episodes. Redrawing n outcomes of which k are successes is drawing from Binomial(n, k / n), which is
    what is done here.

    Args:
        counts: Per task, successes and finished episodes.
        rng: Source of randomness; the same state gives the same interval.
        level: Confidence.
        num_resamples: Number of redraws.

    Raises:
        ValueError: Impossible counts, or no episode at all.
    """
    return _percentiles(_redrawn(counts, rng, level, num_resamples), level)


def mean_bootstrap(
    suites: Sequence[Sequence[tuple[int, int]]],
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    num_resamples: int = 10_000,
) -> Interval:
    """As `stratified_bootstrap` for the mean of several pooled rates, each counting the same.

    Args:
        suites: Per suite and task, successes and finished episodes.
        rng: Source of randomness; the same state gives the same interval.
        level: Confidence.
        num_resamples: Number of redraws.

    Raises:
        ValueError: Impossible counts, or a suite without an episode.
    """
    return _percentiles(
        np.mean([_redrawn(counts, rng, level, num_resamples) for counts in suites], axis=0),
        level,
    )


def _redrawn(
    counts: Sequence[tuple[int, int]], rng: np.random.Generator, level: float, num_resamples: int
) -> Float[np.ndarray, " n"]:
    for successes, trials in counts:
        _check(successes, trials, level)
    successes, trials = np.array([c for c in counts if c[1] > 0], dtype=np.int64).reshape(-1, 2).T
    if not len(trials):
        raise ValueError("a bootstrap needs at least one episode")
    draws = rng.binomial(trials, successes / trials, size=(num_resamples, len(trials)))
    return draws.sum(axis=1) / trials.sum()


def _percentiles(rates: Float[np.ndarray, " n"], level: float) -> Interval:
    low, high = np.quantile(rates, [(1 - level) / 2, (1 + level) / 2])
    return Interval(low=float(low), high=float(high), level=level)


def _z(level: float) -> float:
    return float(special.ndtri((1 + level) / 2))


def _check(successes: int, trials: int, level: float) -> None:
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} episodes cannot be")
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
