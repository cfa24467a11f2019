"""Sheets of plain shapes, none of which touches another or the edge."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from spatial_pretrain.data_engine.drawn import colours
from spatial_pretrain.data_engine.drawn.colours import RGB
from spatial_pretrain.data_engine.samples import Rejected
from vst_robot.types import Picture

CORNERS = {"triangle": 3, "square": 4, "pentagon": 5, "hexagon": 6}
KINDS = ("circle", "star", *CORNERS)
"""What is drawn; `CORNERS` are regular polygons with their number of corners."""

RADIUS_SHARE = (0.07, 0.13)
"""Smallest and largest radius as a share of the shorter side."""

MIN_RADIUS_PX = 12.0
"""Smaller stars look like squares and pentagons."""

GAP_SHARE = 0.02
MAX_TURN_DEG = 15.0
"""A square that is turned further may be called a diamond."""

_TRIES = 60
_FINER = 3
_STAR_WAIST = 0.42


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One shape; pixels from the upper left corner.

    Attributes:
        kind: One of `KINDS`.
        colour: Name of its ink.
        centre_px: x and y.
        radius_px: Of the circle through its corners.
        turn_deg: How far it is turned.
    """

    kind: str
    colour: str
    centre_px: tuple[float, float]
    radius_px: float
    turn_deg: float

    @property
    def name(self) -> str:
        """E.g. ``"red circle"``."""
        return f"{self.colour} {self.kind}"

    def outline_px(self) -> np.ndarray:
        """Corners (n, 2) of the polygon that is drawn; a circle has none."""
        tips = 10 if self.kind == "star" else CORNERS[self.kind]
        start = np.pi / 4 if self.kind == "square" else 0.0
        angles = start + np.radians(self.turn_deg) + 2 * np.pi * np.arange(tips) / tips
        radii = np.where((np.arange(tips) % 2 == 1) & (self.kind == "star"), _STAR_WAIST, 1.0) * self.radius_px
        return np.array(self.centre_px) + radii[:, None] * np.stack([np.sin(angles), -np.cos(angles)], axis=1)


@dataclass(frozen=True, kw_only=True)
class ShapeSheet:
    """Shapes on paper."""

    size_px: tuple[int, int]
    background: RGB
    shapes: tuple[Shape, ...]

    def unique(self) -> list[Shape]:
        """Shapes that colour and kind tell from all others."""
        counts = Counter(shape.name for shape in self.shapes)
        return [shape for shape in self.shapes if counts[shape.name] == 1]

    def draw(self) -> Picture:
        """The picture, uint8 (h, w, 3), edges smoothed."""
        width, height = self.size_px
        image = Image.new("RGB", (width * _FINER, height * _FINER), self.background)
        pen = ImageDraw.Draw(image)
        for shape in self.shapes:
            ink = colours.INKS[shape.colour]
            if shape.kind == "circle":
                (x, y), r = np.array(shape.centre_px) * _FINER, shape.radius_px * _FINER
                pen.ellipse((x - r, y - r, x + r, y + r), fill=ink)
            else:
                pen.polygon([tuple(point) for point in (shape.outline_px() * _FINER).tolist()], fill=ink)
        return np.asarray(image.reduce(_FINER))

    def truth(self) -> dict[str, object]:
        """For `SpatialSample.truth`."""
        facts = [
            {"kind": s.kind, "colour": s.colour, "centre_px": list(s.centre_px), "radius_px": s.radius_px}
            for s in self.shapes
        ]
        return {"shapes": facts}


def shape_sheet(
    rng: np.random.Generator, size_px: tuple[int, int], *, once: Literal["colour", "name"] | None = None
) -> ShapeSheet:
    """A sheet of three to ten shapes of a few kinds and colours.

    Args:
        rng: Draws everything.
        size_px: Width and height.
        once: No two shapes share their colour, or both colour and kind.

    Raises:
        Rejected: They did not fit.
    """
    background = colours.paper(rng)
    inks, kinds = colours.visible_on(background), list(KINDS)
    few = len(inks) if once == "colour" else int(rng.integers(2, 5))
    some_inks = [inks[int(k)] for k in rng.permutation(len(inks))[:few]]
    some_kinds = [kinds[int(k)] for k in rng.permutation(len(kinds))[: int(rng.integers(2, 5))]]
    shapes: list[Shape] = []
    wanted = int(rng.integers(3, 11 if once is None else 6))
    for _ in range(_TRIES):
        shape = _shape(rng, size_px, some_kinds, some_inks)
        twin = once is not None and any(getattr(shape, once) == getattr(other, once) for other in shapes)
        if not twin and all(_apart(shape, other, size_px) for other in shapes):
            shapes.append(shape)
        if len(shapes) == wanted:
            return ShapeSheet(size_px=size_px, background=background, shapes=tuple(shapes))
    raise Rejected("the shapes do not fit on the sheet")


def _shape(rng: np.random.Generator, size_px: tuple[int, int], kinds: list[str], inks: list[str]) -> Shape:
    radius = max(float(rng.uniform(*RADIUS_SHARE)) * min(size_px), MIN_RADIUS_PX)
    low, high = radius * 1.1, np.array(size_px) - radius * 1.1
    x, y = rng.uniform(low, high)
    return Shape(
        kind=kinds[int(rng.integers(len(kinds)))],
        colour=inks[int(rng.integers(len(inks)))],
        centre_px=(round(float(x), 1), round(float(y), 1)),
        radius_px=round(radius, 1),
        turn_deg=round(float(rng.uniform(-MAX_TURN_DEG, MAX_TURN_DEG)), 1),
    )


def _apart(first: Shape, second: Shape, size_px: tuple[int, int]) -> bool:
    distance = np.linalg.norm(np.subtract(first.centre_px, second.centre_px))
    return bool(distance >= first.radius_px + second.radius_px + GAP_SHARE * min(size_px) + 2)
