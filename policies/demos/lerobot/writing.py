"""Writes LeRobot v3.0 sets. Killed at any moment, another writer continues behind the last whole file."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from policies.demos.checks import check_episode
from policies.demos.declaration import SetDeclaration
from policies.demos.lerobot import layout, meta
from policies.demos.lerobot.batch import Batch, Place
from policies.demos.lerobot.tables import parquet_file
from vst_robot import config
from vst_robot.atomic import disk_errors, sweep
from vst_robot.errors import DataError
from vst_robot.types import Episode

EPISODES_PER_FILE = 50


class LeRobotWriter:
    """A `DemonstrationWriter` for LeRobot v3.0: parquet, H.264 videos, and our exact values beside them.

    Args:
        folder: The set; what is whole in it is continued.
        declaration: Orientation, gripper and manifest of the set.
        episodes_per_file: Episodes in one parquet file and one video.
    """

    def __init__(
        self, folder: Path, declaration: SetDeclaration, *, episodes_per_file: int = EPISODES_PER_FILE
    ) -> None:
        self._folder, self._declaration, self._per_file = folder, declaration, episodes_per_file
        self._tasks: dict[str, int] = {}
        self._episodes = self._steps = self._files = self._open_steps = 0
        self._batch: Batch | None = None
        self._sizes_px: dict[str, tuple[int, int]] | None = None
        self._continue()

    @property
    def num_written(self) -> int:
        """Episodes in whole files."""
        return self._episodes

    def add(self, episode: Episode) -> None:
        """Takes the next demonstration."""
        number = self._episodes + (len(self._batch) if self._batch else 0)
        where = f"{self._folder}, episode {number}"
        episode = replace(episode, images={name: np.asarray(pictures) for name, pictures in episode.images.items()})
        check_episode(episode, where, self._declaration.robot)
        self._check_same(episode, where)
        if self._batch is None:
            assert self._sizes_px is not None
            self._batch = Batch(self._folder, self._files, self._sizes_px, self._declaration.robot)
        task = self._tasks.setdefault(episode.task.instruction, len(self._tasks))
        with disk_errors(self._folder):
            self._batch.add(episode, Place(episode=number, step=self._steps + self._open_steps, task=task))
        self._open_steps += len(episode)
        if len(self._batch) >= self._per_file:
            self._commit()

    def finish(self) -> None:
        """Writes what describes the set as a whole; `meta/info.json` last."""
        if self._batch is not None:
            self._commit()
        with disk_errors(self._folder):
            config.dump_json(self._declaration, self._folder / layout.DECLARATION)
            meta.write(
                self._folder,
                tasks=list(self._tasks),
                episodes=self._episodes,
                steps=self._steps,
                robot=self._declaration.robot,
            )

    def close(self) -> None:
        """Drops the episodes of the unfinished files."""
        if self._batch is not None:
            self._batch.abandon()
            self._batch, self._open_steps = None, 0

    def _continue(self) -> None:
        """Finds out what an earlier writer left."""
        for folder in {path.parent for path in self._folder.rglob(".*.tmp")}:
            sweep(folder)
        for path in meta.lists(self._folder):
            with parquet_file(path, str(self._folder)) as file:
                rows = file.read(columns=["length", "tasks"]).to_pylist()
            for row in rows:
                self._tasks.setdefault(row["tasks"][0], len(self._tasks))
                self._steps += row["length"]
            self._episodes += len(rows)
            self._files += 1

    def _commit(self) -> None:
        assert self._batch is not None
        with disk_errors(self._folder):
            self._batch.commit()
        self._episodes += len(self._batch)
        self._steps += self._open_steps
        self._files += 1
        self._batch, self._open_steps = None, 0

    def _check_same(self, episode: Episode, where: str) -> None:
        if episode.orientation != self._declaration.orientation:
            raise DataError(f"{where}: pictures are '{episode.orientation}', not '{self._declaration.orientation}'")
        sizes_px = {camera: pictures.shape[1:3] for camera, pictures in episode.images.items()}
        if self._sizes_px is None:
            self._sizes_px = sizes_px
        if sizes_px != self._sizes_px:
            raise DataError(f"{where}: cameras {sizes_px} after {self._sizes_px}; all demonstrations need the same")
