import dataclasses

import pytest

from eval_libero.metrics import compare, summarise
from tests.eval_libero.test_ledger import HEADER, record
from vst_robot.errors import InputError
from vst_robot.statistics import newcombe, wilson

FULL = [
    record(
        task,
        episode,
        "success" if (task, episode) in {(0, 0), (0, 1), (1, 0)} else "failure",
        steps=10 + episode,
    )
    for task in range(4)
    for episode in range(2)
]


def test_a_complete_evaluation_has_a_headline():
    result = summarise(HEADER, FULL)
    assert result.success_rate == 3 / 8
    assert result.interval == wilson(3, 8)
    assert (result.successes, result.finished, result.errors, result.expected) == (3, 8, 0, 8)
    assert (result.incomplete, result.missing, result.outside_plan) == ("", (), 0)
    assert result.bootstrap.low < 3 / 8 < result.bootstrap.high
    assert result.simulation_s == pytest.approx(0.8)


def test_rows_belong_to_their_tasks():
    tasks = summarise(HEADER, FULL[::-1]).tasks
    assert [(t.task_id, t.successes, t.finished, t.expected) for t in tasks] == [
        (0, 2, 2, 2),
        (1, 1, 2, 2),
        (2, 0, 2, 2),
        (3, 0, 2, 2),
    ]
    assert [t.success_rate for t in tasks] == [1, 0.5, 0, 0]
    assert [t.mean_steps for t in tasks] == [10.5, 10, None, None]
    assert tasks[0].interval == wilson(2, 2)


def test_errors_are_no_failures_and_withhold_the_headline():
    records = [*FULL[:7], record(3, 1, "error", error="boom")]
    result = summarise(HEADER, records)
    assert result.success_rate is None
    assert result.incomplete == "of 8 episodes 1 crashed; the same command runs them again"
    assert (result.tasks[3].finished, result.tasks[3].errors, result.tasks[3].success_rate) == (1, 1, 0)
    asked_for = summarise(HEADER, records, allow_errors=True)
    assert asked_for.success_rate == 3 / 7
    assert asked_for.incomplete == result.incomplete


def test_holes_withhold_the_headline_and_are_named():
    result = summarise(HEADER, [*FULL[:3], *FULL[4:7]])
    assert result.success_rate is None
    assert result.missing == ("point_reach/1/1", "point_reach/3/1")
    assert "2 have not run" in result.incomplete


def test_nothing_finished_never_has_a_headline():
    for records in ([], [record(t, e, "error") for t in range(4) for e in range(2)]):
        result = summarise(HEADER, records, allow_errors=True)
        assert (result.success_rate, result.bootstrap) == (None, None)
        assert (result.interval.low, result.interval.high) == (0, 1)
        assert [t.success_rate for t in result.tasks] == [None] * 4


def test_duplicates_are_refused():
    with pytest.raises(InputError, match="twice"):
        summarise(HEADER, [*FULL, FULL[0]])


def test_records_outside_the_plan_are_flagged_and_not_counted():
    result = summarise(HEADER, [*FULL, record(0, 9), record(7, 0)])
    assert (result.success_rate, result.finished, result.outside_plan) == (3 / 8, 8, 2)


def test_comparison_pairs_the_same_starts():
    b = [dataclasses.replace(r, status="success" if r.task_id == 3 else "failure") for r in FULL]
    comparison = compare(FULL, b)
    assert (comparison.shared, comparison.rate_a, comparison.rate_b) == (8, 3 / 8, 2 / 8)
    assert (comparison.only_a, comparison.only_b) == (3, 2)
    assert comparison.p_value == 1.0
    assert comparison.difference == newcombe(3, 8, 2, 8)


def test_comparison_leaves_out_what_one_side_lacks():
    b = [dataclasses.replace(FULL[0], status="error"), *FULL[2:4]]
    assert compare(FULL, b).shared == 2


def test_comparison_needs_the_same_starts():
    moved = [dataclasses.replace(r, start_hash="elsewhere") for r in FULL]
    with pytest.raises(InputError, match="point_reach/0/0 began in different states"):
        compare(FULL, moved)
    with pytest.raises(InputError, match="share no finished episode"):
        compare(FULL, [])
