"""Runs jobs of a suite in worker processes, each with the simulator of one task at a time."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from vst_robot import worker_pool
from vst_robot.interfaces import Environment, EnvironmentFactory


class TaskJob(Protocol):
    """Something to do in one task's environment. Picklable."""

    @property
    def task_id(self) -> int:
        """Task whose environment the job needs."""
        ...

    def __str__(self) -> str:
        """Names the job in errors, e.g. "task 3, demonstration 7 (seed 1000300)"."""
        ...


J = TypeVar("J", bound=TaskJob)
R = TypeVar("R")
Act = Callable[[Any, J], R]
"""Gets the environment; `Any`, because collecting needs more of it than `Environment` promises."""


def run_jobs(
    factory: EnvironmentFactory, act: Act[J, R], jobs: Sequence[J], *, num_workers: int
) -> Iterator[tuple[J, R]]:
    """Yields every job with its result, as they finish.

    A worker keeps the environment of the task that it did last, and is given jobs of that task while there are any.

    Args:
        factory: Builds environments; crosses into the workers.
        act: Picklable function of an environment and a job.
        jobs: What to do.
        num_workers: Number of processes, at least 1.

    Raises:
        VstRobotError: As raised by the job; its name is put in front.
        UnavailableError: A worker died or a job raised something unexpected; the job is named.
    """
    return worker_pool.run(_TaskWork(factory=factory, act=act), jobs, num_workers=num_workers, choose=_of_its_task)


def _of_its_task(waiting: Sequence[J], last: J | None, others: Sequence[J]) -> J:
    """A job of the worker's own task, else of the task with most to do that nobody works on."""
    counts = Counter(job.task_id for job in waiting)
    own = None if last is None else last.task_id
    taken = {other.task_id for other in others}
    best = max(counts, key=lambda task_id: (task_id == own, task_id not in taken, counts[task_id]))
    return next(job for job in waiting if job.task_id == best)


@dataclass(kw_only=True)
class _TaskWork(Generic[J, R]):
    """Acts in the environment of one task at a time: simulators are large."""

    factory: EnvironmentFactory
    act: Act[J, R]
    _environment: Environment | None = field(default=None, init=False)

    def __call__(self, job: J) -> R:
        return self.act(self._of(job.task_id), job)

    def close(self) -> None:
        if self._environment is not None:
            self._environment.close()
            self._environment = None

    def _of(self, task_id: int) -> Environment:
        if self._environment is None or self._environment.task.task_id != task_id:
            self.close()
            self._environment = self.factory(task_id)
        return self._environment
