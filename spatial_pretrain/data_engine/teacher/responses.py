"""Checks of what a teacher answered: only an answer without any problem may be used."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spatial_pretrain.data_engine import captions, scene_graph, thought_rules
from spatial_pretrain.data_engine.rows import THINK, THOUGHT_END, Row
from spatial_pretrain.data_engine.teacher import prompts
from spatial_pretrain.data_engine.thresholds import load_profile

FIELDS = ("question", "thought", "answer")
MIN_WORDS, MAX_WORDS = 25, 900
MAX_WAITS = 2
"""How often a thought may say "wait"; the paper names it as the sign of a model that turns in circles."""

LOOP_WORDS, LOOP_TIMES = 8, 3
"""So many words in a row that come so many times are a loop."""

_FENCE = re.compile(r"^```(?:json)?\s*\n(.*?)\n?```$", re.DOTALL)
_MARKDOWN = re.compile(r"(?m)^\s*(?:#{1,6}\s|[-*]\s)|\*\*|`")
_LETTER = re.compile(r"^\(?([A-H])\)?[.:)]?(?:\s|$)")
_ONLY_IN_THOUGHTS = ("a number", "a unit")
"""Bans that hold for thoughts alone: a question may well ask for metres."""


@dataclass(frozen=True, kw_only=True)
class Taught:
    """An answer that may be used.

    Attributes:
        question: Without placeholders.
        thought: None for a caption.
        answer: As in the row.
    """

    question: str
    thought: str | None
    answer: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found.

    Attributes:
        taught: None if there are problems.
        problems: Fixed words first, details after a colon: the former are counted.
    """

    taught: Taught | None
    problems: tuple[str, ...] = ()


def check(row: Row, text: str) -> Verdict:
    """Judges the answer to `prompts.messages(row)`."""
    if prompts.family(row) == "caption":
        return _check_caption(row, text)
    fields = parsed(text)
    if isinstance(fields, str):
        return Verdict(taught=None, problems=(fields,))
    found = (*_in_question(row, fields), *_in_answer(row, fields), *_in_thought(row, fields["thought"]))
    taught = Taught(question=fields["question"], thought=fields["thought"], answer=prompts.answer(row))
    return Verdict(taught=None if found else taught, problems=found)


def parsed(text: str) -> Mapping[str, str] | str:
    """The three fields of an answer, in or out of a code fence; what is wrong if they are not there."""
    inner = _FENCE.match(text.strip())
    try:
        fields: Any = json.loads(inner.group(1) if inner else text, strict=False)
    except ValueError:
        return "no JSON"
    if not isinstance(fields, dict) or set(fields) != set(FIELDS):
        return "not the three fields question, thought, answer"
    if not all(isinstance(fields[name], str) and fields[name].strip() for name in FIELDS):
        return "an empty field"
    return {name: fields[name].strip() for name in FIELDS}


def loops(thought: str) -> list[str]:
    """Signs of turning in circles; nothing for a thought that goes ahead."""
    words = re.findall(r"\w+", thought.lower())
    runs = Counter(tuple(words[at : at + LOOP_WORDS]) for at in range(len(words) - LOOP_WORDS + 1))
    found = [f"repeats itself: {' '.join(run)}" for run, times in runs.most_common(1) if times >= LOOP_TIMES]
    waits = words.count("wait")
    return found + ([f"hesitates: 'wait' {waits} times"] if waits > MAX_WAITS else [])


def _in_question(row: Row, fields: Mapping[str, str]) -> Iterator[str]:
    asked = fields["question"]
    if any(tag in asked for tag in (THINK, THOUGHT_END, "<|")):
        yield "a tag in the question"
    for problem in thought_rules.violations(asked):
        if not any(problem.startswith(f"says {name}:") for name in _ONLY_IN_THOUGHTS):
            yield f"question {problem}"
    place = 0
    for letter, option in zip("ABCDEFGH", (row.ours.get("truth") or {}).get("options", ()), strict=False):
        listed = re.compile(rf"\b{letter}[.:)]\s*{re.escape(option)}(?!\w)", re.IGNORECASE).search(asked, place)
        if listed is None:
            yield f"question lacks an option: {letter}"
            return
        place = listed.end()


def _in_answer(row: Row, fields: Mapping[str, str]) -> Iterator[str]:
    if not same_answer(fields["answer"], prompts.answer(row)):
        yield f"another answer: '{fields['answer'][:40]}'"


def same_answer(given: str, gold: str) -> bool:
    """Whether two answers are the same up to case, spaces, a final full stop and the mark after a letter."""
    return _normalised(given) == _normalised(gold)


def _normalised(text: str) -> str:
    letter = _LETTER.match(text.strip())
    rest = text.strip()[letter.end() :] if letter else text.strip()
    return f"{letter.group(1) if letter else ''} {' '.join(rest.lower().rstrip('.').split())}"


def _in_thought(row: Row, thought: str) -> Iterator[str]:
    yield from thought_rules.violations(thought)
    yield from loops(thought)
    if any(tag in thought for tag in (THINK, THOUGHT_END, "<|")):
        yield "a tag in the thought"
    if _MARKDOWN.search(thought):
        yield "markdown"
    count = len(thought.split())
    if not MIN_WORDS <= count <= MAX_WORDS:
        yield f"{'too short' if count < MIN_WORDS else 'too long'}: {count} words"
    parts = thought_rules.parts(thought)
    if prompts.family(row) == "relation" and len(parts) != thought_rules.PARTS_OF_PAIR:
        yield f"not four parts: {len(parts)}"
    if parts and not _concludes(parts[-1], row):
        yield "no conclusion: its end does not name the answer"


def _concludes(end: str, row: Row) -> bool:
    """Whether the last part names the right option, by its words or its letter, and no other letter."""
    truth, gold = row.ours.get("truth") or {}, prompts.answer(row)
    letters = set(re.findall(r"(?:[Oo]ption|[Aa]nswer(?: is)?:?|\bis)\s+\(?([A-H])\b(?!\s+\w)", end))
    if "letter" in truth:
        return not letters - {truth["letter"]} and (bool(letters) or str(truth["answer"]).lower() in end.lower())
    return gold.lower().rstrip(".") in end.lower()


def _check_caption(row: Row, text: str) -> Verdict:
    caption = captions.unwrapped(text)
    if caption is None:
        return Verdict(taught=None, problems=("no caption between tags",))
    graph = scene_graph.from_truth(row.ours["truth"])
    found = tuple(captions.problems(caption, graph, load_profile("room").caption))
    taught = Taught(question=prompts.question(row), thought=None, answer=caption)
    return Verdict(taught=None if found else taught, problems=found)
