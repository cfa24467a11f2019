"""Several sets one behind the other, as one: the demonstrations of a policy for several suites."""

import hashlib
import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from action_tokenizer import Robot
from policies.demos.declaration import StoreManifest
from policies.demos.interface import Demonstrations, Entry
from vst_robot.errors import DataError
from vst_robot.types import Episode


def chained(sets: Sequence[Demonstrations]) -> Demonstrations:
    """The sets as one; a single one as it is."""
    return sets[0] if len(sets) == 1 else DemonstrationChain(sets)


class DemonstrationChain:
    """`Demonstrations` made of others; holds one episode at a time.

    Args:
        parts: At least one set, none twice.

    Raises:
        DataError: The parts are of different robots.
    """

    def __init__(self, parts: Sequence[Demonstrations]) -> None:
        self._parts = tuple(parts)
        for part in self._parts[1:]:
            _refuse_other_robot(self._parts[0], part)

    @property
    def folder(self) -> Path:
        """The innermost folder that holds all parts."""
        return Path(os.path.commonpath([part.folder.absolute() for part in self._parts]))

    @property
    def manifest(self) -> StoreManifest | None:
        """What the parts' manifests have in common, with the tasks of all; None if a part has none."""
        manifests = [part.manifest for part in self._parts if part.manifest is not None]
        return _joined(manifests) if len(manifests) == len(self._parts) else None

    @property
    def robot(self) -> Robot:
        """That of every part."""
        return self._parts[0].robot

    def entries(self) -> Iterator[Entry]:
        """All demonstrations that the parts list, part by part."""
        return itertools.chain.from_iterable(part.entries() for part in self._parts)

    def episodes(self, num_per_task: int | None = None) -> Iterator[Episode]:
        """Demonstrations, part by part, the first so many of each task; None takes all.

        Raises:
            DataError: One is damaged, a task has too few, or the parts differ in orientation.
        """
        first: tuple[Path, str] | None = None
        for part in self._parts:
            for episode in part.episodes(num_per_task):
                first = first or (part.folder, episode.orientation)
                if episode.orientation != first[1]:
                    raise DataError(
                        f"{part.folder} holds {episode.orientation} pictures, {first[0]} {first[1]} ones; orientations "
                        "are never mixed"
                    )
                yield episode

    def start_hashes(self) -> frozenset[str]:
        """Hashes of the start states of all parts."""
        return frozenset().union(*(part.start_hashes() for part in self._parts))

    def contents_hash(self, num_per_task: int | None = None) -> str:
        """Hash of what `episodes` yields."""
        hashes = [part.contents_hash(num_per_task) for part in self._parts]
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _refuse_other_robot(one: Demonstrations, other: Demonstrations) -> None:
    if one.robot != other.robot:
        raise DataError(
            f"{other.folder} is of another robot ({', '.join(other.robot.actions)}) than {one.folder} "
            f"({', '.join(one.robot.actions)}); one policy learns one robot"
        )


def _joined(manifests: Sequence[StoreManifest]) -> StoreManifest:
    first, *others = manifests
    shared = {name: text for name, text in first.facts.items() if all(m.facts.get(name) == text for m in others)}
    return replace(
        first,
        suite="+".join(dict.fromkeys(manifest.suite for manifest in manifests)),
        tasks=tuple(task for manifest in manifests for task in manifest.tasks),
        cameras=tuple(name for name in first.cameras if all(name in other.cameras for other in others)),
        num_per_task=min(manifest.num_per_task for manifest in manifests),
        facts=shared,
    )
