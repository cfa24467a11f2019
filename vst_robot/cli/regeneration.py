"""`vst-robot demos regenerate`: LIBERO's published human demonstrations, cleaned as OpenVLA does."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from envs.assets import resolve
from envs.libero import LiberoFactory
from envs.regenerate import RegenerationJob, body_poses
from envs.regenerate import regenerate as run_regeneration
from envs.suites import SUITES, Suite
from policies.demos.noop import NORM_BELOW
from policies.demos.regeneration import (
    DROPPED_STEPS,
    MANIFEST_NAME,
    Original,
    RegeneratedSet,
    RegenerationManifest,
    RegenerationSettings,
    read_originals,
    sha256_of,
)
from vst_robot.atomic import exclusive
from vst_robot.cli import evaluate as evaluation
from vst_robot.cli import preconditions
from vst_robot.cli.demos import CAMERAS
from vst_robot.cli.progress import Stage
from vst_robot.errors import DataError, InputError, unknown_name
from vst_robot.types import Episode, Task


@dataclass(frozen=True, kw_only=True)
class RegenerateConfig:
    """Which demonstrations to clean, and where."""

    folder: Path
    """LIBERO's own files of one suite, `<task name>_demo.hdf5`, as downloaded."""
    output: Path | None = None
    """Folder to make; left out: `data/<suite>-regenerated`. A stopped run is continued."""
    assets: str = "official"
    """`official`, which the demonstrations were recorded with, `primitive`, or a folder in LIBERO's layout."""
    cameras: tuple[str, ...] = CAMERAS
    """Cameras to record."""
    image_size: int = 256
    """Side of the pictures in pixels."""
    fixtures: Literal["drawn", "recorded"] = "drawn"
    """Where cabinets and stoves stand: `drawn` anew as in OpenVLA's procedure, or where they were `recorded`."""
    workers: int = os.cpu_count() or 1
    """Processes that hold simulators. The result does not depend on it."""


def regenerate(config: RegenerateConfig) -> None:
    """Executes every demonstration without its no-ops and keeps those that still succeed.

    Raises:
        InputError: The files are filtered already, of several suites, or the output is of other settings.
        DataError: A file is damaged, or nothing succeeded.
    """
    preconditions.check_workers(config.workers)
    preconditions.check_cameras(config.cameras)
    originals = read_originals(config.folder, [task for suite in SUITES.values() for task in suite.tasks()])
    suite = _suite_of(originals)
    factory = LiberoFactory(suite=suite.name, assets=config.assets, image_size=config.image_size)
    resolve(config.assets)
    output = config.output or Path("data") / f"{suite.name}-regenerated"
    made = RegeneratedSet(output, _settings(config, factory, originals), originals)
    manifest = made.manifest or _complete(made, config, factory)
    _show(manifest, output, suite.tasks())


def _suite_of(originals: Sequence[Original]) -> Suite:
    """The suite that all files belong to.

    Raises:
        InputError: A file names no task, or there are several suites.
    """
    names = {original.file.task.name for original in originals}
    suites = {task.name: suite for suite in SUITES.values() for task in suite.tasks()}
    for name in sorted(names - suites.keys()):
        raise unknown_name("task", name, suites)
    found = sorted({suites[name].name for name in names})
    if len(found) > 1:
        raise InputError(f"the files are of {' and '.join(found)}: keep every suite in a folder of its own")
    return suites[next(iter(names))]


def _settings(config: RegenerateConfig, factory: LiberoFactory, originals: Sequence[Original]) -> RegenerationSettings:
    return RegenerationSettings(
        suite=factory.tasks()[0].suite,
        source=config.folder.resolve().name,
        source_sha256=sha256_of(originals),
        cameras=config.cameras,
        fixtures=config.fixtures,
        noop_norm_below=NORM_BELOW,
        world=dict(factory.fingerprint()),
    )


def _complete(made: RegeneratedSet, config: RegenerateConfig, factory: LiberoFactory) -> RegenerationManifest:
    """Executes what is not decided yet."""
    with exclusive(made.partial):
        made.begin()
        missing = made.missing()
        if missing:
            evaluation.choose_renderer()
            _execute(made, missing, config, factory)
        return made.finish()


def _execute(
    made: RegeneratedSet, missing: Sequence[Original], config: RegenerateConfig, factory: LiberoFactory
) -> None:
    task_ids = {task.name: task.task_id for task in factory.tasks()}
    by_job = {_job(original, task_ids[original.file.task.name], config): original for original in missing}
    kept = 0
    with Stage("regenerate", len(missing), "demonstrations") as stage:
        finished = run_regeneration(factory, list(by_job), cameras=config.cameras, num_workers=config.workers)
        for done, (job, result) in enumerate(finished, start=1):
            if result.episode is None:
                made.drop(by_job[job], result.reason)
            else:
                made.keep(by_job[job], _with_facts(result.episode, by_job[job]))
                kept += 1
            stage.update(done, kept=str(kept))


def _job(original: Original, task_id: int, config: RegenerateConfig) -> RegenerationJob:
    return RegenerationJob(
        task_id=task_id,
        demo=original.demo,
        actions=original.kept_actions,
        sim_state=original.sim_state,
        body_poses=_recorded_bodies(original) if config.fixtures == "recorded" else None,
    )


def _recorded_bodies(original: Original) -> dict[str, tuple[float, ...]]:
    where = f"{original.file.path}, demo_{original.demo}"
    xml = original.file.model_xml(original.demo)
    if xml is None:
        raise DataError(f"{where}: has no attribute 'model_file', which says where fixtures stood: --fixtures drawn")
    return body_poses(xml)


def _with_facts(episode: Episode, original: Original) -> Episode:
    facts = {DROPPED_STEPS: str(original.noop_steps), "source_sha256": original.sha256}
    return replace(episode, provenance={**episode.provenance, **facts})


def _show(manifest: RegenerationManifest, output: Path, tasks: Sequence[Task]) -> None:
    """Prints what was kept of every task.

    Raises:
        DataError: Nothing was.
    """
    for task in tasks:
        mine = [fate for fate in manifest.demonstrations if fate.task == task.name]
        if mine:
            print(f"{task.task_id:3d}  {sum(fate.kept for fate in mine):4d}/{len(mine):<4d}  {task.instruction}")
    total = len(manifest.demonstrations)
    noops = sum(fate.noop_steps for fate in manifest.demonstrations if fate.kept)
    print(f"{manifest.kept} of {total} demonstrations kept, {noops} no-op steps dropped from them")
    print(output / MANIFEST_NAME)
    if not manifest.kept:
        raise DataError(
            f"{output}: no demonstration reached its goal again; were they recorded with the assets that "
            f"--assets names ({manifest.settings.world.get('assets', '')})?"
        )
