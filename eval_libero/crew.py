"""The worker processes, seen from the parent: rounds in lockstep, the dead replaced."""

import contextlib
import multiprocessing
import signal
from collections import deque
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType

import numpy as np
from jaxtyping import Float

from eval_libero import worker
from eval_libero.plan import PlannedEpisode
from eval_libero.rollout import Outcome
from eval_libero.worker import Equipment, SlotReport
from vst_robot.errors import InputError, UnavailableError, VstRobotError
from vst_robot.processes import start_deaf

MAX_DEATHS = 3
_GOODBYE_S = 10.0
Chunks = Mapping[int, Float[np.ndarray, "horizon d"]]


class WorkerDied(Exception):
    """A worker process ended, or no longer answers."""


class Crew:
    """Runs the slots of a plan in worker processes; a context manager.

    Worker w hosts the slots s with s % num_workers == w. A round sends every busy worker its chunks and waits
    for all answers, so what happens in a slot never depends on how the slots are spread over processes.

    Args:
        slots: Slot → episodes to run, in order.
        equipment: What the workers need.
        num_workers: Number of processes.
        timeout_s: A worker that is silent for longer counts as dead.
    """

    def __init__(
        self,
        slots: Mapping[int, tuple[PlannedEpisode, ...]],
        equipment: Equipment,
        num_workers: int,
        timeout_s: float,
    ) -> None:
        self._waiting = {slot: deque(episodes) for slot, episodes in slots.items()}
        self._members = [_Member(equipment, timeout_s) for _ in range(num_workers)]
        self._deaths = 0

    @property
    def busy(self) -> bool:
        """Whether any episode is running or waiting."""
        return any(self._waiting.values())

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for member in self._members:
            member.stop(in_order=kind is None)

    def round(self, chunks: Chunks) -> list[SlotReport]:
        """Executes one chunk per slot and returns what happened, by slot.

        Raises:
            UnavailableError: Workers keep dying, or one found that the machine cannot simulate.
            InputError: An environment cannot be built.
        """
        busy = [(w, member) for w, member in enumerate(self._members) if self._hosted(w)]
        for w, member in busy:
            member.ask(self._hosted(w), chunks)
        reports = [report for w, member in busy for report in self._answer(w, member)]
        for report in reports:
            for outcome in report.outcomes:
                ended = self._waiting[report.slot].popleft()
                assert ended.key == outcome.planned.key, "a slot runs its episodes in order"
        return sorted(reports, key=lambda report: report.slot)

    def _hosted(self, w: int) -> dict[int, tuple[PlannedEpisode, ...]]:
        """Slots of worker `w` that still have episodes, the running one first."""
        count = len(self._members)
        return {s: tuple(rest) for s, rest in self._waiting.items() if s % count == w and rest}

    def _answer(self, w: int, member: "_Member") -> list[SlotReport]:
        try:
            return member.answer()
        except WorkerDied as death:
            self._deaths += 1
            if self._deaths >= MAX_DEATHS:
                raise UnavailableError(
                    f"worker processes died {MAX_DEATHS} times, the last one {death}; finished episodes are "
                    "kept and the same command continues (out of memory? try fewer --slots)"
                ) from None
            return [_lost(slot, rest[0], death) for slot, rest in self._hosted(w).items()]


class _Member:
    """One worker process; started when it is first asked, and again after a death."""

    def __init__(self, equipment: Equipment, timeout_s: float) -> None:
        self._equipment, self._timeout_s = equipment, timeout_s
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None

    def ask(self, slots: Mapping[int, tuple[PlannedEpisode, ...]], chunks: Chunks) -> None:
        """Sends the chunks of these slots, starting the process with these episodes if there is none."""
        if self._process is None:
            self._start(slots)
        assert self._connection is not None
        with contextlib.suppress(OSError):  # it is dead, which the missing answer will tell
            self._connection.send({slot: chunks[slot] for slot in slots if slot in chunks})

    def answer(self) -> list[SlotReport]:
        """Waits for the reports of a round.

        Raises:
            WorkerDied: There will be none.
            VstRobotError: What the worker reports instead.
        """
        assert self._connection is not None
        try:
            if not self._connection.poll(self._timeout_s):
                raise self._death(f"gave no answer for {self._timeout_s:.0f} s")
            answer = self._connection.recv()
        except (EOFError, OSError):
            raise self._death() from None
        if isinstance(answer, VstRobotError):
            raise answer
        return answer

    def stop(self, *, in_order: bool) -> None:
        """Ends the process: politely where the run is over, at once where it was broken off."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if process is None or connection is None:
            return
        if in_order:
            with contextlib.suppress(OSError):  # already gone
                connection.send(None)
            process.join(_GOODBYE_S)
        connection.close()
        if process.is_alive():
            process.kill()
        process.join()

    def _start(self, slots: Mapping[int, tuple[PlannedEpisode, ...]]) -> None:
        # Spawned, never forked: a fork would inherit torch and its threads from the parent.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=worker.main, args=(theirs, slots, self._equipment), daemon=True)
        try:
            start_deaf(self._process)
        except (AttributeError, TypeError, ImportError) as exc:
            self._process = None
            raise InputError(f"the environment factory cannot be sent to a worker process: {exc}") from exc
        finally:
            theirs.close()  # so that the process's end is seen as the end of the connection

    def _death(self, reason: str = "") -> WorkerDied:
        process = self._process
        assert process is not None
        if not reason:
            process.join(_GOODBYE_S)
        code = process.exitcode
        self.stop(in_order=False)
        return WorkerDied(reason or _describe_exit(code))


def _describe_exit(code: int | None) -> str:
    if code is None:
        return "closed its connection"
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _lost(slot: int, planned: PlannedEpisode, death: WorkerDied) -> SlotReport:
    outcome = Outcome(planned=planned, status="error", error=f"the worker process {death}")
    return SlotReport(slot=slot, outcomes=(outcome,), observation=None, begun=None)
