"""What every set of demonstrations offers, and what every writer takes, whatever the format."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from action_tokenizer import Robot
from policies.demos.declaration import StoreManifest
from vst_robot.types import Episode

Format = Literal["hdf5", "rlds", "lerobot"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A demonstration that a set lists.

    Attributes:
        where: File and episode, for messages.
        read: Reads it (pictures when they are looked at). Raises `DataError` if it is damaged; the entries after
            it can be read all the same.
    """

    where: str
    read: Callable[[], Episode]


class Demonstrations(Protocol):
    """A set of demonstrations in a folder, read one at a time."""

    @property
    def folder(self) -> Path:
        """Where it lies."""
        ...

    @property
    def manifest(self) -> StoreManifest | None:
        """What all demonstrations were made with; None for sets by others."""
        ...

    @property
    def robot(self) -> Robot:
        """What its actions and its proprioception are called."""
        ...

    def entries(self) -> Iterator[Entry]:
        """All demonstrations that the set lists, damaged ones included, in a fixed order."""
        ...

    def episodes(self, num_per_task: int | None = None) -> Iterator[Episode]:
        """Demonstrations, the first so many of each task; None takes all.

        Raises:
            DataError: One is damaged, or a task has too few.
        """
        ...

    def start_hashes(self) -> frozenset[str]:
        """Hashes of the start states as `Environment.start_hash` gave them."""
        ...

    def contents_hash(self, num_per_task: int | None = None) -> str:
        """Hash of what `episodes` yields."""
        ...


class DemonstrationWriter(Protocol):
    """Takes demonstrations in a fixed order; killed at any moment, another one continues in the same folder."""

    @property
    def num_written(self) -> int:
        """How many demonstrations, counted from the first, are safe on the disk."""
        ...

    def add(self, episode: Episode) -> None:
        """Takes the next demonstration.

        Raises:
            DataError: It does not hold together, or differs in cameras, sizes or orientation from the others.
            UnavailableError: The disk is full or the folder cannot be written to.
        """
        ...

    def finish(self) -> None:
        """Makes the set whole."""
        ...

    def close(self) -> None:
        """Lets go of files and processes; what is not safe yet is dropped."""
        ...
