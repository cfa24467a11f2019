"""Reads thoughts back: which wording each sentence is, and what stands in its slots."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from spatial_pretrain.data_engine.directions import COMPASS, EGOCENTRIC
from spatial_pretrain.data_engine.thought_rules import parts

_VERBS = {"is": "(?:is|are)", "s": "s?", "has": "(?:has|have)"}
_COMPASS = "|".join(sorted(COMPASS, key=len, reverse=True))
_SLOTS = dict.fromkeys(("premise", "sideways", "back"), _COMPASS) | {
    "letter": "[A-H]",
    "side": "left|right|up|down|top|bottom",
}
_ANSWER = "|".join([_COMPASS, *sorted(EGOCENTRIC, key=len, reverse=True)])
_FILES = ("view", "objects", "cameras", "motion", "single")


def sentences(thought):
    """(number of the part, sentence) one after the other."""
    return [
        (number, sentence)
        for number, part in enumerate(parts(thought))
        for sentence in re.split(r"(?<=\.)\s+(?=[A-Z])", part)
    ]


def readings(sentence):
    """All (form, slots) that a sentence can be read as."""
    plain = _small(sentence)
    found = []
    for form, pattern in _patterns():
        if match := pattern.fullmatch(plain):
            found.append((form, match.groupdict()))
    return found


@cache
def _patterns():
    folder = files("spatial_pretrain.data_engine") / "templates" / "varied"
    found = []
    for file in _FILES:
        read = tomllib.loads((folder / f"thought_{file}.toml").read_text(encoding="utf-8"))
        found += [(f"{file}.{form}", _pattern(text, file)) for form, table in read.items() for text in table["answers"]]
    return found


def _pattern(wording, file):
    seen = set()
    kinds = _SLOTS | ({} if file == "motion" else {"answer": _ANSWER})

    def slot(match):
        name = match[1]
        if name in _VERBS:
            return _VERBS[name]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{kinds.get(name, '.+?')})"

    escaped = re.escape(_small(wording)).replace(r"\{", "{").replace(r"\}", "}")
    return re.compile(re.sub(r"\{(\w+)\}", slot, escaped))


def _small(text):
    return text[0].lower() + text[1:]
