"""Replays recorded actions from their recorded starts: does a demonstration still reach its goal?

Without a transform this checks the simulator (does the same input give the same episode?). With the policy's
tokenizer as transform it measures the oracle ceiling: what discretisation alone costs a perfect policy.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from envs.collect import RecordableEnvironment, world_facts
from envs.task_jobs import run_jobs
from vst_robot.errors import InputError, unknown_name
from vst_robot.interfaces import EnvironmentFactory
from vst_robot.types import Episode, RecordedStart, Task

Actions = Float[np.ndarray, "t d"]


@dataclass(frozen=True, kw_only=True)
class ReplayOutcome:
    """What became of one demonstration.

    Attributes:
        task_id: Task in the suite.
        seed: Seed of its start, as recorded.
        success: Whether the goal was reached at any step.
        steps: Steps executed; the replay stops at the goal.
        recorded_steps: Length of the demonstration.
        state_error: Largest absolute difference between replayed and recorded simulator state before the last
            action executed; 0 means bit-identical physics. None where the transform changed the number of
            actions, so that steps do not correspond.
    """

    task_id: int
    seed: int
    success: bool
    steps: int
    recorded_steps: int
    state_error: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class _ReplayJob:
    task_id: int
    seed: int
    actions: Actions
    sim_states: Float[np.ndarray, "t n"]
    start: RecordedStart

    def __str__(self) -> str:
        return f"task {self.task_id}, replay of the demonstration with seed {self.seed}"


def replay(
    factory: EnvironmentFactory,
    episodes: Iterable[Episode],
    *,
    num_workers: int = 1,
    transform: Callable[[Actions], Actions] | None = None,
) -> Iterator[ReplayOutcome]:
    """Yields one outcome per demonstration, as they finish.

    Args:
        factory: Builds environments with the methods of `RecordableEnvironment`; its suite must have the
            demonstrations' tasks (found by name).
        episodes: Demonstrations; their pictures are not looked at.
        num_workers: Worker processes, at least 1.
        transform: From recorded actions (t, d) to those to execute, e.g. through a tokenizer and back. Runs
            in the calling process. May change their number, e.g. to drop no-ops.

    Raises:
        InputError: The suite lacks a task, or `num_workers` is less than 1.
        UnavailableError: A worker died; the demonstration is named.
    """
    if num_workers < 1:
        raise InputError(f"num_workers must be at least 1, got {num_workers}")
    tasks = factory.tasks()
    jobs = [_job(episode, tasks, transform) for episode in episodes]
    for _, outcome in run_jobs(factory, _replay_one, jobs, num_workers=num_workers):
        yield outcome


def world_differences(factory: EnvironmentFactory, episode: Episode) -> list[str]:
    """What differs between the world of a demonstration and that of `factory`, e.g. the asset pack's hash.

    Where the list is not empty, a replay need not end as recorded. Demonstrations by others state nothing and
    differ in nothing.
    """
    return [
        f"{name}: recorded with {episode.provenance[name]}, now {value}"
        for name, value in world_facts(factory).items()
        if episode.provenance.get(name, value) != value
    ]


def _job(episode: Episode, tasks: Sequence[Task], transform: Callable[[Actions], Actions] | None) -> _ReplayJob:
    by_name = {task.name: task.task_id for task in tasks}
    if episode.task.name not in by_name:
        raise unknown_name("task", episode.task.name, by_name)
    return _ReplayJob(
        task_id=by_name[episode.task.name],
        seed=episode.seed,
        actions=episode.actions if transform is None else transform(episode.actions),
        sim_states=episode.sim_states,
        start=episode.start,
    )


def _replay_one(environment: RecordableEnvironment, job: _ReplayJob) -> ReplayOutcome:
    environment.reset(job.start, episode=f"replay-{job.seed}")
    success, steps, state = False, 0, environment.sim_state()
    for action in job.actions:
        state = environment.sim_state()
        success = environment.step(action).success
        steps += 1
        if success:
            break
    return ReplayOutcome(
        task_id=job.task_id,
        seed=job.seed,
        success=success,
        steps=steps,
        recorded_steps=len(job.sim_states),
        state_error=_state_error(state, steps, job),
    )


def _state_error(state: Float[np.ndarray, " n"], steps: int, job: _ReplayJob) -> float | None:
    if len(job.actions) != len(job.sim_states):
        return None
    return float(np.abs(state - job.sim_states[max(steps - 1, 0)]).max())
