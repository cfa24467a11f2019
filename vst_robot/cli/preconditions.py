"""What is refused before anything is computed or written, although it would show only later."""

from collections.abc import Sequence
from pathlib import Path

from action_tokenizer import LIBERO
from envs.collect import MAX_DEMOS, CollectJob
from envs.init_states import load_init_states
from envs.starts import start_hash
from envs.suites import Suite, choose_suites
from eval_libero.ledger import check_overlap
from eval_libero.plan import PlannedEpisode
from policies import robots
from policies.config import ALL, PolicyConfig
from policies.demos.interface import Demonstrations
from vst_robot.errors import DataError, InputError, unknown_name
from vst_robot.types import BenchmarkStart, Episode, Task


def chosen_suites(names: Sequence[str], tasks: Sequence[int]) -> tuple[str, ...]:
    """The suites that a command means; tasks are numbered within one.

    Raises:
        InputError: An unknown suite, one twice, or tasks of several suites.
    """
    suites = choose_suites(names)
    if tasks and len(suites) > 1:
        raise InputError(f"tasks are numbered within a suite: --tasks needs a single --suite, not {' '.join(suites)}")
    return suites


def chosen_tasks(suite: Suite, indices: Sequence[int]) -> tuple[Task, ...]:
    """The tasks with these indices; all of the suite if none is named.

    Raises:
        InputError: There is no such task, or it is named twice.
    """
    if len(set(indices)) < len(indices):
        raise InputError(f"a task was asked for twice: --tasks were {', '.join(map(str, indices))}")
    return tuple(suite.task(index) for index in indices) or suite.tasks()


def check_workers(workers: int) -> None:
    """Refuses to work without workers."""
    if workers < 1:
        raise InputError(f"at least one worker is needed, --workers was {workers}")


def check_cameras(cameras: Sequence[str]) -> None:
    """Refuses to record nothing, or one camera twice."""
    if not cameras or len(set(cameras)) < len(cameras):
        raise InputError(f"cameras must be at least one, each once: --cameras were {' '.join(cameras)}")


def check_collection(num: int, seed: int) -> None:
    """Refuses numbers whose start seeds would leave the range of demonstrations.

    Raises:
        InputError: Too many or too few demonstrations per task, or a seed out of range.
    """
    if not 1 <= num <= MAX_DEMOS:
        raise InputError(f"demonstrations per task must lie between 1 and {MAX_DEMOS}, not {num}")
    CollectJob(task_id=0, demo=num - 1, seed=seed)


def check_demonstrations(
    store: Demonstrations, suites: Sequence[Suite], cameras: Sequence[str], num: int | None
) -> None:
    """Reads a set through, pictures aside, so that a long run does not stumble over its last file.

    Raises:
        InputError: There is nothing in the folder, a task belongs to another suite, a suite has no demonstration, or
            one starts from an evaluation state.
        DataError: A file is damaged, lacks a camera, is of another robot, or orientations are mixed.
    """
    if store.robot != LIBERO:
        raise InputError(
            f"'{store.folder}' is of another robot than LIBERO's ({', '.join(store.robot.actions)}): "
            "learn from it with --suite none"
        )
    known = {task.name: suite.name for suite in suites for task in suite.tasks()}
    starts: dict[str, str] = {}
    lacking = {suite.name for suite in suites}
    for number, episode in enumerate(store.episodes(num)):
        if episode.task.name not in known:
            names = " or ".join(suite.name for suite in suites)
            raise InputError(f"'{store.folder}' holds demonstrations of '{episode.task.name}', no task of {names}")
        _check_cameras(episode, cameras, store)
        lacking.discard(known[episode.task.name])
        starts[f"{episode.task.name}, demonstration {number}"] = _start_hash(episode)
    if not starts:
        raise InputError(
            f"no demonstrations in '{store.folder}': it needs files named like '<task name>_demo.hdf5', RLDS or LeRobot"
        )
    if lacking:
        names = ", ".join(sorted(lacking))
        raise InputError(f"'{store.folder}' holds no demonstrations of {names}: add some, or leave it out of --suite")
    check_overlap(starts, frozenset().union(*(published_starts(task) for suite in suites for task in suite.tasks())))


def check_policy(policy: PolicyConfig, *, collected: bool) -> None:
    """Refuses numbers that LIBERO's robot does not measure, and `all` cameras where none are there yet.

    Raises:
        InputError: Names the number, and the nearest valid one.
    """
    robots.resolve(policy, LIBERO, () if collected else policy.pictures.cameras)


def check_own_demonstrations(store: Demonstrations, policy: PolicyConfig) -> None:
    """Reads a set of the user's own robot through, pictures aside.

    Raises:
        InputError: There is nothing in the folder, or the robot does not measure a number that the policy reads.
        DataError: A file is damaged, lacks a camera, or is unlike the others.
    """
    first: Episode | None = None
    for episode in store.episodes():
        if first is None:
            first, policy = episode, robots.resolve(policy, store.robot, tuple(episode.images))
        _check_cameras(episode, policy.pictures.cameras, store)
    if first is None:
        raise InputError(f"no demonstrations in '{store.folder}': name a folder of HDF5 files, RLDS or LeRobot")


def check_backbone(name: str) -> None:
    """Refuses a backbone that is neither the nano model, nor a whole folder, nor the form of a hub id.

    Raises:
        InputError: There is none of that name.
        DataError: The folder is incomplete.
    """
    if Path(name).is_dir():
        from spatial_pretrain.model import check_model_folder

        check_model_folder(Path(name))
    elif "/" not in name and name != "nano":
        raise unknown_name("backbone", name, ["nano"])
    elif name.count("/") > 1 or name.startswith((".", "/")):
        raise InputError(f"no model folder '{name}' (and not a hub id of the form owner/name)")


def published_starts(task: Task) -> tuple[str, ...]:
    """Hashes of a task's published evaluation states, as `Environment.start_hash` gives them."""
    return tuple(start_hash(state) for state in load_init_states(task))


def check_starts(episodes: Sequence[PlannedEpisode], tasks: Sequence[Task], training: frozenset[str]) -> None:
    """Refuses to score a policy on starts that it was trained on, before the first episode.

    Drawn starts are known once the simulator stands; the evaluation itself compares those.

    Raises:
        InputError: An episode begins in a training state.
    """
    published = {task.task_id: published_starts(task) for task in tasks} if training else {}
    begun = {
        episode.key: published[episode.task_id][episode.start.index]
        for episode in episodes
        if isinstance(episode.start, BenchmarkStart) and episode.task_id in published
    }
    check_overlap(begun, training)


def _check_cameras(episode: Episode, cameras: Sequence[str], store: Demonstrations) -> None:
    for camera in () if tuple(cameras) == ALL else cameras:
        if camera not in episode.images:
            raise DataError(
                f"{store.folder}: a demonstration of '{episode.task.name}' has no camera '{camera}', "
                f"only {', '.join(episode.images) or 'none'}; choose other cameras or other demonstrations"
            )


def _start_hash(episode: Episode) -> str:
    return episode.provenance.get("start_hash") or start_hash(episode.start.sim_state)
