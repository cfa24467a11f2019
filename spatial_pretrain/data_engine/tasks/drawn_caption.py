"""Plain captions of drawn sheets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from spatial_pretrain.data_engine import naming
from spatial_pretrain.data_engine.drawn import chart_queries, shape_queries
from spatial_pretrain.data_engine.drawn.charts import CHART_KINDS, chart
from spatial_pretrain.data_engine.drawn.shapes import Shape, ShapeSheet, shape_sheet
from spatial_pretrain.data_engine.drawn.texts import text_sheet
from spatial_pretrain.data_engine.samples import SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import Templates, load_templates
from vst_robot.scenes import Scene, View
from vst_robot.types import Picture

CELL_MARGIN = 0.04
"""A shape's place is told only where its centre is so far (as a share of the side) inside a third of the sheet."""

_ROWS, _COLUMNS = ("upper", "middle", "lower"), ("left", "centre", "right")

_Told = tuple[Picture, Mapping[str, object], list[str]]


@dataclass(frozen=True, kw_only=True)
class DrawnCaption:
    """Describes everything on a sheet."""

    name: str = "general_caption"
    view: View = "blank"

    @property
    def forms(self) -> Mapping[str, float]:
        """By what is drawn."""
        return {"shapes": 1.0, "text": 1.0, "chart": 1.0}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """A request and a caption of a few sentences.

        Raises:
            Rejected: What was drawn does not fit on the sheet.
        """
        words = load_templates("drawn_captions")
        tell = {"shapes": _shapes, "text": _text, "chart": _chart}[form]
        picture, truth, sentences = tell(rng, scene.frames[0].size_px, words)
        return SpatialSample(
            task=self.name,
            form=form,
            turns=(Turn(question=words.question("request", rng), answer=" ".join(sentences)),),
            pictures=(picture,),
            truth=truth,
            scene=scene.name,
            source=scene.source,
        )


def place(shape: Shape, size_px: tuple[int, int]) -> str | None:
    """Which ninth of the sheet a shape's centre is in, e.g. ``"upper left"``; None if near the border of one."""
    share = np.divide(shape.centre_px, size_px)
    if (np.abs(share[:, None] - np.array([1 / 3, 2 / 3])) < CELL_MARGIN).any():
        return None
    column, row = _COLUMNS[int(share[0] * 3)], _ROWS[int(share[1] * 3)]
    return "centre" if (row, column) == ("middle", "centre") else f"{row} {column}"


def _shapes(rng: np.random.Generator, size_px: tuple[int, int], words: Templates) -> _Told:
    sheet = shape_sheet(rng, size_px)
    first = words.answer("shapes", rng, listed=shape_queries.listed(sheet), count=str(len(sheet.shapes)))
    return sheet.draw(), sheet.truth(), [first, *_places(sheet, rng, words)]


def _places(sheet: ShapeSheet, rng: np.random.Generator, words: Templates) -> Iterator[str]:
    for shape in sheet.unique():
        where = place(shape, sheet.size_px)
        if where is not None:
            yield words.answer("place", rng, thing=shape.name, place=where)


def _text(rng: np.random.Generator, size_px: tuple[int, int], words: Templates) -> _Told:
    sheet = text_sheet(rng, size_px)
    said = naming.joined([f"'{line.text}' in {line.colour}" for line in sheet.lines])
    return sheet.draw(), sheet.truth(), [words.answer("text", rng, said=said, count=str(len(sheet.lines)))]


def _chart(rng: np.random.Generator, size_px: tuple[int, int], words: Templates) -> _Told:
    plot = chart(rng, size_px, CHART_KINDS[int(rng.integers(len(CHART_KINDS)))])
    slots = {"kind": plot.kind, "title": plot.title, "described": chart_queries.described(plot)}
    ends = {"largest": plot.names[int(np.argmax(plot.values))], "smallest": plot.names[int(np.argmin(plot.values))]}
    return plot.draw(), plot.truth(), [words.answer("chart", rng, **slots), words.answer("ends", rng, **ends)]
