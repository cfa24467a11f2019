"""Collects demonstrations: an expert acts in worker processes, with noise on what is executed; both are kept.

Start seeds of demonstrations lie from `FIRST_TRAINING_SEED` up, in a range of their own for every attempt:

    1,000,000 + 10,000,000 · seed + 100,000 · task + 100 · demonstration + attempt

so that no two attempts of any two sets share a start, and none meets the seeds of evaluations (which are
small, and begin in published states anyway).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from jaxtyping import Float

from envs.noise import Disturbance, NoiseConfig
from envs.stopwatch import Stopwatch
from envs.task_jobs import run_jobs
from vst_robot.errors import InputError, unknown_name
from vst_robot.interfaces import Environment, EnvironmentFactory, ExpertFactory
from vst_robot.types import Episode, Observation, RecordedStart, SampledStart, Task, TimeStep

FIRST_TRAINING_SEED = 1_000_000
SUCCESS_STEPS = 10
"""Steps in a row at the goal that end a demonstration; robosuite's recorder of human demonstrations waits for as many
(`scripts/collect_human_demonstrations.py`). With the first step at the goal, many would end on its edge."""
MAX_SEED, MAX_TASKS, MAX_DEMOS, MAX_ATTEMPTS = 400, 100, 1_000, 100


class RecordableEnvironment(Environment, Protocol):
    """What collecting needs of a simulator beyond `Environment`."""

    def recorded_start(self) -> RecordedStart:
        """Where the running episode began, enough to begin there again."""
        ...

    def sim_state(self) -> Float[np.ndarray, " n"]:
        """Flattened simulator state."""
        ...

    def joint_positions(self) -> Float[np.ndarray, " j"]:
        """Arm joints in radians."""
        ...


@dataclass(frozen=True, kw_only=True)
class CollectJob:
    """One demonstration to make.

    Attributes:
        task_id: Task in the suite, below 100.
        demo: Number of the demonstration within its task, below 1,000.
        seed: Seed of the set, at most 400.
    """

    task_id: int
    demo: int
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses numbers whose start seeds would leave their range."""
        limits = {"task_id": MAX_TASKS - 1, "demo": MAX_DEMOS - 1, "seed": MAX_SEED}
        for name, limit in limits.items():
            if not 0 <= getattr(self, name) <= limit:
                raise InputError(f"{name} must lie between 0 and {limit}, got {getattr(self, name)}")

    def start_seed(self, attempt: int) -> int:
        """Seed of an attempt's start and of its noise; see the module's text."""
        offset = ((self.seed * MAX_TASKS + self.task_id) * MAX_DEMOS + self.demo) * MAX_ATTEMPTS
        return FIRST_TRAINING_SEED + offset + attempt

    def __str__(self) -> str:
        return f"task {self.task_id}, demonstration {self.demo} (start seeds from {self.start_seed(0)})"


@dataclass(frozen=True, kw_only=True)
class CollectProgress:
    """How far collecting is.

    Attributes:
        done: Demonstrations finished, the last one included.
        total: Demonstrations asked for.
        failed_attempts: Attempts so far that did not reach the goal.
        job: The one that was just finished.
        steps: Its length.
        worker_s: Seconds that the workers have spent so far on `simulation`, `rendering`, `expert` and `resets`.
    """

    done: int
    total: int
    failed_attempts: int
    job: CollectJob
    steps: int
    worker_s: Mapping[str, float]


def collect(
    factory: EnvironmentFactory,
    expert_factory: ExpertFactory,
    jobs: Sequence[CollectJob],
    *,
    cameras: Sequence[str],
    max_steps: int,
    num_workers: int = 1,
    noise: NoiseConfig | None = None,
    max_attempts: int = 20,
    on_progress: Callable[[CollectProgress], None] | None = None,
) -> Iterator[Episode]:
    """Yields one successful demonstration per job, as they finish.

    A demonstration ends when the goal has held for `SUCCESS_STEPS` steps. An attempt that does not get there is
    dropped and the next start seed tried. What is yielded for a job depends on the suite and the job alone,
    not on workers, order, or what was collected before. `episode.provenance["demo"]` is the job's number.

    Args:
        factory: Builds environments with the methods of `RecordableEnvironment`.
        expert_factory: Makes the expert of an episode.
        jobs: What is missing.
        cameras: Cameras to record.
        max_steps: Steps after which an attempt counts as failed.
        num_workers: Worker processes, at least 1.
        noise: Noise on executed actions; None takes the defaults of `NoiseConfig`.
        max_attempts: Attempts per demonstration, at most 100.
        on_progress: Called after every demonstration.

    Raises:
        InputError: The expert failed all attempts of a job, or a number is out of range.
        UnavailableError: A worker died; the job is named.
    """
    if not 1 <= max_attempts <= MAX_ATTEMPTS or num_workers < 1:
        raise InputError(f"max_attempts must lie between 1 and {MAX_ATTEMPTS}, num_workers be at least 1")
    noise = noise or NoiseConfig()
    demonstrator = _Demonstrator(
        expert_factory=expert_factory,
        noise=noise,
        cameras=tuple(cameras),
        max_steps=max_steps,
        max_attempts=max_attempts,
        facts=collection_facts(factory, expert_factory, noise),
    )
    failed, watch = 0, Stopwatch()
    finished = run_jobs(factory, demonstrator, jobs, num_workers=num_workers)
    for done, (job, (episode, seconds)) in enumerate(finished, start=1):
        failed += int(episode.provenance["attempt"])
        watch.add(seconds)
        if on_progress is not None:
            progress = CollectProgress(
                done=done,
                total=len(jobs),
                failed_attempts=failed,
                job=job,
                steps=len(episode),
                worker_s=dict(watch.seconds),
            )
            on_progress(progress)
        yield episode


