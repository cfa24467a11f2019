"""Whether an answer is right, by the rules of the released rewards (spatial RL of VST) but that for boxes.

The best of a question's modes counts. An answer after a thought is judged without the thought.
"""

import re
from collections.abc import Sequence
from typing import Any

from spatial_pretrain.data_engine.reward_facts import Mode
from spatial_pretrain.data_engine.rows import THOUGHT_END
from vst_robot.errors import InputError, missing_extra

RIGHT = 0.5
"""A score from which an answer counts as right; ANLS gives no less than this for a near miss."""

RELATIVE_TOLERANCE = 0.05
"""ChartQA's."""

_MARKED = re.compile(r"`+\s*\(?([A-H])\b")
_ALONE = re.compile(r"(?<![A-Za-z])\(?([A-H])\)?(?:[.:)]|\s*$)")
_BOXED = re.compile(r"\\boxed\{([^{}]*)\}")
_ARTICLES = {"a", "an", "the"}
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DIGITS = {word: str(number) for number, word in enumerate(_NUMBERS)}


def score(answer: str, gold: str, modes: Sequence[Mode]) -> float:
    """From 0 to 1.

    Args:
        answer: As a model gives it, perhaps after a thought.
        gold: The right one.
        modes: Names of rules; the highest score counts.

    Raises:
        InputError: A mode needs boxes.
        UnavailableError: `math_score` without math-verify.
    """
    said = answer.rpartition(THOUGHT_END)[2].strip()
    if not said:
        return 0.0
    if said == gold.strip():
        return 1.0
    return max(_by_mode(said, gold.strip(), mode) for mode in modes)


def is_right(answer: str, gold: str, modes: Sequence[Mode]) -> bool:
    """Whether `score` calls it right."""
    return score(answer, gold, modes) >= RIGHT


def letter(text: str) -> str | None:
    """The option that an answer names: in backticks first, then the first letter that stands alone."""
    found = _MARKED.search(text) or _ALONE.search(text)
    return found.group(1) if found else None


def _by_mode(said: str, gold: str, mode: Mode) -> float:
    if mode == "multi_choices_score":
        return float(letter(said) is not None and letter(said) == letter(gold))
    if mode == "math_score":
        return float(_same_mathematics(said, gold))
    if mode == "relaxed_score":
        return float(_nearly(said, gold))
    if mode == "vqa_score":
        return float(_plain(said) == _plain(gold))
    if mode == "anls_score":
        return _similarity(" ".join(said.lower().split()), " ".join(gold.lower().split()))
    raise InputError(f"the rule {mode} is not for answers in words")


def _same_mathematics(said: str, gold: str) -> bool:
    try:
        import math_verify
    except ImportError as error:
        raise missing_extra("math-verify", "teacher", "comparing mathematics") from error
    unlimited: Any = None  # its timeouts work in the main thread only
    parsed: list[Any] = [math_verify.parse(text, parsing_timeout=unlimited) for text in (gold, said)]
    return bool(math_verify.verify(*parsed, timeout_seconds=unlimited))


def _nearly(said: str, gold: str) -> bool:
    first, second = _number(said), _number(gold)
    if first is None or second is None:
        return said.lower() == gold.lower()
    return abs(first - second) <= RELATIVE_TOLERANCE * abs(second)


def _number(text: str) -> float | None:
    boxed = _BOXED.search(text)
    try:
        return float((boxed.group(1) if boxed else text).strip().rstrip("%.").replace(",", ""))
    except ValueError:
        return None


def _plain(text: str) -> str:
    """VQA v2's normal form: lower case, no articles, no punctuation, digits for small numbers."""
    words = re.sub(r"(?<!\d)[^\w\s]|[^\w\s](?!\d)", " ", text.lower()).split()
    return " ".join(_DIGITS.get(word, word) for word in words if word not in _ARTICLES)


def _similarity(first: str, second: str) -> float:
    """1 less the edit distance over the longer length, 0 from a distance of one half (ANLS)."""
    if not first or not second:
        return 0.0
    before = list(range(len(second) + 1))
    for row, a in enumerate(first, start=1):
        now = [row]
        for column, b in enumerate(second, start=1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (a != b)))
        before = now
    distance = before[-1] / max(len(first), len(second))
    return 1.0 - distance if distance < 0.5 else 0.0
