"""Bar, line and pie charts of whole numbers."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from PIL import Image, ImageDraw

from spatial_pretrain.data_engine.drawn import colours, fonts
from spatial_pretrain.data_engine.drawn.colours import RGB
from spatial_pretrain.data_engine.drawn.vocabulary import vocabulary
from spatial_pretrain.data_engine.samples import Rejected
from vst_robot.types import Picture

ChartKind = Literal["bar", "line", "pie"]
CHART_KINDS: tuple[ChartKind, ...] = get_args(ChartKind)

STEPS = (1, 2, 5, 10, 20, 50)
"""Of the vertical axis; values lie on its grid lines, so that they can be read without being written."""

GRID_LINES = 8
SHARE_STEP = 5
"""Slices of a pie are multiples of so many per cent."""

MIN_SLICE = 10


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart.

    Attributes:
        kind: How it is drawn.
        size_px: Width and height.
        background: Colour of the paper.
        title: Above it.
        names: Of bars, points or slices, from the left, or clockwise from the top.
        values: Whole numbers; of a pie, per cent that add up to 100.
        step: Between grid lines; 0 for a pie.
        inks: Colour of each bar or slice.
        labelled: Whether the values stand in the chart.
        face: Name of the font.
    """

    kind: ChartKind
    size_px: tuple[int, int]
    background: RGB
    title: str
    names: tuple[str, ...]
    values: tuple[int, ...]
    step: int
    inks: tuple[str, ...]
    labelled: bool
    face: str

    def draw(self) -> Picture:
        """The picture, uint8 (h, w, 3)."""
        return _Plot(self).drawn()

    def truth(self) -> dict[str, object]:
        """For `SpatialSample.truth`."""
        facts = {"kind": self.kind, "title": self.title, "names": self.names, "values": self.values}
        return {"chart": facts | {"step": self.step, "labelled": self.labelled, "inks": self.inks}}


def chart(rng: np.random.Generator, size_px: tuple[int, int], kind: ChartKind) -> Chart:
    """A chart of three to five values, no two of them equal.

    Raises:
        Rejected: The names are too long for the sheet.
    """
    topics = vocabulary().topics
    topic = topics[int(rng.integers(len(topics)))]
    count = int(rng.integers(3, 5 if kind == "pie" else 6))
    chosen = [topic.names[int(k)] for k in sorted(rng.permutation(len(topic.names))[:count])]
    background = colours.paper(rng)
    inks = [name for name in colours.visible_on(background) if name not in ("black", "white")]
    step = 0 if kind == "pie" else STEPS[int(rng.integers(len(STEPS)))]
    made = Chart(
        kind=kind,
        size_px=size_px,
        background=background,
        title=topic.title,
        names=tuple(chosen),
        values=_shares(rng, count) if kind == "pie" else _levels(rng, count, step),
        step=step,
        inks=tuple(inks[int(k)] for k in rng.permutation(len(inks))[:count]),
        labelled=kind == "pie" or bool(rng.random() < 0.5),
        face=fonts.names()[int(rng.integers(len(fonts.names())))],
    )
    if not _Plot(made).fits():
        raise Rejected("the chart's words are too long for the sheet")
    return made


def _levels(rng: np.random.Generator, count: int, step: int) -> tuple[int, ...]:
    return tuple(int(level) * step for level in 1 + rng.permutation(GRID_LINES - 1)[:count])


