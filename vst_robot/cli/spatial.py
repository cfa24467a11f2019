"""`vst-robot spatial build | view | stats | validate | sources`."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from spatial_pretrain.data_engine import catalogue, mixture, page, shards
from spatial_pretrain.data_engine import validate as validation
from spatial_pretrain.data_engine.build import BuildProgress, ShardRecord, read_header, read_records
from spatial_pretrain.data_engine.build import build as run_build
from spatial_pretrain.data_engine.engines import Engine
from spatial_pretrain.data_engine.mixture import Mix
from spatial_pretrain.data_engine.plan import Feed, Pace, ReadyFeed, gives
from spatial_pretrain.data_engine.rows import Row
from spatial_pretrain.data_engine.sample_source import SampleSource
from spatial_pretrain.data_engine.set_statistics import SetStatistics, collect
from spatial_pretrain.data_engine.task import BoxText, SpatialTask
from spatial_pretrain.data_engine.templates import SETS
from spatial_pretrain.data_engine.thought_rules import ThoughtForm
from vst_robot import config as configs
from vst_robot import pages
from vst_robot.cli import preconditions, scene_sources
from vst_robot.cli.progress import Stage
from vst_robot.cli.provenance import provenance
from vst_robot.cli.scene_sources import Making, Profile, Wording
from vst_robot.errors import DataError, InputError
from vst_robot.interfaces import SceneSource

Output = Annotated[Path | None, tyro.conf.arg(aliases=["-o"])]
_SHOWN_REASONS = 2


@dataclass(frozen=True, kw_only=True)
class BuildConfig:
    """Which samples to make, and from what."""

    source: tuple[str, ...] = ("libero_spatial",)
    """LIBERO suites, `rooms`, `drawn`, or `<data set>:<folder>`; `vst-robot spatial sources` lists them."""
    tasks: tuple[str, ...] = (catalogue.ALL,)
    """Names of tasks, or groups of which the sources give: `si`, `mi`, `video`, `all` three; `cot` (with thoughts),
    `rl` (for reinforcement learning) and `general`."""
    num: int = 10_000
    """Samples, all tasks together."""
    mix: Mix = "even"
    """How they are shared among the tasks: evenly, or in the proportions of the paper's Figure 2 (`vst-p` for `all`,
    `vst-r` for `cot rl`)."""
    rl_detection_share: float = mixture.RL_DETECTION_SHARE
    """Share of 3D detection among the RL samples of the mix `vst-r`."""
    output: Output = None
    """Folder; left out: `data/spatial-<sources>`. A stopped build is continued."""
    seed: int = 0
    """Decides scenes and questions."""
    image_size: int = 256
    """Side of simulated pictures in pixels."""
    assets: str = "primitive"
    """LIBERO's asset pack: `primitive`, `official`, or a folder in LIBERO's layout."""
    profile: Profile = "auto"
    """Thresholds of sound questions; `auto`: `tabletop` for LIBERO, `room` for everything else."""
    templates: tuple[str, ...] = SETS
    """Wordings: `vst` (those of the released checkpoints), `varied`, or both."""
    boxes: BoxText = field(default_factory=BoxText)
    """How 3D boxes are written."""
    thought: ThoughtForm = "rt_bev"
    """Thoughts of `cot` tasks: arithmetic (`num`), words (`rt`), or words with a layout seen from above (`rt_bev`)."""
    pace: Pace = field(default_factory=Pace)
    """How many questions a scene is asked, and when a form is given up."""
    workers: int = os.cpu_count() or 1
    """Processes. The samples do not depend on it."""
    engine: Engine = "local"
    """`local` processes, or the CPUs of a `ray` cluster: the same files."""


@dataclass(frozen=True, kw_only=True)
class SetFlags:
    """Which set."""

    folder: Path
    """A set made by `spatial build`, any folder of parquet files in VST's released layout, or one such file."""
    media: Path | None = None
    """Folder of pictures that rows name without holding them."""


