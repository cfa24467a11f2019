"""`vst-robot finetune`: the main job, from demonstrations to a closed-loop score."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from eval_libero.protocols import get_protocol
from policies import presets
from policies.config import FinetuneConfig
from vst_robot import config as configs
from vst_robot.atomic import exclusive
from vst_robot.cli import footprint, run_folder
from vst_robot.cli.progress import Stage
from vst_robot.cli.provenance import provenance
from vst_robot.errors import InputError

if TYPE_CHECKING:
    from eval_libero.metrics import Result
    from policies.demos.interface import Demonstrations
    from spatial_pretrain.configs import TrainProgress
    from vst_robot.cli.demos import CollectConfig
    from vst_robot.cli.evaluate import EvaluateConfig

NO_SUITE = ("none",)
"""What `--suite` says where there is no simulator: the demonstrations are of a robot of the user's own."""
FULL_PRESET = "vst-3b-10k"
DEFAULT_PRESET = "nano"


@dataclass(frozen=True, kw_only=True)
class FinetuneCommand:
    """The main job. A preset gives the configuration; every value of it is a flag as well."""

    preset: str = DEFAULT_PRESET
    """A shipped preset (nano, nano-long, nano-own, qwen-3b-2k5, qwen-3b-10k, vst-3b-2k5, vst-3b-10k) or a TOML file."""
    suite: tuple[str, ...] = ("libero_spatial",)
    """LIBERO suites to learn, one policy for them together, and to be scored on; `all`: the paper's four; `none`: a
    robot of your own, which nothing here can simulate."""
    tasks: tuple[int, ...] = ()
    """Task indices; empty: all. With a single suite only."""
    assets: str = "primitive"
    """`primitive`, `official`, or a folder in LIBERO's layout."""
    output: Path | None = None
    """Run folder; left out: `runs/finetune-<suite>-<preset>`. The same command continues a stopped run."""
    seed: int = 0
    """Seed of demonstrations, fresh weights and sample order."""
    max_steps: int | None = None
    """Training steps of the run instead of the preset's."""
    episodes: int | None = None
    """Evaluation episodes per task instead of the preset's."""
    workers: int = os.cpu_count() or 1
    """Processes that hold simulators."""
    print_config: bool = False
    """Print the resolved configuration as JSON and stop."""
    dry_run: bool = False
    """Print parameter counts and the memory that training needs, without weights, and stop."""
    config: Annotated[FinetuneConfig, tyro.conf.arg(name="")] = field(default_factory=FinetuneConfig)


def finetune(flags: Sequence[str]) -> None:
    """Reads the flags on top of the preset and runs, or shows, the job."""
    command = _resolved(parse(flags))
    if command.print_config:
        print(json.dumps(configs.to_dict(command), indent=2))
    elif command.dry_run:
        _show_plan(command)
    else:
        _run(command)


def parse(flags: Sequence[str]) -> FinetuneCommand:
    """Reads the flags; the preset they name decides the defaults of all others.

    Raises:
        InputError: No such preset, or an invalid file.
    """
    preset = _preset_in(flags)
    default = FinetuneCommand(preset=preset, config=presets.load(preset))
    return tyro.cli(
        tyro.conf.AvoidSubcommands[FinetuneCommand],
        args=list(flags),
        default=default,
        prog="vst-robot finetune",
        description="Demonstrations (made if missing), training, closed-loop score.",
    )


def _preset_in(flags: Sequence[str]) -> str:
    for index, flag in enumerate(flags):
        if flag == "--preset" and index + 1 < len(flags):
            return flags[index + 1]
        if flag.startswith("--preset="):
            return flag.removeprefix("--preset=")
    return DEFAULT_PRESET


