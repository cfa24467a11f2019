"""Runs jobs in worker processes and never loses one silently."""

import multiprocessing
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from vst_robot.errors import UnavailableError, VstRobotError
from vst_robot.processes import start_deaf

J = TypeVar("J")
J_contra = TypeVar("J_contra", contravariant=True)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

_PATIENCE_S = 5.0


class Work(Protocol[J_contra, R_co]):
    """Does one job after the other; a picklable copy of it lives in every worker process."""

    def __call__(self, job: J_contra) -> R_co:
        """The result of a job; both are picklable, and the job's `str` names it in errors."""
        ...

    def close(self) -> None:
        """Frees what it holds open."""
        ...


Choice = Callable[[Sequence[J], J | None, Sequence[J]], J]
"""Picks a worker's next job, given those that wait, the one that it did last, and those that the others are at."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What went wrong in a worker, in words: the exception itself may not survive the way to the parent."""

    kind: type[VstRobotError]
    message: str
    trace: str

    def raise_for(self, job: object) -> NoReturn:
        """Raises it in the parent, the job's name in front."""
        raise self.kind(f"{job}: {self.message}") from RuntimeError(f"in the worker:\n{self.trace}")


def answer(work: Work[J, R], job: J) -> R | Failure:
    """The result of a job, or why there is none: nothing is raised across the border of a process."""
    try:
        return work(job)
    except VstRobotError as error:
        return Failure(kind=type(error), message=str(error), trace=traceback.format_exc())
    except Exception as error:  # the worker's border: the parent raises it with the name of the job
        message = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return Failure(kind=UnavailableError, message=message, trace=traceback.format_exc())


def run(
    work: Work[J, R], jobs: Sequence[J], *, num_workers: int, choose: Choice[J] | None = None
) -> Iterator[tuple[J, R]]:
    """Yields every job with its result, as they finish.

    The processes are spawned: they import only what `work` and the jobs need, and share no state with the parent
    (its threads, its torch).

    Args:
        work: Crosses into the workers.
        jobs: What to do.
        num_workers: Number of processes, at least 1; never more than jobs.
        choose: Which job comes next; by default they are done in order.

    Raises:
        VstRobotError: As raised by the job; its name is put in front.
        UnavailableError: A worker died or a job raised something unexpected; the job is named.
    """
    pool = _Pool(waiting=list(jobs), choose=choose or _in_order)
    try:
        for _ in range(min(num_workers, len(jobs))):
            pool.workers.append(_spawn(work))
        for worker in pool.workers:
            pool.assign(worker)
        while busy := {worker.connection: worker for worker in pool.workers if worker.job is not None}:
            for connection in wait(list(busy)):
                worker = busy[connection]  # pyright: ignore[reportArgumentType]
                finished = _receive(worker)
                pool.assign(worker)  # before yielding: it works while the parent writes
                yield finished
    finally:
        for worker in pool.workers:
            _stop(worker)


def _in_order(waiting: Sequence[J], last: J | None, others: Sequence[J]) -> J:
    return waiting[0]


@dataclass(kw_only=True, eq=False)
class _Worker(Generic[J]):
    process: BaseProcess
    connection: Connection
    job: J | None = None
    last: J | None = None


class _Pool(Generic[J]):
    def __init__(self, *, waiting: list[J], choose: Choice[J]) -> None:
        self.workers: list[_Worker[J]] = []
        self._waiting, self._choose = waiting, choose

    def assign(self, worker: _Worker[J]) -> None:
        """Gives a worker its next job, or none."""
        worker.job = None
        if not self._waiting:
            return
        others = [other.job for other in self.workers if other.job is not None]
        job = self._choose(self._waiting, worker.last, others)
        self._waiting.remove(job)
        worker.job = worker.last = job
        with suppress(BrokenPipeError):  # a dead worker is reported when its answer is read
            worker.connection.send(job)


def _spawn(work: Work[Any, Any]) -> _Worker[Any]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, work), daemon=True)
    start_deaf(process)
    theirs.close()  # or the end of the process would never be seen
    return _Worker(process=process, connection=ours)


def _receive(worker: _Worker[J]) -> tuple[J, Any]:
    assert worker.job is not None
    try:
        answered = worker.connection.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join()
        raise UnavailableError(
            f"{worker.job}: the worker process died ({_exit_reason(worker.process.exitcode)}); "
            "run again to continue, with fewer workers if memory is short"
        ) from None
    if isinstance(answered, Failure):
        answered.raise_for(worker.job)
    return worker.job, answered


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


def _serve(connection: Connection, work: Work[Any, Any]) -> None:
    """The worker process: answers jobs until the parent closes the connection or is gone."""
    try:
        while True:
            job = connection.recv()
            connection.send(answer(work, job))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
    finally:
        work.close()
