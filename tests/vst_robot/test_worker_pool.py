"""The pool of worker processes: every job answered, failures named, order chosen, nothing left running."""

import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from vst_robot import worker_pool
from vst_robot.errors import DataError, UnavailableError


@dataclass(frozen=True)
class Squaring:
    """Squares numbers; some of them end badly. Each worker leaves a file where it was closed."""

    closed: Path

    def __call__(self, job: int) -> int:
        if job == 13:
            raise DataError("13 brings bad luck")
        if job == 14:
            raise ZeroDivisionError("too\nmuch")
        if job == 15:
            os.kill(os.getpid(), signal.SIGKILL)
        return job * job

    def close(self) -> None:
        (self.closed / str(os.getpid())).touch()


@dataclass(frozen=True)
class Sleeping:
    """Takes longer than anybody waits."""

    def __call__(self, job: int) -> int:
        time.sleep(600 * job)
        return job

    def close(self) -> None:
        """Nothing is open."""


def largest(waiting: Sequence[int], last: int | None, others: Sequence[int]) -> int:
    assert set(others).isdisjoint(waiting) and last not in waiting
    return max(waiting)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_job_is_answered_once_and_every_worker_closed(tmp_path, workers):
    done = dict(worker_pool.run(Squaring(tmp_path), [3, 1, 2], num_workers=workers))

    assert done == {1: 1, 2: 4, 3: 9}
    assert len(list(tmp_path.iterdir())) == min(workers, 3)


def test_nothing_to_do_starts_nothing(tmp_path):
    assert list(worker_pool.run(Squaring(tmp_path), [], num_workers=2)) == []


def test_jobs_come_in_order_or_as_chosen(tmp_path):
    jobs = [2, 5, 1, 4]

    in_order = [job for job, _ in worker_pool.run(Squaring(tmp_path), jobs, num_workers=1)]
    chosen = [job for job, _ in worker_pool.run(Squaring(tmp_path), jobs, num_workers=1, choose=largest)]

    assert in_order == jobs and chosen == [5, 4, 2, 1]


@pytest.mark.parametrize(
    ("job", "kind", "message"),
    [
        (13, DataError, r"^13: 13 brings bad luck$"),
        (14, UnavailableError, r"^14: ZeroDivisionError: too much$"),
        (15, UnavailableError, r"^15: the worker process died \(SIGKILL\); run again to continue"),
    ],
)
def test_a_failure_names_its_job(tmp_path, job, kind, message):
    with pytest.raises(kind, match=message):
        list(worker_pool.run(Squaring(tmp_path), [job], num_workers=1))


def test_giving_up_ends_workers_in_the_middle_of_a_job():
    finished = worker_pool.run(Sleeping(), [0, 1], num_workers=2)
    assert next(finished) == (0, 0)
    before = set(multiprocessing.active_children())
    assert len(before) >= 2

    begun = time.monotonic()
    finished.close()  # pyright: ignore[reportAttributeAccessIssue]

    assert time.monotonic() - begun < 60
    assert not set(multiprocessing.active_children()) & before
