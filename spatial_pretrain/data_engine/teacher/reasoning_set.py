"""Makes a set of general reasoning from another data set's rows, batch by batch; a stopped run is continued.

The folder is laid out like that of `spatial build`: `build.json`, `shards.jsonl` with counted reasons, parquet files.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from spatial_pretrain.data_engine import build, harvest, rows, shards
from spatial_pretrain.data_engine.build import Header, ShardRecord
from spatial_pretrain.data_engine.harvest import Shard
from spatial_pretrain.data_engine.sample_source import SampleSource
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample
from spatial_pretrain.data_engine.teacher.reasoning import Recipe
from vst_robot import atomic
from vst_robot.errors import DataError, InputError

REASONING = "reasoning"
"""Stands for the task in counts of rows that did not become samples."""

Outcome = SpatialSample | str
"""A sample, or why there is none."""


@dataclass(frozen=True, kw_only=True)
class Batches:
    """How much is made at a time.

    Attributes:
        rows: Rows of a batch: what a kill can cost.
        concurrency: Rows at a time.
        enough: Stop once so many samples are kept.
    """

    rows: int = 64
    concurrency: int = 8
    enough: int = 10_000

    def __post_init__(self) -> None:
        """Refuses numbers below one."""
        if min(self.rows, self.concurrency, self.enough) < 1:
            raise InputError("rows of a batch, concurrency and the number of samples must be at least 1")


def reason(
    source: SampleSource,
    output: Path,
    recipe: Recipe,
    batches: Batches,
    *,
    settings: Mapping[str, object],
    provenance: Mapping[str, str] | None = None,
    on_batch: Callable[[int, int], None] | None = None,
) -> list[ShardRecord]:
    """Goes through a source until enough samples are kept.

    Args:
        source: General conversations.
        output: Folder to make or to complete.
        recipe: What becomes of a row.
        batches: How much at a time.
        settings: What the samples depend on beside the source: models, sampling.
        provenance: Flat facts about this run.
        on_batch: Called after every batch with rows done and samples kept.

    Raises:
        InputError: The folder holds another set.
        UnavailableError: The endpoint or the source fails; finished batches are kept.
    """
    facts = {"rows": batches.rows, **settings, **{f"source.{k}": v for k, v in source.fingerprint().items()}}
    total, kept = source.count(), 0
    with atomic.exclusive(output):
        file = build.begin(output, Header(settings=facts, provenance=dict(provenance or {})))
        finished = {record.shard: record for record in file.read()}
        for start in range(0, total, batches.rows):
            name = f"{REASONING}-{source.name}-{start // batches.rows:06d}"
            record = finished.get(name)
            if record is None or not build.is_whole(output, record):
                numbers = range(start, min(start + batches.rows, total))
                record = build.write_shard(output, file, name, _batch(source, recipe, numbers, name, batches))
            kept += record.total
            if on_batch is not None:
                on_batch(min(start + batches.rows, total), kept)
            if kept >= batches.enough:
                break
    return build.read_records(output)


def _batch(source: SampleSource, recipe: Recipe, numbers: range, name: str, batches: Batches) -> Shard:
    """One batch; the rows' order is that of the source, whoever is answered first."""
    damaged: Counter[str] = Counter()
    samples = list(_samples(source, numbers, damaged))
    with ThreadPoolExecutor(batches.concurrency) as pool:
        outcomes = list(pool.map(lambda sample: _outcome(recipe, sample), samples))
    rejected = Counter(outcome for outcome in outcomes if isinstance(outcome, str))
    kept = [outcome for outcome in outcomes if isinstance(outcome, SpatialSample)]
    tasks = sorted({sample.task for sample in kept})
    of_task = {task: [sample for sample in kept if sample.task == task] for task in tasks}
    return Shard(
        files={f"{task}/{name}.parquet": _encoded(task, name, of_task[task]) for task in tasks},
        samples={task: dict(Counter(sample.form for sample in of_task[task])) for task in tasks},
        tried={REASONING: len(samples) - len(kept)} | {task: len(of_task[task]) for task in tasks},
        rejected={REASONING: dict(rejected)} if rejected else {},
        damaged=dict(damaged),
        crashes={},
        scenes=len(kept),
        missing={},
    )


def _samples(source: SampleSource, numbers: range, damaged: Counter[str]) -> Iterator[SpatialSample]:
    for number in numbers:
        try:
            yield source.sample(number)
        except DataError as error:
            damaged[harvest.reason_of(error)] += 1


def _outcome(recipe: Recipe, sample: SpatialSample) -> Outcome:
    try:
        return recipe(sample)
    except Rejected as rejection:
        return rejection.reason
    except DataError as error:
        return f"damaged: {harvest.reason_of(error)}"


def _encoded(task: str, name: str, samples: list[SpatialSample]) -> bytes:
    return shards.encode(
        [
            rows.from_sample(sample, id=harvest.file_name(f"{task}-{name}-{number:05d}"))
            for number, sample in enumerate(samples)
        ]
    )
