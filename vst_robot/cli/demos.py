"""`vst-robot demos …`: collect, inspect, replay, expert-report."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from action_tokenizer import ActionCodec, ActionStatistics, AddedTokens, Grid
from envs.assets import resolve
from envs.collect import CollectJob, CollectProgress, collection_facts
from envs.collect import collect as run_collection
from envs.experts import scripted
from envs.libero import LiberoFactory
from envs.noise import NoiseConfig
from envs.replay import ReplayOutcome
from envs.replay import replay as run_replay
from envs.suites import Suite, get_suite, label_of
from policies.demos.formats import open_demonstrations
from policies.demos.interface import Demonstrations
from policies.demos.store import DemonstrationStore, StoreManifest
from vst_robot import pages
from vst_robot.atomic import exclusive
from vst_robot.cli import evaluate as evaluation
from vst_robot.cli import preconditions
from vst_robot.cli.demo_sets import Told, told_orientation
from vst_robot.cli.progress import Stage
from vst_robot.cli.throughput import Throughput
from vst_robot.errors import InputError
from vst_robot.statistics import wilson
from vst_robot.types import Episode, Task

CAMERAS = ("agentview", "robot0_eye_in_hand")


@dataclass(frozen=True, kw_only=True)
class CollectConfig:
    """Which demonstrations to record."""

    suite: tuple[str, ...] = ("libero_spatial",)
    """LIBERO suites, one or several; `all`: the paper's four."""
    tasks: tuple[int, ...] = ()
    """Task indices; empty: all. With a single suite only."""
    num: int = 50
    """Demonstrations per task."""
    assets: str = "primitive"
    """`primitive`, `official`, or a folder in LIBERO's layout."""
    output: Path | None = None
    """Folder (several suites: a folder for each in it); left out: `data/<suite>-<assets>`. An existing one is
    completed."""
    cameras: tuple[str, ...] = CAMERAS
    """Cameras to record."""
    image_size: int = 256
    """Side of the pictures in pixels."""
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    """Noise on the executed commands."""
    seed: int = 0
    """Seed of the set: other start states and other noise."""
    workers: int = os.cpu_count() or 1
    """Processes. The demonstrations do not depend on it."""


def collect(config: CollectConfig) -> None:
    """Records what is missing of a demonstration set, or of one for each of several suites."""
    each = each_suite(replace(config, suite=preconditions.chosen_suites(config.suite, config.tasks)))
    for one in each:
        check(one)
    for one in each:
        store = collect_missing(one)
        print(f"{len(list(store.files()))} tasks in {store.folder}")


def each_suite(config: CollectConfig) -> list[CollectConfig]:
    """The same collection, suite by suite; several go into a folder of their name in `output`."""
    if len(config.suite) == 1:
        return [config]
    folders = {name: config.output and config.output / name for name in config.suite}
    return [replace(config, suite=(name,), output=folder) for name, folder in folders.items()]


def collect_missing(config: CollectConfig) -> DemonstrationStore:
    """Completes the demonstration set of a single suite and returns it; at once if nothing is missing."""
    check(config)
    suite = _suite(config)
    factory = LiberoFactory(suite=suite.name, assets=config.assets, image_size=config.image_size)
    folder = config.output or default_folder(suite.name, config.assets, config.tasks)
    with exclusive(folder):
        store = DemonstrationStore(folder)
        config = _with_cameras_of(store, config)
        store.prepare(_manifest(config, factory, store))
        jobs = [CollectJob(task_id=task, demo=demo, seed=config.seed) for task, demo in store.missing(config.num)]
        if jobs:
            _record(store, factory, jobs, config)
        store.merge(config.num)
    return store


def _suite(config: CollectConfig) -> Suite:
    (name,) = config.suite
    return get_suite(name)


def check(config: CollectConfig) -> None:
    """For a single suite, refuses what cannot be before anything is written.

    Raises:
        InputError: An unknown name, or a number out of range.
        UnavailableError: The asset pack is missing.
    """
    suite = _suite(config)
    preconditions.chosen_tasks(suite, config.tasks)
    preconditions.check_workers(config.workers)
    preconditions.check_collection(config.num, config.seed)
    preconditions.check_cameras(config.cameras)
    LiberoFactory(suite=suite.name, assets=config.assets, image_size=config.image_size)
    resolve(config.assets)


