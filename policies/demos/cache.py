"""Demonstrations unpacked for training: memory-mapped arrays, so that a sample costs no decompression.

Pictures are stored as the policy's image pipeline wants them, which is small. Building streams and training
maps, so neither needs memory that grows with the set.

    <folder>/cache.json                key, instructions, cameras
    <folder>/pictures_<camera>.npy     uint8 (N, h, w, 3)
    <folder>/actions.npy, actions_clean.npy, proprio.npy     float64 (N, …)
    <folder>/episode_starts.npy        int64 (E + 1,), first step of every episode, and N
    <folder>/instruction_index.npy     int64 (E,)
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Int64, UInt8

from policies.demos.growing_array import GrowingArray
from policies.demos.noop import noop_mask
from vst_robot import config
from vst_robot.atomic import sweep, whole_folder
from vst_robot.errors import DataError
from vst_robot.types import Episode, Orientation, Picture

INDEX_NAME = "cache.json"
FORMAT_VERSION = 1
Labels = Literal["clean", "executed"]


@dataclass(frozen=True, kw_only=True)
class CacheIndex:
    """What `cache.json` holds; written last.

    Attributes:
        key: What the cache was built from; see `cache_key`.
        cameras: Camera names.
        instructions: Distinct instructions.
        format_version: Version of the folder's layout.
    """

    key: str
    cameras: tuple[str, ...]
    instructions: tuple[str, ...]
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, kw_only=True, eq=False)
class ActionWindow:
    """The actions that follow a step.

    Attributes:
        actions: (horizon, d); beyond the end of the episode the last one is repeated.
        valid: (horizon,), False where repeated.
    """

    actions: Float[np.ndarray, "horizon d"]
    valid: Bool[np.ndarray, " horizon"]


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameCache:
    """N steps of E episodes, ready to index. Pickles as its folder: all processes map the same pages.

    Attributes:
        folder: Where it lies.
        index: Key, cameras, instructions.
        pictures: Camera → uint8 (N, h, w, 3), in the policy's orientation and size.
        actions: (N, d), executed.
        actions_clean: (N, d), the expert's labels.
        proprio: (N, p).
        episode_starts: (E + 1,), ascending, from 0 to N.
        instruction_index: (E,), into `index.instructions`.
    """

    folder: Path
    index: CacheIndex
    pictures: Mapping[str, UInt8[np.ndarray, "n h w 3"]]
    actions: Float[np.ndarray, "n d"]
    actions_clean: Float[np.ndarray, "n d"]
    proprio: Float[np.ndarray, "n p"]
    episode_starts: Int64[np.ndarray, " e+1"]
    instruction_index: Int64[np.ndarray, " e"]

    @classmethod
    def build(
        cls,
        episodes: Iterable[Episode],
        folder: Path,
        *,
        cameras: Sequence[str],
        pictures: Callable[[Picture, Orientation], Picture],
        key: str,
        drop_noops: bool = False,
        arm: Sequence[bool] = (),
    ) -> "FrameCache":
        """Builds a cache, or loads the one that `folder` holds if it is whole and has the same key.

        Args:
            episodes: Demonstrations, read one at a time; not touched when the cache is there already.
            folder: Where to; a cache with another key is replaced.
            cameras: Cameras to keep.
            pictures: From a picture and its orientation to what the policy sees. All results have one size.
            key: What the result depends on; see `cache_key`.
            drop_noops: Leave out the steps that OpenVLA's rule calls no-ops, judged by the executed actions.
            arm: Which dimensions move the arm, for that rule; left out, all but the last.

        Raises:
            DataError: A demonstration is damaged, or there is none.
            UnavailableError: The disk is full or the folder cannot be written to; nothing is left behind.
        """
        folder = Path(folder)
        if stored_key(folder) == key:
            with suppress(DataError):  # a damaged array: everything here can be built again
                return cls.load(folder)
        if folder.parent.is_dir():
            sweep(folder.parent)
        with whole_folder(folder) as temporary, _Writer(temporary, tuple(cameras), pictures) as writer:
            for episode in episodes:
                kept = ~noop_mask(episode.actions, arm=arm) if drop_noops else np.ones(len(episode), bool)
                writer.add(episode, kept)
            writer.finish(key)
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> "FrameCache":
        """Maps a cache.

        Raises:
            DataError: There is none, or it is not whole.
        """
        folder = Path(folder)
        index = config.load(folder / INDEX_NAME, CacheIndex, error=DataError)
        cache = cls(
            folder=folder,
            index=index,
            pictures={camera: _map(folder / _pictures_name(camera)) for camera in index.cameras},
            actions=_map(folder / "actions.npy"),
            actions_clean=_map(folder / "actions_clean.npy"),
            proprio=_map(folder / "proprio.npy"),
            episode_starts=np.array(_map(folder / "episode_starts.npy")),
            instruction_index=np.array(_map(folder / "instruction_index.npy")),
        )
        steps = {len(cache.actions_clean), len(cache.proprio), *map(len, cache.pictures.values())}
        if steps | {int(cache.episode_starts[-1])} != {len(cache)}:
            raise DataError(f"{folder}: the cache's arrays differ in length; delete it, it will be built again")
        return cache

    def __len__(self) -> int:
        """Number of steps N."""
        return len(self.actions)

    @property
    def num_episodes(self) -> int:
        """Number of episodes E."""
        return len(self.instruction_index)

    def episode_of(self, step: int) -> int:
        """Index of the episode that a step belongs to."""
        return int(np.searchsorted(self.episode_starts, step, side="right")) - 1

    def instruction(self, step: int) -> str:
        """The words that the policy is given at a step."""
        return self.index.instructions[self.instruction_index[self.episode_of(step)]]

    def chunk(self, step: int, horizon: int, *, labels: Labels = "clean") -> ActionWindow:
        """The next `horizon` actions from a step on, never those of another episode.

        Args:
            step: From 0 to N - 1.
            horizon: Number of actions, at least 1.
            labels: The expert's commands, or those executed.
        """
        if not 0 <= step < len(self) or horizon < 1:
            raise IndexError(f"step {step} of {len(self)}, horizon {horizon}")
        last = self.episode_starts[self.episode_of(step) + 1] - 1
        steps = np.arange(step, step + horizon)
        source = self.actions_clean if labels == "clean" else self.actions
        return ActionWindow(actions=np.array(source[np.minimum(steps, last)]), valid=steps <= last)

    def __reduce__(self) -> tuple[Any, ...]:
        return FrameCache.load, (self.folder,)


def cache_key(contents: str, pipeline: Mapping[str, Any]) -> str:
    """Key of a cache: a hash of the demonstrations and of everything that decides what becomes of them.

    Args:
        contents: `DemonstrationStore.contents_hash(…)`.
        pipeline: Cameras, size, orientation, no-op rule and the like; plain values.
    """
    text = json.dumps([FORMAT_VERSION, contents, pipeline], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def stored_key(folder: Path) -> str | None:
    """Key of the cache in `folder`; None if there is none that can be read."""
    try:
        return config.load(folder / INDEX_NAME, CacheIndex, error=DataError).key
    except DataError:
        return None


def _pictures_name(camera: str) -> str:
    return f"pictures_{camera}.npy"


def _map(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: missing or damaged; delete its folder, it will be built again") from error


@dataclass(kw_only=True)
class _Progress:
    starts: list[int] = field(default_factory=lambda: [0])
    instruction_index: list[int] = field(default_factory=list)
    instructions: dict[str, int] = field(default_factory=dict)


class _Writer:
    """Appends episodes to the arrays of a folder; memory holds one episode."""

    def __init__(
        self, folder: Path, cameras: tuple[str, ...], pictures: Callable[[Picture, Orientation], Picture]
    ) -> None:
        self._folder, self._cameras, self._pictures = folder, cameras, pictures
        self._arrays: dict[str, GrowingArray] = {}
        self._progress = _Progress()
        self._open = ExitStack()

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, episode: Episode, kept: Bool[np.ndarray, " t"]) -> None:
        if not kept.any():
            return
        self._append("actions.npy", episode.actions[kept])
        self._append("actions_clean.npy", episode.actions_clean[kept])
        self._append("proprio.npy", episode.proprio[kept])
        for camera in self._cameras:
            frames = episode.images[camera][kept]
            prepared = np.stack([self._pictures(frame, episode.orientation) for frame in frames])
            self._append(_pictures_name(camera), prepared)
        progress = self._progress
        progress.starts.append(progress.starts[-1] + int(kept.sum()))
        instruction = episode.task.instruction
        progress.instruction_index.append(progress.instructions.setdefault(instruction, len(progress.instructions)))

    def finish(self, key: str) -> None:
        if not self._arrays:
            raise DataError("there are no demonstrations to learn from; collect some first")
        self._open.close()
        np.save(self._folder / "episode_starts.npy", np.array(self._progress.starts, np.int64))
        np.save(self._folder / "instruction_index.npy", np.array(self._progress.instruction_index, np.int64))
        index = CacheIndex(key=key, cameras=self._cameras, instructions=tuple(self._progress.instructions))
        config.dump_json(index, self._folder / INDEX_NAME)

    def _append(self, name: str, values: np.ndarray) -> None:
        if name not in self._arrays:
            array = GrowingArray(self._folder / name, values.shape[1:], values.dtype)
            self._arrays[name] = self._open.enter_context(array)
        self._arrays[name].append(values)
