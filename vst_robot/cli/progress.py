"""Progress that is visible on a terminal and in a log file alike."""

import sys
import time
from collections.abc import Callable

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LOG_INTERVAL_S = 15.0


class Stage:
    """One stage of a job: a live bar on a terminal, a line now and then elsewhere.

    Args:
        title: What is being done.
        total: Number of units.
        unit: Name of a unit, plural.
    """

    def __init__(self, title: str, total: int, unit: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._title, self._total, self._unit, self._clock = title, total, unit, clock
        self._start = self._last = clock()
        self._bar = _bar() if sys.stdout.isatty() else None
        self._task = self._bar.add_task(title, total=total, facts="") if self._bar else None

    def __enter__(self) -> "Stage":
        if self._bar:
            self._bar.start()
        else:
            print(f"{self._title}: {self._total} {self._unit}", flush=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def update(self, done: int, **facts: float | str) -> None:
        """Shows that `done` units are finished, with a few facts beside it."""
        text = "  ".join(f"{name} {_short(value)}" for name, value in facts.items())
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, facts=text)
            return
        now = self._clock()
        if now - self._last >= LOG_INTERVAL_S or done >= self._total:
            self._last = now
            print(f"  {done}/{self._total} {self._unit}  {now - self._start:.0f} s  {text}", flush=True)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[facts]}"),
    )


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.3g}"