def collection_facts(
    factory: EnvironmentFactory, expert_factory: ExpertFactory, noise: NoiseConfig
) -> Mapping[str, str]:
    """Flat facts that all demonstrations of a set share, for a store's manifest and every provenance."""
    return {
        **world_facts(factory),
        **{f"expert.{name}": value for name, value in expert_factory.fingerprint().items()},
        **noise.facts(),
        "success_steps": str(SUCCESS_STEPS),
    }


def world_facts(factory: EnvironmentFactory) -> Mapping[str, str]:
    """The part of `collection_facts` that a replay must share to give the same episode."""
    return {f"environment.{name}": value for name, value in factory.fingerprint().items()}


@dataclass(frozen=True, kw_only=True)
class _Demonstrator:
    """What runs in a worker: attempts until one succeeds."""

    expert_factory: ExpertFactory
    noise: NoiseConfig
    cameras: tuple[str, ...]
    max_steps: int
    max_attempts: int
    facts: Mapping[str, str]

    def __call__(self, environment: RecordableEnvironment, job: CollectJob) -> tuple[Episode, Mapping[str, float]]:
        """The demonstration, and the seconds that it took by activity."""
        watch = Stopwatch()
        for attempt in range(self.max_attempts):
            track = self._attempt(environment, job, attempt, watch)
            if track.settled:
                own = {"demo": str(job.demo), "attempt": str(attempt), "start_hash": track.start_hash}
                episode = track.episode(environment.task, job.start_seed(attempt), {**self.facts, **own})
                return episode, watch.seconds
        raise InputError(
            f"the expert failed all {self.max_attempts} attempts at '{environment.task.name}' within "
            f"{self.max_steps} steps; lower the noise or allow more steps"
        )

    def _attempt(self, environment: RecordableEnvironment, job: CollectJob, attempt: int, watch: Stopwatch) -> "Track":
        seed = job.start_seed(attempt)
        disturbance = Disturbance(self.noise, np.random.default_rng(seed))
        name = f"demo-{job.task_id}-{job.demo}-{attempt}"
        with watch.on("resets"):
            observation = environment.reset(SampledStart(seed=seed), episode=name)
        track = Track(start=environment.recorded_start(), start_hash=environment.start_hash())
        expert = self.expert_factory(environment)
        for _ in range(self.max_steps):
            with watch.on("rendering"):
                track.observe(environment, observation, self.cameras)
            with watch.on("expert"):
                clean = np.clip(expert.act(environment), -1.0, 1.0)
            executed = disturbance.apply(clean)
            with watch.on("simulation"):
                step = environment.step(executed)
            track.act(clean, executed, step)
            if track.settled:
                break
            observation = step.observation
        return track


@dataclass(kw_only=True)
class Track:
    """One episode while it is recorded.

    Attributes:
        start: Where it began.
        start_hash: Hash of that state.
        series: What is kept of every step, by the names of `Episode`.
        pictures: Camera → true pictures so far.
        steps_at_goal: Steps in a row, the last one included, after which the goal held.
    """

    start: RecordedStart
    start_hash: str
    series: dict[str, list[np.ndarray]] = field(default_factory=dict)
    pictures: dict[str, list[np.ndarray]] = field(default_factory=dict)
    steps_at_goal: int = 0

    @property
    def success(self) -> bool:
        """Whether the goal held after the last action."""
        return self.steps_at_goal > 0

    @property
    def settled(self) -> bool:
        """Whether the goal has held long enough to end a demonstration."""
        return self.steps_at_goal >= SUCCESS_STEPS

    def observe(self, environment: RecordableEnvironment, observation: Observation, cameras: Sequence[str]) -> None:
        """Keeps what is seen before an action; this is where pictures are rendered."""
        for camera in cameras:
            if camera not in list(observation.images):  # `in` alone would render it
                raise unknown_name("camera", camera, observation.images)
            self.pictures.setdefault(camera, []).append(observation.images[camera])
        self._keep(
            proprio=observation.proprio,
            sim_states=environment.sim_state(),
            joint_positions=environment.joint_positions(),
        )

    def act(self, clean: Float[np.ndarray, " 7"], executed: Float[np.ndarray, " 7"], step: TimeStep) -> None:
        """Keeps an action and its outcome."""
        self._keep(actions=executed, actions_clean=clean)
        self.steps_at_goal = self.steps_at_goal + 1 if step.success else 0

    def episode(self, task: Task, seed: int, provenance: Mapping[str, str]) -> Episode:
        """The attempt as a demonstration."""
        return Episode(
            task=task,
            seed=seed,
            images={camera: np.stack(frames) for camera, frames in self.pictures.items()},
            start=self.start,
            success=self.success,
            provenance=provenance,
            actions=np.stack(self.series["actions"]),
            actions_clean=np.stack(self.series["actions_clean"]),
            proprio=np.stack(self.series["proprio"]),
            joint_positions=np.stack(self.series["joint_positions"]),
            sim_states=np.stack(self.series["sim_states"]),
        )

    def _keep(self, **values: np.ndarray) -> None:
        for name, value in values.items():
            self.series.setdefault(name, []).append(np.array(value))
