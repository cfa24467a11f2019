"""A set that is read from front to back: RLDS and LeRobot."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from action_tokenizer import Robot
from policies.demos.declaration import SetDeclaration, StoreManifest
from policies.demos.interface import Entry
from vst_robot.errors import DataError
from vst_robot.types import Episode, Task


class EpisodeReader(Protocol):
    """Reads one format."""

    folder: Path
    declaration: SetDeclaration

    def entries(self) -> Iterator[Entry]:
        """The episodes in the order of the files."""
        ...

    def files(self) -> Iterable[Path]:
        """The files that make up the set."""
        ...


class StreamedSet:
    """`Demonstrations` on top of a reader; holds one episode at a time.

    Args:
        reader: Reads the format.
        only: Tasks to read; None reads all that are there.
    """

    def __init__(self, reader: EpisodeReader, *, only: Sequence[Task] | None = None) -> None:
        self._reader = reader
        self._only = None if only is None else {task.name for task in only}

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._reader.folder

    @property
    def manifest(self) -> StoreManifest | None:
        """That of the set it was converted from, if there was one."""
        return self._reader.declaration.manifest

    @property
    def robot(self) -> Robot:
        """What its actions and its proprioception are called."""
        return self._reader.declaration.robot

    def entries(self) -> Iterator[Entry]:
        """All demonstrations that the set lists."""
        return self._reader.entries()

    def episodes(self, num_per_task: int | None = None) -> Iterator[Episode]:
        """Demonstrations in the order of the files, the first so many of each task; None takes all.

        Raises:
            DataError: One is damaged, or a task has fewer than asked for (known at the end).
        """
        counts = Counter(dict.fromkeys(self._only or (), 0))
        for entry in self.entries():
            episode = entry.read()
            name = episode.task.name
            if self._only is not None and name not in self._only:
                continue
            counts[name] += 1
            if num_per_task is None or counts[name] <= num_per_task:
                yield episode
        self._refuse_too_few(counts, num_per_task)

    def start_hashes(self) -> frozenset[str]:
        """Hashes of the start states as `Environment.start_hash` gave them; sets by others know none."""
        provenance = (episode.provenance for episode in self.episodes())
        return frozenset(facts["start_hash"] for facts in provenance if "start_hash" in facts)

    def contents_hash(self, num_per_task: int | None = None) -> str:
        """Hash of the numbers in what `episodes` yields, and of size and date of the files that hold the pictures."""
        facts = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in self._reader.files()]
        digest = hashlib.sha256(repr((self._reader.declaration.orientation, self.robot, sorted(facts))).encode())
        for episode in self.episodes(num_per_task):
            digest.update(repr((episode.task, episode.seed)).encode())
            digest.update(episode.actions.tobytes() + episode.actions_clean.tobytes() + episode.proprio.tobytes())
        return digest.hexdigest()

    def _refuse_too_few(self, counts: Counter[str], num_per_task: int | None) -> None:
        wanted = num_per_task or (1 if self._only else 0)
        for name, count in counts.items():
            if count < wanted:
                raise DataError(
                    f"{self.folder}: task '{name}' has {count} demonstrations, {wanted} are asked for; "
                    "collect more or ask for fewer"
                )
