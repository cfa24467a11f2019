"""Checkpoints that are either complete or not there."""

import contextlib
import errno
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vst_robot.errors import DataError, InputError, UnavailableError

STAGING = ".incomplete"
"""Folder in which checkpoints are written and from which they are deleted; its content is never read."""

_NAME = re.compile(r"checkpoint-(\d+)")
_RUN_FILE = "run.json"


def latest_checkpoint(folder: Path) -> Path | None:
    """Returns the complete checkpoint with the most steps, or None."""
    found = [path for path in _checkpoints(folder) if (path / "trainer_state.json").is_file()]
    return found[-1] if found else None


def steps_of(checkpoint: Path) -> int:
    """Returns the optimizer steps that a checkpoint's name states."""
    match = _NAME.fullmatch(checkpoint.name)
    if match is None:
        raise DataError(f"'{checkpoint}' is not named like a checkpoint")
    return int(match.group(1))


def publish(staged: Path, folder: Path, keep: int) -> None:
    """Moves a finished checkpoint into place and drops the oldest beyond `keep`.

    A checkpoint that is to be deleted leaves `folder` in one move first.
    """
    target = folder / staged.name
    if target.exists():
        _discard(target, folder)
    os.replace(staged, target)
    for old in _checkpoints(folder)[: -max(keep, 1)]:
        _discard(old, folder)
    clear_staging(folder)


def clear_staging(folder: Path) -> None:
    """Deletes what a killed run left half-written."""
    shutil.rmtree(folder / STAGING, ignore_errors=True)


def claim_run(folder: Path, facts: dict[str, Any]) -> None:
    """Writes what identifies a run, or checks that the run found there is the same.

    Raises:
        InputError: The folder holds a run with other settings.
    """
    path = folder / _RUN_FILE
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(facts, indent=1, sort_keys=True))
        os.replace(temporary, path)
        return
    known = json.loads(path.read_text())
    wanted = json.loads(json.dumps(facts))
    for key in sorted(known.keys() | wanted.keys()):
        if known.get(key) != wanted.get(key):
            raise InputError(
                f"'{folder}' holds a run with {key} = {known.get(key)}, not {wanted.get(key)}: "
                "choose another output folder, or delete this one to start again"
            )


@contextlib.contextmanager
def full_disk_as_error(folder: Path) -> Iterator[None]:
    """Turns the various ways in which writers report a full disk into one UnavailableError.

    What was half-written is removed.
    """
    try:
        yield
    except Exception as error:
        if not _is_disk_full(error):
            raise
        clear_staging(folder)
        raise UnavailableError(f"no space left for checkpoints in '{folder}': free some and start again") from error


def _is_disk_full(error: BaseException | None) -> bool:
    """Looks through the chain of causes; libraries wrap the system's error in their own."""
    while error is not None:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _checkpoints(folder: Path) -> list[Path]:
    """All checkpoint folders, in the order of their steps."""
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if _NAME.fullmatch(path.name)), key=steps_of)


def _discard(checkpoint: Path, folder: Path) -> None:
    """Deletes a checkpoint so that it is never seen in half."""
    grave = folder / STAGING / f"discarded-{checkpoint.name}"
    grave.parent.mkdir(exist_ok=True)
    shutil.rmtree(grave, ignore_errors=True)
    os.replace(checkpoint, grave)
    shutil.rmtree(grave, ignore_errors=True)
