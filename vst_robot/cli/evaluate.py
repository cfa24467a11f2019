"""`vst-robot evaluate`: the closed-loop score of a policy on a LIBERO suite."""

import os
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from envs import rendering
from envs.assets import resolve
from envs.libero import LiberoFactory
from envs.suites import get_suite
from eval_libero.evaluation import evaluate as run_evaluation
from eval_libero.metrics import Result
from eval_libero.plan import Plan, Starts, build_plan
from eval_libero.protocols import get_protocol
from eval_libero.report import PAGE_NAME, console_table, headline
from eval_libero.runner import Progress
from vst_robot.cli import preconditions
from vst_robot.cli.actors import load_actor
from vst_robot.cli.progress import Stage
from vst_robot.cli.provenance import provenance
from vst_robot.errors import UnavailableError

READY_POLICY = "vst-nano-libero"


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """What to evaluate, and how."""

    policy: str = READY_POLICY
    """A checkpoint folder, a hub id, `vst-nano-libero` (shipped), `scripted` or `random`."""
    suite: str = "libero_spatial"
    """LIBERO suite: libero_spatial, libero_object, libero_goal, libero_10 (libero_long) or libero_90."""
    tasks: tuple[int, ...] = ()
    """Task indices; empty: all of the suite."""
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
    """Folder of records and report; left out: `runs/evaluate-<policy>-<suite>`. An existing one is completed."""
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
    name = Path(config.policy).name
    output = (
        config.output
        or Path("runs") / f"evaluate-{name}-{config.suite}{'' if config.starts == 'published' else '-held-out'}"
    )
    show(score(config, output), output)


def planned(config: EvaluateConfig) -> tuple[Plan, LiberoFactory]:
    """The episodes and their world; refuses what cannot be before a policy is loaded.

    Raises:
        InputError: An unknown name, or a number out of range.
        UnavailableError: The asset pack is missing.
    """
    preconditions.check_workers(config.workers)
    protocol = get_protocol(config.protocol)
    factory = LiberoFactory(
        suite=config.suite,
        assets=config.assets,
        image_size=protocol.image_size,
        settle_steps=protocol.settle_steps,
    )
    tasks = preconditions.chosen_tasks(get_suite(config.suite), config.tasks)
    plan = build_plan(protocol, tasks, config.episodes, config.seed, max_steps=config.max_steps, starts=config.starts)
    resolve(config.assets)
    return plan, factory


def score(config: EvaluateConfig, output: Path) -> Result:
    """Runs what is missing of an evaluation, with progress, and returns the result."""
    plan, factory = planned(config)
    actor = load_actor(config.policy, seed=config.seed or 0, device=config.device)
    preconditions.check_starts(plan.episodes, plan.tasks, actor.training_start_hashes)
    choose_renderer()
    with Stage(f"evaluate {config.suite}", len(plan.episodes), "episodes") as stage:

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
    console.print(console_table(result))
    console.print(f"success rate: {headline(result)}", highlight=False)
    for note in result.notes:
        console.print(f"note: {note}", highlight=False)
    console.print(f"report: {output / PAGE_NAME}", highlight=False, soft_wrap=True)
    if result.success_rate is None:
        raise UnavailableError(f"no success rate: {result.incomplete} ({PAGE_NAME} says what went wrong)")
