"""Files and folders that exist whole or not at all, and one-line errors when the disk says no."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vst_robot.errors import UnavailableError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yields a temporary name beside `path`; on success the file moves to `path`, on failure it is removed.

    Raises:
        UnavailableError: The disk is full or the folder cannot be written to.
    """
    temporary = _temporary(path)
    try:
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
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
