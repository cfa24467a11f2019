"""General reasoning by the paper's recipe: rows that a model sometimes gets right, and a teacher's thoughts about them.

Every question that a rule can verify is answered four times; those that were always or never right are left out
(appendix C). Of the rest a share goes to reinforcement learning; for the others a teacher reasons, its answer is
verified, and a second pass rewrites the reasoning without loops.
"""

import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from spatial_pretrain.data_engine.reward_facts import RewardFacts
from spatial_pretrain.data_engine.rows import THINK, THOUGHT_END
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.teacher import responses, verification
from spatial_pretrain.data_engine.teacher.messages import Messages, user_message
from spatial_pretrain.data_engine.teacher.selection import Chosen, Kind, chosen
from spatial_pretrain.data_engine.templates import load_templates

Generate = Callable[[Messages], str]
"""A model: messages in, words out; sampled anew at every call."""

RL_SHARES: dict[Kind, float] = {"math": 8 / 39, "ocr": 2 / 11, "knowledge": 10 / 34}
"""Of the kept rows of a kind, how many are for reinforcement learning (Figure 2b: 31 K with thoughts and 8 K, ...)."""

MAX_THOUGHT_WORDS = 700
WORDINGS = "reason_request"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a row becomes a sample for reasoning.

    Attributes:
        student: Answers each question `tries` times.
        teacher: Reasons, and rewrites.
        tries: Answers per question.
    """

    student: Generate
    teacher: Generate
    tries: int = 4

    def __call__(self, sample: SpatialSample) -> SpatialSample:
        """A sample of ``cot_<kind>`` or ``rl_<kind>``.

        Raises:
            Rejected: The row is not fit, always or never right, or the teacher's thought may not be used.
        """
        fit = chosen(sample)
        if fit is None:
            raise Rejected("no question that a rule can verify")
        share = self.pass_rate(sample, fit.reward)
        if share in (0.0, 1.0):
            raise Rejected("always right" if share else "never right")
        if _hash_share(sample) < RL_SHARES[fit.kind]:
            return _finished(sample, fit, share, thought=None)
        return _finished(sample, fit, share, thought=self.thought(sample, fit.reward))

    def pass_rate(self, sample: SpatialSample, reward: RewardFacts) -> float:
        """Share of the student's answers that are right."""
        turn = sample.turns[0]
        answers = [self._ask(self.student, "attempt", sample, question=turn.question) for _ in range(self.tries)]
        return float(np.mean([verification.is_right(each, turn.answer, reward.modes) for each in answers]))

    def thought(self, sample: SpatialSample, reward: RewardFacts) -> str:
        """The teacher's reasoning, rewritten.

        Raises:
            Rejected: It comes to another answer, or the rewritten one still turns in circles.
        """
        turn = sample.turns[0]
        said = self._ask(self.teacher, "thought", sample, question=turn.question)
        before, tag, after = said.partition(THOUGHT_END)
        thought = before.partition(THINK)[2].strip()
        if not tag or not thought or not after.strip():
            raise Rejected("the teacher's answer has no thought in tags")
        if not verification.is_right(after, turn.answer, reward.modes):
            raise Rejected("the teacher's answer is wrong")
        slots = {"question": turn.question, "thought": thought, "answer": turn.answer}
        rewritten = self._ask(self.teacher, "rewrite", sample, **slots).strip()
        if problem := _unusable(rewritten):
            raise Rejected(problem)
        return rewritten

    def _ask(self, model: Generate, form: str, sample: SpatialSample, **slots: str) -> str:
        text = load_templates(WORDINGS).forms[form].questions[0].format(**slots)
        return model(user_message(sample.pictures, text))


def _unusable(thought: str) -> str | None:
    """Why a rewritten thought may not be used."""
    if not thought or THINK in thought or THOUGHT_END in thought or "<|" in thought:
        return "the rewritten thought is empty or holds tags"
    if len(thought.split()) > MAX_THOUGHT_WORDS:
        return "the rewritten thought is too long"
    return "the rewritten thought still turns in circles" if responses.loops(thought) else None


def _finished(sample: SpatialSample, fit: Chosen, share: float, *, thought: str | None) -> SpatialSample:
    facts: dict[str, Any] = {**sample.truth, "answer": sample.turns[0].answer, "pass_rate": share, "part": sample.form}
    return dataclasses.replace(
        sample,
        task=f"{'rl' if thought is None else 'cot'}_{fit.kind}",
        turns=(Turn(question=sample.turns[0].question, answer=sample.turns[0].answer.strip()),),
        truth=facts,
        type="mm_qa" if thought is None else "thought",
        thought=thought,
        reward=fit.reward if thought is None else None,
    )


def _hash_share(sample: SpatialSample) -> float:
    """Between 0 and 1, the same for the same row: which stream it goes to does not depend on its company."""
    digest = hashlib.blake2b(repr((sample.source, sample.scene, sample.turns)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
