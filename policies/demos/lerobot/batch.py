"""Fifty episodes on their way into one parquet file, one video per camera, and one file of the list.

All files appear together, the list last: an episode that is listed is whole.
"""

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from action_tokenizer import Robot
from policies.demos.columns import exact_record
from policies.demos.lerobot import layout, summaries
from policies.demos.lerobot.video import VideoFile
from vst_robot.atomic import whole_file
from vst_robot.types import Episode

COUNTERS = {
    "timestamp": pa.float32(),
    "frame_index": pa.int64(),
    "episode_index": pa.int64(),
    "index": pa.int64(),
    "task_index": pa.int64(),
}
"""The columns that LeRobot adds to every set."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the next episode goes.

    Attributes:
        episode: Its number.
        step: Steps of all episodes before it.
        task: Number of its task.
    """

    episode: int
    step: int
    task: int


class _Abandoned(Exception):
    """Makes the files' contexts drop what they hold."""


class Batch:
    """The files with number `number`; nothing is there before `commit`.

    Args:
        folder: The set.
        number: Counts from 0 through all chunks.
        sizes_px: Camera → height and width.
        robot: What the numbers are called.
    """

    def __init__(self, folder: Path, number: int, sizes_px: Mapping[str, tuple[int, int]], robot: Robot) -> None:
        self._robot = robot
        self._place = {"chunk": number // layout.FILES_PER_CHUNK, "file": number % layout.FILES_PER_CHUNK}
        self._stack = ExitStack()
        # The stack unwinds from its end: the list, entered first, is moved to its place last.
        self._list = self._file(folder / layout.EPISODES.format(**self._place))
        self._exact = self._file(folder / layout.EXACT.format(**self._place))
        self._data = self._file(folder / self._path(layout.DATA_PATH))
        self._videos = {
            camera: VideoFile(self._video(folder, camera), robot.rate_hz, size) for camera, size in sizes_px.items()
        }
        self._writer: Any = None
        self._rows: list[dict[str, Any]] = []
        self._records: list[dict[str, Any]] = []
        self._steps = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, episode: Episode, place: Place) -> None:
        """Appends an episode."""
        columns = series(episode)
        table = _table(columns, place, len(episode), self._robot.rate_hz)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._data, table.schema)
        self._writer.write_table(table)  # a row group per episode
        statistics = {name: summaries.of_numbers(values) for name, values in columns.items()}
        for camera, video in self._videos.items():
            pictures = np.asarray(episode.images[camera])
            video.append(pictures)
            statistics[layout.camera_key(camera, self._robot)] = summaries.of_pictures(pictures)
        record = exact_record(episode)
        self._records.append({"episode_index": place.episode, "facts": record.facts, "exact": record.rows.tobytes()})
        self._rows.append(self._row(episode, place) | _flat(statistics))
        self._steps += len(episode)

    def commit(self) -> None:
        """Moves all files to their places."""
        for video in self._videos.values():
            video.close()
        self._writer.close()
        pq.write_table(pa.Table.from_pylist(self._records), self._exact)
        pq.write_table(pa.Table.from_pylist(self._rows), self._list)
        self._stack.close()

    def abandon(self) -> None:
        """Removes the unfinished files."""
        for video in self._videos.values():
            with suppress(Exception):  # an encoder that has nothing to write complains; the file goes anyway
                video.close()
        if self._writer is not None:
            self._writer.close()
        with suppress(_Abandoned):
            self._stack.__exit__(_Abandoned, _Abandoned(), None)

    def _file(self, path: Path) -> Path:
        return self._stack.enter_context(whole_file(path))

    def _path(self, template: str, **names: str) -> str:
        place = {f"{name}_index": value for name, value in self._place.items()}
        return template.format(**place, **names)

    def _video(self, folder: Path, camera: str) -> Path:
        return self._file(folder / self._path(layout.VIDEO_PATH, video_key=layout.camera_key(camera, self._robot)))

    def _row(self, episode: Episode, place: Place) -> dict[str, Any]:
        chunk, file = self._place["chunk"], self._place["file"]
        row: dict[str, Any] = {
            "episode_index": place.episode,
            "tasks": [episode.task.instruction],
            "length": len(episode),
            "data/chunk_index": chunk,
            "data/file_index": file,
            "dataset_from_index": place.step,
            "dataset_to_index": place.step + len(episode),
            "meta/episodes/chunk_index": chunk,
            "meta/episodes/file_index": file,
        }
        for camera in self._videos:
            video = f"videos/{layout.camera_key(camera, self._robot)}"
            row[f"{video}/chunk_index"], row[f"{video}/file_index"] = chunk, file
            row[f"{video}/from_timestamp"] = self._steps / self._robot.rate_hz
            row[f"{video}/to_timestamp"] = (self._steps + len(episode)) / self._robot.rate_hz
        return row


def series(episode: Episode) -> dict[str, np.ndarray]:
    """Feature → float32 (T, n)."""
    values = {
        layout.ACTION: episode.actions,
        layout.CLEAN: episode.actions_clean,
        layout.STATE: episode.proprio,
        layout.JOINTS: episode.joint_positions,
    }
    return {name: rows.astype(np.float32) for name, rows in values.items() if rows.shape[1]}


def _table(columns: Mapping[str, np.ndarray], place: Place, steps: int, rate_hz: float) -> pa.Table:
    frames = np.arange(steps)
    counted = {
        "timestamp": frames / rate_hz,
        "frame_index": frames,
        "episode_index": np.full(steps, place.episode),
        "index": place.step + frames,
        "task_index": np.full(steps, place.task),
    }
    arrays = {name: _vectors(values) for name, values in columns.items()}
    arrays |= {name: pa.array(values, type=COUNTERS[name]) for name, values in counted.items()}
    return pa.table(arrays)


def _vectors(values: np.ndarray) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])


def _flat(statistics: Mapping[str, summaries.Summary]) -> dict[str, Any]:
    return {f"stats/{name}/{key}": row for name, summary in statistics.items() for key, row in summary.items()}
