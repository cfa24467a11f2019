"""Runs jobs of a suite in worker processes, each with simulators of its own, and never loses one silently."""

import multiprocessing
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, Protocol, TypeVar

from vst_robot.errors import UnavailableError, VstRobotError
from vst_robot.interfaces import Environment, EnvironmentFactory
from vst_robot.processes import start_deaf


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
Work = Callable[[Any, J], R]
"""Gets the environment; `Any`, because collecting needs more of it than `Environment` promises."""

_PATIENCE_S = 5.0


@dataclass(kw_only=True)
class _Worker(Generic[J]):
    process: BaseProcess
    connection: Connection
    job: J | None = None
    task_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class _Failure:
    """What went wrong in a worker, in words: the exception itself may not survive the way to the parent."""

    kind: type[VstRobotError]
    message: str
    trace: str


def run_jobs(
    factory: EnvironmentFactory, work: Work[J, R], jobs: Sequence[J], *, num_workers: int
) -> Iterator[tuple[J, R]]:
    """Yields every job with its result, as they finish.

    The processes are spawned: they import only what `factory`, `work` and the jobs need, and share no state
    with the parent (its threads, its torch). A worker keeps the environment of the task that it did last, and
    is given jobs of that task while there are any.

    Args:
        factory: Builds environments; crosses into the workers.
        work: Picklable function of an environment and a job.
        jobs: What to do.
        num_workers: Number of processes, at least 1.

    Raises:
        VstRobotError: As raised by the job; its name is put in front.
        UnavailableError: A worker died or a job raised something unexpected; the job is named.
    """
    workers = [_spawn(factory, work) for _ in range(min(num_workers, len(jobs)))]
    waiting = list(jobs)
    try:
        for worker in workers:
            _assign(worker, waiting, workers)
        while busy := {worker.connection: worker for worker in workers if worker.job is not None}:
            for connection in wait(list(busy)):
                worker = busy[connection]  # pyright: ignore[reportArgumentType]
                finished = _receive(worker)
                _assign(worker, waiting, workers)  # before yielding: it works while the parent writes
                yield finished
    finally:
        for worker in workers:
            _stop(worker)


def _spawn(factory: EnvironmentFactory, work: Work[J, R]) -> _Worker[J]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, factory, work), daemon=True)
    start_deaf(process)
    theirs.close()  # or the end of the process would never be seen
    return _Worker(process=process, connection=ours)


def _assign(worker: _Worker[J], waiting: list[J], workers: Sequence[_Worker[J]]) -> None:
    """Gives a worker the next job: of its own task, else of the task with most to do that nobody works on."""
    if not waiting:
        worker.job = None
        return
    counts: dict[int, int] = {}
    for job in waiting:
        counts[job.task_id] = counts.get(job.task_id, 0) + 1
    taken = {other.task_id for other in workers if other is not worker and other.job is not None}
    best = max(counts, key=lambda task_id: (task_id == worker.task_id, task_id not in taken, counts[task_id]))
    job = next(job for job in waiting if job.task_id == best)
    waiting.remove(job)
    worker.job, worker.task_id = job, job.task_id
    with suppress(BrokenPipeError):  # a dead worker is reported when its answer is read
        worker.connection.send(job)


def _receive(worker: _Worker[J]) -> tuple[J, Any]:
    assert worker.job is not None
    try:
        answer = worker.connection.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join()
        raise UnavailableError(
            f"{worker.job}: the worker process died ({_exit_reason(worker.process.exitcode)}); "
            "run again to continue, with fewer workers if memory is short"
        ) from None
    if isinstance(answer, _Failure):
        raise answer.kind(f"{worker.job}: {answer.message}") from RuntimeError(f"in the worker:\n{answer.trace}")
    return worker.job, answer


def _exit_reason(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return signal.Signals(-exit_code).name
    return f"exit code {exit_code}"


def _stop(worker: _Worker[Any]) -> None:
    """A worker in the middle of a job is not waited for."""
    if worker.job is not None:
        worker.process.terminate()
    worker.connection.close()  # tells an idle one to leave
    worker.process.join(timeout=_PATIENCE_S)
    if worker.process.is_alive():
        worker.process.kill()


def _serve(connection: Connection, factory: EnvironmentFactory, work: Work[Any, Any]) -> None:
    """The worker process: answers jobs until the parent closes the connection or is gone."""
    environments = _TaskEnvironment(factory)
    try:
        while True:
            job = connection.recv()
            connection.send(_answer(environments, work, job))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
    finally:
        environments.close()


def _answer(environments: "_TaskEnvironment", work: Work[Any, Any], job: TaskJob) -> Any:
    try:
        return work(environments.of(job.task_id), job)
    except VstRobotError as error:
        return _Failure(kind=type(error), message=str(error), trace=traceback.format_exc())
    except Exception as error:  # the worker's border: the parent raises it with the name of the job
        message = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return _Failure(kind=UnavailableError, message=message, trace=traceback.format_exc())


class _TaskEnvironment:
    """The environment of one task at a time: simulators are large."""

    def __init__(self, factory: EnvironmentFactory) -> None:
        self._factory = factory
        self._environment: Environment | None = None

    def of(self, task_id: int) -> Environment:
        if self._environment is None or self._environment.task.task_id != task_id:
            self.close()
            self._environment = self._factory(task_id)
        return self._environment

    def close(self) -> None:
        if self._environment is not None:
            self._environment.close()
            self._environment = None
