"""Colours and surfaces: what furniture, walls and floors are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from envs.assets.primitive.mjcf import Color


@dataclass(frozen=True, kw_only=True)
class Finish:
    """How a surface looks.

    Attributes:
        word: Its colour in a word, for descriptions.
        rgb: Colour, or tint of the pattern, each in [0, 1].
        pattern: Kind and variant of a picture in `envs.scenes.rooms.patterns`, e.g. ``("wood", 2)``.
        shine: Strength of the highlight in [0, 1].
        glow: Light of its own in [0, 1].
    """

    word: str
    rgb: Color
    pattern: tuple[str, int] | None = None
    shine: float = 0.15
    glow: float = 0.0


def _wood(word: str, rgb: Color, variant: int) -> Finish:
    return Finish(word=word, rgb=rgb, pattern=("wood", variant), shine=0.2)


def _cloth(word: str, rgb: Color, variant: int = 0) -> Finish:
    return Finish(word=word, rgb=rgb, pattern=("cloth", variant), shine=0.0)


WOODS = (
    _wood("light brown", (0.80, 0.62, 0.42), 0),
    _wood("brown", (0.58, 0.38, 0.22), 1),
    _wood("dark brown", (0.34, 0.21, 0.13), 2),
    _wood("reddish brown", (0.52, 0.26, 0.16), 0),
    _wood("grey", (0.58, 0.56, 0.53), 1),
    Finish(word="white", rgb=(0.93, 0.93, 0.92), shine=0.3),
    Finish(word="black", rgb=(0.12, 0.12, 0.13), shine=0.3),
)
CLOTHS = (
    _cloth("grey", (0.55, 0.56, 0.58)),
    _cloth("dark grey", (0.27, 0.28, 0.31)),
    _cloth("blue", (0.20, 0.32, 0.58)),
    _cloth("light blue", (0.56, 0.70, 0.84)),
    _cloth("green", (0.25, 0.44, 0.30)),
    _cloth("red", (0.66, 0.17, 0.16)),
    _cloth("yellow", (0.87, 0.70, 0.24)),
    _cloth("orange", (0.85, 0.45, 0.17)),
    _cloth("purple", (0.44, 0.29, 0.52)),
    _cloth("pink", (0.88, 0.62, 0.66)),
    _cloth("beige", (0.84, 0.77, 0.65)),
    _cloth("brown", (0.47, 0.32, 0.22)),
    _cloth("white", (0.92, 0.91, 0.88)),
)
PLASTICS = (
    Finish(word="white", rgb=(0.94, 0.94, 0.94), shine=0.4),
    Finish(word="black", rgb=(0.10, 0.10, 0.11), shine=0.4),
    Finish(word="grey", rgb=(0.56, 0.57, 0.59), shine=0.3),
    Finish(word="red", rgb=(0.78, 0.15, 0.13), shine=0.4),
    Finish(word="blue", rgb=(0.13, 0.31, 0.68), shine=0.4),
    Finish(word="green", rgb=(0.20, 0.55, 0.30), shine=0.4),
    Finish(word="yellow", rgb=(0.93, 0.78, 0.18), shine=0.4),
    Finish(word="orange", rgb=(0.92, 0.48, 0.14), shine=0.4),
    Finish(word="turquoise", rgb=(0.25, 0.66, 0.66), shine=0.4),
)
GLAZES = (
    Finish(word="white", rgb=(0.95, 0.95, 0.93), shine=0.7),
    Finish(word="blue", rgb=(0.16, 0.30, 0.60), shine=0.7),
    Finish(word="green", rgb=(0.30, 0.52, 0.42), shine=0.7),
    Finish(word="red", rgb=(0.68, 0.18, 0.14), shine=0.7),
    Finish(word="orange", rgb=(0.76, 0.42, 0.24), shine=0.4),
    Finish(word="black", rgb=(0.13, 0.13, 0.15), shine=0.7),
    Finish(word="yellow", rgb=(0.88, 0.72, 0.28), shine=0.6),
)
STEEL = Finish(word="steel", rgb=(0.66, 0.68, 0.70), shine=0.8)
DARK_STEEL = Finish(word="dark steel", rgb=(0.25, 0.26, 0.28), shine=0.6)
BRASS = Finish(word="brass", rgb=(0.78, 0.62, 0.30), shine=0.8)
METALS = (STEEL, DARK_STEEL, BRASS)
WHITE = Finish(word="white", rgb=(0.95, 0.95, 0.94), shine=0.3)
CERAMIC = Finish(word="white", rgb=(0.96, 0.96, 0.95), shine=0.8)
BLACK = Finish(word="black", rgb=(0.08, 0.08, 0.09), shine=0.5)
SHADOW = Finish(word="dark", rgb=(0.05, 0.05, 0.05), shine=0.0)
SOIL = Finish(word="brown", rgb=(0.24, 0.16, 0.10), shine=0.0)
LEAVES = (
    Finish(word="green", rgb=(0.18, 0.45, 0.16), pattern=("leaves", 0), shine=0.1),
    Finish(word="light green", rgb=(0.38, 0.60, 0.24), pattern=("leaves", 1), shine=0.1),
    Finish(word="dark green", rgb=(0.11, 0.32, 0.17), pattern=("leaves", 2), shine=0.1),
)
CARDBOARD = Finish(word="brown", rgb=(0.74, 0.57, 0.38), pattern=("plaster", 0), shine=0.0)
WATER = Finish(word="blue", rgb=(0.66, 0.80, 0.88), shine=0.8)


def picked(rng: np.random.Generator, finishes: Sequence[Finish]) -> Finish:
    """One of several, each as likely."""
    return finishes[int(rng.integers(len(finishes)))]


def patterned(rng: np.random.Generator, kind: str, *, word: str = "", variants: int = 8, glow: float = 0.0) -> Finish:
    """A picture in its own colours; one of its variants."""
    return Finish(word=word, rgb=(1, 1, 1), pattern=(kind, int(rng.integers(variants))), shine=0.1, glow=glow)
