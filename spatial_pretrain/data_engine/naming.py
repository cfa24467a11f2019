"""What objects are called in questions: letters for doubles, colours of their marks, plurals."""

from collections import Counter
from collections.abc import Sequence

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_IRREGULAR = {
    "shelf": "shelves",
    "bookshelf": "bookshelves",
    "knife": "knives",
    "person": "people",
    "mouse": "mice",
    "loaf": "loaves",
    "leaf": "leaves",
    "radio": "radios",
    "piano": "pianos",
    "photo": "photos",
    "video": "videos",
    "stereo": "stereos",
}
_PLURAL_ALREADY = {
    "blinds",
    "books",
    "clothes",
    "curtains",
    "glasses",
    "pants",
    "papers",
    "scissors",
    "shelves",
    "shoes",
    "shorts",
    "slippers",
    "stairs",
    "toiletries",
    "curtain blinds",
}


def plural(label: str) -> str:
    """The plural of a label in lower-case English words; its last word is changed."""
    *before, last = label.split(" ")
    return " ".join([*before, _plural_word(last)])


def with_article(label: str) -> str:
    """The label after "a" or "an"; without one if it is a plural."""
    if is_plural(label):
        return label
    return f"{'an' if label[0] in 'aeiou' else 'a'} {label}"


def is_plural(label: str) -> bool:
    """Whether a label names several things, like "blinds"."""
    return label.split(" ")[-1] in _PLURAL_ALREADY


def lettered(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels with the letters A, B, … on those that occur more than once: ``("table", "window-A", "window-B")``."""
    total, seen = Counter(labels), Counter()
    names = []
    for label in labels:
        seen[label] += 1
        names.append(f"{label}-{LETTERS[seen[label] - 1]}" if total[label] > 1 else label)
    return tuple(names)


def with_point(name: str, colour: str, text: str | None = None) -> str:
    """``"chair (orange point-2)"``, or without the text that stands at the point ``"chair (orange point)"``."""
    return f"{name} ({colour} point{'' if text is None else f'-{text}'})"


def with_box(name: str, colour: str) -> str:
    """``"window-A (pink box)"``."""
    return f"{name} ({colour} box)"


def joined(names: Sequence[str], *, last: str = "and") -> str:
    """``"a, b and c"``."""
    *before, final = names
    return f"{', '.join(before)} {last} {final}" if before else final


def _plural_word(word: str) -> str:
    if word in _PLURAL_ALREADY:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith("o") and word[-2:-1] not in "aeiou" else f"{word}s"
