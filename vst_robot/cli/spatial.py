"""`vst-robot spatial build | view | stats | validate | sources`."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from spatial_pretrain.data_engine import catalogue, media, mixture, page, shards
from spatial_pretrain.data_engine import validate as validation
from spatial_pretrain.data_engine.build import BuildProgress, ShardRecord, read_header, read_records
from spatial_pretrain.data_engine.build import build as run_build
from spatial_pretrain.data_engine.contact_sheet import contact_sheet
from spatial_pretrain.data_engine.engines import Engine
from spatial_pretrain.data_engine.mixture import Mix
from spatial_pretrain.data_engine.plan import Feed, Pace, ReadyFeed, gives
from spatial_pretrain.data_engine.rows import Row
from spatial_pretrain.data_engine.sample_source import SampleSource
from spatial_pretrain.data_engine.set_statistics import SetStatistics, collect
from spatial_pretrain.data_engine.task import BoxText, SpatialTask
from spatial_pretrain.data_engine.templates import SETS
from spatial_pretrain.data_engine.thought_rules import ThoughtForm
from vst_robot import atomic, pages
from vst_robot import config as configs
from vst_robot.cli import preconditions, scene_sources
from vst_robot.cli.progress import Stage
from vst_robot.cli.provenance import provenance
from vst_robot.cli.scene_sources import AUTO, Making, Wording
from vst_robot.errors import DataError, InputError
from vst_robot.interfaces import SceneSource
from vst_robot.types import Picture

Output = Annotated[Path | None, tyro.conf.arg(aliases=["-o"])]
_SHOWN_REASONS = 2
_SHOWN_PICTURES, _SHOWN_EVERY = 6, 16  # neighbours share a room


@dataclass(frozen=True, kw_only=True)
class BuildConfig:
    """Which samples to make, and from what."""

    source: tuple[str, ...] = ("libero_spatial",)
    """LIBERO suites, `rooms`, `drawn`, or `<data set>:<folder>`; `vst-robot spatial sources` lists them."""
    tasks: tuple[str, ...] = (catalogue.ALL,)
    """Names of tasks, or groups of which the sources give what they can: `all` of VST-P, or its parts `si`, `mi` and
    `video`; of VST-R `cot` (with thoughts) and `rl` (for reinforcement learning); `general`."""
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
    profile: str = AUTO
    """Thresholds of sound questions: `room`, `tabletop`, or a TOML file; `auto`: `tabletop` for LIBERO, else `room`."""
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
    pictures: Path | None = None
    """PNG file to write: a row of pictures per source that is tried."""
    seed: int = 0
    """Seed of simulated scenes."""
    image_size: int = 128
    """Side of simulated pictures in pixels."""
    assets: str = "primitive"
    """LIBERO's asset pack."""


def build(config: BuildConfig) -> None:
    """Makes samples, or what is missing of them.

    Raises:
        DataError: There is not a single one.
    """
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
    if not any(record.total for record in records):
        raise DataError(f"no sample could be made: {output} holds none; the reasons are above")


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
    shown = 0 if config.pictures is None else _SHOWN_PICTURES
    rows = [_try(text, making, shown) for text in config.source]
    if config.pictures is not None and any(rows):
        sheet = contact_sheet([row for row in rows if row], cell_px=config.image_size)
        atomic.write_bytes(config.pictures, media.encode_picture(sheet))
        print(config.pictures)


def _askable(config: BuildConfig, feeds: Sequence[Feed | ReadyFeed]) -> tuple[SpatialTask, ...]:
    """The tasks that were named; of those meant by a group, the ones that the sources can give."""
    tasks = catalogue.load(config.tasks)
    able = [task for task in tasks if task.name in config.tasks or any(gives(feed, task) for feed in feeds)]
    left_out = [task.name for task in tasks if task not in able]
    if left_out and able:
        print(f"left out, for want of scenes: {', '.join(left_out)}")
    return tuple(able or tasks)


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
    statistics = collect(examples.passing(rows) if examples else rows, records, only=tasks)
    if not statistics.samples:
        raise InputError(f"'{folder}' holds no samples{' of ' + ', '.join(tasks) if tasks else ''}")
    return statistics


def _wanted(row: Row, tasks: Sequence[str]) -> bool:
    return not tasks or row.task in tasks


def _beside(folder: Path, name: str) -> Path:
    return folder / name if folder.is_dir() else folder.with_name(name)


def _try(text: str, making: Making, pictures: int = 0) -> list[Picture]:
    """Prints what a source gives; returns some pictures of it if it has scenes."""
    source = scene_sources.open_any(text, making)
    try:
        print(f"{text}: {json.dumps(dict(source.fingerprint()))}")
        if isinstance(source, SampleSource):
            _try_samples(source)
            return []
        _try_scenes(source)
        view = source.views[0]
        count = source.count(view)
        end = pictures * _SHOWN_EVERY if count is None else count
        return [source.scene(view, k * end // pictures).frames[0].rgb for k in range(min(pictures, end))]
    finally:
        source.close()


def _try_scenes(source: SceneSource) -> None:
    for view in source.views:
        count = source.count(view)
        print(f"  {view}: {'no end of' if count is None else count} scenes")
        if count != 0:
            scene = source.scene(view, 0)
            labels = ", ".join(sorted({thing.label for thing in scene.objects if any(thing.visible)}))
            width, height = scene.frames[0].size_px
            print(f"    {scene.name}: {len(scene.frames)} pictures of {width}×{height} px; {labels}")


def _try_samples(source: SampleSource) -> None:
    for task, numbers in source.numbers().items():
        print(f"  {task}: {len(numbers)} samples")
        if numbers:
            turn = source.sample(numbers[0]).turns[0]
            print(f"    {turn.question} → {turn.answer}")
