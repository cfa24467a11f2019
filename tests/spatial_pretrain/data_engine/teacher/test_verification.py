"""Whether an answer is right: the released rewards' rules."""

import sys

import pytest

from spatial_pretrain.data_engine.teacher.verification import is_right, letter, score
from vst_robot.errors import InputError, UnavailableError


@pytest.mark.parametrize(
    ("answer", "gold", "mode", "right"),
    [
        ("B", "B. left", "multi_choices_score", True),
        ("<think>A? No.</think> The answer is (B).", "B", "multi_choices_score", True),
        ("`C` rather than B", "C", "multi_choices_score", True),
        ("A cat is B.", "B", "multi_choices_score", True),
        ("left", "B. left", "multi_choices_score", False),
        ("104", "100", "relaxed_score", True),
        ("106", "100", "relaxed_score", False),
        ("1,000", "1000", "relaxed_score", True),
        ("Red", "red", "relaxed_score", True),
        ("The two cats.", "2 cats", "vqa_score", True),
        ("1.5", "15", "vqa_score", False),
        ("harbour", "harbor", "anls_score", True),
        ("port", "harbor", "anls_score", False),
        ("", "", "vqa_score", False),
        ("<think>7</think>", "7", "vqa_score", False),
    ],
)
def test_rules(answer, gold, mode, right):
    assert is_right(answer, gold, [mode]) == right


@pytest.mark.parametrize(
    ("answer", "gold", "right"),
    [(r"\boxed{\frac{1}{2}}", "0.5", True), ("$12$", "12", True), ("13", "12", False), ("so it is 3/4", "0.75", True)],
)
def test_mathematics(answer, gold, right):
    assert is_right(answer, gold, ["math_score"]) == right


def test_the_best_mode_counts():
    assert score("harbour", "harbor", ["vqa_score", "anls_score"]) == pytest.approx(1 - 1 / 7)
    assert letter("none of them") is None
    with pytest.raises(InputError, match="bbox3d is not for answers in words"):
        score("x", "y", ["bbox3d"])


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "math_verify", None)
    with pytest.raises(UnavailableError, match=r"vst-robot\[teacher\]"):
        score("1", "2", ["math_score"])
