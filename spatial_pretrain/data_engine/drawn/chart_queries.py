"""Questions about charts: reading, comparing, adding."""

from dataclasses import replace

import numpy as np

from spatial_pretrain.data_engine.drawn.charts import CHART_KINDS, Chart, chart
from spatial_pretrain.data_engine.drawn.queries import Maker, Query, pick
from spatial_pretrain.data_engine.naming import joined
from spatial_pretrain.data_engine.reward_facts import MULTIPLE_CHOICE, NUMBER, WORDS, RewardFacts

Size = tuple[int, int]

MIN_PIE_GAP = 10
"""Per cent by which two slices must differ to be compared where their shares are not written."""


def value(rng: np.random.Generator, size_px: Size) -> Query:
    """The value of one name."""
    plot = _chart(rng, size_px)
    number = int(rng.integers(len(plot.names)))
    return _query(plot, str(plot.values[number]), NUMBER, name=plot.names[number])


def extreme(rng: np.random.Generator, size_px: Size) -> Query:
    """Which name has the largest or the smallest value."""
    plot = _chart(rng, size_px)
    word, place = pick(rng, [("largest", int(np.argmax(plot.values))), ("smallest", int(np.argmin(plot.values)))])
    return _query(plot, plot.names[place], WORDS, extreme=word)


def compare(rng: np.random.Generator, size_px: Size) -> Query:
    """Which of two names has the larger value."""
    plot = _chart(rng, size_px)
    first, second = (int(k) for k in rng.permutation(len(plot.names))[:2])
    if plot.kind == "pie" and abs(plot.values[first] - plot.values[second]) >= MIN_PIE_GAP and rng.random() < 0.5:
        plot = replace(plot, labelled=False)
    winner, loser = (first, second) if plot.values[first] > plot.values[second] else (second, first)
    slots = {"first": plot.names[first], "second": plot.names[second]}
    return _query(plot, plot.names[winner], MULTIPLE_CHOICE, (plot.names[loser],), **slots)


def sum_of_two(rng: np.random.Generator, size_px: Size) -> Query:
    """What the values of two names add up to."""
    plot = _chart(rng, size_px)
    first, second = (int(k) for k in rng.permutation(len(plot.names))[:2])
    a, b = plot.values[first], plot.values[second]
    return _query(plot, str(a + b), NUMBER, **_pair(plot, first, second), sum=f"{a} + {b} = {a + b}")


def difference(rng: np.random.Generator, size_px: Size) -> Query:
    """By how much one value exceeds another."""
    plot = _chart(rng, size_px)
    low, high = sorted((int(k) for k in rng.permutation(len(plot.names))[:2]), key=lambda k: plot.values[k])
    a, b = plot.values[high], plot.values[low]
    return _query(plot, str(a - b), NUMBER, **_pair(plot, high, low), difference=f"{a} - {b} = {a - b}")


READING: dict[str, Maker] = {"value": value, "extreme": extreme, "compare": compare}
CALCULATING: dict[str, Maker] = {"sum_of_two": sum_of_two, "difference": difference}


def described(plot: Chart) -> str:
    """Names and values, e.g. ``"Mon (20), Tue (35) and Wed (10)"``."""
    sign = "%" if plot.kind == "pie" else ""
    return joined([f"{name} ({value}{sign})" for name, value in zip(plot.names, plot.values, strict=True)])


def _chart(rng: np.random.Generator, size_px: Size) -> Chart:
    return chart(rng, size_px, CHART_KINDS[int(rng.integers(len(CHART_KINDS)))])


def _pair(plot: Chart, first: int, second: int) -> dict[str, str]:
    return {
        "first": plot.names[first],
        "second": plot.names[second],
        "first_value": str(plot.values[first]),
        "second_value": str(plot.values[second]),
    }


def _query(plot: Chart, answer: str, reward: RewardFacts, wrong: tuple[str, ...] = (), /, **slots: str) -> Query:
    unit = " (in per cent)" if plot.kind == "pie" else ""
    slots |= {"answer": answer, "title": plot.title, "kind": plot.kind, "unit": unit, "described": described(plot)}
    return Query(picture=plot.draw(), truth=plot.truth(), slots=slots, answer=answer, reward=reward, distractors=wrong)
