"""A whole evaluation in one call: plan, workers, records, result and report."""

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import UTC, datetime
from pathlib import Path

from eval_libero import ledger, video
from eval_libero.crew import Crew
from eval_libero.ledger import EpisodeRecord, Header
from eval_libero.metrics import Result, summarise
from eval_libero.plan import Plan, assign_slots, choose_filmed, without
from eval_libero.report import write_report
from eval_libero.runner import VIDEO_FOLDER, Asker, Progress, Scribe, run
from eval_libero.worker import Equipment
from vst_robot import atomic
from vst_robot.errors import InputError
from vst_robot.interfaces import EnvironmentFactory, ExpertFactory, Policy


def utc_now() -> str:
    """The time of day for a record."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def evaluate(  # noqa: PLR0913 - the one entry point; all but four have defaults
    plan: Plan,
    factory: EnvironmentFactory,
    actor: Policy | ExpertFactory,
    output: Path,
    *,
    num_workers: int = 1,
    num_slots: int = 10,
    video_episodes: int = 4,
    training_start_hashes: Set[str] = frozenset(),
    on_progress: Callable[[Progress], None] | None = None,
    provenance: Mapping[str, str] | None = None,
    allow_errors: bool = False,
    video_camera: str = "agentview",
    worker_timeout_s: float = 900.0,
    now: Callable[[], str] = utc_now,
) -> Result:
    """Runs what the plan asks for and the folder lacks, then computes the result from all records.

    The same plan, actor and number of slots give the same records for any number of workers and after any
    interruption, timings and dates aside.

    Args:
        plan: The episodes.
        factory: Builds the environments, inside the workers.
        actor: A policy, which acts here on batches, or an expert factory, whose experts act inside the
            workers.
        output: Folder of records, videos, `result.json`, `report.md` and `report.html`.
        num_workers: Processes that hold simulators.
        num_slots: Episodes that run at a time: rows of the policy's batch, and simulators alive.
        video_episodes: How many episodes to film, spread over the tasks.
        training_start_hashes: Start states of the policy's demonstrations.
        on_progress: Is called after every round.
        provenance: Flat facts for the report: commit, dirty flag, command.
        allow_errors: Whether to give a headline number although episodes crashed.
        video_camera: Camera to film.
        worker_timeout_s: Silence after which a worker counts as dead.
        now: UTC time in ISO 8601.

    Raises:
        InputError: The folder belongs to other settings, the policy was trained on an evaluation state or
            answers nonsense, or the factory cannot build a task.
        DataError: The folder's records are damaged.
        UnavailableError: The folder cannot be written, or the machine cannot simulate.
    """
    _check(num_workers, video_episodes)
    slots = assign_slots(plan.episodes, num_slots)
    settings = ledger.settings_of(plan, factory.fingerprint(), actor.fingerprint())
    header = Header(plan=plan, settings=settings, provenance=dict(provenance or {}))
    trained = frozenset(training_start_hashes)
    with atomic.exclusive(output):
        records = ledger.begin(output, header)
        tally = _Tally(plan, records.read(), on_progress)
        ledger.check_overlap(tally.start_hashes, trained)
        scribe = Scribe(records, header.fingerprint, trained, now)
        asker = Asker(actor, num_slots) if isinstance(actor, Policy) else None
        equipment = Equipment(
            factory=factory,
            cameras=tuple(actor.cameras) if isinstance(actor, Policy) else (),
            expert=None if isinstance(actor, Policy) else actor,
            filmed=choose_filmed(plan, video_episodes),
            videos=output / VIDEO_FOLDER,
            video_camera=video_camera,
        )
        waiting = without(slots, tally.done)
        with Crew(waiting, equipment, min(num_workers, num_slots), worker_timeout_s) as crew:
            for written in run(crew, asker, scribe):
                tally.add(written)
        return reload(output, allow_errors=allow_errors)


def reload(output: Path, *, allow_errors: bool = False) -> Result:
    """Computes the result of a folder from its records and writes `result.json` and the reports anew.

    Raises:
        InputError: The folder holds no evaluation.
        DataError: Its files are damaged.
    """
    header, records = ledger.read_header(output), ledger.record_file(output).read()
    result = summarise(header, records, allow_errors=allow_errors)
    write_report(result, records, output)
    return result


def _check(num_workers: int, video_episodes: int) -> None:
    if num_workers < 1:
        raise InputError(f"at least one worker is needed, --workers was {num_workers}")
    if video_episodes < 0:
        raise InputError(f"the number of videos cannot be negative, --videos was {video_episodes}")
    if video_episodes:
        video.check_available()


class _Tally:
    """Counts the records of a plan and reports progress."""

    def __init__(
        self, plan: Plan, records: Sequence[EpisodeRecord], on_progress: Callable[[Progress], None] | None
    ) -> None:
        planned = {episode.key for episode in plan.episodes}
        self._expected, self._rounds, self._on_progress = len(planned), 0, on_progress
        self._status = {r.key: r.status for r in records if r.key in planned and r.status != "error"}
        self.start_hashes = {r.key: r.start_hash for r in records if r.key in planned}

    @property
    def done(self) -> frozenset[str]:
        """Keys of the episodes that need not run: errors are tried again."""
        return frozenset(key for key, status in self._status.items() if status != "error")

    def add(self, written: Sequence[EpisodeRecord]) -> None:
        self._rounds += 1
        self._status.update({record.key: record.status for record in written})
        if self._on_progress is not None:
            self._on_progress(self._progress(tuple(written)))

    def _progress(self, new: tuple[EpisodeRecord, ...]) -> Progress:
        statuses = list(self._status.values())
        return Progress(
            finished=len(statuses),
            expected=self._expected,
            successes=statuses.count("success"),
            errors=statuses.count("error"),
            rounds=self._rounds,
            new=new,
        )
