"""Files and folders that exist whole or not at all, one writer at a time, and one-line errors when the disk says no."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vst_robot.errors import UnavailableError

LOCK_NAME = ".lock"


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file that is whole or absent, whenever the process is killed or the power fails.

    Raises:
        UnavailableError: The disk is full or the folder cannot be written to.
    """
    with whole_file(path) as temporary, temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_text(path: Path, text: str) -> None:
    """As `write_bytes`, UTF-8."""
    write_bytes(path, text.encode())


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yields a temporary name beside `path`; on success the file moves to `path`, on failure it is removed.

    Raises:
        UnavailableError: The disk is full or the folder cannot be written to.
    """
    temporary = _temporary(path)
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """As `whole_file` for a folder; an older folder of that name is replaced.

    Raises:
        UnavailableError: The disk is full or the parent cannot be written to.
    """
    temporary = _temporary(folder)
    replaced = temporary.with_suffix(".old.tmp")
    try:
        with disk_errors(folder):
            temporary.mkdir(parents=True)
            yield temporary
            if folder.exists():
                os.replace(folder, replaced)
            os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(replaced, ignore_errors=True)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns the operating system's refusals into one line that names `path`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error).splitlines()[0]
        raise UnavailableError(f"cannot write {path}: {reason}; free some space or choose another folder") from error


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Keeps a second process from writing into the same folder; the lock dies with the process.

    Raises:
        UnavailableError: Another process writes there, or nobody can.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK_NAME).open("w")
    except OSError as error:
        raise UnavailableError(f"cannot write {folder}: {error.strerror}; choose another --output") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UnavailableError(
                f"another process is writing to {folder}: wait for it or choose another --output"
            ) from None
        yield


def sweep(folder: Path) -> None:
    """Removes what killed processes left half-written in `folder`; files of running processes stay."""
    for leftover in folder.glob(".*.tmp"):
        if _is_running(int(leftover.name.removesuffix(".tmp").removesuffix(".old").rsplit(".", 1)[-1])):
            continue
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def _is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
