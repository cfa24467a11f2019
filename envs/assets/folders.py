"""Folders that are made once and then trusted: published whole, checked before use, hashed."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from vst_robot.errors import UnavailableError

MANIFEST = "pack.json"
"""File of a made folder that lists its other files' sizes and their hash."""


def cache_folder() -> Path:
    """Where made files are kept: ``$VST_ROBOT_CACHE``, else ``~/.cache/vst-robot``."""
    return Path(os.environ.get("VST_ROBOT_CACHE") or Path.home() / ".cache" / "vst-robot").expanduser()


def hash_files(files: Mapping[str, bytes]) -> str:
    """SHA-256 over sorted paths and contents."""
    total = hashlib.sha256()
    for path, content in sorted(files.items()):
        total.update(f"{path}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def hash_folder(root: Path) -> str:
    """SHA-256 over the sorted relative paths and contents of all files below `root`."""
    total = hashlib.sha256()
    for path, file in sorted((file.relative_to(root).as_posix(), file) for file in _files_below(root)):
        content = file.read_bytes()
        total.update(f"{path}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def recorded_hash(root: Path) -> str:
    """The hash in a made folder's manifest."""
    return json.loads((root / MANIFEST).read_text())["sha256"]


def published(target: Path, make: Callable[[], Mapping[str, bytes]]) -> Path:
    """Returns `target` complete, calling `make` for its files if it is missing or damaged.

    Any number of processes may call this at once: each makes its own copy, the first rename wins, and no process
    ever sees half a folder.

    Raises:
        UnavailableError: The folder cannot be written.
    """
    if is_whole(target):
        return target
    files = make()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".making-") as space:
            _write(Path(space) / "new", files)
            _swap_in(Path(space) / "new", target, Path(space) / "old")
    except OSError as error:
        raise UnavailableError(
            f"cannot write the asset folder '{target}' ({error.strerror}): free some space, "
            "or set VST_ROBOT_CACHE to a folder that can be written"
        ) from error
    return target


def is_whole(root: Path) -> bool:
    """Whether every file that the manifest lists is there in its size."""
    try:
        sizes = json.loads((root / MANIFEST).read_text())["sizes"]
        return all((root / path).stat().st_size == size for path, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _write(root: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    sizes = {path: len(content) for path, content in sorted(files.items())}
    (root / MANIFEST).write_text(json.dumps({"sha256": hash_files(files), "sizes": sizes}, indent=1))


def _swap_in(new: Path, target: Path, old: Path) -> None:
    """Renames `new` to `target`; a damaged folder in its place is moved to `old` first."""
    for _ in range(10):
        try:
            os.rename(new, target)
            return
        except OSError:
            if is_whole(target):
                return
            shutil.rmtree(old, ignore_errors=True)
            if target.exists():
                _move_away(target, old)
    os.rename(new, target)


def _move_away(target: Path, old: Path) -> None:
    try:
        os.rename(target, old)
    except FileNotFoundError:
        return  # another process was faster


def _files_below(root: Path) -> list[Path]:
    return [Path(at) / name for at, _, names in os.walk(root) for name in names]
