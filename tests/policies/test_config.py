"""Numbers that cannot be are refused where they are written, not half an hour later."""

import math

import pytest

from policies.config import (
    ActionsConfig,
    DemonstrationsConfig,
    EvaluationConfig,
    PackingConfig,
    PicturesConfig,
    PromptConfig,
)
from vst_robot.errors import InputError


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [
        (DemonstrationsConfig, "per_task", 0),
        (DemonstrationsConfig, "noise_translation", -0.1),
        (DemonstrationsConfig, "noise_rotation", math.nan),
        (DemonstrationsConfig, "noise_rotation", math.inf),
        (DemonstrationsConfig, "push_rate", 1.5),
        (PicturesConfig, "size_px", 0),
        (PicturesConfig, "shift_px", -1),
        (PicturesConfig, "brightness", 2.0),
        (ActionsConfig, "chunk", 0),
        (PackingConfig, "row_tokens", 0),
        (EvaluationConfig, "episodes_per_task", 0),
    ],
)
def test_a_number_out_of_range(cls, name, value):
    with pytest.raises(InputError, match=f"{name} must be .*, not {value}"):
        cls(**{name: value})


@pytest.mark.parametrize("cameras", [(), ("agentview", "agentview")])
def test_a_policy_sees_something_and_nothing_twice(cameras):
    with pytest.raises(InputError, match="cameras must be at least one, each once"):
        PicturesConfig(cameras=cameras)


@pytest.mark.parametrize("question", ["what now?", "{instruction} {colour}", "{instruction} {}", "{instruction", ""])
def test_a_question_has_one_slot(question):
    with pytest.raises(InputError, match=r"must contain '\{instruction\}' and no other slot"):
        PromptConfig(question=question)


def test_a_question_may_ask_twice():
    assert PromptConfig(question="{instruction}? {instruction}!").question


def test_a_proprioceptive_number_is_read_once():
    with pytest.raises(InputError, match="names a number twice"):
        PromptConfig(proprio=("x_m", "x_m"))
