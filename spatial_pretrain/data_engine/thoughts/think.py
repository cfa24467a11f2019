"""The thought that leads to the answer of a question, in one of the paper's three forms (Table 10)."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from spatial_pretrain.data_engine.layout import Layout
from spatial_pretrain.data_engine.thought_rules import ThoughtForm
from spatial_pretrain.data_engine.thoughts import calculation, cameras, motion, objects, single
from spatial_pretrain.data_engine.thoughts.prose import Prose

Kind = Literal["bearing", "nearest", "facing", "position", "motion", "distance", "depth"]
"""What a question asks for."""

_InWords = Callable[..., None]

_WORDS: Mapping[Kind, _InWords] = {
    "bearing": objects.bearing,
    "nearest": objects.nearest,
    "facing": cameras.facing,
    "position": cameras.position,
    "motion": motion.motion,
    "distance": single.distance,
    "depth": single.depth,
}
_NUMBERS: Mapping[Kind, _InWords] = {
    "bearing": calculation.bearing,
    "nearest": calculation.nearest,
    "facing": calculation.facing,
    "position": calculation.position,
    "motion": calculation.motion,
    "distance": calculation.nearest,
    "depth": calculation.depth,
}


def think(kind: Kind, layout: Layout, truth: Mapping[str, Any], rng: np.random.Generator, form: ThoughtForm) -> str:
    """A thought whose every sentence is true of the layout, and which ends in the answer.

    Args:
        kind: What is asked for.
        layout: With the question's roles.
        truth: Of the question.
        rng: Draws what is told of, and the wordings.
        form: How to think.

    Raises:
        Rejected: The pictures hold too little that leads to the answer.
    """
    prose = Prose(rng=rng)
    if form == "num":
        _NUMBERS[kind](layout, truth, prose)
    else:
        _WORDS[kind](layout, truth, prose, from_above=form == "rt_bev")
    return prose.text
