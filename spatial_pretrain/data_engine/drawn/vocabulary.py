"""The words that are written on sheets."""

import importlib.resources
from dataclasses import dataclass
from functools import cache

from vst_robot import config
from vst_robot.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What a chart is about.

    Attributes:
        title: Above it.
        names: What bars, points and slices may be called, in the order in which they are shown.
    """

    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """All of them.

    Attributes:
        words: Lower-case words of one part.
        topics: Of charts.
    """

    words: tuple[str, ...]
    topics: tuple[Topic, ...]


@cache
def vocabulary() -> Vocabulary:
    """The words of `vocabulary.toml`."""
    file = importlib.resources.files("spatial_pretrain.data_engine.drawn") / "vocabulary.toml"
    return config.loads(file.read_text(encoding="utf-8"), Vocabulary, "vocabulary of drawn sheets", error=DataError)
