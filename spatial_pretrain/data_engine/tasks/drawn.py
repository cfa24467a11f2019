"""Questions about drawn sheets: general data, and general reasoning with thoughts or for reinforcement learning."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from spatial_pretrain.data_engine.drawn import chart_queries, shape_queries, text_queries
from spatial_pretrain.data_engine.drawn.queries import Maker, Query
from spatial_pretrain.data_engine.options import Options
from spatial_pretrain.data_engine.reward_facts import with_option_lines
from spatial_pretrain.data_engine.samples import SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from vst_robot.scenes import Scene, View

Manner = Literal["plain", "thought", "reward"]
"""Answered at once, after a thought, or rewarded by rules."""

WORDINGS = "drawn_questions"
"""Forms in this file of templates; `<form>_thought` has the thoughts."""

MAKERS: Mapping[str, Mapping[str, Maker]] = {
    "ocr": text_queries.READING,
    "shapes": shape_queries.SEEING,
    "chart": chart_queries.READING,
    "reasoned_ocr": text_queries.REASONING,
    "reasoned_math": {**chart_queries.CALCULATING, "total": shape_queries.total},
    "reasoned_knowledge": shape_queries.KNOWING,
}
"""Subject → form → what draws and asks. Forms of one name are one question."""


@dataclass(frozen=True, kw_only=True)
class DrawnTask:
    """A task on blank sheets.

    Attributes:
        name: Its name.
        subject: Key of `MAKERS`.
        manner: What stands beside the answer.
    """

    name: str
    subject: str
    manner: Manner = "plain"
    view: View = "blank"

    @property
    def forms(self) -> Mapping[str, float]:
        """All of the subject's, in equal shares."""
        return dict.fromkeys(MAKERS[self.subject], 1.0)

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One question about a sheet of the scene's size.

        Raises:
            Rejected: What was drawn allows no sound one.
        """
        query = MAKERS[self.subject][form](rng, scene.frames[0].size_px)
        options = query.options(rng)
        turn, thought = _worded(query, options, form, self.manner, rng)
        return SpatialSample(
            task=self.name,
            form=form,
            turns=(turn,),
            pictures=(query.picture,),
            truth={**query.truth, "answer": query.answer, **(options.truth if options else {})},
            scene=scene.name,
            source=scene.source,
            type="mm_qa" if thought is None else "thought",
            thought=thought,
            reward=query.reward if self.manner == "reward" else None,
        )


def _worded(
    query: Query, options: Options | None, form: str, manner: Manner, rng: np.random.Generator
) -> tuple[Turn, str | None]:
    templates = load_templates(WORDINGS)
    question = templates.question(form, rng, **query.slots)
    if options is not None and manner == "reward":
        return Turn(question=with_option_lines(question, options.texts), answer=options.letter), None
    if options is not None:
        question = f"{question} Options: {options.listed}"
    answer = templates.answer(form, rng, answer=query.answer if options is None else options.answer)
    thought = templates.answer(f"{form}_thought", rng, **query.slots) if manner == "thought" else None
    return Turn(question=question, answer=answer), thought


def general_ocr() -> DrawnTask:
    """Reading."""
    return DrawnTask(name="general_ocr", subject="ocr")


def general_shapes() -> DrawnTask:
    """Counting, colours, places, sizes."""
    return DrawnTask(name="general_shapes", subject="shapes")


def general_chart() -> DrawnTask:
    """Values of charts."""
    return DrawnTask(name="general_chart", subject="chart")


def cot_math() -> DrawnTask:
    """Sums and differences."""
    return DrawnTask(name="cot_math", subject="reasoned_math", manner="thought")


def cot_ocr() -> DrawnTask:
    """What follows from words that must be read first."""
    return DrawnTask(name="cot_ocr", subject="reasoned_ocr", manner="thought")


def cot_knowledge() -> DrawnTask:
    """What geometry says about shapes."""
    return DrawnTask(name="cot_knowledge", subject="reasoned_knowledge", manner="thought")


def rl_math() -> DrawnTask:
    """As `cot_math`, to be rewarded."""
    return DrawnTask(name="rl_math", subject="reasoned_math", manner="reward")


def rl_ocr() -> DrawnTask:
    """As `cot_ocr`, to be rewarded."""
    return DrawnTask(name="rl_ocr", subject="reasoned_ocr", manner="reward")


def rl_knowledge() -> DrawnTask:
    """As `cot_knowledge`, to be rewarded."""
    return DrawnTask(name="rl_knowledge", subject="reasoned_knowledge", manner="reward")
