"""What a thought in words must not say: the bans of the paper's prompts for a teacher (Tables 19, 34 and 35).

They hold for whoever wrote it, our own generator or a teacher model. Thoughts of the form `num` calculate, so they are
not held to them.
"""

import re
from collections.abc import Mapping
from typing import Literal

from spatial_pretrain.data_engine.marks import COLOURS

ThoughtForm = Literal["num", "rt", "rt_bev"]
"""Table 10. `num`: arithmetic with numbers. `rt`: the scene in words. `rt_bev`: in words, with a common layout as seen
from above."""

PARTS_BETWEEN = "\n\n"
"""Between the parts of a thought: first image, second image, layout and reasoning, conclusion."""

PARTS_OF_PAIR = 4

_COUNTED = re.compile(
    r"\b(?:image|picture|photo|frame|view|camera|step)[- ]?\d\b|^\s*\d[.)]\s", re.IGNORECASE | re.MULTILINE
)
"""Digits that count pictures or steps, as the paper's own examples do."""

_BANS: Mapping[str, re.Pattern[str]] = {
    "a number": re.compile(r"\d"),
    "coordinates": re.compile(r"\bcoordinates?\b|\b[xyz][- ]?(?:axis|axes|value)\b|\baxis\b|\baxes\b", re.IGNORECASE),
    "a unit": re.compile(r"\b(?:centi|milli)?met(?:er|re)s?\b|\bdegrees?\b", re.IGNORECASE),
    "a coloured point": re.compile(
        rf"\b(?:{'|'.join(COLOURS)})[- ](?:point|dot|box)\b|\bcolou?red (?:point|dot)", re.IGNORECASE
    ),
    "the view from above as a picture": re.compile(r"\btop[- ]?view\b|\bbird'?s?[- ]?eye\b|\bBEV\b", re.IGNORECASE),
    "ground truth": re.compile(r"\bground[- ]truth\b|\bannotations?\b|\bgiven (?:answer|data)\b", re.IGNORECASE),
}


def violations(thought: str) -> list[str]:
    """What a thought says although it must not; nothing if it may be used."""
    plain = _COUNTED.sub(" ", thought)
    return [f"says {name}: '{found.group().strip()}'" for name, ban in _BANS.items() if (found := ban.search(plain))]


def parts(thought: str) -> list[str]:
    """The parts of a thought, which empty lines divide."""
    return [part.strip() for part in re.split(r"\n\s*\n", thought.strip()) if part.strip()]