@dataclass(frozen=True, kw_only=True)
class ViewConfig(SetFlags):
    """Which set to look at."""

    output: Output = None
    """Page to write; left out: `view.html` in the set's folder."""
    per_task: int = 12
    """Examples of every task."""
    tasks: tuple[str, ...] = ()
    """Only these tasks; left out: all."""
    seed: int = 0
    """Which examples."""


@dataclass(frozen=True, kw_only=True)
class StatsConfig(SetFlags):
    """Which set to describe."""


@dataclass(frozen=True, kw_only=True)
class ValidateConfig(SetFlags):
    """Which set to check."""


@dataclass(frozen=True, kw_only=True)
class SourcesConfig:
    """Lists all sources, or tries some."""

    source: tuple[str, ...] = ()
    """Sources to try: how many scenes they have, and the first of every kind."""
    seed: int = 0
    """Seed of simulated scenes."""
    image_size: int = 128
    """Side of simulated pictures in pixels."""
    assets: str = "primitive"
    """LIBERO's asset pack."""


def build(config: BuildConfig) -> None:
    """Makes samples, or what is missing of them."""
    preconditions.check_workers(config.workers)
    making = Making(seed=config.seed, image_size=config.image_size, assets=config.assets)
    wording = Wording(sets=config.templates, boxes=config.boxes, thought_form=config.thought)
    feeds = [scene_sources.open_feed(text, making, profile=config.profile, wording=wording) for text in config.source]
    tasks = _askable(config, feeds)
    names = tuple(task.name for task in tasks)
    counts = mixture.counts(config.mix, config.num, names, rl_detection_share=config.rl_detection_share)
    output = config.output or Path("data") / "-".join(["spatial", *(feed.source.name for feed in feeds)])
    with Stage("build", config.num, "samples") as stage:

        def advance(progress: BuildProgress) -> None:
            stage.update(progress.done, rejected=str(progress.rejected))

        records = run_build(
            feeds,
            tasks,
            counts,
            output,
            seed=config.seed,
            workers=config.workers,
            engine=config.engine,
            pace=config.pace,
            provenance=provenance(),
            on_progress=advance,
        )
    _tell(records, output)


def view(config: ViewConfig) -> None:
    """Writes a page with examples and statistics of a set."""
    if config.per_task < 1:
        raise InputError(f"--per-task must be at least 1, got {config.per_task}")
    examples = page.Examples(per_task=config.per_task, rng=np.random.default_rng(config.seed))
    statistics = _statistics(config.folder, examples, config.tasks)
    facts = read_header(config.folder) if (config.folder / "build.json").is_file() else None
    html = page.render(
        examples.chosen(),
        statistics,
        title=f"Spatial samples: {config.folder.name}",
        facts={**facts.settings, **facts.provenance} if facts else {},
        media=config.media,
    )
    output = config.output or _beside(config.folder, "view.html")
    pages.write(output, html)
    print(f"{output}: {len(examples.chosen())} examples of {statistics.samples} samples")


def stats(config: StatsConfig) -> None:
    """Counts tasks, forms, answers, letters and rejections, and saves them beside the set."""
    statistics = _statistics(config.folder)
    for task in statistics.tasks:
        rejected = "" if task.rejected_share is None else f"  {task.rejected_share:.0%} rejected"
        balance = "".join(f"  letters of {number}: p {p:.2g}" for number, p in task.balance().items())
        print(f"{task.task:<30}{task.samples:>8} samples{task.turns:>8} turns{rejected}{balance}")
    path = _beside(config.folder, "statistics.json")
    configs.dump_json(statistics.plain(), path)
    print(path)


def validate(config: ValidateConfig) -> None:
    """Reads a set through, pictures included, and lists everything that is wrong.

    Raises:
        DataError: Something is.
    """
    total = sum(shards.count(path) for path in shards.files(config.folder) if path.suffix == ".parquet")
    with Stage("validate", total, "samples") as stage:
        report = validation.validate(config.folder, media=config.media, on_row=stage.update)
    for problem in report.problems:
        print(problem)
    if report.problems:
        count = len(report.problems)
        raise DataError(f"{config.folder}: {count} {'problem' if count == 1 else 'problems'}, listed above")
    print(f"{config.folder}: {report.rows} samples, nothing wrong")


