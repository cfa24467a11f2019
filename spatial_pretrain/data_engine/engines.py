"""Where shards are made: in this process, in worker processes, or on a Ray cluster. The shards are the same."""

import multiprocessing
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Literal

from spatial_pretrain.data_engine.harvest import Shard, make_shard
from spatial_pretrain.data_engine.plan import Feed, ReadyFeed, ShardJob
from spatial_pretrain.data_engine.ready_samples import make_ready_shard
from spatial_pretrain.data_engine.task import SpatialTask
from vst_robot.errors import UnavailableError, VstRobotError, missing_extra
from vst_robot.processes import start_deaf

Engine = Literal["local", "ray"]
Finished = Iterator[tuple[ShardJob, Shard]]
_PATIENCE_S = 5.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Workshop:
    """All that making a shard needs beside its job. Picklable."""

    feeds: Sequence[Feed | ReadyFeed]
    tasks: Sequence[SpatialTask]

    def __call__(self, job: ShardJob) -> Shard:
        """Makes one shard."""
        feed = self.feeds[job.feed]
        return make_ready_shard(feed, job) if isinstance(feed, ReadyFeed) else make_shard(feed, self.tasks, job)

    def close(self) -> None:
        """Frees what the sources hold open."""
        for feed in self.feeds:
            feed.source.close()


def run(workshop: Workshop, jobs: Sequence[ShardJob], *, workers: int, engine: Engine = "local") -> Finished:
    """Yields every job with its shard, as they finish.

    Args:
        workshop: Crosses into the workers.
        jobs: What to make.
        workers: Processes; one works in this process. Ignored by Ray, which uses all CPUs of its cluster.
        engine: Where.

    Raises:
        VstRobotError: As a source raised it; the shard is named.
        UnavailableError: A worker died, or Ray is not installed.
    """
    if engine == "ray":
        return _on_ray(workshop, jobs)
    return _here(workshop, jobs) if min(workers, len(jobs)) <= 1 else _in_processes(workshop, jobs, workers)


def _here(workshop: Workshop, jobs: Sequence[ShardJob]) -> Finished:
    try:
        for job in jobs:
            yield job, workshop(job)
    finally:
        workshop.close()


@dataclass(kw_only=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    job: ShardJob | None = None


@dataclass(frozen=True, kw_only=True)
class _Failure:
    """What went wrong in a worker, in words: the exception itself may not survive the way to the parent."""

    kind: type[VstRobotError]
    message: str
    trace: str


def _in_processes(workshop: Workshop, jobs: Sequence[ShardJob], number: int) -> Finished:
    """Spawned processes: they share no state with the parent, its threads and its torch."""
    waiting = list(jobs)
    workers = [_spawn(workshop) for _ in range(min(number, len(jobs)))]
    try:
        for worker in workers:
            _assign(worker, waiting)
        while busy := {worker.connection: worker for worker in workers if worker.job is not None}:
            for connection in wait(list(busy)):
                worker = busy[connection]  # pyright: ignore[reportArgumentType]
                finished = _receive(worker)
                _assign(worker, waiting)  # before yielding: it works while the parent writes
                yield finished
    finally:
        for worker in workers:
            _stop(worker)


def _spawn(workshop: Workshop) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, workshop), daemon=True)
    start_deaf(process)
    theirs.close()  # or the end of the process would never be seen
    return _Worker(process=process, connection=ours)


def _assign(worker: _Worker, waiting: list[ShardJob]) -> None:
    worker.job = waiting.pop(0) if waiting else None
    if worker.job is not None:
        with suppress(BrokenPipeError):  # a dead worker is reported when its answer is read
            worker.connection.send(worker.job)


def _receive(worker: _Worker) -> tuple[ShardJob, Shard]:
    assert worker.job is not None
    try:
        answer = worker.connection.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join()
        raise UnavailableError(
            f"shard {worker.job.name}: the worker process died ({_exit_reason(worker.process.exitcode)}); "
            "run again to continue, with fewer workers if memory is short"
        ) from None
    if isinstance(answer, _Failure):
        raise answer.kind(f"shard {worker.job.name}: {answer.message}") from RuntimeError(
            f"in the worker:\n{answer.trace}"
        )
    return worker.job, answer


def _exit_reason(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return signal.Signals(-exit_code).name
    return f"exit code {exit_code}"


def _stop(worker: _Worker) -> None:
    """A worker in the middle of a shard is not waited for."""
    if worker.job is not None:
        worker.process.terminate()
    worker.connection.close()  # tells an idle one to leave
    worker.process.join(timeout=_PATIENCE_S)
    if worker.process.is_alive():
        worker.process.kill()


def _serve(connection: Connection, workshop: Workshop) -> None:
    """The worker process: makes shards until the parent closes the connection or is gone."""
    try:
        while True:
            job = connection.recv()
            connection.send(_answer(workshop, job))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
    finally:
        workshop.close()


def _answer(workshop: Callable[[ShardJob], Shard], job: ShardJob) -> Shard | _Failure:
    try:
        return workshop(job)
    except VstRobotError as error:
        return _Failure(kind=type(error), message=str(error), trace=traceback.format_exc())
    except Exception as error:  # the worker's border: the parent raises it with the name of the shard
        message = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return _Failure(kind=UnavailableError, message=message, trace=traceback.format_exc())


def _on_ray(workshop: Workshop, jobs: Sequence[ShardJob]) -> Finished:
    """One Ray task per shard; the files come back to this process, so nodes need no common disk for the output."""
    try:
        import ray  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise missing_extra("ray", "ray", "--engine ray") from error
    if not ray.is_initialized():
        ray.init(log_to_driver=False)
    common = ray.put(workshop)
    remote: Any = ray.remote(num_cpus=1, max_retries=3)(_ray_answer)
    running = {remote.remote(common, job): job for job in jobs}
    while running:
        done, _ = ray.wait(list(running), num_returns=1)
        job, answer = running.pop(done[0]), ray.get(done[0])
        if isinstance(answer, _Failure):
            raise answer.kind(f"shard {job.name}: {answer.message}")
        yield job, answer


def _ray_answer(workshop: Workshop, job: ShardJob) -> Shard | _Failure:
    try:
        return _answer(workshop, job)
    finally:
        workshop.close()
