"""Files of a data set: what is missing or damaged becomes one line that names the file and the way out."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from vst_robot.errors import DataError, UnavailableError, VstRobotError

Array = np.ndarray


def existing_folder(folder: Path | str, kind: str) -> Path:
    """The folder of a data set.

    Raises:
        UnavailableError: There is none.
    """
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise UnavailableError(f"there is no {kind} folder {path}: download the data set, or name another folder")
    return path


def read_json(path: Path) -> Any:
    """A JSON file's content; DataError if it is missing, cut short or no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error


def read_numbers(path: Path, count: int) -> Array:
    """The numbers of a small text file, float64 (count,); DataError if there are more, fewer or others than numbers."""
    try:
        numbers = np.array([float(word) for word in path.read_text(encoding="ascii").split()])
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    if numbers.size != count:
        raise damaged(path, f"{numbers.size} numbers instead of {count}")
    return numbers


def damaged(path: Path, why: object) -> DataError:
    """The error for a file that cannot be used."""
    reason = getattr(why, "strerror", None) or str(why).strip().splitlines()[0] if str(why).strip() else "no content"
    return DataError(f"cannot use {path}: {reason}; download it again, or remove it")


@contextmanager
def of_published_form(name: str) -> Iterator[None]:
    """Turns what values of an unforeseen kind lead to into a DataError that names the scene or scan."""
    try:
        yield
    except VstRobotError:
        raise
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:120]
        raise DataError(f"{name} is not of the published form ({reason}); download it again, or remove it") from error


def listing_sha256(paths: Iterable[Path], root: Path) -> str:
    """Hash of the names and sizes of files: cheap for data sets of any size, and other files give another hash."""
    lines = sorted(f"{path.relative_to(root).as_posix()} {path.stat().st_size}" for path in paths)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
