"""Writes a folder of LIBERO HDF5 files, one per task, as a conversion does."""

from collections import Counter
from pathlib import Path

from policies.demos import layout
from policies.demos.declaration import SetDeclaration
from policies.demos.hdf5 import DemonstrationFile, merge_files, write_episodes
from policies.demos.store import MANIFEST_NAME
from vst_robot import config
from vst_robot.atomic import disk_errors, sweep
from vst_robot.errors import DataError
from vst_robot.types import Episode


class Hdf5Writer:
    """A `DemonstrationWriter`: every episode is a file of its own until the set is whole.

    Args:
        folder: The set; what is whole in it is continued.
        declaration: Orientation and manifest of the set.
    """

    def __init__(self, folder: Path, declaration: SetDeclaration) -> None:
        self._folder, self._declaration = folder, declaration
        for leftovers in {path.parent for path in folder.rglob(".*.tmp")}:
            sweep(leftovers)
        self._counts = Counter({name: len(self._demos(name)) for name in self._names()})

    @property
    def num_written(self) -> int:
        """Episodes in whole files."""
        return self._counts.total()

    def add(self, episode: Episode) -> None:
        """Takes the next demonstration; its number counts those of its task."""
        if episode.orientation != self._declaration.orientation:
            raise DataError(
                f"{self._folder}: its pictures are '{self._declaration.orientation}', not '{episode.orientation}'"
            )
        name = episode.task.name
        number = self._counts[name]
        write_episodes(self._part(name, number), [episode], first_demo=number, robot=self._declaration.robot)
        self._counts[name] += 1

    def finish(self) -> None:
        """Joins the files of each task, and puts the manifest beside them if the source had one."""
        for name in self._names():
            target, parts = layout.task_file(self._folder, name), self._parts(name)
            if parts and not target.is_file():
                merge_files([parts[number] for number in sorted(parts)], target)
            for path in parts.values():
                path.unlink()
        with disk_errors(self._folder):
            for leftover in sorted(self._folder.glob("parts/*"), reverse=True):
                leftover.rmdir()
            if (self._folder / "parts").is_dir():
                (self._folder / "parts").rmdir()
        if self._declaration.manifest is not None:
            config.dump_json(self._declaration.manifest, self._folder / MANIFEST_NAME)

    def close(self) -> None:
        """Nothing is open between episodes."""

    def _part(self, name: str, number: int) -> Path:
        return self._folder / "parts" / name / f"demo_{number}.hdf5"

    def _parts(self, name: str) -> dict[int, Path]:
        paths = (self._folder / "parts" / name).glob("demo_*.hdf5")
        return {int(path.stem.removeprefix("demo_")): path for path in paths}

    def _names(self) -> list[str]:
        merged = {path.name.removesuffix(layout.SUFFIX) for path in self._folder.glob(f"*{layout.SUFFIX}")}
        return sorted(merged | {path.name for path in (self._folder / "parts").glob("*")})

    def _demos(self, name: str) -> set[int]:
        target = layout.task_file(self._folder, name)
        return set(DemonstrationFile.open(target).demos if target.is_file() else ()) | set(self._parts(name))
