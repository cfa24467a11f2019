"""The columns that RLDS and LeRobot sets share, and the exact values behind them.

Both formats store float32 and know neither simulator states nor starts. Sets of ours add one record per episode
with everything in full precision, so that a conversion there and back loses nothing and a policy learns from the
same numbers in every format. Readers by others do not see it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from action_tokenizer import LIBERO, Robot
from policies.demos.checks import WAY_OUT, check_numbers, check_series
from policies.demos.declaration import SetDeclaration, to_libero
from vst_robot import config
from vst_robot.errors import DataError
from vst_robot.types import Episode, Orientation, RecordedStart, Task

UNKNOWN_SEED = -1
UNKNOWN_TASK_ID = -1
EXACT_SERIES = ("actions", "actions_clean", "proprio", "joint_positions", "sim_states")


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenColumns:
    """What any reader of the format sees of an episode.

    Attributes:
        action: (T, d), executed.
        action_clean: (T, d), the expert's label; None in sets by others.
        state: (T, p), proprioception.
        joint_state: (T, j) in radians; None where a set has none.
        instruction: The task in words.
        task_name: LIBERO's file stem of the task, if the set tells it.
        success: Whether the last step reached the goal.
    """

    action: Float[np.ndarray, "t d"]
    action_clean: Float[np.ndarray, "t d"] | None
    state: Float[np.ndarray, "t p"]
    joint_state: Float[np.ndarray, "t j"] | None
    instruction: str
    task_name: str | None = None
    success: bool = True


@dataclass(frozen=True, kw_only=True, eq=False)
class ExactRecord:
    """What the open columns cannot hold. Plain numbers: there is nothing in it that could be unpickled.

    Attributes:
        facts: JSON of `EpisodeFacts`.
        rows: float64 (T, w), the series of `EpisodeFacts.widths` side by side.
    """

    facts: str
    rows: Float[np.ndarray, "t w"]


@dataclass(frozen=True, kw_only=True)
class EpisodeFacts:
    """The plain fields of an `Episode`, and how the exact rows are divided.

    Attributes:
        task: Its task.
        seed: Seed of its start.
        success: Whether the last step reached the goal.
        orientation: Orientation of its pictures.
        sim_state: The simulator state that it began in.
        fixture_poses: As in `RecordedStart`.
        provenance: Flat facts about its making.
        widths: Series → columns in the exact rows, in order.
    """

    task: Task
    seed: int
    success: bool
    orientation: Orientation
    sim_state: tuple[float, ...]
    fixture_poses: dict[str, tuple[float, ...]]
    provenance: dict[str, str]
    widths: dict[str, int]


def exact_record(episode: Episode) -> ExactRecord:
    """Everything about an episode except its pictures, in full precision."""
    series = {name: np.asarray(getattr(episode, name), np.float64) for name in EXACT_SERIES}
    facts = EpisodeFacts(
        task=episode.task,
        seed=episode.seed,
        success=episode.success,
        orientation=episode.orientation,
        sim_state=tuple(episode.start.sim_state.tolist()),
        fixture_poses={name: tuple(pose) for name, pose in episode.start.fixture_poses.items()},
        provenance=dict(episode.provenance),
        widths={name: values.shape[1] for name, values in series.items()},
    )
    return ExactRecord(facts=json.dumps(config.to_dict(facts)), rows=np.hstack(list(series.values())))


def exact_rows(data: bytes, steps: int, where: str) -> Float[np.ndarray, "t w"]:
    """The rows of a record from their bytes.

    Raises:
        DataError: There are too few or too many bytes.
    """
    if not steps or len(data) % (8 * steps):
        raise DataError(f"{where}: the exact values are damaged ({len(data)} bytes for {steps} steps); {WAY_OUT}")
    return np.frombuffer(data, "<f8").reshape(steps, -1)


def assemble(
    columns: OpenColumns,
    exact: ExactRecord | None,
    images: Mapping[str, np.ndarray],
    declaration: SetDeclaration,
    *,
    tasks: Sequence[Task],
    where: str,
    told_gripper: bool = True,
) -> Episode:
    """An episode from its columns, or from the exact values behind them.

    Args:
        columns: What the format holds.
        exact: Our record; None in sets by others.
        images: Camera → pictures.
        declaration: Orientation, robot and gripper of the set.
        tasks: Known tasks, to name those of sets by others.
        where: File and episode, for messages.
        told_gripper: Whether the gripper's polarity is known rather than assumed.

    Raises:
        DataError: The series do not hold together, or the record belongs to other columns.
    """
    check_columns(columns, where, declaration.robot)
    if exact is None:
        episode = _from_columns(columns, images, declaration, tasks, where, told_gripper)
    else:
        episode = _from_record(columns, exact, images, declaration, where)
    check_numbers(episode, where, declaration.robot)
    return episode


def check_columns(columns: OpenColumns, where: str, robot: Robot) -> None:
    """Raises `DataError` unless the open columns are equally long, finite and of the robot's widths."""
    steps = len(columns.action)
    if not steps:
        raise DataError(f"{where}: holds no steps; {WAY_OUT}")
    series = {
        "action": (columns.action, len(robot.actions)),
        "action_clean": (columns.action_clean, len(robot.actions)),
        "state": (columns.state, len(robot.proprio)),
        "joint_state": (columns.joint_state, None),
    }
    for name, (values, width) in series.items():
        if values is not None:
            check_series(values, name, where, steps=steps, width=width)