def _with_cameras_of(store: DemonstrationStore, config: CollectConfig) -> CollectConfig:
    """A set that was recorded with more cameras goes on with them."""
    present = store.manifest.cameras if store.manifest else ()
    return replace(config, cameras=present) if set(present) > set(config.cameras) else config


def default_folder(suite: str, assets: str, tasks: Sequence[int] = ()) -> Path:
    """Where demonstrations of a suite, or of some of its tasks, lie unless told otherwise."""
    chosen = "".join(f"-{task}" for task in sorted(tasks))
    return Path("data") / f"{suite}-{Path(assets).name}{chosen}"


def _manifest(config: CollectConfig, factory: LiberoFactory, store: DemonstrationStore) -> StoreManifest:
    before = store.manifest.num_per_task if store.manifest else 0
    return StoreManifest(
        suite=factory.tasks()[0].suite,
        tasks=preconditions.chosen_tasks(_suite(config), config.tasks),
        cameras=config.cameras,
        image_size=config.image_size,
        seed=config.seed,
        num_per_task=max(before, config.num),
        facts=dict(collection_facts(factory, scripted(), config.noise)),
    )


def _record(
    store: DemonstrationStore, factory: LiberoFactory, jobs: Sequence[CollectJob], config: CollectConfig
) -> None:
    evaluation.choose_renderer()
    throughput = Throughput(workers=config.workers)
    with Stage(f"collect demonstrations of {config.suite[0]}", len(jobs), "demonstrations") as stage:

        def advance(progress: CollectProgress) -> None:
            throughput.worker_s = progress.worker_s
            stage.update(progress.done, failed_attempts=str(progress.failed_attempts))

        episodes = run_collection(
            factory,
            scripted(),
            jobs,
            cameras=config.cameras,
            max_steps=_suite(config).max_steps,
            num_workers=config.workers,
            noise=config.noise,
            on_progress=advance,
        )
        for episode in episodes:
            with throughput.writing():
                store.add(episode)
    print(throughput.summary(len(jobs)))


@dataclass(frozen=True, kw_only=True)
class ReplayConfig:
    """Which demonstrations to execute again."""

    folder: Path | None = None
    """Demonstration set; left out: `data/<suite>-<assets>`."""
    suite: str = "libero_spatial"
    """LIBERO suite."""
    assets: str = "primitive"
    """`primitive`, `official`, or a folder in LIBERO's layout."""
    num: int | None = None
    """Demonstrations per task; left out: all."""
    through_tokenizer: bool = False
    """Push the actions through statistics, bins and back: the ceiling of a policy that makes no mistake."""
    bounds: Literal["q01_q99", "min_max"] = "min_max"
    """What the outermost bins of `--through-tokenizer` stand for; nano's presets learn with `q01_q99`."""
    grid: Literal["uniform", "openvla"] = "uniform"
    """Bins of `--through-tokenizer`."""
    orientation: Told = "declared"
    """Orientation of the pictures, for files that do not declare it; others must agree with it."""
    workers: int = os.cpu_count() or 1
    """Processes that hold simulators."""


def replay(config: ReplayConfig) -> None:
    """Executes recorded actions from their recorded starts and counts how many still succeed."""
    preconditions.check_workers(config.workers)
    if config.num is not None and config.num < 1:
        raise InputError(f"at least one demonstration per task is needed, --num was {config.num}")
    suite = get_suite(config.suite)
    store = _existing(config)
    episodes = list(store.episodes(config.num))
    _refuse_without_states(episodes, store)
    transform = _round_trip(episodes, config) if config.through_tokenizer else None
    factory = LiberoFactory(suite=suite.name, assets=config.assets)
    outcomes: list[ReplayOutcome] = []
    with Stage("replay", len(episodes), "demonstrations") as stage:
        for outcome in run_replay(factory, episodes, num_workers=config.workers, transform=transform):
            outcomes.append(outcome)
            stage.update(len(outcomes), successes=str(sum(o.success for o in outcomes)))
    _show_replay(outcomes, suite.tasks())


def _refuse_without_states(episodes: Sequence[Episode], store: Demonstrations) -> None:
    """RLDS and LeRobot sets by others hold no simulator states to begin from."""
    if any(not episode.start.sim_state.size for episode in episodes):
        raise InputError(f"'{store.folder}' holds no simulator states, so nothing can be replayed; use HDF5 files")


