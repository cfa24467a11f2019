"""Reads RLDS sets, ours and others', one episode at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from policies.demos.columns import assemble
from policies.demos.declaration import FILE_NAME, SetHints, declared
from policies.demos.disk_pictures import DiskPictures
from policies.demos.formats import rlds_root
from policies.demos.interface import Entry
from policies.demos.rlds import layout
from policies.demos.rlds.process import TensorFlowProcess
from vst_robot.errors import DataError
from vst_robot.types import Episode


class RldsFolder:
    """An RLDS set, in a folder or in the version folder below it.

    Args:
        folder: Where it lies.
        hints: What the user tells about it. The orientation of the published sets is known; features have no names, so
            nothing said about the robot means LIBERO's.

    Raises:
        DataError: Not an RLDS set, or its orientation is another one or unknown.
    """

    def __init__(self, folder: Path, hints: SetHints) -> None:
        root = rlds_root(folder)
        if root is None:
            raise DataError(f"{folder}: no dataset_info.json and features.json; {layout.WAY_OUT}")
        self.folder, self.info = folder, layout.SetInfo.read(root)
        robot = hints.robot
        self._told_gripper = hints.gripper is not None or (root / FILE_NAME).is_file()
        self.declaration = declared(
            root / FILE_NAME, hints, known=self.info.orientation, robot=robot.robot(folder) if robot else None
        )
        self._states = tuple(robot.proprio) if robot else (layout.STATE,) if self.declaration.robot.proprio else ()
        self._tasks = tuple(hints.tasks)
        self._process: TensorFlowProcess | None = None
        self._position, self._broken = 0, False
        self._keys: list[str] = []

    def entries(self) -> Iterator[Entry]:
        """The episodes in order; behind a damaged record nothing can be read, so it is the last entry."""
        for index in range(sum(self.info.splits.values())):
            yield Entry(where=self._where(index), read=partial(self.episode, index))
            if self._broken:
                return

    def files(self) -> Iterator[Path]:
        """The TFRecord files."""
        return (path for path in sorted(self.info.root.iterdir()) if ".tfrecord" in path.name)

    def episode(self, index: int) -> Episode:
        """Reads an episode; its pictures stay on the disk, or with the process, until looked at.

        Raises:
            DataError: It is damaged or does not hold together.
        """
        where = self._where(index)
        found = self._fetch(index, where)
        steps, metadata = found["steps"], found["metadata"]
        columns = layout.columns(steps, metadata, where, self._states)
        robot = self.declaration.robot
        sources: dict[str, Callable[[], np.ndarray]] = {
            layout.key_camera(key, robot): RldsPictures(folder=self, index=index, key=key) for key in self._keys
        }
        return assemble(
            columns,
            layout.exact(steps, metadata, where),
            DiskPictures(where=where, steps=len(columns.action), sources=sources),
            self.declaration,
            tasks=self._tasks,
            where=where,
            told_gripper=self._told_gripper,
        )

    def pictures(self, index: int, key: str) -> UInt8[np.ndarray, "t h w 3"]:
        """The pictures of an episode; quick for the episode that was read last.

        Raises:
            DataError: It is damaged.
        """
        where = self._where(index)
        if self._process is None or self._position != index + 1:
            self._fetch(index, where)
        assert self._process is not None
        try:
            return self._process.call("pictures", key)
        except DataError as error:
            raise DataError(f"{where}: pictures of '{key}' are damaged ({error}); {layout.WAY_OUT}") from error

    def _fetch(self, index: int, where: str) -> dict[str, Any]:
        """Steps and metadata of an episode; reading in order walks through the files once."""
        if self._process is None or self._position != index:
            self._restart(index, where)
        found = self._call(where, "next")
        self._position = index + 1
        if found is None:
            self._broken = True
            raise DataError(f"{where}: missing, although dataset_info.json lists it; {layout.WAY_OUT}")
        return found

    def _restart(self, index: int, where: str) -> None:
        self._stop()
        try:
            self._process = TensorFlowProcess("Reader", str(self.info.root), dict(self.info.splits), index)
        except DataError as error:
            self._broken = True
            raise DataError(f"{where}: cannot be opened ({error}); {layout.WAY_OUT}") from error
        self._position = index
        self._keys = self._call(where, "picture_keys")

    def _call(self, where: str, method: str, *arguments: Any) -> Any:
        assert self._process is not None
        try:
            return self._process.call(method, *arguments)
        except DataError as error:
            self._stop()
            self._broken = True
            raise DataError(f"{where}: cannot be read ({error}); {layout.WAY_OUT}") from error

    def _stop(self) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None

    def _where(self, index: int) -> str:
        return f"{self.folder}, episode {index}"

    def __getstate__(self) -> dict[str, Any]:
        """Without the process: a copy elsewhere starts one of its own."""
        return self.__dict__ | {"_process": None}


@dataclass(frozen=True, kw_only=True)
class RldsPictures:
    """The pictures of one episode and camera; calling it decodes them. Picklable."""

    folder: RldsFolder
    index: int
    key: str

    def __call__(self) -> np.ndarray:
        """(T, h, w, 3), uint8.

        Raises:
            DataError: A picture is damaged.
        """
        return self.folder.pictures(self.index, self.key)
