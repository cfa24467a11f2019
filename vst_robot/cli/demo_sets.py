"""`vst-robot demos …` on sets of any format: convert, stats, validate."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from action_tokenizer import ActionStatistics
from envs.suites import SUITES, get_suite
from policies.demos import statistics
from policies.demos.convert import ConversionProgress
from policies.demos.convert import convert as run_conversion
from policies.demos.declaration import GripperPolarity
from policies.demos.formats import open_demonstrations
from policies.demos.interface import Demonstrations, Format
from policies.demos.validate import validate as run_validation
from vst_robot.cli.progress import Stage
from vst_robot.errors import DataError, InputError, UnavailableError
from vst_robot.types import Orientation, Task

Told = Literal["declared", "true", "mirrored"]
ToldGripper = Literal["declared", "libero", "openvla"]


@dataclass(frozen=True, kw_only=True)
class SetFlags:
    """Which set, and what it does not say about itself."""

    folder: Path
    """Demonstrations: LIBERO HDF5, RLDS or LeRobot, recognised by the contents."""
    suite: str | None = None
    """LIBERO suite whose tasks these are, for sets that tell a task by its words alone; left out: any."""
    orientation: Told = "declared"
    """Orientation of the pictures, for sets that do not declare it; others must agree with it."""
    gripper: ToldGripper = "declared"
    """Gripper of sets that do not declare it: `libero` (-1 open, +1 closed, the default) or `openvla` (1, 0)."""
    robot: Path | None = None
    """TOML file that names dimensions and switches of another robot; left out: `robot.toml` in the folder, if any."""


@dataclass(frozen=True, kw_only=True)
class ConvertConfig(SetFlags):
    """What to convert, and into what."""

    to: Format
    """Format to write."""
    output: Path
    """Folder to make; a stopped conversion is continued."""


@dataclass(frozen=True, kw_only=True)
class StatsConfig(SetFlags):
    """Which set to describe."""


@dataclass(frozen=True, kw_only=True)
class ValidateConfig(SetFlags):
    """Which set to check."""

    cameras: tuple[str, ...] = ()
    """Cameras that every demonstration must have; left out: those of the first one."""


def convert(config: ConvertConfig) -> None:
    """Writes a set in another format."""
    source = opened(config)
    stage: Stage | None = None

    def advance(progress: ConversionProgress) -> None:
        nonlocal stage
        if stage is None:
            stage = Stage(f"convert to {config.to}", progress.total, "demonstrations").__enter__()
        stage.update(progress.done)

    try:
        record = run_conversion(source, config.output, config.to, on_progress=advance)
    finally:
        if stage is not None:
            stage.__exit__(None, None, None)
    print(f"{record.episodes} demonstrations in {config.output} ({config.to}, pictures {record.orientation})")


def stats(config: StatsConfig) -> None:
    """Computes exact statistics of every suite in a set and saves them beside the data."""
    source = opened(config)
    suites = statistics.fit(source.episodes(), source.robot)
    path = statistics.save(suites, source.contents_hash(), config.folder)
    for name, suite in suites.items():
        print(f"{name}: {suite.actions.num_episodes} demonstrations, {suite.actions.num_steps} steps")
        for what in ("actions", "actions_clean", "proprio"):
            if (rows := getattr(suite, what)) is not None:
                _show(what, rows)
    print(path)


def validate(config: ValidateConfig) -> None:
    """Reads a set through, pictures included, and lists everything that is wrong.

    Raises:
        DataError: Something is.
    """
    source = opened(config)
    total = sum(1 for _ in source.entries())
    with Stage("validate", total, "demonstrations") as stage:
        report = run_validation(source, cameras=config.cameras, on_episode=stage.update)
    for problem in report.problems:
        print(problem)
    if report.problems:
        count = len(report.problems)
        raise DataError(f"{config.folder}: {count} {'problem' if count == 1 else 'problems'}, listed above")
    print(f"{config.folder}: {report.episodes} demonstrations, {report.steps} steps, nothing wrong")


def opened(flags: SetFlags) -> Demonstrations:
    """The set that the flags name.

    Raises:
        InputError: There is none.
    """
    if not flags.folder.is_dir():
        raise InputError(f"no folder '{flags.folder}': name one with demonstrations")
    return open_demonstrations(
        flags.folder,
        tasks=_known_tasks(flags.suite),
        orientation=told_orientation(flags.orientation),
        gripper=told_gripper(flags.gripper),
        robot=flags.robot,
        libero=flags.suite is not None,
    )


def suite_folders(folder: Path, suites: Sequence[str]) -> dict[Path, tuple[str, ...]]:
    """Where the demonstrations of several suites lie: one folder for each, or all in one.

    LIBERO's own files come in folders named after their suite, the published RLDS sets in `<suite>_no_noops`.

    Returns:
        Folder → the suites in it.
    """
    if len(suites) > 1:
        each = {_suite_folder(folder, name): (name,) for name in suites}
        if all(path.is_dir() for path in each):
            return each
    return {folder: tuple(suites)}


def _suite_folder(folder: Path, suite: str) -> Path:
    published = folder / f"{suite}_no_noops"
    return published if published.is_dir() else folder / suite


def told_orientation(told: Told) -> Orientation | None:
    """What a flag says about pictures; None if it says nothing."""
    return None if told == "declared" else told


def told_gripper(told: ToldGripper) -> GripperPolarity | None:
    """What a flag says about the gripper; None if it says nothing."""
    return None if told == "declared" else told


def _known_tasks(suite: str | None) -> tuple[Task, ...]:
    """The suite's tasks, or all; none where LIBERO is not installed, which formats do not need."""
    suites = [get_suite(suite)] if suite else list(SUITES.values())
    try:
        return tuple(task for one in suites for task in one.tasks())
    except UnavailableError:
        return ()


def _show(what: str, rows: ActionStatistics) -> None:
    columns: Sequence[str] = ("q01", "q99", "mean", "std", "min", "max")
    print(f"  {what:<14}" + "".join(f"{name:>10}" for name in columns))
    for index, name in enumerate(rows.names):
        print(f"    {name:<12}" + "".join(f"{getattr(rows, column)[index]:>10.4f}" for column in columns))
