"""Where shards are made: in this process, in worker processes, or on a Ray cluster. The shards are the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from spatial_pretrain.data_engine.harvest import Shard, make_shard
from spatial_pretrain.data_engine.plan import Feed, ReadyFeed, ShardJob
from spatial_pretrain.data_engine.ready_samples import make_ready_shard
from spatial_pretrain.data_engine.task import SpatialTask
from vst_robot import worker_pool
from vst_robot.errors import missing_extra
from vst_robot.worker_pool import Failure

Engine = Literal["local", "ray"]
Finished = Iterator[tuple[ShardJob, Shard]]


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
    if min(workers, len(jobs)) <= 1:
        return _here(workshop, jobs)
    return worker_pool.run(workshop, jobs, num_workers=workers)


def _here(workshop: Workshop, jobs: Sequence[ShardJob]) -> Finished:
    try:
        for job in jobs:
            yield job, workshop(job)
    finally:
        workshop.close()


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
        if isinstance(answer, Failure):
            answer.raise_for(job)
        yield job, answer


def _ray_answer(workshop: Workshop, job: ShardJob) -> Shard | Failure:
    try:
        return worker_pool.answer(workshop, job)
    finally:
        workshop.close()
