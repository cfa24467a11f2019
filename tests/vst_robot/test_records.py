import errno
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from vst_robot.errors import DataError, InputError, UnavailableError
from vst_robot.records import RecordFile


@dataclass(frozen=True, kw_only=True)
class Row:
    name: str
    status: Literal["good", "bad"] = "good"
    value: float = 0.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


def rows(path: Path) -> RecordFile[Row]:
    return RecordFile(path, Row, key=lambda r: r.name, replaceable=lambda r: r.status == "bad")


def test_a_missing_file_holds_nothing(path):
    assert rows(path).read() == []
    assert not path.exists()


def test_round_trip_keeps_order_and_types(path):
    written = [Row(name="b", value=1.5), Row(name="a"), Row(name="é\n\"'", value=-2.0)]
    for row in written:
        rows(path).append(row)
    assert rows(path).read() == written
    assert path.read_text().count("\n") == 3


def test_records_are_not_read_again_for_every_append(path):
    file = rows(path)
    file.append(Row(name="a"))
    file.append(Row(name="b"))
    with pytest.raises(InputError, match="already holds a record of a"):
        file.append(Row(name="a"))
    assert [row.name for row in file.read()] == ["a", "b"]


def test_without_a_key_nothing_is_a_duplicate(path):
    file = RecordFile(path, Row)
    for _ in range(2):
        file.append(Row(name="same"))
    assert len(RecordFile(path, Row).read()) == 2


def test_a_duplicate_in_the_file_is_refused_with_its_line(path):
    path.write_text('{"name": "a"}\n{"name": "b"}\n{"name": "a"}\n')
    with pytest.raises(DataError, match="line 3: a second record of a"):
        rows(path).read()


def test_a_later_record_takes_the_place_of_a_replaceable_one(path):
    for row in (Row(name="a", status="bad"), Row(name="b"), Row(name="a", value=1)):
        rows(path).append(row)
    assert {row.name: row.status for row in rows(path).read()} == {"a": "good", "b": "good"}
    with pytest.raises(InputError):
        rows(path).append(Row(name="a"))


@pytest.mark.parametrize("tail", ['{"name": "c"', '{"name": "c"}', "\0\0", "x"])
def test_a_torn_last_line_is_ignored_by_readers_and_removed_by_the_next_writer(path, tail):
    whole = '{"name": "a"}\n{"name": "b"}\n'
    path.write_text(whole + tail)
    assert [row.name for row in rows(path).read()] == ["a", "b"]
    assert path.read_text() == whole + tail, "reading never writes"
    rows(path).append(Row(name="c"))
    assert path.read_text().startswith(whole + '{"name": "c"')
    assert [row.name for row in rows(path).read()] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('{"name": "a', "damaged"),
        ("", "damaged"),
        ("\0\0\0", "damaged"),
        ("[1]", "expected a table"),
        ('{"name": 3}', "name: expected text"),
        ('{"name": "b", "status": "god"}', "did you mean 'good'"),
        ('{"name": "b", "colour": 1}', "unknown key"),
        ('{"name": "b", "value": NaN}', "finite"),
        ("{}", "missing"),
    ],
)
def test_damage_elsewhere_names_the_line(path, line, what):
    path.write_text('{"name": "a"}\n' + line + '\n{"name": "z"}\n')
    with pytest.raises(DataError, match="line 2.*" + what):
        rows(path).read()
    with pytest.raises(DataError, match="line 2"):
        rows(path).append(Row(name="c"))


def test_numbers_that_json_lacks_are_not_written(path):
    with pytest.raises(ValueError):
        rows(path).append(Row(name="a", value=float("nan")))
    assert rows(path).read() == []


def test_a_full_disk_leaves_nothing_of_the_record(path, monkeypatch):
    rows(path).append(Row(name="a"))
    before, write = path.read_bytes(), os.write

    def write_half(descriptor, data):
        if len(data) < 8:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", write_half)
    with pytest.raises(UnavailableError, match="No space left"):
        rows(path).append(Row(name="b"))
    assert path.read_bytes() == before


def test_an_impossible_folder_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises((UnavailableError, DataError), match="file"):
        rows(tmp_path / "file" / "rows.jsonl").append(Row(name="a"))


def test_what_was_appended_survives_sigkill(path):
    program = f"""
        import os, signal
        from tests.vst_robot.test_records import Row, rows
        from pathlib import Path
        file = rows(Path({str(path)!r}))
        for i in range(3):
            file.append(Row(name=str(i)))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=Path(__file__).parents[2])
    assert done.returncode == -signal.SIGKILL
    assert [row.name for row in rows(path).read()] == ["0", "1", "2"]
