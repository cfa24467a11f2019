"""A question about a drawn sheet, before it is put into words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spatial_pretrain.data_engine.options import Options
from spatial_pretrain.data_engine.reward_facts import MULTIPLE_CHOICE, RewardFacts
from vst_robot.types import Picture


@dataclass(frozen=True, kw_only=True, eq=False)
class Query:
    """A question, its answer and the facts that lead there.

    Attributes:
        picture: The sheet.
        truth: What is on it, as JSON values.
        slots: For the wordings of the question and of the thought.
        answer: In words or digits.
        reward: How other answers are judged.
        distractors: Wrong answers, for a multiple choice; then `reward` is that of one.
    """

    picture: Picture
    truth: Mapping[str, Any]
    slots: Mapping[str, str]
    answer: str
    reward: RewardFacts
    distractors: tuple[str, ...] = ()

    def options(self, rng: np.random.Generator) -> Options | None:
        """The options in random order; None if the answer is free."""
        if not self.distractors:
            return None
        assert self.reward == MULTIPLE_CHOICE
        return Options.shuffled(rng, self.answer, self.distractors)


Maker = Callable[[np.random.Generator, tuple[int, int]], Query]
"""Draws a sheet of a width and height and asks about it; raises `Rejected` where nothing sound can be asked."""


def pick(rng: np.random.Generator, things: list[Any]) -> Any:
    """One of them, drawn evenly."""
    return things[int(rng.integers(len(things)))]
