"""The list of episodes, fixed before the first one starts.

Dividing the work in advance keeps the score free of any bias towards short episodes, makes it independent of
the number of workers, and turns resuming into a subtraction: plan minus records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from eval_libero.protocols import Protocol, get_protocol
from vst_robot.errors import InputError
from vst_robot.types import BenchmarkStart, SampledStart, Task

LARGEST_SEED = 2**32 - 1

Starts = Literal["published", "held-out"]
"""`published`: LIBERO's evaluation states, for numbers that are reported. `held-out`: layouts that the tasks' samplers
draw under seeds of their own, for choosing between policies without looking at what is reported."""

FIRST_HELD_OUT_SEED = 900_000
HELD_OUT_PER_TASK = 1_000
"""Held-out seeds end below the demonstrations' (`envs.collect`), which begin at 1,000,000."""


@dataclass(frozen=True, kw_only=True)
class PlannedEpisode:
    """One episode to run; its outcome depends on these values and the policy alone.

    Attributes:
        suite: Canonical suite name.
        task_id: Task in the suite.
        episode: Index of the evaluation state.
        seed: Seed of the fixture placement.
        start: Where the episode begins.
        max_steps: Control steps that the policy has.
    """

    suite: str
    task_id: int
    episode: int
    seed: int
    start: BenchmarkStart | SampledStart
    max_steps: int

    @property
    def key(self) -> str:
        """Unique name, e.g. ``"libero_spatial/3/17"``."""
        return f"{self.suite}/{self.task_id}/{self.episode}"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All episodes of an evaluation, described by the few values that they follow from.

    Attributes:
        protocol: Name of the protocol.
        tasks: Tasks of one suite.
        first_episode: First evaluation state of each task.
        episodes_per_task: Number of consecutive evaluation states per task.
        seed: Seed of the fixture placement.
        max_steps: Control steps per episode.
        starts: Published evaluation states, or held-out ones.
    """

    protocol: str
    tasks: tuple[Task, ...]
    first_episode: int
    episodes_per_task: int
    seed: int
    max_steps: int
    starts: Starts = "published"

    @property
    def suite(self) -> str:
        """Suite of all tasks."""
        return self.tasks[0].suite

    @property
    def episodes(self) -> tuple[PlannedEpisode, ...]:
        """The episodes, by task and then by evaluation state."""
        indices = range(self.first_episode, self.first_episode + self.episodes_per_task)
        return tuple(self._episode(task, index) for task in self.tasks for index in indices)

    def settings(self) -> dict[str, str]:
        """What must agree for records to belong together; how many episodes there are is not part of it."""
        protocol = get_protocol(self.protocol)
        return {
            "suite": self.suite,
            "protocol": self.protocol,
            "max_steps": str(self.max_steps),
            "settle_steps": str(protocol.settle_steps),
            "env_seed": str(self.seed),
            "starts": self.starts,
        }

    def notes(self) -> tuple[str, ...]:
        """How this evaluation differs from its protocol, for the reader of its numbers."""
        protocol = get_protocol(self.protocol)
        own = [
            f"{what}: {mine} instead of {theirs}"
            for what, mine, theirs in (
                ("episodes per task", self.episodes_per_task, protocol.episodes_per_task),
                ("step limit", self.max_steps, protocol.step_limit(self.suite)),
                ("seed of the fixture placement", self.seed, protocol.env_seed),
                ("start states", self.starts, "published"),
            )
            if mine != theirs
        ]
        return (*own, *protocol.deviations)

    def _episode(self, task: Task, index: int) -> PlannedEpisode:
        return PlannedEpisode(
            suite=task.suite,
            task_id=task.task_id,
            episode=index,
            seed=self.seed,
            start=self._start(task, index),
            max_steps=self.max_steps,
        )

    def _start(self, task: Task, index: int) -> BenchmarkStart | SampledStart:
        if self.starts == "published":
            return BenchmarkStart(index=index, seed=self.seed)
        return SampledStart(seed=FIRST_HELD_OUT_SEED + HELD_OUT_PER_TASK * task.task_id + index)


def build_plan(
    protocol: Protocol | str,
    tasks: Sequence[Task],
    episodes_per_task: int | None = None,
    seed: int | None = None,
    first_episode: int = 0,
    max_steps: int | None = None,
    starts: Starts = "published",
) -> Plan:
    """Lists the episodes of an evaluation; whatever is left out is the protocol's.

    Raises:
        InputError: Unknown protocol, no task, tasks of several suites or one of them twice, evaluation states
            that do not exist, a step limit below 1, or a seed that numpy's generator does not take.
    """
    protocol = get_protocol(protocol) if isinstance(protocol, str) else protocol
    _check_tasks(tasks)
    count = protocol.episodes_per_task if episodes_per_task is None else episodes_per_task
    if count < 1 or first_episode < 0 or first_episode + count > protocol.num_starts:
        raise InputError(
            f"{count} episodes per task from number {first_episode} on are not to be had: each task has "
            f"{protocol.num_starts} evaluation states, numbered from 0"
        )
    limit = protocol.step_limit(tasks[0].suite) if max_steps is None else max_steps
    if limit < 1:
        raise InputError(f"an episode needs at least one step, --max-steps was {limit}")
    seed = protocol.env_seed if seed is None else seed
    if not 0 <= seed <= LARGEST_SEED:
        raise InputError(f"a seed lies between 0 and {LARGEST_SEED}, --seed was {seed}")
    return Plan(
        protocol=protocol.name,
        tasks=tuple(tasks),
        first_episode=first_episode,
        episodes_per_task=count,
        seed=seed,
        max_steps=limit,
        starts=starts,
    )


def assign_slots(episodes: Sequence[PlannedEpisode], num_slots: int) -> dict[int, tuple[PlannedEpisode, ...]]:
    """Gives every slot an unbroken stretch of the plan; lengths differ by one at most.

    A slot is one row of the policy's batch and one simulator. Because the stretch depends on plan and slot
    count alone, an episode keeps its row whatever the number of workers; because it is unbroken, a slot meets
    few tasks and seldom builds a new simulator.

    Raises:
        InputError: Less than one slot.
    """
    if num_slots < 1:
        raise InputError(f"at least one slot is needed, --slots was {num_slots}")
    edges = [len(episodes) * slot // num_slots for slot in range(num_slots + 1)]
    return {slot: tuple(episodes[edges[slot] : edges[slot + 1]]) for slot in range(num_slots)}


def without(
    slots: Mapping[int, Sequence[PlannedEpisode]], done: frozenset[str]
) -> dict[int, tuple[PlannedEpisode, ...]]:
    """The same assignment without the episodes whose keys are `done`."""
    return {slot: tuple(e for e in episodes if e.key not in done) for slot, episodes in slots.items()}


def choose_filmed(plan: Plan, count: int) -> frozenset[str]:
    """Keys of the episodes to film, spread over the tasks and chosen before any outcome is known."""
    tasks, rounds = len(plan.tasks), plan.episodes_per_task
    # Episode-major order: one of each task before a second of any.
    by_round = [plan.episodes[task * rounds + episode] for episode in range(rounds) for task in range(tasks)]
    if count >= tasks:
        return frozenset(e.key for e in by_round[:count])
    return frozenset(by_round[tasks * i // count].key for i in range(count))


def _check_tasks(tasks: Sequence[Task]) -> None:
    if not tasks:
        raise InputError("an evaluation needs at least one task")
    if len({task.suite for task in tasks}) > 1:
        raise InputError("an evaluation covers one suite: run one per suite, each with its own --output")
    if len({task.task_id for task in tasks}) < len(tasks):
        raise InputError("a task was asked for twice: name each task once")
