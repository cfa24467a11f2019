"""Sentences of a thought, drawn from the wordings in `templates/varied/thought_*.toml`."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from spatial_pretrain.data_engine import naming
from spatial_pretrain.data_engine.layout import LayoutObject
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thought_rules import PARTS_BETWEEN

_SETS = ("varied",)  # the paper prints no wordings of ours to keep to: its thoughts are a teacher's

Said = str | LayoutObject | Sequence[LayoutObject]


@dataclass(kw_only=True)
class Prose:
    """A thought in the making.

    Attributes:
        rng: Draws wordings.
        parts: Finished parts and the one that is being written, as sentences.
    """

    rng: np.random.Generator
    parts: list[list[str]] = field(default_factory=lambda: [[]])
    _unused: dict[str, list[str]] = field(default_factory=dict)

    def say(self, wording: str, **slots: Said) -> None:
        """Adds a sentence.

        Args:
            wording: File and form of its wordings, e.g. ``"view.left"``.
            slots: Texts; an object gives its name with an article. `things` are several objects that are new to the
                reader, `those` several that are known. The verb forms `is`, `s` and `has` fit the slot `thing`.
        """
        words = {name: _text(name, value) for name, value in slots.items()}
        subject = slots.get("thing")
        many = isinstance(subject, LayoutObject) and naming.is_plural(subject.name)
        words |= {"is": "are" if many else "is", "s": "" if many else "s", "has": "have" if many else "has"}
        sentence = self._drawn(wording).format(**words)
        self.parts[-1].append(sentence[0].upper() + sentence[1:])

    def next_part(self) -> None:
        """Begins the next part."""
        self.parts.append([])

    @property
    def text(self) -> str:
        """All parts, divided by empty lines."""
        return PARTS_BETWEEN.join(" ".join(part) for part in self.parts if part)

    def _drawn(self, wording: str) -> str:
        """A wording that this thought has not used, until all are used."""
        task, form = wording.split(".")
        if not self._unused.get(wording):
            answers = load_templates(f"thought_{task}", _SETS).forms[form].answers
            self._unused[wording] = [answers[int(index)] for index in self.rng.permutation(len(answers))]
        return self._unused[wording].pop()


def the(thing: LayoutObject) -> str:
    """An object's name with its article."""
    return f"the {thing.name}"


def _text(name: str, value: Said) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, LayoutObject):
        return the(value)
    return naming.joined([_mention(thing, known=name == "those") for thing in value])


def _mention(thing: LayoutObject, *, known: bool) -> str:
    """With the article that fits; there is only one "leftmost chair"."""
    return the(thing) if known or thing.name.split()[0].endswith("st") else naming.with_article(thing.name)
