"""A folder of demonstrations that grows safely: killed at any moment, it continues where it was.

    <folder>/manifest.json                        what every demonstration in it was made with
    <folder>/parts/<task name>/demo_<k>.hdf5      finished demonstrations of unfinished tasks
    <folder>/<task name>_demo.hdf5                finished tasks, LIBERO's layout

Every file appears whole. A folder of `<task name>_demo.hdf5` files by others, without manifest, is read too.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from action_tokenizer import LIBERO, Robot
from policies.demos import layout
from policies.demos.declaration import FORMAT_VERSION, StoreManifest
from policies.demos.hdf5 import DemonstrationFile, merge_files, write_episodes
from policies.demos.interface import Entry
from vst_robot import config
from vst_robot.atomic import disk_errors, sweep
from vst_robot.errors import DataError, InputError
from vst_robot.types import Episode, Orientation, Task

__all__ = ["MANIFEST_NAME", "DemonstrationStore", "StoreManifest"]

MANIFEST_NAME = "manifest.json"


class DemonstrationStore:
    """The demonstrations in a folder.

    Args:
        folder: The folder; need not exist yet.
        tasks: Known tasks, to name those of files by others; a manifest names its own.
        only: Tasks to read; None reads all that are there.
        orientation: Orientation of pictures in files by others that do not declare it.

    Raises:
        InputError: The manifest declares another orientation.
        DataError: The manifest is damaged or of a newer version.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        tasks: Sequence[Task] = (),
        only: Sequence[Task] | None = None,
        orientation: Orientation | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.manifest: StoreManifest | None = None
        if self._manifest_path.is_file():
            self.manifest = _read_manifest(self._manifest_path, orientation)
        self._tasks = self.manifest.tasks if self.manifest else tuple(tasks)
        self._only = None if only is None else [task.name for task in only]
        self._orientation: Orientation | None = self.manifest.orientation if self.manifest else orientation

    @property
    def robot(self) -> Robot:
        """LIBERO's: files of another robot are read by `RobomimicFolder`."""
        return LIBERO

    def prepare(self, manifest: StoreManifest) -> None:
        """Makes the folder ready for writing, or goes on with it if it was made with the same settings.

        The settings bind from the first demonstration on: a folder without any takes new ones.

        Raises:
            InputError: The folder was made with other settings (the first difference is named), or holds
                demonstrations by others.
            UnavailableError: The folder cannot be written to.
        """
        if self.manifest is None and self._merged_paths():
            raise InputError(f"{self.folder} holds demonstrations without {MANIFEST_NAME}; choose another folder")
        if self.manifest is not None and self._holds_any():
            _refuse_difference(self.folder, self.manifest, manifest)
        if manifest != self.manifest:
            config.dump_json(manifest, self._manifest_path)
        self.manifest, self._tasks, self._orientation = manifest, manifest.tasks, manifest.orientation
        self._tidy()

    def add(self, episode: Episode, *, demo: int | None = None) -> None:
        """Keeps a demonstration in a file of its own until its task is complete.

        Args:
            episode: Its task must be one of the manifest's.
            demo: Its number; None reads it from `episode.provenance["demo"]`, where the collector puts it.

        Raises:
            DataError: The episode does not hold together, or its pictures are of another orientation.
            UnavailableError: The disk is full or the folder cannot be written to; nothing is left behind.
        """
        if episode.orientation != self._require_manifest().orientation:
            raise DataError(f"{self.folder}: its pictures are '{self._orientation}', not '{episode.orientation}'")
        number = int(episode.provenance["demo"]) if demo is None else demo
        write_episodes(self._part_path(episode.task.name, number), [episode], first_demo=number)

    def missing(self, num_per_task: int | None = None) -> list[tuple[int, int]]:
        """The (task id, demonstration) pairs still to do, in order; None takes the manifest's number."""
        wanted = range(self._require_manifest().num_per_task if num_per_task is None else num_per_task)
        present = {task.name: set(self._demos(task.name)) for task in self._tasks}
        return [(task.task_id, demo) for task in self._tasks for demo in wanted if demo not in present[task.name]]

    def merge(self, num_per_task: int | None = None) -> list[Task]:
        """Joins the parts of every task that is complete into the task's file. Returns the tasks joined.

        Raises:
            UnavailableError: The disk is full; the parts stay.
        """
        incomplete = {task_id for task_id, _ in self.missing(num_per_task)}
        complete = [task for task in self._tasks if task.task_id not in incomplete and self._parts(task.name)]
        for task in complete:
            self._merge(task.name)
        return complete

    def files(self) -> list[DemonstrationFile]:
        """The finished tasks' files, in task order.

        Raises:
            DataError: A file is damaged.
        """
        return [self._open(path) for path in self._merged_paths()]

    def entries(self) -> Iterator[Entry]:
        """All demonstrations of the folder; a file that cannot be opened is one entry that raises."""
        for name in self._task_names():
            try:
                sources = self._sources(name)
            except DataError as error:
                yield Entry(where=f"{self.folder}, {name}", read=partial(_raise, error))
                continue
            for demo, file in sorted(sources.items()):
                yield Entry(where=f"{file.path}, demo_{demo}", read=partial(file.episode, demo))

    def episodes(self, num_per_task: int | None = None) -> Iterator[Episode]:
        """All demonstrations, one at a time, in an order that does not depend on how far merging went.

        Args:
            num_per_task: Take the first so many of each task; None takes all.

        Raises:
            DataError: A file is damaged, a task has fewer demonstrations than asked for, or the files differ in
                orientation.
        """
        first: DemonstrationFile | None = None
        for name in self._task_names():
            sources = self._sources(name)
            for file in sources.values():
                first = first or file
                _refuse_mixture(first, file)
            demos = sorted(sources)[:num_per_task]
            wanted = num_per_task or (1 if self._only else 0)
            if len(demos) < wanted:
                raise DataError(
                    f"{self.folder}: task '{name}' has {len(demos)} demonstrations, "
                    f"{wanted} are asked for; collect more or ask for fewer"
                )
            for demo in demos:
                yield sources[demo].episode(demo)

    def start_hashes(self) -> frozenset[str]:
        """Hashes of the start states as `Environment.start_hash` gave them; files by others know none."""
        provenance = (episode.provenance for episode in self.episodes())
        return frozenset(facts["start_hash"] for facts in provenance if "start_hash" in facts)

    def contents_hash(self, num_per_task: int | None = None) -> str:
        """Hash of what `episodes` yields.

        It covers seeds and actions. Pictures follow from these and from the manifest, which it covers too; in
        files by others they are told apart by size and date of the file.
        """
        digest = hashlib.sha256(repr(self._origin()).encode())
        for episode in self.episodes(num_per_task):
            digest.update(repr((episode.task, episode.seed, episode.orientation)).encode())
            digest.update(episode.actions.tobytes() + episode.actions_clean.tobytes())
        return digest.hexdigest()

    def _origin(self) -> Any:
        if self.manifest is not None:
            return sorted(_flat(replace(self.manifest, num_per_task=0)).items())
        return [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in self._merged_paths()]

    @property
    def _manifest_path(self) -> Path:
        return self.folder / MANIFEST_NAME

    def _part_path(self, task_name: str, demo: int) -> Path:
        return self.folder / "parts" / task_name / f"demo_{demo}.hdf5"

    def _holds_any(self) -> bool:
        """Whether there is any demonstration, of these tasks or others."""
        return any(self.folder.glob(f"*{layout.SUFFIX}")) or any(self.folder.glob("parts/*/demo_*.hdf5"))

    def _parts(self, task_name: str) -> dict[int, Path]:
        """Number → file of the demonstrations not merged yet."""
        paths = (self.folder / "parts" / task_name).glob("demo_*.hdf5")
        return {int(match[1]): path for path in paths if (match := re.fullmatch(r"demo_(\d+)\.hdf5", path.name))}

    def _merged_paths(self) -> list[Path]:
        if self.manifest is None:
            return sorted(self.folder.glob(f"*{layout.SUFFIX}"))
        paths = [layout.task_file(self.folder, task.name) for task in self._tasks]
        return [path for path in paths if path.is_file()]

    def _task_names(self) -> list[str]:
        if self._only is not None:
            return self._only
        if self.manifest is not None:
            return [task.name for task in self._tasks]
        return [path.name.removesuffix(layout.SUFFIX) for path in self._merged_paths()]

    def _open(self, path: Path) -> DemonstrationFile:
        return DemonstrationFile.open(path, tasks=self._tasks, orientation=self._orientation)

    def _merged_demos(self, task_name: str) -> dict[int, DemonstrationFile]:
        path = layout.task_file(self.folder, task_name)
        if not path.is_file():
            return {}
        file = self._open(path)
        return dict.fromkeys(file.demos, file)

    def _demos(self, task_name: str) -> set[int]:
        return {*self._parts(task_name), *self._merged_demos(task_name)}

    def _sources(self, task_name: str) -> dict[int, DemonstrationFile]:
        """Number → file that holds the demonstration."""
        parts = {demo: self._open(path) for demo, path in self._parts(task_name).items()}
        return parts | self._merged_demos(task_name)

    def _merge(self, task_name: str) -> None:
        target, parts = layout.task_file(self.folder, task_name), self._parts(task_name)
        merged = self._merged_demos(task_name)
        fresh = [path for demo, path in sorted(parts.items()) if demo not in merged]
        if fresh:
            merge_files([target, *fresh] if merged else fresh, target)
        for path in parts.values():
            path.unlink()

    def _tidy(self) -> None:
        """Removes what a kill left: half-written files, and parts whose task file was finished already."""
        with disk_errors(self.folder):
            sweep(self.folder)
            for task in self._tasks:
                parts = self._parts(task.name)
                sweep(self.folder / "parts" / task.name)
                for demo in parts.keys() & self._merged_demos(task.name).keys():
                    parts[demo].unlink()

    def _require_manifest(self) -> StoreManifest:
        if self.manifest is None:
            raise InputError(f"{self.folder} has no {MANIFEST_NAME}; name the number of demonstrations per task")
        return self.manifest