def name_task(tasks: Sequence[Task], name: str | None, instruction: str) -> Task:
    """The known task of this name, else the only one with these words, else one made up from them."""
    words = instruction.strip().casefold()
    fitting = [task for task in tasks if task.name == name] or [
        task for task in tasks if task.instruction.casefold() == words
    ]
    if len(fitting) == 1:
        return fitting[0]
    return Task(suite="", task_id=UNKNOWN_TASK_ID, name=name or _slug(instruction), instruction=instruction)


def _from_columns(
    columns: OpenColumns,
    images: Mapping[str, np.ndarray],
    declaration: SetDeclaration,
    tasks: Sequence[Task],
    where: str,
    told_gripper: bool,
) -> Episode:

    def ours(values: np.ndarray) -> np.ndarray:
        wide = values.astype(np.float64)
        libero = declaration.robot == LIBERO
        return to_libero(wide, declaration.gripper, where, told=told_gripper) if libero else wide

    steps, clean = len(columns.action), columns.action_clean
    actions = ours(columns.action)
    joints = np.zeros((steps, 0)) if columns.joint_state is None else columns.joint_state.astype(np.float64)
    return Episode(
        task=name_task(tasks, columns.task_name, columns.instruction),
        seed=UNKNOWN_SEED,
        actions=actions,
        actions_clean=actions if clean is None else ours(clean),
        images=images,
        proprio=columns.state.astype(np.float64),
        joint_positions=joints,
        sim_states=np.zeros((steps, 0)),
        start=RecordedStart(sim_state=np.zeros(0), fixture_poses={}),
        success=columns.success,
        orientation=declaration.orientation,
    )


def _from_record(
    columns: OpenColumns,
    exact: ExactRecord,
    images: Mapping[str, np.ndarray],
    declaration: SetDeclaration,
    where: str,
) -> Episode:
    facts = config.loads(exact.facts, EpisodeFacts, where, error=DataError)
    if facts.orientation != declaration.orientation:
        raise DataError(
            f"{where}: is '{facts.orientation}' in a set of '{declaration.orientation}' pictures; {WAY_OUT}"
        )
    series = _split(exact.rows, facts.widths, where)
    if not np.array_equal(series["actions"].astype(np.float32), columns.action.astype(np.float32)):
        raise DataError(f"{where}: the exact actions are not those of the column 'action'; {WAY_OUT}")
    return Episode(
        task=facts.task,
        seed=facts.seed,
        images=images,
        start=RecordedStart(sim_state=np.array(facts.sim_state), fixture_poses=facts.fixture_poses),
        success=facts.success,
        orientation=facts.orientation,
        provenance=facts.provenance,
        **series,
    )


def _split(rows: Float[np.ndarray, "t w"], widths: Mapping[str, int], where: str) -> dict[str, np.ndarray]:
    if tuple(widths) != EXACT_SERIES or min(widths.values()) < 0 or sum(widths.values()) != rows.shape[1]:
        raise DataError(f"{where}: the exact values are damaged ({rows.shape[1]} columns for {widths}); {WAY_OUT}")
    borders = np.cumsum(list(widths.values()))[:-1]
    return {name: np.ascontiguousarray(part) for name, part in zip(widths, np.split(rows, borders, 1), strict=True)}


def _slug(instruction: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", instruction.casefold()).strip("_") or "task"
