"""Whose a run folder is: the same command goes on with it, another one is refused."""

import json
from pathlib import Path
from typing import Any

from vst_robot import config
from vst_robot.atomic import LOCK_NAME
from vst_robot.cli.provenance import provenance
from vst_robot.errors import DataError, InputError

RUN_FILE = "config.json"


def claim(folder: Path, run: dict[str, Any], default: dict[str, Any]) -> None:
    """Writes the resolved configuration of a run, or checks that the folder belongs to the same one.

    A configuration alone, left by a run that never came to train, does not bind.

    Args:
        folder: The run's.
        run: What decides its outcome.
        default: The same with every setting at its default; what an older run does not know yet had this.

    Raises:
        InputError: The folder holds a run with other settings; the first that differs is named.
        DataError: Nobody can tell what run it holds.
    """
    path = folder / RUN_FILE
    if path.is_file() and any(entry.name not in (RUN_FILE, LOCK_NAME) for entry in folder.iterdir()):
        _refuse_difference(folder, _flat(default) | _flat(_recorded(path)), _flat(run))
    else:
        config.dump_json({"run": run, "provenance": provenance()}, path)


def _recorded(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))["run"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged: choose another --output, or delete the folder") from error


def _refuse_difference(folder: Path, theirs: dict[str, object], mine: dict[str, object]) -> None:
    if isinstance(theirs["suite"], str):  # as runs wrote it while there was one suite only
        theirs["suite"] = [theirs["suite"]]
    for key, value in mine.items():
        if theirs.get(key) != value:
            raise InputError(
                f"{folder} holds another run ({key} was {theirs.get(key)}, now {value}): "
                "choose another --output, or delete the folder"
            )


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, object]:
    """Nested dictionary → dotted path → leaf."""
    flat: dict[str, object] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
