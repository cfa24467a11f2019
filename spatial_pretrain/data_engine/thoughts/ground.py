"""Where things are on the ground, in words that hold with a margin: sides, ways, eighths of a turn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine import directions
from spatial_pretrain.data_engine.layout import LayoutObject

Array = np.ndarray
Vector = Sequence[float] | Float[Array, "3"]
"""Of the levelled frame, metres."""

CLEAR_SHARE, STRAIGHT_SHARE = 0.3, 0.17
"""Of a way's length: a side that is named has at least the first, one that is denied at most the second (10°)."""

MIN_WAY_M = 0.1
"""A shorter way on the ground turns by degrees when its ends move by a centimetre."""

SURE_DEG = 6.0
"""From the border of an eighth of the circle that is named."""

AS_SEEN = (("to the left", "to the right"), ("back", "forward"))
ON_MAP = (("to the left", "to the right"), ("down", "up"))
"""Words for the negative and the positive direction along x and z."""

_DOWN = np.array([0.0, 1.0, 0.0])

TURNS = ("hardly any turn", "half a right angle", "a right angle", "one and a half right angles", "half a turn")
"""Names of whole eighths of a turn."""


@dataclass(frozen=True, kw_only=True)
class Eighths:
    """An angle in eighths of a turn.

    Attributes:
        step: 0 to 7, clockwise seen from above.
        sure: Whether it is far from the border to the next.
    """

    step: int
    sure: bool

    @property
    def amount(self) -> str:
        """How far, on the shorter way."""
        return TURNS[min(self.step, 8 - self.step)]

    @property
    def sense(self) -> str:
        """Which way round is shorter; clockwise for none and for a half turn."""
        return "clockwise" if self.step <= 4 else "counterclockwise"

    @property
    def side(self) -> str:
        """The side that a clockwise or counterclockwise turn goes to, for who stands on the ground."""
        return "right" if self.step <= 4 else "left"


def eighths(reference: Vector, vector: Vector) -> Eighths:
    """The angle on the ground from one direction of the levelled frame to another."""
    angle = directions.clockwise_deg(np.array(reference, dtype=float), np.array(vector, dtype=float), _DOWN)
    sector = directions.sector(angle)
    return Eighths(step=sector.index, sure=sector.border_deg >= SURE_DEG)


def between(start: LayoutObject | None, end: LayoutObject | None) -> Float[Array, "3"]:
    """From one object's middle to another's; None stands for the first camera."""
    first, last = (np.zeros(3) if each is None else np.array(each.centre_m) for each in (start, end))
    return last - first


def ground_m(vector: Vector) -> float:
    """Length on the ground."""
    return float(np.hypot(vector[0], vector[2]))


def way(vector: Vector, words: tuple[tuple[str, str], tuple[str, str]] = AS_SEEN) -> str | None:
    """Words for a way on the ground; None if it is too short.

    A side is named where it makes up enough of the way. "Straight" denies the other one; "mainly" leaves it open.
    """
    length = ground_m(vector)
    if length < MIN_WAY_M:
        return None
    shares = np.array([vector[0], vector[2]]) / length
    named = [words[axis][int(shares[axis] > 0)] for axis in (1, 0) if abs(shares[axis]) >= CLEAR_SHARE]
    if len(named) == 2:
        return " and ".join(named)
    return f"{'straight' if np.abs(shares).min() <= STRAIGHT_SHARE else 'mainly'} {named[0]}"


def compass_after(premise: str, step: int) -> str:
    """The compass word so many eighths clockwise."""
    return directions.turned(premise, step)
