"""Reads LeRobot sets, ours and others', one episode at a time."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from policies.demos.columns import ExactRecord, OpenColumns, assemble, exact_rows
from policies.demos.declaration import SetHints, declared
from policies.demos.disk_pictures import DiskPictures
from policies.demos.interface import Entry
from policies.demos.lerobot import layout
from policies.demos.lerobot.tables import EpisodeTable, ParquetPictures, numbers, parquet_file
from policies.demos.lerobot.video import VideoClip
from policies.demos.robot_file import RobotFile
from vst_robot.errors import DataError
from vst_robot.types import Episode

WAY_OUT = "download or convert the set again"


@dataclass(frozen=True, kw_only=True)
class EpisodeRow:
    """Where an episode lies.

    Attributes:
        index: Its number.
        length: Its number of steps.
        instruction: Its task in words.
        data: Its parquet file.
        exact: The parquet file with its exact values; need not exist.
        clips: Camera feature → video and second in it.
    """

    index: int
    length: int
    instruction: str
    data: Path
    exact: Path
    clips: Mapping[str, tuple[Path, float]]


class LeRobotFolder:
    """A LeRobot set.

    Args:
        folder: Where it lies.
        hints: What the user tells about it; the rest is read from the features.

    Raises:
        DataError: Not a LeRobot set, or its orientation is another one or unknown.
    """

    def __init__(self, folder: Path, hints: SetHints) -> None:
        self.folder = folder
        self.info = layout.LeRobotInfo.read(folder)
        path = folder / layout.DECLARATION
        self._told_gripper = hints.gripper is not None or path.is_file()
        own = layout.LIBERO_COLUMNS if hints.libero else self.info.robot()
        said = (hints.robot or RobotFile()).over(own)
        told = None if path.is_file() and hints.robot is None else said.robot(folder)
        self.declaration = declared(path, hints, robot=told)
        ours = (layout.STATE,) if self.declaration.robot.proprio else ()
        self._states = ours if told is None else tuple(said.proprio)
        self._tasks = tuple(hints.tasks)
        self._table, self._exact_table = EpisodeTable(), EpisodeTable()

    def entries(self) -> Iterator[Entry]:
        """The episodes in order; a list of episodes that is damaged or too short is one entry that raises."""
        count = 0
        try:
            for row in episode_rows(self.folder, self.info):
                count += 1
                yield Entry(where=self._where(row.index), read=partial(self.episode, row))
            if count != self.info.total_episodes:
                total = self.info.total_episodes
                raise DataError(f"{self.folder}: lists {count} episodes, meta/info.json says {total}; {WAY_OUT}")
        except DataError as error:
            yield Entry(where=f"{self.folder}, list of episodes", read=partial(_raise, error))

    def files(self) -> Iterator[Path]:
        """Data and videos; what lies in `meta` follows from these."""
        for folder in ("data", "videos"):
            yield from (path for path in (self.folder / folder).rglob("*") if path.is_file())

    def episode(self, row: EpisodeRow) -> Episode:
        """Reads an episode; its pictures stay on the disk until looked at.

        Raises:
            DataError: It is damaged or does not hold together.
        """
        where = self._where(row.index)
        return assemble(
            self._columns(row, where),
            self._exact(row, where),
            DiskPictures(where=where, steps=row.length, sources=self._pictures(row, where)),
            self.declaration,
            tasks=self._tasks,
            where=where,
            told_gripper=self._told_gripper,
        )

    def _columns(self, row: EpisodeRow, where: str) -> OpenColumns:
        columns = (layout.ACTION, layout.CLEAN, layout.JOINTS, *self._states)
        names = {name: self.info.column(name) for name in columns}
        for name in (layout.ACTION, *self._states):
            if names[name] is None:
                raise DataError(f"{where}: the set has no feature '{name}', only {', '.join(self.info.features)}")
        present = {name: column for name, column in names.items() if column is not None}
        table = self._table.rows(row.data, row.index, list(present.values()), where)
        if table.num_rows != row.length:
            raise DataError(f"{where}: {row.data} has {table.num_rows} rows, the list says {row.length}; {WAY_OUT}")
        values = {name: numbers(table, column, where) for name, column in present.items()}
        return OpenColumns(
            action=values[layout.ACTION],
            action_clean=values.get(layout.CLEAN),
            state=np.hstack([np.zeros((row.length, 0)), *(values[name] for name in self._states)]),
            joint_state=values.get(layout.JOINTS),
            instruction=row.instruction,
        )

    def _exact(self, row: EpisodeRow, where: str) -> ExactRecord | None:
        if not row.exact.is_file():
            return None
        found = self._exact_table.rows(row.exact, row.index, ["facts", "exact"], where).to_pylist()
        if len(found) != 1 or not (isinstance(found[0]["facts"], str) and isinstance(found[0]["exact"], bytes)):
            raise DataError(f"{where}: {row.exact} does not hold its exact values; {WAY_OUT}")
        return ExactRecord(facts=found[0]["facts"], rows=exact_rows(found[0]["exact"], row.length, where))

    def _pictures(self, row: EpisodeRow, where: str) -> dict[str, Callable[[], np.ndarray]]:
        sources: dict[str, Callable[[], np.ndarray]] = {}
        robot = self.declaration.robot
        for key, (path, start_s) in row.clips.items():
            sources[layout.key_camera(key, robot)] = VideoClip(
                path=path, start_s=start_s, num_frames=row.length, fps=self.info.fps, where=where
            )
        for key in self.info.image_keys:
            sources[layout.key_camera(key, robot)] = ParquetPictures(
                path=row.data, episode=row.index, column=key, where=where
            )
        return sources

    def _where(self, index: int) -> str:
        return f"{self.folder}, episode {index}"


def episode_rows(folder: Path, info: layout.LeRobotInfo) -> Iterator[EpisodeRow]:
    """Where the episodes lie, in order; one file of the list in memory at a time.

    Raises:
        DataError: The list is missing or damaged.
    """
    rows = _rows_v3 if info.version == layout.VERSION else _rows_v2
    try:
        yield from rows(folder, info)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{folder}: the list of episodes in 'meta' is damaged ({error}); {WAY_OUT}") from error


def _rows_v3(folder: Path, info: layout.LeRobotInfo) -> Iterator[EpisodeRow]:
    paths = sorted((folder / "meta" / "episodes").glob("*/*.parquet"))
    if not paths:
        raise DataError(f"{folder}: meta/episodes is empty; {WAY_OUT}")
    for path in paths:
        with parquet_file(path, str(folder)) as file:
            columns = [name for name in file.schema_arrow.names if not name.startswith("stats/")]
            listed = file.read(columns=columns).to_pylist()
        yield from (_row_v3(folder, info, row) for row in listed)


def _row_v3(folder: Path, info: layout.LeRobotInfo, row: Mapping) -> EpisodeRow:
    chunk, file = row["data/chunk_index"], row["data/file_index"]
    clips = {}
    for key in info.video_keys:
        place = {"chunk_index": row[f"videos/{key}/chunk_index"], "file_index": row[f"videos/{key}/file_index"]}
        path = folder / (info.video_path or layout.VIDEO_PATH).format(video_key=key, **place)
        clips[key] = (path, float(row[f"videos/{key}/from_timestamp"]))
    return EpisodeRow(
        index=int(row["episode_index"]),
        length=int(row["length"]),
        instruction=row["tasks"][0],
        data=folder / info.data_path.format(chunk_index=chunk, file_index=file),
        exact=folder / layout.EXACT.format(chunk=chunk, file=file),
        clips=clips,
    )


def _rows_v2(folder: Path, info: layout.LeRobotInfo) -> Iterator[EpisodeRow]:
    """One parquet file and one video per episode."""
    path = folder / "meta" / "episodes.jsonl"
    if not path.is_file():
        raise DataError(f"{folder}: no meta/episodes.jsonl; {WAY_OUT}")
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield _row_v2(folder, info, json.loads(line))


def _row_v2(folder: Path, info: layout.LeRobotInfo, row: Mapping) -> EpisodeRow:
    index = int(row["episode_index"])
    place = {"episode_chunk": index // info.chunks_size, "episode_index": index}
    clips = {key: (folder / str(info.video_path).format(video_key=key, **place), 0.0) for key in info.video_keys}
    return EpisodeRow(
        index=index,
        length=int(row["length"]),
        instruction=row["tasks"][0],
        data=folder / info.data_path.format(**place),
        exact=folder / "meta" / "vst_robot.none",
        clips=clips,
    )


def _raise(error: DataError) -> Episode:
    raise error
