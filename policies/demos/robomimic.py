"""Reads HDF5 files in robomimic's layout, of any robot.

    data/demo_<k>/actions       (T, d); attributes: names, rate_hz, and binary and polarity for switches
    data/demo_<k>/obs/<camera>_image or <camera>_rgb     uint8 (T, h, w, 3)
    data/demo_<k>/obs/<x>       (T, …); one with an attribute `names`, a name per entry, is proprioception

Data sets under `obs` without names are left alone: robomimic's `object` is simulator state, which no learned policy may
see. `robot.toml` says what the attributes do not. The instruction is an attribute `language_instruction` of the
demonstration or of `data`, LIBERO's `problem_info`, or stands in `robot.toml`. Rows are top-down unless the attribute
`macros_image_convention` of `data` is `opengl`, as in LIBERO's own files.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from action_tokenizer import LIBERO
from policies.demos import layout
from policies.demos.columns import OpenColumns, assemble
from policies.demos.declaration import FILE_NAME, SetDeclaration, SetHints, declared
from policies.demos.disk_pictures import DiskPictures
from policies.demos.hdf5 import demo_numbers, read_orientation, reading
from policies.demos.interface import Entry
from policies.demos.robot_file import FILE_NAME as ROBOT_FILE
from policies.demos.robot_file import RobotFile
from vst_robot.errors import DataError
from vst_robot.types import Episode

KIND = "robomimic's"
PICTURE_ENDINGS = ("_image", "_rgb")
NAMES, BINARY, POLARITY, RATE, WORDS = "names", "binary", "polarity", "rate_hz", "language_instruction"


class RobomimicFolder:
    """A folder of such files.

    Args:
        folder: Where it lies.
        hints: What the user tells about it; the rest is read from the attributes. No gripper: the polarity of another
            robot stands in words.

    Raises:
        DataError: No file can be read, or nobody names the dimensions.
        InputError: A binary dimension is no dimension.
    """

    def __init__(self, folder: Path, hints: SetHints) -> None:
        self.folder = folder
        self._paths = sorted(folder.glob("*.hdf5"))
        if not self._paths:
            raise DataError(f"{folder}: no HDF5 files")
        own = described(self._paths[0])
        self._said = (hints.robot or RobotFile()).over(own)
        self.declaration: SetDeclaration = declared(
            folder / FILE_NAME,
            hints,
            known=read_orientation(self._paths[0]),
            robot=self._said.robot(folder),
        )

    def entries(self) -> Iterator[Entry]:
        """The demonstrations, file by file; a file that cannot be opened is one entry that raises."""
        for path in self._paths:
            try:
                demos = demo_numbers(path)
            except DataError as error:
                yield Entry(where=str(path), read=partial(_raise, error))
                continue
            for demo in demos:
                yield Entry(where=f"{path}, demo_{demo}", read=partial(self.episode, path, demo))

    def files(self) -> Iterator[Path]:
        """The HDF5 files."""
        return iter(self._paths)

    def episode(self, path: Path, demo: int) -> Episode:
        """Reads a demonstration; its pictures stay on the disk until looked at.

        Raises:
            DataError: It is damaged, does not hold together, or is not like the others.
        """
        where = f"{path}, demo_{demo}"
        with reading(path, where, KIND) as file:
            self._check_same(_described(file, demo), where)
            group, head = file[f"data/demo_{demo}"], file["data"].attrs
            columns = self._columns(group, head, where)
            sources = _pictures(path, group, bottom_up=head.get(layout.ROWS_ATTRIBUTE) == "opengl")
        pictures = DiskPictures(where=where, steps=len(columns.action), sources=sources)
        return assemble(columns, None, pictures, self.declaration, tasks=(), where=where)

    def _columns(self, group: Any, head: Any, where: str) -> OpenColumns:
        observations, actions = group["obs"], group["actions"][:]
        states = [_matrix(observations[name][:]) for name in self._said.proprio]
        if any(len(values) != len(actions) for values in states):
            raise DataError(f"{where}: proprioception and actions differ in length; record it again")
        ends = [group[name][-1] for name in ("dones", "rewards") if name in group and len(group[name])]
        return OpenColumns(
            action=actions,
            action_clean=group["actions_clean"][:] if "actions_clean" in group else None,
            state=np.hstack([np.zeros((len(actions), 0)), *states]),
            joint_state=None,
            instruction=_instruction(group, head, where) or self._words(where),
            success=bool(any(ends)) if ends else True,
        )

    def _words(self, where: str) -> str:
        if not self._said.instruction:
            raise DataError(
                f"{where}: has no attribute '{WORDS}'; add it, or a line 'instruction = \"…\"' to {ROBOT_FILE}"
            )
        return self._said.instruction

    def _check_same(self, other: RobotFile, where: str) -> None:
        if other.actions and other.actions != self._said.actions:
            raise DataError(
                f"{where}: names its actions ({', '.join(other.actions)}), the set has "
                f"({', '.join(self._said.actions)}); keep every robot in a folder of its own"
            )


@dataclass(frozen=True, kw_only=True)
class Hdf5Clip:
    """The pictures of one demonstration and camera; calling it reads them. Picklable."""

    path: Path
    dataset: str
    bottom_up: bool

    def __call__(self) -> UInt8[np.ndarray, "t h w 3"]:
        """All pictures, rows top-down.

        Raises:
            DataError: The file is damaged.
        """
        with reading(self.path, str(self.path), KIND) as file:
            raw = file[self.dataset][:]
        return np.ascontiguousarray(layout.flip_rows(raw)) if self.bottom_up else raw


def described(path: Path) -> RobotFile:
    """What the attributes in the first demonstration of a file say about the robot.

    Raises:
        DataError: The file is damaged, or holds no demonstration.
    """
    demos = demo_numbers(path)
    if not demos:
        raise DataError(f"{path}: holds no demonstrations (data/demo_0 …)")
    with reading(path, str(path), KIND) as file:
        return _described(file, demos[0])


def is_another_robot(path: Path) -> bool:
    """Whether a file names its dimensions, or has another number of actions than LIBERO's arm."""
    with suppress(DataError), reading(path, str(path), KIND) as file:
        demos: list[Any] = list(file["data"].values())
        actions: Any = demos[0]["actions"] if demos else None
        shape = getattr(actions, "shape", ())
        return len(shape) == 2 and (NAMES in actions.attrs or shape[1] != len(LIBERO.actions))
    return False


