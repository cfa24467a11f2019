"""A page that shows what a set holds: examples of every task with their pictures, and statistics."""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spatial_pretrain.data_engine import bev, layout
from spatial_pretrain.data_engine.rows import IMAGE_PAD, VIDEO_PAD, Row
from spatial_pretrain.data_engine.set_statistics import SetStatistics, TaskStatistics
from vst_robot import pages

_JPEG_QUALITY = 88
_MAX_PX = 640
_SHOWN_ANSWERS, _SHOWN_REASONS = 6, 5
_UNBALANCED = 0.001
_MARGINS = {"metres": "{:.3f} m", "degrees": "{:.1f}°", "seconds": "{:.1f} s", "pixels": "{} px"}


@dataclass(kw_only=True)
class Examples:
    """Keeps a few rows of every task while all stream by, each equally likely (reservoir sampling).

    Attributes:
        per_task: How many of each.
        rng: Draws them.
    """

    per_task: int
    rng: np.random.Generator
    _kept: dict[str, list[tuple[int, Row]]] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)

    def passing(self, rows: Iterable[Row]) -> Iterable[Row]:
        """The same rows, looked at on the way."""
        for number, row in enumerate(rows):
            self._look(number, row)
            yield row

    def chosen(self) -> list[Row]:
        """What was kept, task by task, in the order of the set."""
        return [row for task in sorted(self._kept) for _, row in sorted(self._kept[task], key=lambda kept: kept[0])]

    def _look(self, number: int, row: Row) -> None:
        kept, seen = self._kept.setdefault(row.task, []), self._seen.get(row.task, 0)
        self._seen[row.task] = seen + 1
        if len(kept) < self.per_task:
            kept.append((number, row))
        elif (place := int(self.rng.integers(seen + 1))) < self.per_task:
            kept[place] = (number, row)


def render(
    examples: Sequence[Row],
    statistics: SetStatistics,
    *,
    title: str,
    facts: Mapping[str, Any] | None = None,
    media: Path | None = None,
) -> str:
    """The page as one self-contained HTML text.

    Args:
        examples: Rows to show with their pictures.
        statistics: Of the whole set.
        title: Heading.
        facts: What the set was asked to be.
        media: Where pictures lie that rows only name.

    Raises:
        DataError: A picture is damaged or missing.
    """
    sections = [
        pages.Section(heading="Tasks", blocks=[_task_table(statistics), *_warnings(statistics)]),
        pages.Section(heading="Examples", blocks=[pages.Cards(cards=[_card(row, media) for row in examples])]),
        pages.Section(heading="Answers", blocks=[_answer_table(statistics)], folded=True),
        pages.Section(heading="Option letters", blocks=[_letter_table(statistics)], folded=True),
        pages.Section(heading="Rejected questions", blocks=_rejected(statistics), folded=True),
        pages.Section(heading="How it was made", blocks=[pages.Facts(rows=_words(facts or {}))], folded=True),
    ]
    scenes = f" from {statistics.scenes} scenes" if statistics.scenes else ""
    return pages.render(title, sections, subtitle=f"{statistics.samples} samples{scenes}")


def _task_table(statistics: SetStatistics) -> pages.Table:
    header = ("Task", "Samples", "Missing", "Turns", "Pictures", "Rejected", "Smallest margin", "Forms")
    rows = [
        (
            task.task,
            str(task.samples),
            str(task.missing or ""),
            _mean(task.turns, task.samples),
            _mean(task.pictures, task.samples),
            "" if task.rejected_share is None else f"{task.rejected_share:.0%}",
            ", ".join(form.format(task.min_margin[kind]) for kind, form in _MARGINS.items() if kind in task.min_margin),
            ", ".join(f"{form} {count}" for form, count in task.forms.most_common() if form),
        )
        for task in statistics.tasks
    ]
    footer = ("all", str(statistics.samples), str(sum(task.missing for task in statistics.tasks) or ""), *[""] * 5)
    return pages.Table(header=header, rows=rows, numeric=header[1:-1], footer=footer)


def _warnings(statistics: SetStatistics) -> list[pages.Text]:
    lines = [f"{task} crashed: {words}" for task, words in statistics.crashes.items()]
    for task in statistics.tasks:
        lines += [
            f"{task.task}: the letters of questions with {number} options are out of balance (p = {p:.1g})"
            for number, p in task.balance().items()
            if p < _UNBALANCED
        ]
    return [pages.Text(text=line, tone="warning") for line in lines]


