"""Builds a set of samples: plans shards, has them made, writes them, and continues where a stopped build ended.

In the output folder:

    build.json               what was asked for; a second build with other settings is refused
    shards.jsonl             one record per finished shard
    <task>/<shard>.parquet   the samples

A shard counts once its record is written, and that happens after its files are: a kill costs the shards that were
being made, nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spatial_pretrain.data_engine import engines
from spatial_pretrain.data_engine.engines import Engine, Workshop
from spatial_pretrain.data_engine.harvest import Shard
from spatial_pretrain.data_engine.plan import Feed, Pace, ReadyFeed, shard_jobs
from spatial_pretrain.data_engine.task import SpatialTask
from vst_robot import atomic, config
from vst_robot.errors import DataError, InputError
from vst_robot.records import RecordFile

HEADER_NAME, RECORDS_NAME = "build.json", "shards.jsonl"


@dataclass(frozen=True, kw_only=True)
class Header:
    """What all shards of a folder share.

    Attributes:
        settings: Everything that the samples depend on; never changes.
        provenance: Flat facts about the latest run: version, command, commit.
    """

    settings: dict[str, Any]
    provenance: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ShardRecord:
    """A finished shard.

    Attributes:
        shard: Its name.
        files: Path below the folder → bytes.
        samples: Task → form → how many.
        tried: Task → questions tried.
        rejected: Task → reason → how often.
        damaged: Reason → scenes that could not be used.
        crashes: Task → the first unexpected error.
        scenes: Scenes used.
        missing: Task → samples that it fell short of.
    """

    shard: str
    files: dict[str, int]
    samples: dict[str, dict[str, int]]
    tried: dict[str, int]
    rejected: dict[str, dict[str, int]]
    damaged: dict[str, int]
    crashes: dict[str, str]
    scenes: int
    missing: dict[str, int]

    @property
    def total(self) -> int:
        """Samples in it."""
        return sum(sum(forms.values()) for forms in self.samples.values())


@dataclass(frozen=True, kw_only=True)
class BuildProgress:
    """How far a build is.

    Attributes:
        done: Samples written or given up, earlier runs included.
        total: Samples asked for.
        made: Samples written.
        rejected: Questions rejected.
    """

    done: int
    total: int
    made: int
    rejected: int


def build(
    feeds: Sequence[Feed | ReadyFeed],
    tasks: Sequence[SpatialTask],
    counts: Mapping[str, int],
    output: Path,
    *,
    seed: int = 0,
    workers: int = 1,
    engine: Engine = "local",
    pace: Pace | None = None,
    provenance: Mapping[str, str] | None = None,
    on_progress: Callable[[BuildProgress], None] | None = None,
) -> list[ShardRecord]:
    """Makes what is missing of a set and returns the records of all its shards.

    The bytes of every file follow from feeds, tasks, counts, seed and pace; not from workers or engine, nor from how
    often the build was stopped.

    Args:
        feeds: Sources of scenes with their thresholds, or of ready samples; of different names.
        tasks: What is asked.
        counts: Samples per task's name.
        output: Folder to make or to complete.
        seed: At least 0.
        workers: Processes, at least 1.
        engine: `local` or `ray`.
        pace: Sizes and patience.
        provenance: Flat facts about this run.
        on_progress: Called after every shard, and once at the start.

    Raises:
        InputError: A request that cannot be, or the folder holds another build.
        UnavailableError: A source cannot give scenes, a worker died, the disk is full, or another build writes there.
    """
    pace = pace or Pace()
    _check(feeds, seed, workers)
    jobs = shard_jobs(feeds, tasks, counts, seed=seed, pace=pace)
    header = Header(settings=_settings(feeds, tasks, counts, seed, pace), provenance=dict(provenance or {}))
    with atomic.exclusive(output):
        file = begin(output, header)
        finished = {record.shard: record for record in file.read()}
        missing = [job for job in jobs if not is_whole(output, finished.get(job.name))]
        count = _Count(total=sum(job.total for job in jobs), tell=on_progress)
        count.add([finished[job.name] for job in jobs if job not in missing])
        work = Workshop(feeds=feeds, tasks=tasks)
        for job, shard in engines.run(work, missing, workers=workers, engine=engine) if missing else ():
            record = write_shard(output, file, job.name, shard)
            count.add([record])
    return read_records(output)


def read_header(folder: Path) -> Header:
    """What a built set was asked to be.

    Raises:
        InputError: The folder holds no build.
        DataError: The file is damaged.
    """
    path = folder / HEADER_NAME
    if not path.is_file():
        raise InputError(f"'{folder}' holds no build ({HEADER_NAME} is missing): run `vst-robot spatial build` first")
    return config.load(path, Header, error=DataError)


def read_records(folder: Path) -> list[ShardRecord]:
    """The finished shards of a set, by name; none for a folder that this engine did not write.

    Raises:
        DataError: A record is damaged.
    """
    return sorted(_records(folder).read(), key=lambda record: record.shard)


def _records(folder: Path) -> RecordFile[ShardRecord]:
    # A record may be followed by another of its shard: where a file was lost, the shard is made again.
    return RecordFile(
        folder / RECORDS_NAME, ShardRecord, key=lambda record: record.shard, replaceable=lambda record: True
    )


@dataclass(kw_only=True)
class _Count:
    total: int
    tell: Callable[[BuildProgress], None] | None
    made: int = 0
    missing: int = 0
    rejected: int = 0

    def add(self, records: Sequence[ShardRecord]) -> None:
        for record in records:
            self.made += record.total
            self.missing += sum(record.missing.values())
            self.rejected += sum(sum(reasons.values()) for reasons in record.rejected.values())
        if self.tell is not None:
            done = self.made + self.missing
            self.tell(BuildProgress(done=done, total=self.total, made=self.made, rejected=self.rejected))


def _check(feeds: Sequence[Feed | ReadyFeed], seed: int, workers: int) -> None:
    names = [feed.source.name for feed in feeds]
    if not feeds or len(set(names)) != len(names):
        raise InputError(f"at least one source is needed, none of them twice: got {', '.join(names) or 'none'}")
    if seed < 0 or workers < 1:
        raise InputError(f"the seed must be at least 0 and workers at least 1, got {seed} and {workers}")


def _settings(
    feeds: Sequence[Feed | ReadyFeed], tasks: Sequence[SpatialTask], counts: Mapping[str, int], seed: int, pace: Pace
) -> dict[str, Any]:
    """Everything that the samples depend on, flat enough to name what differs."""
    settings: dict[str, Any] = {f"tasks.{t.name}": counts[t.name] for t in tasks if counts.get(t.name)}
    for number, feed in enumerate(feeds):
        facts: dict[str, Any] = {"name": feed.source.name, **feed.source.fingerprint()}
        if isinstance(feed, Feed):
            facts |= {"profile": feed.profile, "setting": config.to_dict(feed.setting)}
        settings |= {f"sources.{number}.{name}": value for name, value in facts.items()}
    return settings | {"seed": seed, **{f"pace.{name}": value for name, value in config.to_dict(pace).items()}}


def begin(output: Path, header: Header) -> RecordFile[ShardRecord]:
    """The records of a folder that is new, or was begun with the same settings.

    Raises:
        InputError: The folder holds another build.
    """
    file = _records(output)
    if file.read():
        before = read_header(output).settings
        differing = [name for name in {**before, **header.settings} if before.get(name) != header.settings.get(name)]
        if differing:
            changes = "; ".join(
                f"{n} was {_short(before.get(n))}, now {_short(header.settings.get(n))}" for n in differing
            )
            raise InputError(f"'{output}' holds another build: {changes}; choose another --output")
    config.dump_json(header, output / HEADER_NAME)
    return file


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def is_whole(output: Path, record: ShardRecord | None) -> bool:
    """Whether a shard was finished and its files are there."""
    if record is None:
        return False
    sizes = {name: (output / name).stat().st_size if (output / name).is_file() else -1 for name in record.files}
    return sizes == record.files


def write_shard(output: Path, file: RecordFile[ShardRecord], name: str, shard: Shard) -> ShardRecord:
    """Writes a shard's files, then its record, without which they do not count.

    Raises:
        UnavailableError: The disk is full or the folder cannot be written.
    """
    for path, data in shard.files.items():
        atomic.write_bytes(output / path, data)
    record = ShardRecord(
        shard=name,
        files={path: len(data) for path, data in shard.files.items()},
        samples={task: dict(forms) for task, forms in shard.samples.items()},
        tried=dict(shard.tried),
        rejected={task: dict(reasons) for task, reasons in shard.rejected.items()},
        damaged=dict(shard.damaged),
        crashes=dict(shard.crashes),
        scenes=shard.scenes,
        missing=dict(shard.missing),
    )
    file.append(record)
    return record