def sources(config: SourcesConfig) -> None:
    """Lists the sources of scenes, or tries those that are named."""
    if not config.source:
        for name, words in scene_sources.described().items():
            print(f"{name:<24}{words}")
    making = Making(seed=config.seed, image_size=config.image_size, assets=config.assets)
    for text in config.source:
        _try(text, making)


def _askable(config: BuildConfig, feeds: Sequence[Feed | ReadyFeed]) -> tuple[SpatialTask, ...]:
    """The tasks that were named; of those meant by a group, the ones that the sources can give."""
    tasks = catalogue.load(config.tasks)
    left_out = [t.name for t in tasks if t.name not in config.tasks and not any(gives(feed, t) for feed in feeds)]
    if left_out and len(left_out) < len(tasks):
        print(f"left out, for want of scenes: {', '.join(left_out)}")
        return tuple(task for task in tasks if task.name not in left_out)
    return tasks


def _tell(records: Sequence[ShardRecord], output: Path) -> None:
    """What was made, and of every task that fell short why."""
    statistics = collect((), records)
    made = sum(record.total for record in records)
    print(f"{made} samples from {statistics.scenes} scenes in {output}; look at them: {_viewing(output)}")
    for task in statistics.tasks:
        if task.missing:
            reasons = ", ".join(f"{reason} ({count})" for reason, count in task.rejected.most_common(_SHOWN_REASONS))
            print(f"  {task.task}: {task.missing} missing; rejected most often: {reasons or 'nothing was tried'}")
    for reason, count in statistics.damaged.items():
        print(f"  {count} scenes skipped: {reason}")
    for task, words in statistics.crashes.items():
        print(f"  {task} crashed, please report it: {words}")


def _viewing(output: Path) -> str:
    return f"vst-robot spatial view --folder {output}"


def _statistics(folder: Path, examples: page.Examples | None = None, tasks: Sequence[str] = ()) -> SetStatistics:
    """Reads a set through once."""
    rows = (row for path in shards.files(folder) for row in shards.read(path) if _wanted(row, tasks))
    records = read_records(folder) if folder.is_dir() else []
    statistics = collect(examples.passing(rows) if examples else rows, records)
    if not statistics.samples:
        raise InputError(f"'{folder}' holds no samples{' of ' + ', '.join(tasks) if tasks else ''}")
    return statistics


def _wanted(row: Row, tasks: Sequence[str]) -> bool:
    return not tasks or row.task in tasks


def _beside(folder: Path, name: str) -> Path:
    return folder / name if folder.is_dir() else folder.with_name(name)


def _try(text: str, making: Making) -> None:
    source = scene_sources.open_any(text, making)
    try:
        print(f"{text}: {json.dumps(dict(source.fingerprint()))}")
        if isinstance(source, SampleSource):
            _try_samples(source)
        else:
            _try_scenes(source)
    finally:
        source.close()


def _try_scenes(source: SceneSource) -> None:
    for kind in source.views:
        count = source.count(kind)
        print(f"  {kind}: {'no end of' if count is None else count} scenes")
        if count != 0:
            scene = source.scene(kind, 0)
            labels = ", ".join(sorted({thing.label for thing in scene.objects if any(thing.visible)}))
            width, height = scene.frames[0].size_px
            print(f"    {scene.name}: {len(scene.frames)} pictures of {width}×{height} px; {labels}")


def _try_samples(source: SampleSource) -> None:
    for task, numbers in source.numbers().items():
        print(f"  {task}: {len(numbers)} samples")
        if numbers:
            turn = source.sample(numbers[0]).turns[0]
            print(f"    {turn.question} → {turn.answer}")
