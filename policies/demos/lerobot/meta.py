"""What describes a LeRobot set as a whole, computed from its finished files."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from action_tokenizer import LIBERO, Robot
from policies.demos.lerobot import layout, summaries
from policies.demos.lerobot.batch import COUNTERS
from policies.demos.lerobot.tables import numbers, parquet_file
from policies.demos.lerobot.video import CODEC_NAME, PIXELS, video_size
from vst_robot.atomic import whole_file

ROBOT = "panda"
PICTURE_SUMMARY = ("min", "max", "mean", "std", "count")
PANDAS: dict[str, Any] = {
    "index_columns": ["__index_level_0__"],
    "column_indexes": [
        {
            "name": None,
            "field_name": None,
            "pandas_type": "unicode",
            "numpy_type": "object",
            "metadata": {"encoding": "UTF-8"},
        }
    ],
    "columns": [
        {
            "name": "task_index",
            "field_name": "task_index",
            "pandas_type": "int64",
            "numpy_type": "int64",
            "metadata": None,
        },
        {
            "name": None,
            "field_name": "__index_level_0__",
            "pandas_type": "unicode",
            "numpy_type": "object",
            "metadata": None,
        },
    ],
    "creator": {"library": "pyarrow", "version": pa.__version__},
    "pandas_version": "2.2.3",
}
"""What makes pandas take the words for the index of `meta/tasks.parquet`."""


def write(folder: Path, *, tasks: Sequence[str], episodes: int, steps: int, robot: Robot = LIBERO) -> None:
    """Writes tasks, statistics and, last, `meta/info.json`.

    Args:
        folder: A set whose data, videos and lists are finished.
        tasks: Instructions in the order of their numbers.
        episodes: Number of episodes.
        steps: Number of steps.
        robot: What its numbers are called.
    """
    with whole_file(folder / layout.TASKS) as temporary:
        table = pa.table({"task_index": list(range(len(tasks))), "__index_level_0__": list(tasks)})
        pq.write_table(table.replace_schema_metadata({"pandas": json.dumps(PANDAS)}), temporary)
    _write_json(folder / layout.STATS, _statistics(folder))
    counts = {"total_episodes": episodes, "total_frames": steps, "total_tasks": len(tasks)}
    _write_json(folder / layout.INFO, _info(folder, counts, robot))


def lists(folder: Path) -> list[Path]:
    """The files that list the episodes, in order."""
    return sorted((folder / "meta" / "episodes").glob("*/*.parquet"))


def _statistics(folder: Path) -> dict[str, summaries.Summary]:
    """Exact for numbers, from the data; joined from those of the episodes for pictures."""
    paths = _data(folder)
    names = _schema(paths[0]).names
    statistics = {name: summaries.of_numbers(np.concatenate([_column(path, name) for path in paths])) for name in names}
    return statistics | {key: summaries.join(_picture_summaries(folder, key)) for key in _camera_keys(folder)}


def _picture_summaries(folder: Path, key: str) -> Iterator[summaries.Summary]:
    columns = {name: f"stats/{key}/{name}" for name in PICTURE_SUMMARY}
    for path in lists(folder):
        with parquet_file(path, str(folder)) as file:
            for row in file.read(columns=list(columns.values())).to_pylist():
                yield {name: row[column] for name, column in columns.items()}


def _info(folder: Path, counts: dict[str, int], robot: Robot) -> dict[str, Any]:
    return {
        "codebase_version": layout.VERSION,
        "robot_type": ROBOT if robot == LIBERO else None,
        **counts,
        "chunks_size": layout.FILES_PER_CHUNK,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "fps": _stated(robot.rate_hz),
        "splits": {"train": f"0:{counts['total_episodes']}"},
        "data_path": layout.DATA_PATH,
        "video_path": layout.VIDEO_PATH,
        "features": _features(folder, robot),
    }


def _features(folder: Path, robot: Robot) -> dict[str, Any]:
    fields = [field for field in _schema(_data(folder)[0]) if field.name not in COUNTERS]
    features = {field.name: _vector(field.name, field.type.list_size, robot) for field in fields}
    for key in _camera_keys(folder):
        first = next(iter(sorted((folder / "videos" / key).rglob("*.mp4"))))
        features[key] = _video(*video_size(first, str(folder)), robot.rate_hz)
    return features | {
        name: {"dtype": str(kind.to_pandas_dtype().__name__), "shape": [1], "names": None}
        for name, kind in COUNTERS.items()
    }


def _vector(name: str, width: int, robot: Robot) -> dict[str, Any]:
    numbered = [f"{name.rsplit('.', 1)[-1]}_{index}" for index in range(width)]
    names = layout.dimension_names(robot).get(name, numbered)
    return {"dtype": "float32", "shape": [width], "names": list(names)}


def _stated(rate_hz: float) -> float:
    """LeRobot states whole numbers as such."""
    return int(rate_hz) if rate_hz == int(rate_hz) else rate_hz


def _video(height: int, width: int, rate_hz: float) -> dict[str, Any]:
    return {
        "dtype": "video",
        "shape": [height, width, 3],
        "names": ["height", "width", "channel"],
        "info": {
            "video.height": height,
            "video.width": width,
            "video.codec": CODEC_NAME,
            "video.pix_fmt": PIXELS,
            "video.is_depth_map": False,
            "video.fps": _stated(rate_hz),
            "video.channels": 3,
            "has_audio": False,
        },
    }


def _data(folder: Path) -> list[Path]:
    return sorted((folder / "data").glob("*/*.parquet"))


def _schema(path: Path) -> pa.Schema:
    with parquet_file(path, str(path)) as file:
        return file.schema_arrow


def _column(path: Path, name: str) -> np.ndarray:
    with parquet_file(path, str(path)) as file:
        return numbers(file.read(columns=[name]), name, str(path)).astype(np.float64)


def _camera_keys(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "videos").glob("*"))


def _write_json(path: Path, value: Any) -> None:
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2), encoding="utf-8")
