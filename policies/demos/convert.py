"""A set of demonstrations in another format, whole or not at all.

The work is done in `<output>.partial`, which no reader takes for a set; a killed conversion is continued there.
At the end the folder gets its name.
"""

import hashlib
import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from policies.demos.declaration import SetDeclaration
from policies.demos.formats import UNFINISHED, new_writer, require_packages
from policies.demos.interface import Demonstrations, DemonstrationWriter, Format
from vst_robot import config
from vst_robot.atomic import disk_errors
from vst_robot.errors import DataError, InputError
from vst_robot.types import Episode, Orientation

RECORD = "conversion.json"


@dataclass(frozen=True, kw_only=True)
class ConversionRecord:
    """What a folder was converted from, in `conversion.json`.

    Attributes:
        format: Format of the folder.
        source: Name of the source's folder.
        contents: Hash of the source's numbers.
        episodes: How many it has.
        orientation: Orientation of the pictures.
    """

    format: Format
    source: str
    contents: str
    episodes: int
    orientation: Orientation


@dataclass(frozen=True, kw_only=True)
class ConversionProgress:
    """How far a conversion is."""

    done: int
    total: int


def convert(
    source: Demonstrations,
    output: Path,
    target: Format,
    *,
    on_progress: Callable[[ConversionProgress], None] | None = None,
) -> ConversionRecord:
    """Writes all demonstrations of a set in another format; goes on where a killed conversion stopped.

    Args:
        source: What to convert.
        output: Folder to make; if it holds this very conversion already, nothing is done.
        target: Its format.
        on_progress: Called when a demonstration is done, and once before the first.

    Raises:
        InputError: The folder holds something else.
        DataError: The source is damaged or empty, or mixes orientations.
        UnavailableError: A package is missing, the disk is full or the folder cannot be written to.
    """
    require_packages(target, f"writing {target}")
    record = survey(source, target)
    if output.exists():
        _refuse_other(output, record)
        return record
    partial = output.with_name(output.name + UNFINISHED)
    _claim(partial, record)
    declaration = SetDeclaration(orientation=record.orientation, manifest=source.manifest, robot=source.robot)
    writer = new_writer(target, partial, declaration)
    try:
        _copy(source, writer, record, on_progress)
        writer.finish()
    finally:
        writer.close()
    with disk_errors(output):
        os.replace(partial, output)
    return record


def survey(source: Demonstrations, target: Format) -> ConversionRecord:
    """Reads a set through, pictures aside.

    Raises:
        DataError: It is damaged or empty, or mixes orientations.
    """
    digest, count = hashlib.sha256(), 0
    orientations: set[Orientation] = set()
    for episode in source.episodes():
        count += 1
        orientations.add(episode.orientation)
        digest.update(repr((episode.task, episode.seed)).encode() + episode.actions.tobytes())
    if len(orientations) != 1:
        found = " and ".join(sorted(orientations)) or "no demonstrations"
        raise DataError(f"{source.folder} holds {found}; a set needs demonstrations of one orientation")
    return ConversionRecord(
        format=target,
        source=source.folder.name,
        contents=digest.hexdigest(),
        episodes=count,
        orientation=orientations.pop(),
    )


def _copy(
    source: Demonstrations,
    writer: DemonstrationWriter,
    record: ConversionRecord,
    on_progress: Callable[[ConversionProgress], None] | None,
) -> None:
    done = writer.num_written
    report = on_progress or (lambda _: None)
    report(ConversionProgress(done=done, total=record.episodes))
    for episode in _rest(source, done):
        writer.add(episode)
        done += 1
        report(ConversionProgress(done=done, total=record.episodes))


def _rest(source: Demonstrations, done: int) -> Iterator[Episode]:
    return itertools.islice(source.episodes(), done, None)


def _claim(partial: Path, record: ConversionRecord) -> None:
    """Starts the folder, or goes on with it if it was started for the same conversion."""
    if partial.exists():
        _refuse_other(partial, record)
    else:
        with disk_errors(partial):
            partial.mkdir(parents=True)
        config.dump_json(record, partial / RECORD)


def _refuse_other(folder: Path, record: ConversionRecord) -> None:
    path = folder / RECORD
    if path.is_file() and config.load(path, ConversionRecord, error=DataError) == record:
        return
    if not any(folder.iterdir()):
        config.dump_json(record, path)
        return
    raise InputError(f"{folder} holds something else than this conversion; choose another --output, or delete it")
