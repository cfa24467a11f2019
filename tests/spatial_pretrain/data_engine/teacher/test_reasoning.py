"""The recipe for general reasoning: sometimes right, a verified thought, no loops, the same set after a stop."""

import threading
from collections import Counter, defaultdict

import numpy as np
import pytest

from spatial_pretrain.data_engine import shards
from spatial_pretrain.data_engine.build import read_records
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.teacher import reasoning, selection
from spatial_pretrain.data_engine.teacher.reasoning import Recipe
from spatial_pretrain.data_engine.teacher.reasoning_set import REASONING, Batches, reason
from vst_robot.errors import UnavailableError

STEPS = "I look at the marks one after the other. Each of them is in plain sight, so I add them up and get the result."


def sample(question="How many marks are there?", answer="12", part="clevr", turns=1, pictures=1):
    return SpatialSample(
        task="general_conversations",
        form=part,
        turns=(Turn(question=question, answer=answer),) * turns,
        pictures=(np.zeros((30, 40, 3), dtype=np.uint8),) * pictures,
        truth={"row_id": question},
        scene=question,
        source=f"onevision/{part}",
    )


def words(messages):
    return messages[-1]["content"][-1]["text"]


class Student:
    """Right in so many of four answers."""

    def __init__(self, right=2, answer="12"):
        self.right, self.answer = right, answer
        self.asked = defaultdict(int)
        self.lock = threading.Lock()

    def __call__(self, messages):
        with self.lock:
            self.asked[words(messages)] += 1
            return self.answer if (self.asked[words(messages)] - 1) % 4 < self.right else "no idea"


def teacher(answer="12", rewritten=STEPS, tagged=True):
    def generate(messages):
        if "Rewrite" in words(messages):
            return rewritten
        return f"<think>Wait. {STEPS} Wait. {STEPS}</think> {answer}" if tagged else answer

    return generate


@pytest.mark.parametrize(
    ("made", "kind", "mode"),
    [
        (sample(), "math", "math_score"),
        (sample("Which? A. red B. blue", "B", "ai2d"), "knowledge", "multi_choices_score"),
        (sample("What does it say?", "Harbor Street", "textvqa"), "ocr", "vqa_score"),
        (sample("How much?", "3.5%", "chartqa"), "ocr", "math_score"),
        (sample("Which one?", "B", "ai2d"), None, None),
        (sample("Why?", "because it was there all the time", "ai2d"), None, None),
        (sample(part="sharegpt4v"), None, None),
        (sample(turns=2), None, None),
        (sample(pictures=0), None, None),
    ],
)
def test_what_a_rule_can_verify(made, kind, mode):
    chosen = selection.chosen(made)
    assert (chosen and chosen.kind) == kind and (chosen is None or mode in chosen.reward.modes)


@pytest.mark.parametrize(
    ("student", "master", "reason"),
    [
        (Student(0), teacher(), "never right"),
        (Student(4), teacher(), "always right"),
        (Student(), teacher(answer="13"), "the teacher's answer is wrong"),
        (Student(), teacher(tagged=False), "no thought in tags"),
        (Student(), teacher(rewritten=f"{STEPS} {STEPS} {STEPS}"), "turns in circles"),
        (Student(), teacher(rewritten="Wait. Wait. Wait. It is 12."), "turns in circles"),
        (Student(), teacher(rewritten=" "), "empty"),
    ],
)
def test_what_is_left_out(student, master, reason, monkeypatch):
    monkeypatch.setattr(reasoning, "RL_SHARES", {"math": 0.0})
    with pytest.raises(Rejected, match=reason):
        Recipe(student=student, teacher=master)(sample())


def test_a_thought_or_a_reward(monkeypatch):
    monkeypatch.setattr(reasoning, "RL_SHARES", {"math": 0.0})
    made = Recipe(student=Student(1), teacher=teacher())(sample())
    assert (made.task, made.type, made.thought, made.reward) == ("cot_math", "thought", STEPS, None)
    assert made.truth["pass_rate"] == 0.25 and made.turns == sample().turns
    monkeypatch.setattr(reasoning, "RL_SHARES", {"math": 1.0})
    made = Recipe(student=Student(3), teacher=lambda messages: pytest.fail("asked for nothing"))(sample())
    assert (made.task, made.thought, made.reward.modes[0]) == ("rl_math", None, "math_score")


def test_shares_are_those_of_figure_2():
    streams = Counter(reasoning._hash_share(sample(f"{k}?")) < reasoning.RL_SHARES["math"] for k in range(2000))
    assert abs(streams[True] / 2000 - 8 / 39) < 0.03


class Rows:
    name = "onevision"

    def count(self):
        return 30

    def numbers(self):
        return {"general_conversations": range(30)}

    def sample(self, index):
        return sample(f"How many marks has number {index}?", part="clevr" if index % 3 else "sharegpt4v")

    def close(self):
        pass

    def fingerprint(self):
        return {"rows": "30"}


def test_a_set_is_made_in_batches_and_continued(tmp_path):
    calls = []

    def dies(messages):
        calls.append(messages)
        if len(calls) > 30:
            raise UnavailableError("the endpoint is gone; start it again")
        return teacher()(messages)

    batches = Batches(rows=10, concurrency=2)
    for name, master in (("stopped", dies), ("stopped", teacher()), ("whole", teacher())):
        try:
            reason(Rows(), tmp_path / name, Recipe(student=Student(), teacher=master), batches, settings={"model": "m"})
        except UnavailableError:
            assert 0 < len(read_records(tmp_path / name)) < 3
    records = read_records(tmp_path / "whole")
    assert sum(record.rejected[REASONING]["no question that a rule can verify"] for record in records) == 10
    contents = []
    for name in ("stopped", "whole"):
        read = [row for path in shards.files(tmp_path / name) for row in shards.read(path)]
        contents.append([(row.id, row.messages, row.type) for row in read])
    assert contents[0] == contents[1] and len(contents[0]) == 20
    assert {row.task for path in shards.files(tmp_path / "whole") for row in shards.read(path)} == {
        "cot_math",
        "rl_math",
    }