def _resolved(command: FinetuneCommand) -> FinetuneCommand:
    """Folds the short flags into the configuration."""
    from envs.suites import label_of
    from vst_robot.cli.preconditions import chosen_suites

    suites = NO_SUITE if command.suite == NO_SUITE else chosen_suites(command.suite, command.tasks)
    config = command.config.for_suites(len(suites))
    training, evaluation = config.training, config.evaluation
    if command.max_steps is not None:
        training = replace(training, max_steps=command.max_steps)
    if command.episodes is not None:
        evaluation = replace(evaluation, episodes_per_task=command.episodes)
    config = replace(config, training=replace(training, seed=command.seed), evaluation=evaluation)
    learnt = Path(config.demonstrations.folder).name if suites == NO_SUITE else label_of(suites)
    output = command.output or Path("runs") / f"finetune-{learnt}-{Path(command.preset).stem}"
    return replace(command, suite=suites, config=config, output=output)


def _run(command: FinetuneCommand) -> None:
    assert command.output is not None
    _check(command)
    room = _check_room(command)
    with exclusive(command.output):
        _claim(command, command.output)
        _announce(command)
        if room:
            print(room)
        store = _demonstrations(command)
        folder = _train(command, store, command.output)
        if command.suite == NO_SUITE:
            print(f"policy: {folder} (not scored: there is no simulator of this robot)")
        else:
            _score(command, folder, command.output / "evaluation")


def _check(command: FinetuneCommand) -> None:
    """Refuses what cannot be before anything is written, the last stage's needs included."""
    from vst_robot.cli import demos, evaluate, preconditions

    if command.suite == NO_SUITE:
        _check_own(command)
        return
    for one in evaluate.each_suite(_evaluation(command, Path("policy"))):
        evaluate.planned(one)
    preconditions.check_backbone(command.config.policy.backbone)
    preconditions.check_policy(command.config.policy, collected=not command.config.demonstrations.folder)
    if command.config.demonstrations.folder:
        _check_given(command)
    else:
        for collection in _collections(command):
            demos.check(collection)
    evaluate.choose_renderer()


def _check_own(command: FinetuneCommand) -> None:
    """The same for a robot of the user's own, which needs no simulator."""
    from vst_robot.cli import preconditions

    if not command.config.demonstrations.folder or command.tasks:
        raise InputError("--suite none has nothing to collect: name --demonstrations.folder, and no --tasks")
    preconditions.check_backbone(command.config.policy.backbone)
    preconditions.check_own_demonstrations(_given(command), command.config.policy)


def _check_room(command: FinetuneCommand) -> str:
    """What a large frame cache needs and finds on the disk; empty where it is small, or there already."""
    folder = _frames(command)
    needed_gb = 0 if folder.exists() else _frames_gb(command)
    footprint.check_room(needed_gb, folder)
    return footprint.told_room(needed_gb, folder) if needed_gb >= footprint.LARGE_GB else ""


def _check_given(command: FinetuneCommand) -> None:
    from envs.suites import get_suite
    from vst_robot.cli import preconditions

    store, num = _given(command), command.config.demonstrations.per_task
    suites = [get_suite(name) for name in command.suite]
    cameras = command.config.policy.pictures.cameras
    preconditions.check_demonstrations(store, suites, cameras, num if store.manifest else None)


def _score(command: FinetuneCommand, folder: Path, scores: Path) -> None:
    """The closed-loop check at the end, suite by suite."""
    from vst_robot.cli import evaluate

    config = _evaluation(command, folder)
    if len(command.suite) > 1:
        results = evaluate.score_suites(config, scores)
        evaluate.show_suites(results, scores)
    else:
        results = [evaluate.score(config, scores)]
        evaluate.show(results[0], scores)
    _complete_card(command, folder, results)
    _offer_more(command, folder, scores)