def _described(file: Any, demo: int) -> RobotFile:
    group = file[f"data/demo_{demo}"]
    attributes = group["actions"].attrs
    return RobotFile(
        actions=_strings(attributes.get(NAMES, ())),
        binary=_strings(attributes.get(BINARY, ())),
        polarity=str(attributes.get(POLARITY, "")),
        rate_hz=float(attributes.get(RATE, 0)),
        proprio={name: _strings(item.attrs[NAMES]) for name, item in group["obs"].items() if NAMES in item.attrs},
    )


def _pictures(path: Path, group: Any, *, bottom_up: bool) -> dict[str, Callable[[], np.ndarray]]:
    found = {name: item for name, item in group["obs"].items() if getattr(item, "shape", ())[3:] == (3,)}
    return {
        re.sub(f"({'|'.join(PICTURE_ENDINGS)})$", "", name): Hdf5Clip(path=path, dataset=item.name, bottom_up=bottom_up)
        for name, item in found.items()
    }


def _instruction(group: Any, head: Any, where: str) -> str:
    """What the file says; empty if it says nothing."""
    words = group.attrs.get(WORDS) or head.get(WORDS)
    if words is None and "problem_info" in head:
        try:
            words = json.loads(head["problem_info"]).get(WORDS, "")
        except (ValueError, AttributeError) as error:
            raise DataError(f"{where}: 'problem_info' is not a JSON object") from error
    return _text(words) if words is not None else ""


def _matrix(values: np.ndarray) -> np.ndarray:
    return values.reshape(len(values), -1)


def _strings(values: Any) -> tuple[str, ...]:
    return tuple(map(_text, np.atleast_1d(values)))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _raise(error: DataError) -> Episode:
    raise error
