"""The files' half of OpenVLA's way to clean demonstrations: what goes in, and a folder that grows safely.

    <output>.partial/settings.json          how it is made
    <output>.partial/regeneration.jsonl     one line per demonstration that is decided, kept or dropped
    <output>.partial/parts/…                those that are kept
    <output>/<task name>_demo.hdf5          the set, once it is whole; numbers are the source's, with gaps
    <output>/regeneration.json              the manifest: settings, versions, and every demonstration's fate

The simulator's half is `envs.regenerate`; the command line carries one to the other.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from policies.demos import layout
from policies.demos.formats import UNFINISHED
from policies.demos.hdf5 import DemonstrationFile, merge_files, write_episodes
from policies.demos.noop import noop_mask
from vst_robot import config
from vst_robot.atomic import disk_errors, sweep
from vst_robot.errors import DataError, InputError
from vst_robot.records import RecordFile
from vst_robot.types import Episode, Task

MANIFEST_NAME = "regeneration.json"
SETTINGS_NAME = "settings.json"
RECORDS_NAME = "regeneration.jsonl"
FORMAT_VERSION = 1
DROPPED_STEPS = "noop_steps_dropped"
"""Name of the fact that every regenerated demonstration carries."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Original:
    """A demonstration as it was recorded, pictures aside.

    Attributes:
        file: Where it lies.
        demo: Its number there.
        kept_actions: (t, d), those that OpenVLA's rule leaves.
        steps: Steps before that.
        sim_state: The first recorded simulator state.
        sha256: Hash of all its actions and states.
    """

    file: DemonstrationFile
    demo: int
    kept_actions: Float[np.ndarray, "t d"]
    steps: int
    sim_state: Float[np.ndarray, " n"]
    sha256: str

    @property
    def key(self) -> str:
        """Unique name, e.g. ``"open_the_drawer/7"``."""
        return f"{self.file.task.name}/{self.demo}"

    @property
    def noop_steps(self) -> int:
        """Steps that the rule drops."""
        return self.steps - len(self.kept_actions)


