"""Everything that is wrong with a set, at once."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from action_tokenizer import LIBERO, Robot
from policies.demos.checks import check_pictures
from policies.demos.interface import Demonstrations, Entry
from vst_robot.errors import DataError
from vst_robot.types import Episode


@dataclass(frozen=True, kw_only=True)
class ValidationReport:
    """What was found.

    Attributes:
        episodes: Demonstrations that the set lists.
        steps: Steps of those that could be read.
        problems: One line each, naming file and episode.
    """

    episodes: int
    steps: int
    problems: tuple[str, ...]


class _Findings:
    """Collects problems; knows what the episodes before had."""

    def __init__(self, cameras: Sequence[str], robot: Robot) -> None:
        self._robot = robot
        self.problems: list[str] = []
        self.steps = 0
        self._wanted = tuple(cameras)
        self._first: Episode | None = None
        self._seen: dict[bytes, str] = {}

    def add(self, entry: Entry) -> None:
        """Reads a demonstration with all its pictures and notes what is wrong."""
        try:
            episode = entry.read()
        except DataError as error:
            self._note(entry.where, error)
            return
        self.steps += len(episode)
        self._first = self._first or episode
        for check in (self._cameras, self._orientation, self._twin, self._range):
            self.problems += [f"{entry.where}: {problem}" for problem in check(episode, entry.where)]
        for camera in episode.images:
            self._pictures(episode, camera, entry.where)

    def _pictures(self, episode: Episode, camera: str, where: str) -> None:
        try:
            check_pictures(np.asarray(episode.images[camera]), camera, where, steps=len(episode))
        except DataError as error:
            self._note(where, error)

    def _note(self, where: str, error: DataError) -> None:
        text = " ".join(str(error).split())
        self.problems.append(text if where in text else f"{where}: {text}")

    def _cameras(self, episode: Episode, _: str) -> Iterator[str]:
        assert self._first is not None
        present, wanted = set(episode.images), set(self._wanted or self._first.images)
        for camera in sorted(wanted - present):
            yield f"no camera '{camera}', only {', '.join(sorted(present)) or 'none'}"

    def _orientation(self, episode: Episode, _: str) -> Iterator[str]:
        assert self._first is not None
        if episode.orientation != self._first.orientation:
            yield f"pictures are '{episode.orientation}', those of the first episode '{self._first.orientation}'"

    def _twin(self, episode: Episode, where: str) -> Iterator[str]:
        """The same demonstration twice counts double in training."""
        contents = episode.task.name.encode() + episode.actions.tobytes() + episode.proprio.tobytes()
        before = self._seen.setdefault(hashlib.sha256(contents).digest(), where)
        if before != where:
            yield f"the same as {before}"

    def _range(self, episode: Episode, _: str) -> Iterator[str]:
        switches = np.abs(episode.actions[:, ~np.array(self._robot.mask)])
        if (switches > 1 + 1e-6).any():
            meaning = "LIBERO's are -1 (open) to +1 (closed)" if self._robot == LIBERO else "declared binary"
            yield f"gripper commands reach {switches.max():.3g}; {meaning}"
        if not episode.task.instruction.strip():
            yield "has no instruction"


def validate(
    demonstrations: Demonstrations,
    *,
    cameras: Sequence[str] = (),
    on_episode: Callable[[int], None] | None = None,
) -> ValidationReport:
    """Reads every demonstration with every picture.

    Args:
        demonstrations: The set.
        cameras: Cameras that every demonstration must have; left out, those of the manifest or of the first one.
        on_episode: Called with the number of demonstrations looked at.
    """
    manifest = demonstrations.manifest
    findings, count = _Findings(cameras or (manifest.cameras if manifest else ()), demonstrations.robot), 0
    for count, entry in enumerate(demonstrations.entries(), start=1):
        findings.add(entry)
        if on_episode is not None:
            on_episode(count)
    problems = findings.problems if count else [f"{demonstrations.folder}: holds no demonstrations"]
    return ValidationReport(episodes=count, steps=findings.steps, problems=tuple(problems))
