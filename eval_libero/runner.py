"""The loop: ask the policy for all slots at once, let the workers act, write down what ended."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from eval_libero.crew import Crew
from eval_libero.ledger import EpisodeRecord, check_overlap
from eval_libero.rollout import Outcome
from eval_libero.worker import SlotReport, video_name
from vst_robot.errors import InputError
from vst_robot.interfaces import Policy
from vst_robot.records import RecordFile
from vst_robot.types import ActionChunk, Observation

VIDEO_FOLDER = "videos"


@runtime_checkable
class SlotPolicy(Protocol):
    """A policy that is shown the empty slots too: its batch keeps one shape, an episode keeps its row."""

    def act_slots(self, observations: Sequence[Observation | None]) -> Sequence[ActionChunk | None]:
        """Answers a fixed number of rows, of which some are empty (None); their answers are not looked at."""
        ...


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an evaluation is.

    Attributes:
        finished: Episodes of the plan that have a record, earlier runs included.
        expected: Episodes of the plan.
        successes: Those that succeeded.
        errors: Those that crashed.
        rounds: Times that the policy was asked in this run.
        new: Records written since the last report.
    """

    finished: int
    expected: int
    successes: int
    errors: int
    rounds: int
    new: tuple[EpisodeRecord, ...] = ()


class Asker:
    """Puts observations into the policy's rows.

    Args:
        policy: The policy; `act_slots` is used where it exists.
        num_slots: Number of rows.
    """

    def __init__(self, policy: Policy, num_slots: int) -> None:
        self._policy, self._num_slots = policy, num_slots

    def ask(self, questions: Mapping[int, Observation]) -> dict[int, Float[np.ndarray, "horizon d"]]:
        """Returns the actions for each slot that asks.

        Raises:
            InputError: The policy does not answer with one finite chunk per observation.
        """
        if not questions:
            return {}
        slots = sorted(questions)
        if isinstance(self._policy, SlotPolicy):
            rows = [questions.get(slot) for slot in range(self._num_slots)]
            answers = self._policy.act_slots(rows)
            self._check_count(len(answers), len(rows))
            chunks = [answers[slot] for slot in slots]
        else:
            chunks = self._policy.act([questions[slot] for slot in slots])
            self._check_count(len(chunks), len(slots))
        return {slot: _checked(chunk, questions[slot]) for slot, chunk in zip(slots, chunks, strict=True)}

    def forget(self, key: str) -> None:
        """Tells the policy that an episode has ended."""
        self._policy.forget(key)

    @staticmethod
    def _check_count(got: int, expected: int) -> None:
        if got != expected:
            raise InputError(f"the policy answered {expected} observations with {got} chunks: it must give one each")


class Scribe:
    """Turns outcomes into records.

    Args:
        records: Where they go.
        fingerprint: Digest of the settings.
        training_start_hashes: Start states that no evaluated episode may have.
        now: UTC time in ISO 8601.
    """

    def __init__(
        self,
        records: RecordFile[EpisodeRecord],
        fingerprint: str,
        training_start_hashes: frozenset[str],
        now: Callable[[], str],
    ) -> None:
        self._records, self._fingerprint = records, fingerprint
        self._training, self._now = training_start_hashes, now

    def note(self, report: SlotReport) -> list[EpisodeRecord]:
        """Writes what ended in a slot.

        Raises:
            InputError: An episode begins in a training state; nothing is written about it.
        """
        begun = {o.planned.key: o.start_hash for o in report.outcomes if o.start_hash}
        check_overlap(begun | dict([report.begun] if report.begun else []), self._training)
        written = [self._record(outcome) for outcome in report.outcomes]
        for record in written:
            self._records.append(record)
        return written

    def _record(self, outcome: Outcome) -> EpisodeRecord:
        planned = outcome.planned
        return EpisodeRecord(
            suite=planned.suite,
            task_id=planned.task_id,
            episode=planned.episode,
            status=outcome.status,
            steps=outcome.steps,
            max_steps=planned.max_steps,
            seed=planned.seed,
            start_hash=outcome.start_hash,
            fingerprint=self._fingerprint,
            error=outcome.error,
            video=f"{VIDEO_FOLDER}/{video_name(planned.key)}" if outcome.filmed else "",
            simulation_s=round(outcome.simulation_s, 3),
            finished_at=self._now(),
        )


def run(crew: Crew, asker: Asker | None, scribe: Scribe) -> Iterator[list[EpisodeRecord]]:
    """Runs all episodes of a crew; yields, round by round, the records that were written.

    Args:
        crew: The workers.
        asker: The policy, or nothing where experts act inside the workers.
        scribe: Writes the records.
    """
    chunks: Mapping[int, Float[np.ndarray, "horizon d"]] = {}
    while crew.busy:
        reports = crew.round(chunks)
        written = [record for report in reports for record in scribe.note(report)]
        yield written
        if asker is not None:
            for record in written:
                asker.forget(record.key)
            chunks = asker.ask({r.slot: r.observation for r in reports if r.observation is not None})


def _checked(chunk: ActionChunk | None, observation: Observation) -> Float[np.ndarray, "horizon d"]:
    actions = np.asarray(chunk.actions if chunk is not None else [], dtype=np.float64)
    if actions.ndim != 2 or not len(actions) or not np.isfinite(actions).all():
        raise InputError(
            f"the policy's answer in episode {observation.episode}, step {observation.step}, is no chunk of "
            f"finite actions but has shape {actions.shape}: a chunk is (horizon, action dimensions)"
        )
    return actions
