"""Writes RLDS sets. Killed at any moment, another writer continues behind the last whole file."""

import os
import re
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from policies.demos.checks import check_episode
from policies.demos.declaration import FILE_NAME, SetDeclaration
from policies.demos.formats import UNFINISHED
from policies.demos.rlds import layout
from policies.demos.rlds.process import TensorFlowProcess
from vst_robot import config
from vst_robot.atomic import disk_errors, sweep, whole_file
from vst_robot.errors import DataError
from vst_robot.types import Episode

EPISODES_PER_SHARD = 20
"""About 140 MB of two cameras at 256 pixels (7 MB for 95 steps); tensorflow-datasets recommends 100 to 200."""
PENDING = "shard-{:05d}.tfrecord"
FINAL = "{}-train.tfrecord-{:05d}-of-{:05d}"


class _Abandoned(Exception):
    """Makes the unfinished file's context drop it."""


class RldsWriter:
    """A `DemonstrationWriter` for RLDS in the layout of the published LIBERO sets, with lossless pictures.

    Args:
        folder: The set; the files go into its version folder. What is whole there is continued.
        declaration: Orientation, gripper and manifest of the set.
        episodes_per_shard: Episodes in one TFRecord file.
    """

    def __init__(
        self, folder: Path, declaration: SetDeclaration, *, episodes_per_shard: int = EPISODES_PER_SHARD
    ) -> None:
        self._folder, self._declaration, self._per_shard = folder, declaration, episodes_per_shard
        self._root = folder / layout.VERSION
        self._name = layout.set_name(folder.with_name(folder.name.removesuffix(UNFINISHED)))
        if self._root.is_dir():
            sweep(self._root)
        self._lengths = [layout.count_records(path) for path in self._shards()]
        self._open, self._pending = ExitStack(), 0
        self._process: TensorFlowProcess | None = None
        self._kind: tuple[Mapping[str, tuple[int, int]], Mapping[str, int]] | None = None

    @property
    def num_written(self) -> int:
        """Episodes in whole files."""
        return sum(self._lengths)

    def add(self, episode: Episode) -> None:
        """Takes the next demonstration."""
        where = f"{self._folder}, episode {self.num_written + self._pending}"
        episode = replace(episode, images={name: np.asarray(pictures) for name, pictures in episode.images.items()})
        check_episode(episode, where, self._declaration.robot)
        process = self._started(episode, where)
        if not self._pending:
            temporary = self._open.enter_context(whole_file(self._root / PENDING.format(len(self._lengths))))
            process.call("open", str(temporary))
        process.call("add", layout.example(episode, self._declaration.robot))
        self._pending += 1
        if self._pending >= self._per_shard:
            self._commit()

    def finish(self) -> None:
        """Gives the files their names and describes them."""
        if self._pending:
            self._commit()
        with disk_errors(self._root):
            for number, path in enumerate(self._shards()):
                os.replace(path, self._root / FINAL.format(self._name, number, len(self._lengths)))
            num_bytes = sum(path.stat().st_size for path in self._shards())
            config.dump_json(self._declaration, self._root / FILE_NAME)
        process = TensorFlowProcess("Describer", str(self._root))
        process.call("describe", self._name, self._lengths, num_bytes)
        process.close()

    def close(self) -> None:
        """Drops the episodes of the unfinished file and ends the process."""
        with suppress(_Abandoned):
            self._open.__exit__(_Abandoned, _Abandoned(), None)
        self._pending = 0
        if self._process is not None:
            self._process.close()
            self._process = None

    def _started(self, episode: Episode, where: str) -> TensorFlowProcess:
        """The process; it knows sizes and widths from the first episode, and others are refused."""
        if episode.orientation != self._declaration.orientation:
            raise DataError(f"{where}: pictures are '{episode.orientation}', not '{self._declaration.orientation}'")
        kind = (
            {
                layout.camera_key(camera, self._declaration.robot): tuple(pictures.shape[1:3])
                for camera, pictures in episode.images.items()
            },
            {
                "action": episode.actions.shape[1],
                "state": episode.proprio.shape[1],
                "joint_state": episode.joint_positions.shape[1],
            },
        )
        if self._process is None:
            self._kind, self._process = kind, TensorFlowProcess("Writer", *kind)
            self._root.mkdir(parents=True, exist_ok=True)
            self._process.call("save_features", str(self._root))
        if kind != self._kind:
            raise DataError(f"{where}: sizes {kind} after {self._kind}; all demonstrations of a set need the same")
        return self._process

    def _commit(self) -> None:
        assert self._process is not None
        self._process.call("close")
        self._open.close()
        self._lengths.append(self._pending)
        self._pending = 0

    def _shards(self) -> list[Path]:
        """The files in order, under their final or their pending names."""
        names = re.compile(r"(?:shard-|tfrecord-)(\d{5})")
        found = {int(match[1]): path for path in self._root.glob("*tfrecord*") if (match := names.search(path.name))}
        return [found[number] for number in sorted(found)]
