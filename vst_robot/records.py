"""Append-only records: one typed JSON object per line.

A process may be killed at any moment. A record therefore counts once its line has reached the disk, and what
a kill can leave behind (an unfinished last line) is recognised, ignored by readers and removed by the next
writer. Damage anywhere else is never guessed away.
"""

import json
import os
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Generic, TypeVar

from vst_robot import config
from vst_robot.errors import DataError, InputError, UnavailableError

R = TypeVar("R")


def _never(_: object) -> bool:
    return False


class RecordFile(Generic[R]):
    """A file of records that is only ever appended to.

    Args:
        path: The file; it appears with the first record.
        cls: Frozen dataclass of one line, read by the rules of `vst_robot.config`.
        key: What makes a record unique. Without it no two records count as the same.
        replaceable: Whether a later record with the same key may take this one's place (a failed attempt that
            was tried again). Any other record with a known key is a duplicate.
    """

    def __init__(
        self,
        path: Path,
        cls: type[R],
        *,
        key: Callable[[R], Hashable] | None = None,
        replaceable: Callable[[R], bool] = _never,
    ) -> None:
        self.path = Path(path)
        self._cls, self._key, self._replaceable = cls, key, replaceable
        self._written: dict[Hashable, R] | None = None  # known once the file has been opened for writing

    def read(self) -> list[R]:
        """All records that count, oldest first; a file that does not exist holds none.

        Raises:
            DataError: A finished line is not a record, or a key appears twice.
        """
        return list(self._index(self._lines()).values())

    def append(self, record: R) -> None:
        """Adds one record and waits until it is on the disk.

        Raises:
            InputError: A record with this key is there already.
            UnavailableError: The file cannot be written; nothing of the record stays behind.
        """
        written = self._open()
        key = self._key_of(record, len(written))
        if key in written and not self._replaceable(written[key]):
            raise InputError(f"{self.path} already holds a record of {key}; records are never overwritten")
        self._write(json.dumps(config.to_dict(record), ensure_ascii=False, allow_nan=False) + "\n")
        written[key] = record

    def _open(self) -> dict[Hashable, R]:
        """Removes an unfinished last line, once, and returns the records by key."""
        if self._written is None:
            lines = self._lines()
            self._written = self._index(lines)
            self._repair(sum(len(line) + 1 for line in lines))
        return self._written

    def _lines(self) -> list[bytes]:
        """The finished lines. A last line without its newline was torn by a kill and is left out."""
        try:
            return self.path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        except OSError as exc:
            raise DataError(f"cannot read {self.path}: {exc.strerror}") from exc

    def _index(self, lines: list[bytes]) -> dict[Hashable, R]:
        records: dict[Hashable, R] = {}
        for number, line in enumerate(lines, start=1):
            record = self._parse(line, number)
            key = self._key_of(record, len(records))
            if key in records and not self._replaceable(records[key]):
                raise DataError(f"{self.path}, line {number}: a second record of {key}; remove one of the two lines")
            records[key] = record
        return records

    def _parse(self, line: bytes, number: int) -> R:
        source = f"{self.path}, line {number}"
        try:
            data = json.loads(line)
        except ValueError as exc:
            raise DataError(f"{source} is damaged: {exc}; remove the line to go on without it") from exc
        return config.from_dict(data, self._cls, source, error=DataError)

    def _key_of(self, record: R, position: int) -> Hashable:
        return position if self._key is None else self._key(record)

    def _repair(self, size: int) -> None:
        if self.path.exists() and self.path.stat().st_size > size:
            os.truncate(self.path, size)

    def _write(self, line: str) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab", buffering=0) as file:
                self._write_whole(file.fileno(), line.encode())
        except OSError as exc:
            raise UnavailableError(f"cannot write {self.path}: {exc.strerror}; free space or change --output") from exc

    @staticmethod
    def _write_whole(descriptor: int, line: bytes) -> None:
        """Writes all of `line` or, on a full disk, nothing of it."""
        start = os.fstat(descriptor).st_size
        try:
            rest = line
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, start)
            raise
