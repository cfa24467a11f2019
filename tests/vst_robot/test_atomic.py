"""Files that are whole or absent, and one writer at a time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vst_robot import atomic
from vst_robot.errors import UnavailableError

KILLED = """
import os, pathlib, signal, sys
from vst_robot import atomic
os.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
atomic.write_text(pathlib.Path(sys.argv[1]), "new")
"""


SECOND = """
import pathlib, sys
from vst_robot import atomic
with atomic.exclusive(pathlib.Path(sys.argv[1])):
    pass
"""


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path):
    path = tmp_path / "deep" / "file.txt"
    atomic.write_text(path, "old")
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False).returncode == -signal.SIGKILL
    assert path.read_text() == "old" and len(os.listdir(path.parent)) == 2
    atomic.sweep(path.parent)
    assert os.listdir(path.parent) == ["file.txt"]


def test_a_refusal_of_the_disk_is_one_line(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match=r"cannot write .*choose another folder"):
        atomic.write_bytes(tmp_path / "file" / "below", b"")


def test_a_second_process_is_kept_out(tmp_path: Path):
    program = (
        "import sys, pathlib\nfrom vst_robot.atomic import exclusive\nwith exclusive(pathlib.Path(sys.argv[1])): pass"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    root = Path(__file__).parents[2]
    with atomic.exclusive(tmp_path):
        other = subprocess.run(command, capture_output=True, text=True, cwd=root)
        assert "UnavailableError: another process is writing" in other.stderr
    assert subprocess.run(command, cwd=root).returncode == 0


def test_an_unwritable_folder_is_one_clear_line(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UnavailableError, match="choose another --output"),
        atomic.exclusive(tmp_path / "file"),
    ):
        pass
