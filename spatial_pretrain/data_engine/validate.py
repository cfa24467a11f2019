"""Reads a set through, pictures included, and lists everything that is wrong with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from spatial_pretrain.data_engine import rows as row_format
from spatial_pretrain.data_engine import shards
from spatial_pretrain.data_engine.build import read_records
from spatial_pretrain.data_engine.rows import UNKNOWN_PX, Row
from spatial_pretrain.data_engine.set_statistics import letter
from vst_robot.errors import DataError


@dataclass(kw_only=True)
class Report:
    """What was read and what is wrong with it.

    Attributes:
        rows: Rows read.
        problems: One line each, beginning with the file or the row.
    """

    rows: int = 0
    problems: list[str] = field(default_factory=list)


def validate(folder: Path, *, media: Path | None = None, on_row: Callable[[int], None] | None = None) -> Report:
    """Checks the files of a set, ours or anybody's in the released layout.

    Args:
        folder: The set, or one of its files.
        media: Where pictures lie that rows name without holding them.
        on_row: Called with the number of rows read so far.

    Raises:
        InputError: There are no rows.
    """
    report, seen = Report(), set()
    for path in shards.files(folder):
        try:
            for row in shards.read(path):
                report.rows += 1
                report.problems += [f"{path.name}, row {row.id}: {words}" for words in row_problems(row, media)]
                if row.id in seen:
                    report.problems.append(f"{path.name}, row {row.id}: the id is there twice")
                seen.add(row.id)
                if on_row is not None:
                    on_row(report.rows)
        except DataError as error:
            report.problems.append(str(error))
    report.problems += _against_records(folder) if folder.is_dir() else ()
    return report


def row_problems(row: Row, media: Path | None = None) -> list[str]:
    """What is wrong with a row: what the released trainer minds, damaged pictures, sizes and answers that disagree."""
    return [*row_format.problems(row), *_picture_problems(row, media), *_answer_problems(row)]


def _picture_problems(row: Row, media: Path | None) -> Iterator[str]:
    try:
        pictures = row.pictures(media)
    except DataError as error:
        yield str(error)
        return
    if row.is_video and pictures and (frames := row.ours.get("frames")) not in (None, len(pictures)):
        yield f"the clip has {len(pictures)} pictures, not {frames}"
    for size, picture in zip(() if row.is_video else row.sizes, pictures, strict=False):
        told = size.get("width", UNKNOWN_PX), size.get("height", UNKNOWN_PX)
        small = min(picture.shape[:2]) == row_format.media.ENLARGED_SIDE_PX
        if UNKNOWN_PX not in told and told != (picture.shape[1], picture.shape[0]) and not small:
            yield f"meta_info tells {told[0]}×{told[1]} px, the picture has {picture.shape[1]}×{picture.shape[0]}"


def _answer_problems(row: Row) -> Iterator[str]:
    truth = row.ours.get("truth") or {}
    options, right = truth.get("options"), truth.get("answer")
    if not isinstance(options, list) or not isinstance(right, str) or "letter" not in truth:
        return
    if options.count(right) != 1:
        yield f"the answer '{right}' is {options.count(right)} times among the options"
    chosen = letter(row)
    if chosen is None or options["ABCDEFGH".index(chosen[0])] != right:
        yield f"the answer's letter is not that of '{right}'"


def _against_records(folder: Path) -> Iterator[str]:
    """Whether the files of a build are those that it recorded."""
    try:
        records = read_records(folder)
    except DataError as error:
        yield str(error)
        return
    for record in records:
        for name, size in record.files.items():
            path = folder / name
            if not path.is_file():
                yield f"{name} is missing; the same `vst-robot spatial build` makes it again"
            elif path.stat().st_size != size:
                yield f"{name} has {path.stat().st_size} bytes, not {size}; remove it and build again"
