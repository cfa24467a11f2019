"""Counting what a set holds."""

import pytest

from spatial_pretrain.data_engine import rows
from spatial_pretrain.data_engine.build import ShardRecord
from spatial_pretrain.data_engine.samples import Margin, Turn
from spatial_pretrain.data_engine.set_statistics import collect, letter
from tests.spatial_pretrain.data_engine.test_rows import official, sample


def choice(answer, question="Which? Options: A. left, B. right", **changes):
    return rows.from_sample(sample(turns=(Turn(question=question, answer=answer),), **changes), id=answer)


def record(**changes):
    given = {
        "shard": "0-single-00000",
        "files": {},
        "samples": {"si_distance": {"bare": 2}},
        "tried": {"si_distance": 8, "si_grounding": 5},
        "rejected": {"si_distance": {"too close": 6}, "si_grounding": {"crashed: KeyError": 5}},
        "damaged": {"a pose is not finite": 1},
        "crashes": {"si_grounding": "toy/0: KeyError: 'x'"},
        "scenes": 3,
        "missing": {"si_grounding": 4},
    }
    return ShardRecord(**given | changes)


def test_letters_answers_and_margins():
    given = [choice("A. left"), choice("B. right"), choice("B. right", margin=Margin(metres=0.02, degrees=3.0))]
    (task,) = collect(given).tasks
    assert task.samples == 3 and task.forms == {"bare": 3} and task.turns == 3
    assert task.answers == {"right": 2, "left": 1} and task.letters == {2: {"A": 1, "B": 2}}
    assert task.min_margin == {"metres": 0.02, "degrees": 3.0} and task.rejected_share is None


def test_imbalance_shows():
    even, skewed = ([choice("AB"[k % 2] + ". x") for k in range(60)], [choice("A. x")] * 60)
    assert collect(even).tasks[0].balance()[2] == pytest.approx(1.0)
    assert collect(skewed).tasks[0].balance()[2] < 1e-9


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("Options: A. x, B. y", "B. y", ("B", 2)),
        ("Options: A. x B. y C. z", "A. x", ("A", 3)),
        ("Options: A: point-A, B: point-B, C: point-C, D: point-D", "B: point-B", ("B", 4)),
        ("Which is nearer?", "point-A", None),
        ("Which is nearer?", "A. chair", None),
    ],
)
def test_letters_are_read_from_the_question(question, answer, expected):
    assert letter(choice(answer, question)) == expected


def test_options_of_the_truth_count_before_the_question():
    assert letter(choice("A. x", "Which?", truth={"options": ["x", "y", "z"]})) == ("A", 3)


def test_the_build_adds_what_was_rejected():
    statistics = collect([choice("A. left")], [record(), record(shard="0-single-00001", missing={})])
    by_name = {task.task: task for task in statistics.tasks}
    assert by_name["si_distance"].rejected_share == 0.75 and by_name["si_distance"].rejected == {"too close": 12}
    assert by_name["si_grounding"].samples == 0 and by_name["si_grounding"].missing == 4
    assert statistics.scenes == 6 and statistics.damaged == {"a pose is not finite": 2}
    assert statistics.plain()["tasks"]["si_distance"]["tried"] == 16


def test_other_peoples_rows_count_under_their_type():
    (task,) = collect([rows.from_record(official())]).tasks
    assert task.task == "mm_qa" and task.answers == {"On the table.": 1}


def test_a_thought_is_not_the_answer():
    (task,) = collect([choice("A. left", type="thought", thought="B. right")]).tasks
    assert task.answers == {"left": 1}


def test_a_bare_letter_counts_and_stays_an_answer():
    (task,) = collect([choice("B")]).tasks
    assert task.letters == {2: {"B": 1}} and task.answers == {"B": 1}