def _complete_card(command: FinetuneCommand, folder: Path, results: "Sequence[Result]") -> None:
    """Writes the scores into the checkpoint's model card."""
    from eval_libero import overall
    from eval_libero.report import table
    from policies import manifest, model_card

    episodes = command.config.evaluation.episodes_per_task
    states = f"the first {episodes} evaluation states of each task"
    measured = [f"Protocol `{results[0].protocol}`, {command.assets} assets, {states}."]
    if len(results) > 1:
        measured += [overall.table(overall.combine(results)), *(f"### {r.suite}\n\n{table(r)}" for r in results)]
    else:
        measured.append(table(results[0]))
    model_card.write(manifest.load(folder), folder, measured="\n\n".join(measured))


def _evaluation(command: FinetuneCommand, folder: Path) -> "EvaluateConfig":
    from vst_robot.cli.evaluate import EvaluateConfig

    return EvaluateConfig(
        policy=str(folder),
        suite=command.suite,
        tasks=command.tasks,
        assets=command.assets,
        episodes=command.config.evaluation.episodes_per_task,
        protocol=command.config.evaluation.protocol,
        workers=command.workers,
    )


def _claim(command: FinetuneCommand, output: Path) -> None:
    """Writes the resolved configuration, or checks that the folder belongs to the same run."""
    mine, default = (
        configs.to_dict(replace(one, output=None, workers=0, print_config=False, dry_run=False))
        for one in (command, FinetuneCommand())
    )
    run_folder.claim(output, mine, default)


def _announce(command: FinetuneCommand) -> None:
    """One line about what runs, and one about the full scale."""
    print(f"preset {command.preset} → {command.output}")
    if len(command.suite) > 1:
        print(_told_steps(command))
    if command.preset.startswith("nano"):
        print(_full_scale(command))


def _full_scale(command: FinetuneCommand) -> str:
    full = presets.load(FULL_PRESET)
    if command.suite != NO_SUITE:
        return f"full scale: --preset {FULL_PRESET}, {footprint.memory(full)}; --dry-run shows the details"
    config = replace(command.config, policy=replace(command.config.policy, backbone=full.policy.backbone))
    start = f"full scale: start from a pretrained model, --policy.backbone {full.policy.backbone}"
    return f"{start}, {footprint.memory(config)}; docs/your_own_data.md names the other flags"


def _told_steps(command: FinetuneCommand) -> str:
    """What several suites do to the number of training steps."""
    suites, steps = len(command.suite), command.config.training.max_steps
    if command.max_steps is not None:
        reason = "as asked for with --max-steps"
    elif command.config.step_budget == "per_suite":
        reason = f"{steps // suites} for each: this preset's steps are per suite"
    else:
        reason = "this preset's steps are those of the whole run"
    return f"one policy for {suites} suites ({', '.join(command.suite)}): {steps} training steps, {reason}"


def _show_plan(command: FinetuneCommand) -> None:
    """What training asks of the machine; reads nothing but demonstrations that are named."""
    print(f"preset {command.preset}: {command.config.policy.backbone}")
    footprint.show(command.config)
    needed_gb, folder = _frames_gb(command), _frames(command)
    lack = "" if needed_gb < footprint.free_gb(folder) else ", too little"
    if needed_gb:
        print(f"  {footprint.told_room(needed_gb, folder)}{lack}")


def _frames(command: FinetuneCommand) -> Path:
    from policies.finetune import FRAMES

    assert command.output is not None
    return command.output / FRAMES


def _frames_gb(command: FinetuneCommand) -> float:
    """Disk for the frames: counted in demonstrations that are named, estimated where they are collected."""
    from envs.suites import get_suite

    wanted, pictures = command.config.demonstrations, command.config.policy.pictures
    if wanted.folder:
        store = _given(command)
        count = footprint.num_pictures(store.episodes(wanted.per_task if store.manifest else None), pictures)
    else:
        suites = [get_suite(name) for name in command.suite if command.suite != NO_SUITE]
        steps = sum((len(command.tasks) or suite.task_count) * suite.max_steps for suite in suites) * wanted.per_task
        count = round(steps * footprint.SHARE_OF_LIMIT) * len(pictures.cameras)
    return footprint.frames_gb(count, pictures.size_px)


