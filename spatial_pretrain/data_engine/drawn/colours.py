"""Papers and inks: what can be seen, and read, on what."""

import numpy as np

from spatial_pretrain.data_engine.marks import COLOURS

RGB = tuple[int, int, int]

INKS: dict[str, RGB] = {name: rgb for name, rgb in COLOURS.items() if name not in ("gold", "cyan")} | {
    "black": (15, 15, 15),
    "white": (245, 245, 245),
}
"""Name in a question → RGB; no two are easily taken for each other."""

PAPERS: tuple[RGB, ...] = (
    (255, 255, 255),
    (244, 240, 228),
    (226, 232, 240),
    (214, 214, 214),
    (34, 40, 49),
    (22, 48, 58),
    (56, 44, 60),
)

MIN_DISTANCE = 130.0
"""Euclidean, in RGB, between a shape and its paper."""

MIN_CONTRAST = 4.5
"""Between text and paper, as WCAG 2.1 (1.4.3) wants it."""


def paper(rng: np.random.Generator) -> RGB:
    """A colour to draw on."""
    return PAPERS[int(rng.integers(len(PAPERS)))]


def visible_on(background: RGB) -> list[str]:
    """Inks for shapes."""
    return [name for name, rgb in INKS.items() if _distance(rgb, background) >= MIN_DISTANCE]


def readable_on(background: RGB) -> list[str]:
    """Inks for text."""
    return [name for name, rgb in INKS.items() if contrast(rgb, background) >= MIN_CONTRAST]


def plain_ink(background: RGB) -> RGB:
    """Black or white, whichever is read more easily."""
    return max((INKS["black"], INKS["white"]), key=lambda ink: contrast(ink, background))


def contrast(first: RGB, second: RGB) -> float:
    """Ratio of luminances, from 1 to 21 (WCAG 2.1)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: RGB) -> float:
    share = np.array(rgb) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def _distance(first: RGB, second: RGB) -> float:
    return float(np.linalg.norm(np.subtract(first, second, dtype=float)))
