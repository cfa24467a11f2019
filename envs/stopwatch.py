"""Where the time of a long job goes."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class Stopwatch:
    """Adds up the seconds spent on each of a few activities.

    Args:
        clock: Seconds from an arbitrary origin.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.seconds: dict[str, float] = {}

    @contextmanager
    def on(self, activity: str) -> Iterator[None]:
        """Counts what happens inside towards an activity."""
        begin = self._clock()
        try:
            yield
        finally:
            self.add({activity: self._clock() - begin})

    def add(self, seconds: Mapping[str, float]) -> None:
        """Counts times that were measured elsewhere, in a worker for instance."""
        for activity, spent in seconds.items():
            self.seconds[activity] = self.seconds.get(activity, 0.0) + spent