def _demonstrations(command: FinetuneCommand) -> "Demonstrations":
    """Opens the demonstrations that are named, or collects what is missing of our own."""
    from policies.demos.chain import chained
    from vst_robot.cli.demos import collect_missing

    if command.config.demonstrations.folder:
        return _given(command)
    return chained([collect_missing(collection) for collection in _collections(command)])


def _given(command: FinetuneCommand) -> "Demonstrations":
    """The named demonstrations, those of other tasks left aside."""
    from policies.demos.chain import chained
    from vst_robot.cli.demo_sets import suite_folders

    folders = suite_folders(Path(command.config.demonstrations.folder), command.suite)
    return chained([_given_set(command, folder, suites) for folder, suites in folders.items()])


def _given_set(command: FinetuneCommand, folder: Path, suites: Sequence[str]) -> "Demonstrations":
    from envs.suites import get_suite
    from policies.demos.formats import open_demonstrations
    from vst_robot.cli.demo_sets import told_gripper, told_orientation
    from vst_robot.cli.preconditions import chosen_tasks

    wanted, own = command.config.demonstrations, command.suite == NO_SUITE
    tasks = [task for name in suites if not own for task in chosen_tasks(get_suite(name), command.tasks)]
    return open_demonstrations(
        folder,
        tasks=tasks,
        only=tasks if command.tasks else None,
        orientation=told_orientation(wanted.orientation),
        gripper=told_gripper(wanted.gripper),
        robot=wanted.robot or None,
        libero=not own,
    )


def _collections(command: FinetuneCommand) -> "list[CollectConfig]":
    from vst_robot.cli.demos import each_suite

    return each_suite(_collection(command))


def _collection(command: FinetuneCommand) -> "CollectConfig":
    from envs.noise import NoiseConfig
    from vst_robot.cli.demos import CollectConfig

    wanted = command.config.demonstrations
    return CollectConfig(
        suite=command.suite,
        tasks=command.tasks,
        num=wanted.per_task,
        assets=command.assets,
        cameras=command.config.policy.pictures.cameras,
        noise=NoiseConfig(
            translation=wanted.noise_translation,
            rotation=wanted.noise_rotation,
            push_rate=wanted.push_rate,
        ),
        seed=command.seed,
        workers=command.workers,
    )


def _train(command: FinetuneCommand, store: "Demonstrations", output: Path) -> Path:
    from policies.finetune import FinetuneJob
    from policies.finetune import finetune as train
    from vst_robot.cli.actors import quieten_transformers

    if "/" not in command.config.policy.backbone:  # a download may take long and shall be seen
        quieten_transformers()
    suites = () if command.suite == NO_SUITE else command.suite
    job = FinetuneJob(config=command.config, store=store, suites=suites, seed=command.seed, facts=provenance())
    total = command.config.training.max_steps
    with Stage(f"train {command.config.policy.backbone}", total, "steps") as stage:

        def advance(progress: "TrainProgress") -> None:
            stage.update(progress.step, loss=progress.loss, samples_per_s=progress.samples_per_s)

        return train(job, output, on_progress=advance)


def _offer_more(command: FinetuneCommand, folder: Path, scores: Path) -> None:
    """Names the command that completes a short check to the full protocol, in the same records."""
    done, full = command.config.evaluation.episodes_per_task, get_protocol(command.config.evaluation.protocol)
    if done < full.episodes_per_task:
        tasks = f"--tasks {' '.join(map(str, command.tasks))} " if command.tasks else ""
        print(
            f"this was {done} of the protocol's {full.episodes_per_task} episodes per task; the others join the same "
            f"records with:\n  vst-robot evaluate --policy {folder} --suite {' '.join(command.suite)} {tasks}"
            f"--protocol {full.name} --assets {command.assets} --output {scores}"
        )
