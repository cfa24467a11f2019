"""`vst-robot demos …`: collect, inspect, replay, expert-report."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from envs.collect import CollectJob, CollectProgress, NoiseConfig, collect as run_collection, collection_facts
from envs.experts import scripted
from envs.libero import LiberoFactory
from envs.suites import get_suite
from policies.demos.store import DemonstrationStore, StoreManifest
from vst_robot.cli import evaluate as evaluation
from vst_robot.cli.progress import Stage
from vst_robot.errors import InputError

CAMERAS = ("agentview", "robot0_eye_in_hand")


@dataclass(frozen=True, kw_only=True)
class CollectConfig:
    """Which demonstrations to record."""

    suite: str = "libero_spatial"
    """LIBERO suite."""
    num: int = 50
    """Demonstrations per task."""
    assets: str = "primitive"
    """`primitive`, `official`, or a folder in LIBERO's layout."""
    output: Path | None = None
    """Folder; left out: `data/<suite>-<assets>`. An existing one is completed."""
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
    """Records what is missing of a demonstration set."""
    store = collect_missing(config)
    print(f"{len(list(store.files()))} tasks in {store.folder}")


def collect_missing(config: CollectConfig) -> DemonstrationStore:
    """Completes a demonstration set and returns it; at once if nothing is missing."""
    suite = get_suite(config.suite)
    factory = LiberoFactory(suite=suite.name, assets=config.assets, image_size=config.image_size)
    store = DemonstrationStore(config.output or default_folder(suite.name, config.assets))
    store.prepare(_manifest(config, factory, store))
    jobs = [CollectJob(task_id=task, demo=demo, seed=config.seed) for task, demo in store.missing(config.num)]
    if jobs:
        _record(store, factory, jobs, config)
    store.merge(config.num)
    return store


def default_folder(suite: str, assets: str) -> Path:
    """Where demonstrations of a suite lie unless told otherwise."""
    return Path("data") / f"{suite}-{Path(assets).name}"


def _manifest(config: CollectConfig, factory: LiberoFactory, store: DemonstrationStore) -> StoreManifest:
    before = store.manifest.num_per_task if store.manifest else 0
    return StoreManifest(
        suite=factory.tasks()[0].suite,
        tasks=tuple(factory.tasks()),
        cameras=config.cameras,
        image_size=config.image_size,
        seed=config.seed,
        num_per_task=max(before, config.num),
        facts=dict(collection_facts(factory, scripted(), config.noise)),
    )


def _record(
    store: DemonstrationStore, factory: LiberoFactory, jobs: Sequence[CollectJob], config: CollectConfig
) -> None:
    with Stage("collect demonstrations", len(jobs), "demonstrations") as stage:

        def advance(progress: CollectProgress) -> None:
            stage.update(progress.done, failed_attempts=str(progress.failed_attempts))

        episodes = run_collection(
            factory,
            scripted(),
            jobs,
            cameras=config.cameras,
            max_steps=get_suite(config.suite).max_steps,
            num_workers=config.workers,
            noise=config.noise,
            on_progress=advance,
        )
        for episode in episodes:
            store.add(episode)


@dataclass(frozen=True, kw_only=True)
class ExpertReportConfig:
    """How to measure the scripted expert."""

    suite: str = "libero_spatial"
    """LIBERO suite."""
    tasks: tuple[int, ...] = ()
    """Task indices; empty: all of the suite."""
    episodes: int = 50
    """Published evaluation states per task."""
    assets: str = "primitive"
    """`primitive`, `official`, or a folder in LIBERO's layout."""
    output: Path | None = None
    """Folder of records and report; left out: `runs/expert-<suite>-<assets>`. An existing one is completed."""
    workers: int = os.cpu_count() or 1
    """Processes that hold simulators."""


def expert_report(config: ExpertReportConfig) -> None:
    """Measures the scripted expert on the published evaluation states, without noise."""
    asked = evaluation.EvaluateConfig(
        policy="scripted", suite=config.suite, tasks=config.tasks, episodes=config.episodes,
        assets=config.assets, workers=config.workers, slots=2 * config.workers, videos=2,
    )
    output = config.output or Path("runs") / f"expert-{config.suite}-{Path(config.assets).name}"
    evaluation.show(evaluation.score(asked, scripted(), output), output)
