"""Rows of one episode out of parquet files, a row group in memory at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from policies.demos.disk_pictures import decode_pictures
from vst_robot.errors import DataError

EPISODE = "episode_index"


class EpisodeTable:
    """Finds the rows of episodes in parquet files; keeps the row groups read last, which the next one may share."""

    def __init__(self) -> None:
        self._key: tuple[Path, tuple[int, ...], tuple[str, ...]] | None = None
        self._table = pa.table({})

    def rows(self, path: Path, episode: int, columns: Sequence[str], where: str) -> pa.Table:
        """The rows whose `episode_index` is `episode`.

        Raises:
            DataError: The file is missing or damaged, or lacks a column.
        """
        with parquet_file(path, where) as file:
            missing = [name for name in (EPISODE, *columns) if name not in file.schema_arrow.names]
            if missing:
                raise DataError(f"{where}: {path} has no column '{missing[0]}'; download or convert the set again")
            key = (path, _groups(file, episode), (EPISODE, *columns))
            if self._key != key:
                self._key, self._table = key, file.read_row_groups(list(key[1]), columns=list(key[2]))
        index = self._table[EPISODE].to_numpy()
        return self._table.take(np.flatnonzero(index == episode))


@dataclass(frozen=True, kw_only=True)
class ParquetPictures:
    """The pictures of one episode in a parquet file, as PNG or JPEG; calling it decodes them. Picklable."""

    path: Path
    episode: int
    column: str
    where: str

    def __call__(self) -> np.ndarray:
        """(T, h, w, 3), uint8.

        Raises:
            DataError: A picture is damaged, or they differ in size.
        """
        table = EpisodeTable().rows(self.path, self.episode, [self.column], self.where)
        cells = table[self.column].to_pylist()
        if not all(isinstance(cell, dict) and isinstance(cell.get("bytes"), bytes) for cell in cells):
            raise DataError(f"{self.where}: '{self.column}' does not hold pictures; download or convert the set again")
        return decode_pictures([cell["bytes"] for cell in cells], self.where)


def numbers(table: pa.Table, name: str, where: str) -> np.ndarray:
    """A column of vectors as (T, n), a column of numbers as (T, 1).

    Raises:
        DataError: It holds something else, or rows of different lengths.
    """
    column = table[name].combine_chunks()
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        values, kind = column.flatten(), kind.value_type
    else:
        values = column
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise DataError(f"{where}: '{name}' holds {kind} instead of numbers; download or convert the set again")
    if column.null_count or values.null_count or (len(column) and len(values) % len(column)):
        raise DataError(f"{where}: '{name}' has gaps or rows of different lengths; download or convert the set again")
    flat = values.to_numpy(zero_copy_only=False)
    return flat.reshape(len(column), -1) if len(column) else flat.reshape(0, 1)


@contextmanager
def parquet_file(path: Path, where: str) -> Iterator[Any]:
    """An open parquet file; whatever is wrong with it becomes one line."""
    if not path.is_file():
        raise DataError(f"{where}: no file {path}; download or convert the set again")
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{where}: {path} is damaged or no parquet file; download or convert the set again") from error


def _groups(file: Any, episode: int) -> tuple[int, ...]:
    """Row groups that may hold rows of an episode, by their statistics; all where there are none."""
    index = file.schema_arrow.get_field_index(EPISODE)
    chosen = []
    for number in range(file.num_row_groups):
        statistics = _statistics(file, number, index)
        if statistics is None or statistics.min <= episode <= statistics.max:
            chosen.append(number)
    return tuple(chosen)


def _statistics(file: Any, group: int, column: int) -> Any:
    """Statistics of a column that comes before or after nested ones: parquet numbers leaves, not fields."""
    meta = file.metadata.row_group(group)
    leaves = (meta.column(number) for number in range(meta.num_columns))
    leaf = next((leaf for leaf in leaves if leaf.path_in_schema == EPISODE), None)
    return leaf.statistics if leaf is not None and leaf.is_stats_set and leaf.statistics.has_min_max else None
