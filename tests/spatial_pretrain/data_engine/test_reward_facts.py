"""What RL rows say about rewards."""

import dataclasses
import json
from typing import get_args

import pytest

from spatial_pretrain.data_engine import reward_facts, rows
from tests.spatial_pretrain.data_engine.test_rows import sample


def test_options_one_per_line():
    text = reward_facts.with_option_lines("Which is nearer? ", ["sofa", "lamp"])
    assert text.split("\n")[:4] == ["Which is nearer?", "Options:", "A: sofa", "B: lamp"]
    assert len(text.split("\n")) == 5


@pytest.mark.parametrize("name", ["MULTIPLE_CHOICE", "NUMBER", "WORDS", "READ_TEXT", "BOXES"])
def test_official_names(name):
    plain = getattr(reward_facts, name).plain
    assert plain["mode"] and set(plain["mode"]) <= set(get_args(reward_facts.Mode))
    assert plain["question_type"] in get_args(reward_facts.QuestionType)


def test_rows_carry_them():
    made = rows.from_sample(dataclasses.replace(sample(), reward=reward_facts.BOXES), id="one")
    meta = json.loads(made.record()["meta_info"])
    assert meta[0]["vst_robot"]["reward"] == {"mode": ["bbox3d"], "question_type": "detection_3d"}
    assert "reward" not in rows.from_sample(sample(), id="two").ours