def _shares(rng: np.random.Generator, count: int) -> tuple[int, ...]:
    """Different shares of at least `MIN_SLICE`, which add up to 100."""
    while True:
        parts = rng.multinomial((100 - count * MIN_SLICE) // SHARE_STEP, np.full(count, 1 / count)) * SHARE_STEP
        if len(set(parts.tolist())) == count:
            return tuple(int(part) + MIN_SLICE for part in parts)


class _Plot:
    """Where everything of a chart stands."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        width, height = chart.size_px
        short = min(width, height)
        self.font = fonts.font(chart.face, max(11, round(0.048 * short)))
        self.large = fonts.font(chart.face, max(12, round(0.06 * short)))
        self.ink = colours.plain_ink(chart.background)
        self.left, self.right = round(0.15 * width), round(0.97 * width)
        self.top, self.bottom = round(0.16 * height), round(0.86 * height)

    def fits(self) -> bool:
        """Whether no word runs into another or over the edge."""
        width = self.chart.size_px[0]
        room = width * 0.45 if self.chart.kind == "pie" else (self.right - self.left) / len(self.chart.names) - 4
        texts = [f"{name} 100%" if self.chart.kind == "pie" else name for name in self.chart.names]
        longest = max(self.font.getlength(text) for text in texts)
        return longest <= room and self.large.getlength(self.chart.title) <= 0.94 * width

    def drawn(self) -> Picture:
        image = Image.new("RGB", self.chart.size_px, self.chart.background)
        pen = ImageDraw.Draw(image)
        pen.text((self.chart.size_px[0] / 2, 4), self.chart.title, fill=self.ink, font=self.large, anchor="ma")
        {"bar": self._bars, "line": self._line, "pie": self._pie}[self.chart.kind](pen)
        return np.asarray(image)

    def level_px(self, value: float) -> float:
        """Row of a value."""
        return self.bottom - (self.bottom - self.top) * value / (self.chart.step * GRID_LINES)

    def column_px(self, number: int) -> float:
        """Column of a bar or point."""
        return self.left + (self.right - self.left) * (number + 0.5) / len(self.chart.names)

    def _axes(self, pen: ImageDraw.ImageDraw) -> None:
        paper = np.array(self.chart.background)
        faint = tuple(int(value) for value in (0.78 * paper + 0.22 * np.array(self.ink)).round())
        for number in range(GRID_LINES + 1):
            value = number * self.chart.step
            row = self.level_px(value)
            pen.line((self.left, row, self.right, row), fill=self.ink if number == 0 else faint)
            pen.text((self.left - 4, row), str(value), fill=self.ink, font=self.font, anchor="rm")
        pen.line((self.left, self.top, self.left, self.bottom), fill=self.ink)
        for number, name in enumerate(self.chart.names):
            pen.text((self.column_px(number), self.bottom + 4), name, fill=self.ink, font=self.font, anchor="ma")

    def _bars(self, pen: ImageDraw.ImageDraw) -> None:
        self._axes(pen)
        half = 0.3 * (self.right - self.left) / len(self.chart.names)
        for number, (value, ink) in enumerate(zip(self.chart.values, self.chart.inks, strict=True)):
            x, row = self.column_px(number), self.level_px(value)
            pen.rectangle((x - half, row, x + half, self.bottom - 1), fill=colours.INKS[ink])
            self._write_value(pen, x, row, value)

    def _line(self, pen: ImageDraw.ImageDraw) -> None:
        self._axes(pen)
        ink = colours.INKS[self.chart.inks[0]]
        points = [(self.column_px(n), self.level_px(value)) for n, value in enumerate(self.chart.values)]
        pen.line(points, fill=ink, width=max(2, min(self.chart.size_px) // 110))
        for (x, y), value in zip(points, self.chart.values, strict=True):
            radius = max(3, min(self.chart.size_px) // 80)
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
            self._write_value(pen, x, y - radius, value)

    def _write_value(self, pen: ImageDraw.ImageDraw, x: float, row: float, value: int) -> None:
        if self.chart.labelled:
            pen.text((x, row - 2), str(value), fill=self.ink, font=self.font, anchor="md")

    def _pie(self, pen: ImageDraw.ImageDraw) -> None:
        """Slices from the top, clockwise; names, shares and colours stand in a legend."""
        width, height = self.chart.size_px
        radius = min(0.23 * width, 0.38 * height)
        x, y = 0.27 * width, 0.56 * height
        start, line = -90.0, 1.7 * self.font.size
        first = y - line * len(self.chart.names) / 2
        for number, (name, value, ink) in enumerate(
            zip(self.chart.names, self.chart.values, self.chart.inks, strict=True)
        ):
            end, rgb = start + 3.6 * value, colours.INKS[ink]
            pen.pieslice((x - radius, y - radius, x + radius, y + radius), start, end, fill=rgb)
            row, box = first + number * line, self.font.size * 0.8
            pen.rectangle((0.54 * width, row, 0.54 * width + box, row + box), fill=rgb)
            text = f"{name} {value}%" if self.chart.labelled else name
            pen.text((0.54 * width + 1.4 * box, row + box / 2), text, fill=self.ink, font=self.font, anchor="lm")
            start = end