def _raise(error: DataError) -> Episode:
    raise error


def _read_manifest(path: Path, orientation: Orientation | None) -> StoreManifest:
    manifest = config.load(path, StoreManifest, error=DataError)
    if manifest.format_version > FORMAT_VERSION:
        raise DataError(f"{path}: written by a newer version (format {manifest.format_version}); upgrade vst-robot")
    if orientation not in (None, manifest.orientation):
        raise InputError(
            f"{path} declares the pictures '{manifest.orientation}', which contradicts '{orientation}'; "
            "orientations are never mixed"
        )
    return manifest


def _refuse_mixture(one: DemonstrationFile, other: DemonstrationFile) -> None:
    if one.orientation != other.orientation:
        raise DataError(
            f"{one.path.parent} mixes orientations: '{one.path.name}' is {one.orientation}, '{other.path.name}' "
            f"{other.orientation}; keep them in folders of their own"
        )


def _refuse_difference(folder: Path, old: StoreManifest, new: StoreManifest) -> None:
    """`num_per_task` alone may change."""
    before, now = (_flat(replace(manifest, num_per_task=0)) for manifest in (old, new))
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            raise InputError(
                f"{folder} was made with {key} = {before.get(key, 'nothing')}, "
                f"now {now.get(key, 'nothing')}; choose another folder, or delete this one"
            )


def _flat(manifest: StoreManifest) -> dict[str, Any]:
    fields = config.to_dict(manifest)
    facts: Mapping[str, str] = fields.pop("facts")
    return fields | {f"facts.{name}": value for name, value in facts.items()}