def _round_trip(episodes: Sequence[Episode], config: ReplayConfig) -> Callable[[np.ndarray], np.ndarray]:
    """Actions → tokens → actions, with statistics of these very demonstrations."""
    statistics = ActionStatistics.fit([episode.actions for episode in episodes], bounds=config.bounds)
    codec = ActionCodec(statistics=statistics, grid=Grid(config.grid), vocabulary=AddedTokens(0))
    return lambda actions: codec.decode(codec.encode(actions))


def _show_replay(outcomes: Sequence[ReplayOutcome], tasks: Sequence[Task]) -> None:
    for task in tasks:
        mine = [outcome for outcome in outcomes if outcome.task_id == task.task_id]
        if mine:
            print(f"{task.task_id:3d}  {sum(o.success for o in mine):4d}/{len(mine):<4d}  {task.instruction}")
    successes = sum(outcome.success for outcome in outcomes)
    interval = wilson(successes, len(outcomes))
    print(f"{successes} of {len(outcomes)} still succeed ({interval.low:.1%} to {interval.high:.1%})")
    errors = [outcome.state_error for outcome in outcomes if outcome.state_error is not None]
    if errors:
        print(f"largest deviation from the recorded simulator states: {max(errors):.3g}")


@dataclass(frozen=True, kw_only=True)
class InspectConfig:
    """Which demonstrations to look at."""

    folder: Path | None = None
    """Demonstration set; left out: `data/<suite>-<assets>`."""
    suite: str = "libero_spatial"
    """LIBERO suite."""
    assets: str = "primitive"
    """Asset pack in the default folder's name."""
    orientation: Told = "declared"
    """Orientation of the pictures, for files that do not declare it; others must agree with it."""
    bounds: Literal["q01_q99", "min_max"] = "q01_q99"
    """What the outermost bins stand for in the histogram of bins."""
    grid: Literal["uniform", "openvla"] = "uniform"
    """Bins of that histogram."""
    output: Path | None = None
    """The page; left out: `inspect.html` in the set's folder."""


def inspect(config: InspectConfig) -> None:
    """Writes a page that shows pictures, actions, bins used and lengths of a demonstration set."""
    from policies.demos import inspect as inspection

    store = _existing(config)
    page = config.output or store.folder / "inspect.html"
    facts = store.manifest.facts if store.manifest else {}
    title = f"Demonstrations in {store.folder}"
    html = inspection.render(
        store.episodes(), title=title, facts=facts, bounds=config.bounds, grid=config.grid, robot=store.robot
    )
    pages.write(page, html)
    print(page)


def _existing(config: ReplayConfig | InspectConfig) -> Demonstrations:
    """The set that a command names.

    Raises:
        InputError: There are no demonstrations in the folder.
    """
    suite = get_suite(config.suite)
    folder = config.folder or default_folder(suite.name, config.assets)
    store = open_demonstrations(folder, tasks=suite.tasks(), orientation=told_orientation(config.orientation))
    if next(store.episodes(), None) is None:
        raise InputError(f"no demonstrations in '{folder}': run 'vst-robot demos collect' or name --folder")
    return store


@dataclass(frozen=True, kw_only=True)
class ExpertReportConfig:
    """How to measure the scripted expert."""

    suite: tuple[str, ...] = ("libero_spatial",)
    """LIBERO suites, one or several; `all`: the paper's four."""
    tasks: tuple[int, ...] = ()
    """Task indices; empty: all. With a single suite only."""
    episodes: int = 50
    """Published evaluation states per task."""
    assets: str = "primitive"
    """`primitive`, `official`, or a folder in LIBERO's layout."""
    output: Path | None = None
    """Folder of records and report (several suites: a folder for each in it); left out:
    `runs/expert-<suite>-<assets>`. An existing one is completed."""
    workers: int = os.cpu_count() or 1
    """Processes that hold simulators."""


def expert_report(config: ExpertReportConfig) -> None:
    """Measures the scripted expert on the published evaluation states, without noise."""
    suites = preconditions.chosen_suites(config.suite, config.tasks)
    asked = evaluation.EvaluateConfig(
        policy="scripted",
        suite=suites,
        tasks=config.tasks,
        episodes=config.episodes,
        assets=config.assets,
        workers=config.workers,
        slots=2 * config.workers,
        videos=2,
        output=config.output or Path("runs") / f"expert-{label_of(suites)}-{Path(config.assets).name}",
    )
    evaluation.evaluate(asked)
