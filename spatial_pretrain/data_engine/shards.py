"""Parquet files of rows: written whole or not at all, read a few rows at a time."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spatial_pretrain.data_engine import rows
from spatial_pretrain.data_engine.rows import Row
from vst_robot.errors import DataError, InputError

SCHEMA = pa.schema(
    [
        ("conversations", pa.list_(pa.struct([("from", pa.string()), ("value", pa.string())]))),
        ("id", pa.string()),
        ("data_source", pa.string()),
        ("images", pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))),
        ("type", pa.string()),
        ("meta_info", pa.string()),
    ]
)
"""The columns of the released sets."""

_GROUP = 64
"""Rows per row group: what a reader holds in memory at a time."""


def encode(samples: Sequence[Row]) -> bytes:
    """Rows as one parquet file; the same rows give the same bytes."""
    table = pa.Table.from_pylist([row.record() for row in samples], schema=SCHEMA)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=_GROUP, compression="zstd")
    return sink.getvalue().to_pybytes()


def files(folder: Path) -> list[Path]:
    """The parquet and JSON files of rows under a folder (or the file itself), in the order of their names.

    Raises:
        InputError: There is none.
    """
    if folder.is_file():
        return [folder]
    found = [path for path in sorted(folder.rglob("*.parquet")) if not path.name.startswith(".")]
    if not found:
        raise InputError(f"no rows in '{folder}': it needs .parquet files, as `vst-robot spatial build` writes them")
    return found


def read(path: Path) -> Iterator[Row]:
    """The rows of one parquet file, or of a JSON list of the same columns whose `images` are paths.

    Raises:
        DataError: The file is damaged, lacks a column, or a row is malformed.
    """
    for number, record in enumerate(_json_records(path) if path.suffix == ".json" else _parquet_records(path)):
        yield rows.from_record(record, f"{path}, row {number}")


def count(path: Path) -> int:
    """How many rows a parquet file has, without reading them.

    Raises:
        DataError: The file is damaged.
    """
    try:
        return pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _parquet_records(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with pq.ParquetFile(path) as file:
            missing = {"conversations", "images"} - set(file.schema_arrow.names)
            if missing:
                raise DataError(f"{path}: the columns {', '.join(sorted(missing))} are missing")
            for batch in file.iter_batches(batch_size=_GROUP):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _json_records(path: Path) -> list[dict[str, Any]]:
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise DataError(f"{path}: a JSON list of rows was expected")
    return records


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(f"{path} is damaged or no file of rows ({str(error).splitlines()[0]}); make or download it again")
