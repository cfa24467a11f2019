"""`vst-robot evaluate`: the closed-loop score of a policy on LIBERO suites."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from envs import rendering
from envs.assets import resolve
from envs.libero import LiberoFactory
from envs.suites import get_suite, label_of
from eval_libero import overall
from eval_libero.evaluation import evaluate as run_evaluation
from eval_libero.metrics import Result
from eval_libero.plan import Plan, Starts, build_plan
from eval_libero.protocols import get_protocol
from eval_libero.report import PAGE_NAME, console_table, headline
from eval_libero.runner import Progress
from vst_robot.cli import preconditions
from vst_robot.cli.actors import LoadedActor, load_actor
from vst_robot.cli.progress import Stage
from vst_robot.cli.provenance import provenance
from vst_robot.errors import UnavailableError

READY_POLICY = "vst-nano-libero"


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """What to evaluate, and how."""

    policy: str = READY_POLICY
    """A checkpoint folder, a hub id, `vst-nano-libero` (shipped), `scripted` or `random`."""
    suite: tuple[str, ...] = ("libero_spatial",)
    """LIBERO suites, one or several: libero_spatial, libero_object, libero_goal, libero_10 (libero_long), libero_90; or
    `all`, the first four."""
    tasks: tuple[int, ...] = ()
    """Task indices; empty: all. With a single suite only."""
    episodes: int | None = None
    """Episodes per task, published evaluation states 0, 1, …; left out: the protocol's 50."""
    starts: Starts = "published"
    """`published` evaluation states, or `held-out` ones: choose between policies on these, and report the others."""
    protocol: str = "vst"
    """Named protocol: step limits, settle steps, seeds."""
    max_steps: int | None = None
    """Control steps per episode; left out: the protocol's limit for the suite."""
    seed: int | None = None
    """Seed of the fixture placement; left out: the protocol's."""
    assets: str = "primitive"
    """`primitive`, `official`, or a folder in LIBERO's layout."""
    output: Path | None = None
    """Folder of records and report (several suites: a folder for each in it); left out:
    `runs/evaluate-<policy>-<suite>`. An existing one is completed."""
    workers: int = os.cpu_count() or 1
    """Processes that hold simulators. The records do not depend on it."""
    slots: int = 20
    """Episodes that run at a time: the policy's batch."""
    videos: int = 4
    """Episodes to film."""
    device: str = "auto"
    """Device of a learned policy: auto, cpu, cuda, cuda:1 …"""
    allow_errors: bool = False
    """Print a headline number although episodes crashed."""


def evaluate(config: EvaluateConfig) -> None:
    """Evaluates a policy, or completes an evaluation that was interrupted."""
    config = replace(config, suite=preconditions.chosen_suites(config.suite, config.tasks))
    output = config.output or _default_output(config)
    if len(config.suite) > 1:
        show_suites(score_suites(config, output), output)
    else:
        overall.refuse_several_suites(output)
        show(score(config, output), output)


def _default_output(config: EvaluateConfig) -> Path:
    starts = "" if config.starts == "published" else "-held-out"
    return Path("runs") / f"evaluate-{Path(config.policy).name}-{label_of(config.suite)}{starts}"


def each_suite(config: EvaluateConfig) -> list[EvaluateConfig]:
    """The same evaluation, suite by suite."""
    return [replace(config, suite=(name,)) for name in config.suite]


def planned(config: EvaluateConfig) -> tuple[Plan, LiberoFactory]:
    """The episodes of a single suite and their world; refuses what cannot be before a policy is loaded.

    Raises:
        InputError: An unknown name, or a number out of range.
        UnavailableError: The asset pack is missing.
    """
    preconditions.check_workers(config.workers)
    (suite,) = config.suite
    protocol = get_protocol(config.protocol)
    factory = LiberoFactory(
        suite=suite,
        assets=config.assets,
        image_size=protocol.image_size,
        settle_steps=protocol.settle_steps,
    )
    tasks = preconditions.chosen_tasks(get_suite(suite), config.tasks)
    plan = build_plan(protocol, tasks, config.episodes, config.seed, max_steps=config.max_steps, starts=config.starts)
    resolve(config.assets)
    return plan, factory


def score(config: EvaluateConfig, output: Path) -> Result:
    """Runs what is missing of a single suite's evaluation, with progress, and returns the result."""
    (result,) = _run_all(config, {output: planned(config)})
    return result


def score_suites(config: EvaluateConfig, output: Path) -> list[Result]:
    """The same for several suites, one after the other, each in the folder of its name.

    Raises:
        InputError: What cannot be, in any suite, before the first one begins.
    """
    overall.refuse_one_suite(output)
    results = _run_all(config, {output / one.suite[0]: planned(one) for one in each_suite(config)})
    overall.write(results, output)
    return results


def _run_all(config: EvaluateConfig, worlds: Mapping[Path, tuple[Plan, LiberoFactory]]) -> list[Result]:
    """Loads the policy once, refuses starts that it was trained on, and runs the plans into their folders."""
    actor = load_actor(config.policy, seed=config.seed or 0, device=config.device)
    for plan, _ in worlds.values():
        preconditions.check_starts(plan.episodes, plan.tasks, actor.training_start_hashes)
    choose_renderer()
    return [_run(config, plan, factory, actor, folder) for folder, (plan, factory) in worlds.items()]


def _run(config: EvaluateConfig, plan: Plan, factory: LiberoFactory, actor: LoadedActor, output: Path) -> Result:
    with Stage(f"evaluate {plan.suite}", len(plan.episodes), "episodes") as stage:

        def advance(progress: Progress) -> None:
            stage.update(progress.finished, successes=str(progress.successes), errors=str(progress.errors))

        return run_evaluation(
            plan,
            factory,
            actor.acting,
            output,
            num_workers=config.workers,
            num_slots=config.slots,
            video_episodes=config.videos,
            training_start_hashes=actor.training_start_hashes,
            on_progress=advance,
            provenance=provenance(),
            allow_errors=config.allow_errors,
        )


def choose_renderer() -> None:
    """Finds a renderer that works once, instead of in every worker process.

    Raises:
        UnavailableError: Neither EGL nor OSMesa works.
    """
    os.environ["MUJOCO_GL"] = rendering.find_platform()


def show(result: Result, output: Path) -> None:
    """Prints the table, the headline and where the report lies.

    Raises:
        UnavailableError: There is no number, because episodes crashed.
    """
    console = Console()
    _show_table(result, console)
    console.print(f"report: {output / PAGE_NAME}", highlight=False, soft_wrap=True)
    if result.success_rate is None:
        raise UnavailableError(f"no success rate: {result.incomplete} ({PAGE_NAME} says what went wrong)")


def show_suites(results: Sequence[Result], output: Path) -> None:
    """Prints the table of every suite, a line for each, their mean, and where the report lies.

    Raises:
        UnavailableError: A suite has no number, because episodes crashed.
    """
    console = Console()
    for result in results:
        _show_table(result, console)
        console.print()
    for line in overall.lines(overall.combine(results), results):
        console.print(line, highlight=False, soft_wrap=True)
    console.print(f"report: {output / PAGE_NAME}", highlight=False, soft_wrap=True)
    without = [result for result in results if result.success_rate is None]
    if without:
        raise UnavailableError(
            f"no success rate of {without[0].suite}: {without[0].incomplete} "
            f"({output / without[0].suite / PAGE_NAME} says what went wrong)"
        )


def _show_table(result: Result, console: Console) -> None:
    console.print(console_table(result))
    console.print(f"success rate: {headline(result)}", highlight=False)
    for note in result.notes:
        console.print(f"note: {note}", highlight=False)
