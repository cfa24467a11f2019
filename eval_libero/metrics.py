"""Numbers from records: success per task and suite with intervals, and the comparison of two evaluations.

An episode that crashed says nothing about the policy. It is counted as an error, never as a failure, and a
suite with errors or missing episodes has no headline number unless the caller insists.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval_libero.ledger import EpisodeRecord, Header
from vst_robot.errors import InputError
from vst_robot.statistics import Interval, mcnemar, newcombe, stratified_bootstrap, wilson
from vst_robot.types import Task

LEVEL = 0.95
_BOOTSTRAP_SEED = 0


@dataclass(frozen=True, kw_only=True)
class TaskResult:
    """One task's row.

    Attributes:
        task_id: Task in the suite.
        name: LIBERO's file stem of the task.
        instruction: The task in words.
        successes: Episodes that succeeded.
        finished: Episodes that succeeded or failed.
        errors: Episodes that crashed.
        expected: Episodes of the plan.
        success_rate: Successes over finished episodes; None if there are none.
        interval: Wilson's, of the success rate.
        mean_steps: Mean control steps of the successful episodes; None if there are none.
    """

    task_id: int
    name: str
    instruction: str
    successes: int
    finished: int
    errors: int
    expected: int
    success_rate: float | None
    interval: Interval
    mean_steps: float | None


@dataclass(frozen=True, kw_only=True)
class Result:
    """What `result.json` holds.

    Attributes:
        suite: Canonical suite name.
        protocol: Name of the protocol.
        success_rate: The headline: successes over finished episodes of all tasks. None if `incomplete` says
            why.
        incomplete: Why the headline is withheld, or empty.
        successes: Episodes that succeeded.
        finished: Episodes that succeeded or failed.
        errors: Episodes that crashed.
        expected: Episodes of the plan.
        missing: Keys of the planned episodes without a record.
        outside_plan: Records that the plan does not ask for; they are not counted.
        interval: Wilson's, of successes over finished episodes.
        bootstrap: The same, redrawing episodes within each task; None without a finished episode.
        tasks: One row per task.
        notes: How the evaluation differs from its protocol.
        settings: Flat facts about protocol, world and policy.
        provenance: Flat facts about the run: commit, command.
        simulation_s: Seconds spent in simulators, over all workers.
    """

    suite: str
    protocol: str
    success_rate: float | None
    incomplete: str
    successes: int
    finished: int
    errors: int
    expected: int
    missing: tuple[str, ...]
    outside_plan: int
    interval: Interval
    bootstrap: Interval | None
    tasks: tuple[TaskResult, ...]
    notes: tuple[str, ...]
    settings: dict[str, str]
    provenance: dict[str, str]
    simulation_s: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two evaluations of the same episodes, A minus B.

    Attributes:
        shared: Episodes that both finished.
        rate_a: Success rate of A on the shared episodes.
        rate_b: Success rate of B on the shared episodes.
        difference: Newcombe's interval of the difference; zero outside means that they differ.
        only_a: Episodes that A alone solved.
        only_b: Episodes that B alone solved.
        p_value: McNemar's exact test, which uses that the start states are the same.
    """

    shared: int
    rate_a: float
    rate_b: float
    difference: Interval
    only_a: int
    only_b: int
    p_value: float


def summarise(header: Header, records: Sequence[EpisodeRecord], *, allow_errors: bool = False) -> Result:
    """Computes all numbers of an evaluation.

    Args:
        header: The plan and what the records have in common.
        records: Its records, at most one per episode.
        allow_errors: Whether to give a headline over the finished episodes although some crashed or are
            missing.

    Raises:
        InputError: Two records of one episode.
    """
    by_key = {record.key: record for record in records}
    if len(by_key) < len(records):
        raise InputError("the records hold an episode twice: a number from them would be wrong")
    planned = header.plan.episodes
    present = [by_key[e.key] for e in planned if e.key in by_key]
    tasks = tuple(_task_result(task, present, header.plan.episodes_per_task) for task in header.plan.tasks)
    successes, finished = sum(t.successes for t in tasks), sum(t.finished for t in tasks)
    errors, missing = sum(t.errors for t in tasks), tuple(e.key for e in planned if e.key not in by_key)
    incomplete = _why_incomplete(errors, len(missing), len(planned))
    withheld = not finished or (incomplete and not allow_errors)
    return Result(
        suite=header.plan.suite,
        protocol=header.plan.protocol,
        success_rate=None if withheld else successes / finished,
        incomplete=incomplete,
        successes=successes,
        finished=finished,
        errors=errors,
        expected=len(planned),
        missing=missing,
        outside_plan=len(records) - len(present),
        interval=wilson(successes, finished, LEVEL),
        bootstrap=_bootstrap(tasks),
        tasks=tasks,
        notes=header.plan.notes(),
        settings=header.settings,
        provenance=header.provenance,
        simulation_s=round(sum(record.simulation_s for record in present), 1),
    )


def compare(records_a: Sequence[EpisodeRecord], records_b: Sequence[EpisodeRecord]) -> Comparison:
    """Compares two policies on the episodes that both finished.

    Raises:
        InputError: They share none, or the same episode began in different states.
    """
    a, b = _finished(records_a), _finished(records_b)
    shared = sorted(a.keys() & b.keys())
    if not shared:
        raise InputError("the two evaluations share no finished episode: run both with the same suite")
    for key in shared:
        if a[key].start_hash != b[key].start_hash:
            raise InputError(f"episode {key} began in different states: compare evaluations of one protocol and world")
    won_a, won_b = (np.array([side[key].status == "success" for key in shared]) for side in (a, b))
    only_a, only_b = int((won_a & ~won_b).sum()), int((won_b & ~won_a).sum())
    return Comparison(
        shared=len(shared),
        rate_a=float(won_a.mean()),
        rate_b=float(won_b.mean()),
        difference=newcombe(int(won_a.sum()), len(shared), int(won_b.sum()), len(shared), LEVEL),
        only_a=only_a,
        only_b=only_b,
        p_value=mcnemar(only_a, only_b),
    )


def _finished(records: Sequence[EpisodeRecord]) -> dict[str, EpisodeRecord]:
    return {record.key: record for record in records if record.status != "error"}


def _task_result(task: Task, records: Sequence[EpisodeRecord], expected: int) -> TaskResult:
    own = [record for record in records if record.task_id == task.task_id]
    solved = [record.steps for record in own if record.status == "success"]
    errors = sum(record.status == "error" for record in own)
    finished = len(own) - errors
    return TaskResult(
        task_id=task.task_id,
        name=task.name,
        instruction=task.instruction,
        successes=len(solved),
        finished=finished,
        errors=errors,
        expected=expected,
        success_rate=len(solved) / finished if finished else None,
        interval=wilson(len(solved), finished, LEVEL),
        mean_steps=float(np.mean(solved)) if solved else None,
    )


def _bootstrap(tasks: Sequence[TaskResult]) -> Interval | None:
    if not any(task.finished for task in tasks):
        return None
    rng = np.random.default_rng(_BOOTSTRAP_SEED)
    return stratified_bootstrap([(t.successes, t.finished) for t in tasks], rng, level=LEVEL)


def _why_incomplete(errors: int, missing: int, expected: int) -> str:
    parts = [f"{errors} crashed"] * bool(errors) + [f"{missing} have not run"] * bool(missing)
    if not parts:
        return ""
    return f"of {expected} episodes {' and '.join(parts)}; the same command runs them again"
