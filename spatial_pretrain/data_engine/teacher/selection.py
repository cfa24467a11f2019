"""Which rows of a general data set rules can verify, and of which kind they are: math, OCR or knowledge (appendix C).

The kind follows from the part of the data set (`kinds.toml`), the rule from the form of the answer.
"""

import importlib.resources
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from spatial_pretrain.data_engine.reward_facts import MULTIPLE_CHOICE, NUMBER, READ_TEXT, WORDS, RewardFacts
from spatial_pretrain.data_engine.samples import SpatialSample
from vst_robot import config
from vst_robot.errors import DataError

Kind = Literal["math", "ocr", "knowledge"]

MAX_WORDS = 4
"""Longer answers can be put in too many ways."""

_LETTER = re.compile(r"^\(?[A-H]\)?[.:]?$|^\(?[A-H][.:)]\s")
_OPTIONS = re.compile(r"(?:^|[\s(])A\s*[.:)]\s?\S.*?[\s(]B\s*[.:)]\s?\S", re.DOTALL)
_NUMBER = re.compile(r"^[-+]?\$?\d[\d,]*(?:\.\d+)?\s?(?:%|\$)?$|^\\?frac|^-?\d+/\d+$")


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """Words in the names of parts; the first kind that has one of them is the part's."""

    math: tuple[str, ...]
    ocr: tuple[str, ...]
    knowledge: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What a row is good for."""

    kind: Kind
    reward: RewardFacts


def chosen(sample: SpatialSample) -> Chosen | None:
    """What a row is good for; None unless it is one question about a picture whose answer a rule can verify."""
    kind = kind_of(sample.form)
    if kind is None or len(sample.turns) != 1 or not sample.pictures:
        return None
    question, answer = sample.turns[0].question, sample.turns[0].answer.strip()
    if _LETTER.match(answer):
        return Chosen(kind=kind, reward=MULTIPLE_CHOICE) if _OPTIONS.search(question) else None
    if _NUMBER.match(answer):
        return Chosen(kind=kind, reward=NUMBER)
    if len(answer.split()) > MAX_WORDS:
        return None
    return Chosen(kind=kind, reward=READ_TEXT if kind == "ocr" else WORDS)


def kind_of(part: str) -> Kind | None:
    """The kind of a part of LLaVA-OneVision, by words in its name."""
    kinds = _kinds()
    name = part.lower()
    table: tuple[tuple[Kind, tuple[str, ...]], ...] = (
        ("math", kinds.math),
        ("ocr", kinds.ocr),
        ("knowledge", kinds.knowledge),
    )
    return next((kind for kind, words in table if any(word in name for word in words)), None)


@cache
def _kinds() -> Kinds:
    file = importlib.resources.files("spatial_pretrain.data_engine.teacher") / "kinds.toml"
    return config.loads(file.read_text(encoding="utf-8"), Kinds, "kinds.toml", error=DataError)
