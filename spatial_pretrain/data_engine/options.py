"""Multiple choice without leaks: the answer stands among the options once, under a letter drawn evenly.

Shuffling alone hides the answer's place, not the answer: if some options are rarely right, the words give it away.
`Options.drawn` therefore picks the options first, all of them answers that the scene could have been asked for, and
the answer evenly among them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

import numpy as np

from spatial_pretrain.data_engine.samples import Rejected

Answer = TypeVar("Answer")
Candidate = TypeVar("Candidate")

OptionStyle = Literal["A. x, B. y", "A. x B. y", "A: x, B: y"]
"""How options are written; the paper's tables have all three."""

STYLES: tuple[OptionStyle, ...] = get_args(OptionStyle)

LETTERS = "ABCDEFGH"

_LETTER_END: Mapping[OptionStyle, str] = {"A. x, B. y": ". ", "A. x B. y": ". ", "A: x, B: y": ": "}
_BETWEEN: Mapping[OptionStyle, str] = {"A. x, B. y": ", ", "A. x B. y": " ", "A: x, B: y": ", "}


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a question, in the order of their letters.

    Attributes:
        texts: At least two, all different whatever their case.
        answer_index: Which of them is right.
        style: How they are written.
    """

    texts: tuple[str, ...]
    answer_index: int
    style: OptionStyle = "A. x, B. y"

    def __post_init__(self) -> None:
        folded = {text.strip().casefold() for text in self.texts}
        assert 2 <= len(self.texts) <= len(LETTERS), f"{len(self.texts)} options"
        assert len(folded) == len(self.texts) and "" not in folded, f"options not distinct: {self.texts}"
        assert 0 <= self.answer_index < len(self.texts)

    @classmethod
    def shuffled(
        cls, rng: np.random.Generator, answer: str, distractors: Sequence[str], style: OptionStyle | None = None
    ) -> "Options":
        """The answer and wrong answers in an order drawn evenly; the style too, if none is given."""
        texts = [answer, *distractors]
        order = [int(i) for i in rng.permutation(len(texts))]
        return cls(
            texts=tuple(texts[i] for i in order),
            answer_index=order.index(0),
            style=STYLES[int(rng.integers(len(STYLES)))] if style is None else style,
        )

    @classmethod
    def drawn(
        cls,
        rng: np.random.Generator,
        pool: Mapping[str, Sequence[Candidate]],
        *,
        count: int = 4,
        least: int | None = None,
        style: OptionStyle | None = None,
    ) -> tuple["Options", Candidate]:
        """Options that are right equally often, and the candidate that is asked about.

        Args:
            rng: Draws options, answer, order, candidate and style.
            pool: Answer → candidates (pairs of pictures, triples of objects, …) for which it is the answer.
            count: Number of options.
            least: Fewer options will do, down to this number; by default not.
            style: How they are written; drawn evenly if None.

        Raises:
            Rejected: The pool has fewer answers than options are wanted.
        """
        answers = sorted(answer for answer, candidates in pool.items() if candidates)
        if len(answers) < (count if least is None else least):
            raise Rejected("too few different answers for the options")
        texts = [answers[int(i)] for i in rng.permutation(len(answers))[:count]]
        candidates = pool[texts[0]]
        return cls.shuffled(rng, texts[0], texts[1:], style), candidates[int(rng.integers(len(candidates)))]

    @property
    def letter(self) -> str:
        """The right option's letter."""
        return LETTERS[self.answer_index]

    @property
    def listed(self) -> str:
        """All options in one line, e.g. ``"A. left, B. right"``."""
        return _BETWEEN[self.style].join(self._written(index) for index in range(len(self.texts)))

    @property
    def answer(self) -> str:
        """The right option as it is written, e.g. ``"B. right"``."""
        return self._written(self.answer_index)

    @property
    def truth(self) -> dict[str, str | list[str]]:
        """For `SpatialSample.truth`: the options, the right letter and the right text."""
        return {"options": list(self.texts), "letter": self.letter, "answer": self.texts[self.answer_index]}

    def _written(self, index: int) -> str:
        return f"{LETTERS[index]}{_LETTER_END[self.style]}{self.texts[index]}"


def pooled(candidates: Iterable[tuple[Answer, Candidate]]) -> dict[Answer, list[Candidate]]:
    """Candidates by their answer, for `Options.drawn` or `even`."""
    pool: dict[Answer, list[Candidate]] = {}
    for answer, candidate in candidates:
        pool.setdefault(answer, []).append(candidate)
    return pool


def even(rng: np.random.Generator, pool: Mapping[Answer, Sequence[Candidate]]) -> tuple[Answer, Candidate]:
    """An answer, each equally likely however many candidates it has, and one of its candidates."""
    answer = list(pool)[int(rng.integers(len(pool)))]
    return answer, pool[answer][int(rng.integers(len(pool[answer])))]


def first_of_each(
    candidates: Iterable[tuple[str, Callable[[], Candidate | None]]], enough: int
) -> dict[str, list[Candidate]]:
    """One candidate per answer, for `Options.drawn`, when to judge all of them would take long.

    Args:
        candidates: In random order: the answer, and what finds out whether the candidate is sound (None if not).
        enough: Stop after so many answers.
    """
    pool: dict[str, list[Candidate]] = {}
    for answer, judged in candidates:
        if answer not in pool and (candidate := judged()) is not None:
            pool[answer] = [candidate]
        if len(pool) == enough:
            break
    return pool