@dataclass(frozen=True, kw_only=True)
class RegenerationSettings:
    """What decides the outcome; two runs with the same settings make the same set.

    Attributes:
        suite: Canonical suite name.
        source: Name of the source's folder.
        source_sha256: Hash of all its demonstrations.
        cameras: Cameras that are recorded.
        fixtures: `drawn` or `recorded`.
        noop_norm_below: Threshold of the no-op rule.
        world: Simulator versions, assets and their hash, picture size, render mode, settle steps.
    """

    suite: str
    source: str
    source_sha256: str
    cameras: tuple[str, ...]
    fixtures: str
    noop_norm_below: float
    world: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of one demonstration.

    Attributes:
        task: Task name.
        demo: Number in the source and in the set.
        kept: Whether it is in the set.
        reason: `no-op steps dropped: n` if it is, else why not.
        source_sha256: Hash of the original's actions and states.
        source_steps: Steps of the original.
        noop_steps: Steps of it that were no-ops.
        sha256: Hash of the new actions, states and proprioception; empty if dropped.
        pictures_sha256: Hash of the new pictures, which may differ between renderers; empty if dropped.
    """

    task: str
    demo: int
    kept: bool
    reason: str
    source_sha256: str
    source_steps: int
    noop_steps: int
    sha256: str = ""
    pictures_sha256: str = ""

    @property
    def key(self) -> str:
        """As `Original.key`."""
        return f"{self.task}/{self.demo}"


@dataclass(frozen=True, kw_only=True)
class RegenerationManifest:
    """What `regeneration.json` holds.

    Attributes:
        settings: How the set was made.
        kept: Demonstrations in the set.
        dropped: Demonstrations of the source that are not.
        demonstrations: The fate of each, in the order of the source.
        format_version: Version of this file.
    """

    settings: RegenerationSettings
    kept: int
    dropped: int
    demonstrations: tuple[Fate, ...]
    format_version: int = FORMAT_VERSION


def read_originals(folder: Path, tasks: Sequence[Task] = ()) -> list[Original]:
    """Reads LIBERO's own files through, pictures aside.

    Args:
        folder: With `<task name>_demo.hdf5` files.
        tasks: Known tasks.

    Raises:
        InputError: There are none, no-ops were dropped from them already, or a scripted expert gave them.
        DataError: A file is damaged.
    """
    if (folder / MANIFEST_NAME).is_file():
        raise InputError(f"{folder} was regenerated already ({MANIFEST_NAME}): name the folder of the original files")
    originals = [original for path in sorted(folder.glob(f"*{layout.SUFFIX}")) for original in _read(path, tasks)]
    if not originals:
        raise InputError(f"no demonstrations in '{folder}': name a folder with LIBERO's '<task name>{layout.SUFFIX}'")
    if not any(original.noop_steps for original in originals):
        raise InputError(
            f"'{folder}' is filtered already: none of its {len(originals)} demonstrations has a no-op step, and a "
            "second pass would drop others than the first; name the folder of the original files"
        )
    return originals


def sha256_of(originals: Sequence[Original]) -> str:
    """Hash of a whole source."""
    return hashlib.sha256("\n".join(f"{one.key} {one.sha256}" for one in originals).encode()).hexdigest()


def _read(path: Path, tasks: Sequence[Task]) -> Iterator[Original]:
    file = DemonstrationFile.open(path, tasks=tasks)
    for demo in file.demos:
        episode = file.episode(demo)
        _refuse_ours(episode, f"{path}, demo_{demo}")
        yield Original(
            file=file,
            demo=demo,
            kept_actions=episode.actions[~noop_mask(episode.actions)],
            steps=len(episode),
            sim_state=episode.sim_states[0],
            sha256=_sha256(episode.actions, episode.sim_states),
        )


def _refuse_ours(episode: Episode, where: str) -> None:
    if DROPPED_STEPS in episode.provenance:
        raise InputError(f"{where} was regenerated already: name the folder of the original files")
    if any(fact.startswith("expert.") for fact in episode.provenance):
        raise InputError(
            f"{where} was collected from a scripted expert: such demonstrations succeeded when they were recorded and "
            "need no cleaning; 'vst-robot finetune --demonstrations.folder' takes them as they are"
        )


class RegeneratedSet:
    """The set while it is made; killed at any moment, the same settings go on with it.

    Args:
        output: Folder of the set.
        settings: How it is made.
        originals: What it is made from.

    Raises:
        InputError: The folder, or an unfinished one beside it, was made otherwise.
    """

    def __init__(self, output: Path, settings: RegenerationSettings, originals: Sequence[Original]) -> None:
        self._output, self._settings, self._originals = output, settings, originals
        self.partial = output.with_name(output.name + UNFINISHED)
        self.manifest = self._finished()
        self._records = RecordFile(self.partial / RECORDS_NAME, Fate, key=lambda fate: fate.key)

    def begin(self) -> None:
        """Makes the folder, or goes on with it; settings bind from the first decided demonstration on.

        Raises:
            InputError: It was begun with other settings.
        """
        path = self.partial / SETTINGS_NAME
        if self._records.read():
            _refuse_difference(self.partial, config.load(path, RegenerationSettings, error=DataError), self._settings)
        config.dump_json(self._settings, path)
        for parts in (self.partial / "parts").glob("*"):
            sweep(parts)

    def missing(self) -> list[Original]:
        """Those that are not decided yet."""
        done = {fate.key for fate in self._records.read()}
        return [original for original in self._originals if original.key not in done]

    def fates(self) -> list[Fate]:
        """What is decided, in the order of the source."""
        by_key = {fate.key: fate for fate in self._records.read()}
        return [by_key[original.key] for original in self._originals if original.key in by_key]

    def keep(self, original: Original, episode: Episode) -> None:
        """Takes a demonstration into the set.

        Raises:
            DataError: The episode does not hold together.
            UnavailableError: The disk is full or the folder cannot be written to.
        """
        write_episodes(self._part(original), [episode], first_demo=original.demo)
        pictures = [episode.images[camera] for camera in sorted(episode.images)]
        fate = _fate(
            original,
            kept=True,
            reason=f"no-op steps dropped: {original.noop_steps}",
            sha256=_sha256(episode.actions, episode.sim_states, episode.proprio),
            pictures_sha256=_sha256(*pictures),
        )
        self._records.append(fate)

    def drop(self, original: Original, reason: str) -> None:
        """Notes why a demonstration is left out."""
        self._records.append(_fate(original, kept=False, reason=reason))

    def finish(self) -> RegenerationManifest:
        """Joins the parts, writes the manifest and gives the folder its name.

        Raises:
            UnavailableError: The disk is full; nothing is lost.
        """
        fates = self.fates()
        assert len(fates) == len(self._originals), "finished before every demonstration is decided"
        for name in dict.fromkeys(fate.task for fate in fates if fate.kept):
            self._join(name)
        kept = sum(fate.kept for fate in fates)
        manifest = RegenerationManifest(
            settings=self._settings, kept=kept, dropped=len(fates) - kept, demonstrations=tuple(fates)
        )
        with disk_errors(self._output):
            config.dump_json(manifest, self.partial / MANIFEST_NAME)
            shutil.rmtree(self.partial / "parts", ignore_errors=True)
            os.replace(self.partial, self._output)
            for name in (RECORDS_NAME, SETTINGS_NAME):  # the manifest holds both
                (self._output / name).unlink()
        return manifest

    def _finished(self) -> RegenerationManifest | None:
        if not self._output.exists():
            return None
        path = self._output / MANIFEST_NAME
        if not path.is_file():
            raise InputError(f"{self._output} holds something else than regenerated demonstrations: choose another")
        manifest = config.load(path, RegenerationManifest, error=DataError)
        _refuse_difference(self._output, manifest.settings, self._settings)
        return manifest

    def _part(self, original: Original) -> Path:
        return self.partial / "parts" / original.file.task.name / f"demo_{original.demo}.hdf5"

    def _join(self, name: str) -> None:
        target = layout.task_file(self.partial, name)
        if not target.is_file():  # there are task files only once every demonstration is decided
            parts = [self._part(one) for one in self._originals if one.file.task.name == name]
            merge_files([part for part in parts if part.is_file()], target)


def _fate(original: Original, *, kept: bool, reason: str, sha256: str = "", pictures_sha256: str = "") -> Fate:
    return Fate(
        task=original.file.task.name,
        demo=original.demo,
        kept=kept,
        reason=reason,
        source_sha256=original.sha256,
        source_steps=original.steps,
        noop_steps=original.noop_steps,
        sha256=sha256,
        pictures_sha256=pictures_sha256,
    )


def _sha256(*arrays: np.ndarray) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(repr((array.dtype.str, array.shape)).encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _refuse_difference(folder: Path, theirs: RegenerationSettings, mine: RegenerationSettings) -> None:
    before, now = (config.to_dict(one) for one in (theirs, mine))
    before, now = before.pop("world") | before, now.pop("world") | now
    for name in {**before, **now}:
        if before.get(name) != now.get(name):
            raise InputError(
                f"{folder} was made with {name} = {before.get(name, 'nothing')}, now {now.get(name, 'nothing')}: "
                "choose another --output, or delete it"
            )
