"""How fast demonstrations were collected, and what held them up."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Throughput:
    """Times of one collection; begins when it is made.

    Attributes:
        workers: Processes that hold simulators.
        worker_s: Seconds by activity, all workers together.
        writing_s: Seconds that this process spent on writing, while the workers went on.
    """

    workers: int
    worker_s: Mapping[str, float] = field(default_factory=dict)
    writing_s: float = 0.0
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._begin = self.clock()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Counts what happens inside as writing."""
        begin = self.clock()
        try:
            yield
        finally:
            self.writing_s += self.clock() - begin

    def summary(self, demonstrations: int) -> str:
        """Demonstrations per minute, the shares of the workers' time, and the bottleneck."""
        wall_s = max(self.clock() - self._begin, 1e-9)
        shares = {activity: spent / (wall_s * self.workers) for activity, spent in self.worker_s.items()}
        # Building simulators, and waiting for this process to take a finished demonstration.
        shares["waiting"] = max(0.0, 1 - sum(shares.values()))
        listed = ", ".join(f"{name} {share:.0%}" for name, share in sorted(shares.items(), key=lambda item: -item[1]))
        writing = self.writing_s / wall_s
        bottleneck = "writing" if writing > 1 - shares["waiting"] else max(shares, key=lambda name: shares[name])
        rate = f"{60 * demonstrations / wall_s:.3g} demonstrations per minute on {self.workers} worker(s)"
        return f"{rate}: {listed} of their time; writing {writing:.0%} beside them. Bottleneck: {bottleneck}"
