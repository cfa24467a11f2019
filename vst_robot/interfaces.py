"""The meeting points: what a policy, an environment and an expert are to each other."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from vst_robot.scenes import Scene, View
from vst_robot.types import ActionChunk, Observation, Start, Task, TimeStep


@runtime_checkable
class Policy(Protocol):
    """A policy that learned from pictures, words and proprioception. Lives in the parent process."""

    cameras: tuple[str, ...]
    """Camera names whose pictures `act` reads; nothing else is rendered."""

    def act(self, observations: Sequence[Observation]) -> list[ActionChunk]:
        """Answers a batch of observations of different episodes, in order."""
        ...

    def forget(self, episode: str) -> None:
        """Drops whatever state is kept for a finished episode."""
        ...

    def fingerprint(self) -> Mapping[str, str]:
        """Flat facts that identify the policy in every record: name, hash of weights and inputs."""
        ...


@runtime_checkable
class Environment(Protocol):
    """One simulated or real task. Lives in a worker process."""

    task: Task

    def reset(self, start: Start, *, episode: str) -> Observation:
        """Begins an episode at `start`, settle steps included; the next observation has step 0."""
        ...

    def step(self, action: Float[np.ndarray, " d"]) -> TimeStep:
        """Executes one control step."""
        ...

    def start_hash(self) -> str:
        """Hash of the state that the running episode began in, before the settle steps."""
        ...

    def close(self) -> None:
        """Frees the simulator and its renderer."""
        ...


class EnvironmentFactory(Protocol):
    """Picklable: crosses into worker processes, which build their own environments."""

    def __call__(self, task_id: int) -> Environment:
        """Builds the environment of one task of the factory's suite."""
        ...

    def tasks(self) -> Sequence[Task]:
        """All tasks of the suite, in order, without starting a simulator."""
        ...

    def fingerprint(self) -> Mapping[str, str]:
        """Flat facts that identify the world in every record: asset pack and hash, render mode, versions."""
        ...


class Expert(Protocol):
    """A policy that reads simulator state, hence runs inside the worker. One object per episode."""

    def act(self, environment: Environment) -> Float[np.ndarray, " d"]:
        """The next action."""
        ...


class ExpertFactory(Protocol):
    """Picklable maker of experts."""

    def __call__(self, environment: Environment) -> Expert:
        """Builds the expert for the episode that was just reset."""
        ...

    def fingerprint(self) -> Mapping[str, str]:
        """Flat facts that identify the expert in every record."""
        ...


class SceneSource(Protocol):
    """Picklable maker of scenes: a simulator, or a data set on disk. Crosses into worker processes."""

    name: str
    views: tuple[View, ...]
    """The views that it can give."""

    def count(self, view: View) -> int | None:
        """How many scenes there are of a view; None if there is no end of them."""
        ...

    def scene(self, view: View, index: int) -> Scene:
        """The `index`-th scene of a view, the same however often and in whatever process it is asked for.

        Raises:
            DataError: This one is damaged or unfit; the caller counts it and goes on with the next.
            UnavailableError: None can be given: a package or the data set is missing.
        """
        ...

    def close(self) -> None:
        """Frees what was opened on the way; the source can be asked again afterwards."""
        ...

    def fingerprint(self) -> Mapping[str, str]:
        """Flat facts that identify the scenes in every record: seed, asset pack and hash, files, versions."""
        ...