def _answer_table(statistics: SetStatistics) -> pages.Table:
    rows = []
    for task in statistics.tasks:
        for answer, count in task.answers.most_common(_SHOWN_ANSWERS):
            rows.append((task.task, _clipped(answer, 90), str(count), f"{count / max(task.samples, 1):.1%}"))
    return pages.Table(header=("Task", "First answer", "Samples", "Share"), rows=rows, numeric=("Samples", "Share"))


def _letter_table(statistics: SetStatistics) -> pages.Table:
    rows = []
    for task in statistics.tasks:
        for number, p in task.balance().items():
            counts = task.letters[number]
            told = "  ".join(f"{name} {counts[name]}" for name in "ABCDEFGH"[:number])
            rows.append((task.task, str(number), told, f"{p:.3f}"))
    return pages.Table(header=("Task", "Options", "Right answers", "p (χ²)"), rows=rows, numeric=("Options", "p (χ²)"))


def _rejected(statistics: SetStatistics) -> list[pages.Block]:
    blocks: list[pages.Block] = [_rejected_table(statistics.tasks)]
    if statistics.damaged:
        rows = [(reason, str(count)) for reason, count in statistics.damaged.items()]
        blocks.append(pages.Table(header=("Scenes that could not be used", "Scenes"), rows=rows, numeric=("Scenes",)))
    return blocks


def _rejected_table(tasks: Sequence[TaskStatistics]) -> pages.Table:
    rows = []
    for task in tasks:
        for reason, count in task.rejected.most_common(_SHOWN_REASONS):
            rows.append((task.task, reason, str(count), f"{count / task.tried:.1%}"))
    header = ("Task", "Reason", "Questions", "Of all tried")
    return pages.Table(header=header, rows=rows, numeric=header[2:])


def _card(row: Row, media: Path | None) -> pages.Card:
    texts = [message.text.replace(IMAGE_PAD, "").replace(VIDEO_PAD, "").strip() for message in row.messages]
    form, truth = row.ours.get("form"), row.ours.get("truth") or {}
    told = {name: value for name, value in truth.items() if name != layout.KEY}  # it is drawn
    return pages.Card(
        group=row.task,
        title=f"{row.task}, {form}" if form else row.task,
        media=[*_media(row, media), *_from_above(row, truth)],
        exchanges=list(zip(texts[::2], texts[1::2], strict=False)),
        facts=_words(
            {"id": row.id, "source": row.data_source, "type": row.type}
            | dict(row.ours)
            | ({"truth": told} if told else {})
        ),
    )


def _media(row: Row, folder: Path | None) -> list[pages.Medium]:
    """Pictures as JPEG, for the page's size; a clip as it is where the row holds it."""
    if row.is_video and all(medium.data is not None for medium in row.media):
        uris = [pages.file_uri(medium.data or b"", "video/mp4") for medium in row.media]
        return [pages.Medium(uri=uri, caption="", kind="video") for uri in uris]
    pictures = row.pictures(folder)
    captions = [f"{number} of {len(pictures)}" if len(pictures) > 1 else "" for number in range(1, len(pictures) + 1)]
    return [
        pages.Medium(uri=_jpeg_uri(picture), caption=caption, kind="picture")
        for picture, caption in zip(pictures, captions, strict=True)
    ]


def _from_above(row: Row, truth: Mapping[str, Any]) -> list[pages.Medium]:
    """The layout as a teacher is shown it, for rows that have one."""
    found = layout.from_truth(truth, f"row {row.id}")
    return [] if found is None else [pages.Medium(uri=_jpeg_uri(bev.draw(found)), caption="from above", kind="picture")]


def _jpeg_uri(picture: np.ndarray) -> str:
    image, file = Image.fromarray(picture), io.BytesIO()
    image.thumbnail((_MAX_PX, _MAX_PX))
    image.save(file, format="JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return pages.file_uri(file.getvalue(), "image/jpeg")


def _words(facts: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in facts.items()
    }


def _mean(total: int, number: int) -> str:
    return f"{total / number:.1f}" if number else ""


def _clipped(text: str, length: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[: length - 1]}…"
