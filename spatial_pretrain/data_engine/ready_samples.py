"""Samples that another data set holds ready: shards of them, made like those of scenes."""

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from spatial_pretrain.data_engine import harvest, rows, shards
from spatial_pretrain.data_engine.encodings import Encodings
from spatial_pretrain.data_engine.harvest import Shard
from spatial_pretrain.data_engine.plan import ReadyFeed, ShardJob
from spatial_pretrain.data_engine.rows import Row
from spatial_pretrain.data_engine.sample_source import SampleSource
from spatial_pretrain.data_engine.samples import SpatialSample
from vst_robot.errors import DataError

UNFIT = "not in the released layout"


@dataclass(frozen=True, kw_only=True)
class Helping:
    """What a shard takes of one task of a source.

    Attributes:
        task: The task.
        wanted: Number of samples.
        part: Which of `of` equal parts of the task's samples is the shard's own.
        of: How many parts there are.
        seed: Draws which samples of the part are taken.
    """

    task: str
    wanted: int
    part: int
    of: int
    seed: int

    def order(self, numbers: Sequence[int]) -> Iterator[int]:
        """Its own numbers in the order in which they are tried: drawn evenly and rising, then those passed over.

        Files are read from front to back, for neighbours share a row group.
        """
        own = numbers[len(numbers) * self.part // self.of : len(numbers) * (self.part + 1) // self.of]
        rng = np.random.default_rng([self.seed, zlib.crc32(self.task.encode()), self.part])
        first = set(rng.permutation(len(own))[: self.wanted].tolist())
        yield from (number for place, number in enumerate(own) if place in first)
        yield from (number for place, number in enumerate(own) if place not in first)


@dataclass(kw_only=True)
class _Served:
    """What was taken of one task so far."""

    rows: list[Row] = field(default_factory=list)
    digests: set[bytes] = field(default_factory=set)
    forms: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    scenes: set[str] = field(default_factory=set)
    tried: int = 0


def make_ready_shard(feed: ReadyFeed, job: ShardJob) -> Shard:
    """Makes a shard of ready samples; what it holds follows from the arguments alone.

    Raises:
        UnavailableError: The source cannot give samples at all.
    """
    helpings = [
        Helping(task=task, wanted=sum(forms.values()), part=job.number, of=job.of, seed=job.seed)
        for task, forms in job.quotas.items()
    ]
    return _serve_all(feed.source, job.name, helpings)


def _serve_all(source: SampleSource, name: str, helpings: Sequence[Helping]) -> Shard:
    numbers = source.numbers()
    damaged: Counter[str] = Counter()
    served = {each.task: _serve(source, name, each, numbers.get(each.task, ()), damaged) for each in helpings}
    missing = {each.task: each.wanted - len(served[each.task].rows) for each in helpings}
    return Shard(
        files={f"{task}/{name}.parquet": shards.encode(given.rows) for task, given in served.items() if given.rows},
        samples={task: dict(given.forms) for task, given in served.items()},
        tried={task: given.tried for task, given in served.items()},
        rejected={task: dict(given.rejected) for task, given in served.items() if given.rejected},
        damaged=dict(damaged),
        crashes={},
        scenes=len(set().union(*(given.scenes for given in served.values()))),
        missing={task: count for task, count in missing.items() if count},
    )


def _serve(source: SampleSource, name: str, helping: Helping, numbers: Sequence[int], damaged: Counter[str]) -> _Served:
    served, unusable = _Served(), 0
    for number in helping.order(numbers):
        if len(served.rows) == helping.wanted or unusable == harvest.MAX_DAMAGED_IN_A_ROW:
            break
        try:
            sample = source.sample(number)
        except DataError as error:
            damaged[harvest.reason_of(error)] += 1
            unusable += 1
            continue
        unusable = 0
        served.tried += 1
        _take(served, sample, f"{helping.task}-{source.name}-{name}-{len(served.rows):05d}")
    return served


def _take(served: _Served, sample: SpatialSample, name: str) -> None:
    """Adds a sample's row, or counts why not."""
    encodings = Encodings()
    digest = harvest.digest(sample, encodings)
    if digest in served.digests:
        served.rejected[harvest.REPEATED] += 1
        return
    try:
        row = rows.from_sample(sample, id=harvest.file_name(name), encodings=encodings)
    except DataError as error:
        served.rejected[f"damaged: {harvest.reason_of(error)}"] += 1
        return
    if rows.problems(row):
        served.rejected[UNFIT] += 1
        return
    served.digests.add(digest)
    served.rows.append(row)
    served.forms[sample.form] += 1
    served.scenes.add(sample.scene)
