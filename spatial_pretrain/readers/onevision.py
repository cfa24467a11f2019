"""LLaVA-OneVision's rows: general pictures and questions, so that a model does not forget them.

A folder holds parquet files (one folder per part of the set) with `id`, `image` (`{bytes, path}`, a list of them, or
nothing), `conversations` and perhaps `data_source` (lmms-lab/LLaVA-OneVision-Data). Row groups are read one at a time.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from spatial_pretrain.data_engine.samples import SpatialSample
from spatial_pretrain.readers.conversations import turns_of
from spatial_pretrain.readers.files import damaged, existing_folder, listing_sha256
from spatial_pretrain.readers.images import read_rgb
from vst_robot.errors import DataError, UnavailableError, missing_extra
from vst_robot.types import Picture

TASK = "general_conversations"
_COLUMNS = ("id", "image", "images", "conversations", "data_source")


class OneVision:
    """A `SampleSource`."""

    name = "onevision"

    def __init__(self, folder: Path | str) -> None:
        """Reads nothing yet; `folder` holds parquet files, also in folders below."""
        self._folder = Path(folder).expanduser()
        self._groups: list[tuple[Path, int]] | None = None
        self._ends: list[int] = []
        self._opened: tuple[int, list[Mapping[str, Any]]] | None = None

    def count(self) -> int:
        """Rows."""
        self._index()
        return self._ends[-1]

    def numbers(self) -> Mapping[str, Sequence[int]]:
        """See `SampleSource`; all rows are of one task."""
        return {TASK: range(self.count())}

    def sample(self, index: int) -> SpatialSample:
        """See `SampleSource`."""
        total = self.count()
        if not 0 <= index < total:
            raise DataError(f"onevision has {total} rows, not number {index}")
        group = bisect_right(self._ends, index)
        path, row = self._row(group, index - (self._ends[group - 1] if group else 0))
        where = f"{path.name} row {row.get('id', index)}"
        pictures = tuple(_picture(path, packed) for packed in _packed(row))
        part = str(row.get("data_source") or path.parent.name)
        return SpatialSample(
            task=TASK,
            form=part,
            turns=turns_of(row.get("conversations") or (), where),
            pictures=pictures,
            truth={"row_id": str(row.get("id", index))},
            scene=where,
            source=f"{self.name}/{part}",
            type="mm_qa" if pictures else "text",
        )

    def close(self) -> None:
        """Forgets the row group that was read last."""
        self._opened = None

    def fingerprint(self) -> Mapping[str, str]:
        """See `SampleSource`."""
        return {"reader": self.name, "rows": listing_sha256(self._files(), self._folder)}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_groups": None, "_opened": None}

    def _files(self) -> list[Path]:
        files = sorted(existing_folder(self._folder, "LLaVA-OneVision").rglob("*.parquet"))
        if not files:
            raise UnavailableError(
                f"there is no parquet file in {self._folder}: download parts of LLaVA-OneVision-Data"
            )
        return files

    def _index(self) -> None:
        if self._groups is not None:
            return
        groups, sizes = [], []
        for path in self._files():
            facts = _open(path).metadata
            groups += [(path, number) for number in range(facts.num_row_groups)]
            sizes += [facts.row_group(number).num_rows for number in range(facts.num_row_groups)]
        self._groups, self._ends = groups, list(accumulate(sizes)) or [0]

    def _row(self, group: int, row: int) -> tuple[Path, Mapping[str, Any]]:
        assert self._groups is not None
        path, number = self._groups[group]
        if self._opened is None or self._opened[0] != group:
            self._opened = group, _read(path, number)
        return path, self._opened[1][row]


def _open(path: Path) -> Any:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise missing_extra("pyarrow", "data", "reading parquet files") from error
    try:
        return pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise damaged(path, error) from error


def _read(path: Path, group: int) -> list[Mapping[str, Any]]:
    file = _open(path)
    columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
    try:
        return file.read_row_group(group, columns=columns).to_pylist()
    except (OSError, ValueError) as error:  # Arrow's own errors derive from these
        raise damaged(path, error) from error


def _packed(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    stored = row.get("images") or row.get("image") or []
    return stored if isinstance(stored, list) else [stored]


def _picture(path: Path, packed: Mapping[str, Any]) -> Picture:
    content = packed.get("bytes")
    if not content:
        raise damaged(path, f"a row's picture {packed.get('path')} has no bytes")
    return read_rgb(path, content)
