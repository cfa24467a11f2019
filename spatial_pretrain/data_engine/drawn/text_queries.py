"""Questions about text."""

import numpy as np

from spatial_pretrain.data_engine.drawn.queries import Maker, Query, pick
from spatial_pretrain.data_engine.drawn.texts import Line, TextSheet, text_sheet
from spatial_pretrain.data_engine.naming import joined
from spatial_pretrain.data_engine.reward_facts import READ_TEXT
from spatial_pretrain.data_engine.samples import Rejected

Size = tuple[int, int]


def read_all(rng: np.random.Generator, size_px: Size) -> Query:
    """All lines from top to bottom."""
    sheet = text_sheet(rng, size_px)
    return _query(sheet, "\n".join(line.text for line in sheet.lines))


def by_colour(rng: np.random.Generator, size_px: Size) -> Query:
    """The line of one colour."""
    sheet = text_sheet(rng, size_px)
    line = pick(rng, list(sheet.lines))
    return _query(sheet, line.text, colour=line.colour, place=_place(sheet, line))


def by_place(rng: np.random.Generator, size_px: Size) -> Query:
    """The top or the bottom line."""
    sheet = text_sheet(rng, size_px)
    place, line = pick(rng, [("top", sheet.lines[0]), ("bottom", sheet.lines[-1])])
    return _query(sheet, line.text, colour=line.colour, place=place)


def alphabet(rng: np.random.Generator, size_px: Size) -> Query:
    """Which of the words a dictionary has first, or last; their initials differ."""
    sheet = text_sheet(rng, size_px, words_per_line=1)
    words = sorted((line.text for line in sheet.lines), key=str.lower)
    if len({word[0].lower() for word in words}) != len(words):
        raise Rejected("two words begin with the same letter")
    end, answer = pick(rng, [("first", words[0]), ("last", words[-1])])
    initials = joined([f"'{line.text}' begins with {line.text[0].upper()}" for line in sheet.lines])
    return _query(sheet, answer, end=end, initials=initials)


def longest(rng: np.random.Generator, size_px: Size) -> Query:
    """Which word has the most letters."""
    sheet = text_sheet(rng, size_px, words_per_line=1)
    words = sorted((line.text for line in sheet.lines), key=len)
    if len(words[-1]) == len(words[-2]):
        raise Rejected("two words are equally long")
    lengths = joined([f"'{line.text}' has {len(line.text)} letters" for line in sheet.lines])
    return _query(sheet, words[-1], lengths=lengths)


READING: dict[str, Maker] = {"read_all": read_all, "by_colour": by_colour, "by_place": by_place}
REASONING: dict[str, Maker] = {"by_colour": by_colour, "alphabet": alphabet, "longest": longest}


def _query(sheet: TextSheet, answer: str, **slots: str) -> Query:
    said = joined([f"'{line.text}' in {line.colour}" for line in sheet.lines])
    slots |= {"said": said, "answer": answer}
    return Query(picture=sheet.draw(), truth=sheet.truth(), slots=slots, answer=answer, reward=READ_TEXT)


def _place(sheet: TextSheet, line: Line) -> str:
    number = sheet.lines.index(line)
    return "top" if number == 0 else "bottom" if number == len(sheet.lines) - 1 else "middle"
