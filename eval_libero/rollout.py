"""One running episode, seen from the worker that holds its simulator."""

import dataclasses
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from eval_libero.ledger import Status
from eval_libero.plan import PlannedEpisode
from eval_libero.video import Film
from vst_robot.errors import unknown_name
from vst_robot.interfaces import Environment
from vst_robot.types import Observation


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an episode ended; becomes an `EpisodeRecord`.

    Attributes:
        planned: The episode.
        status: Success, failure or error.
        steps: Control steps that were executed.
        start_hash: Hash of the start state, empty if it never began.
        error: What went wrong, in one line.
        filmed: Whether its video was written.
        simulation_s: Seconds spent in the simulator.
    """

    planned: PlannedEpisode
    status: Status
    steps: int = 0
    start_hash: str = ""
    error: str = ""
    filmed: bool = False
    simulation_s: float = 0.0


class Rollout:
    """Executes actions in one environment until the task is solved or the steps are used up.

    Args:
        environment: Is reset to the episode's start.
        planned: The episode.
        film: Records the episode if given.
        clock: Seconds, for the time spent here.
    """

    def __init__(
        self,
        environment: Environment,
        planned: PlannedEpisode,
        film: Film | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._environment, self._film, self._clock = environment, film, clock
        self.planned, self.steps, self.success = planned, 0, False
        begin_s = clock()
        self._observation = environment.reset(planned.start, episode=planned.key)
        self.start_hash = environment.start_hash()
        self._watch()
        self.simulation_s = clock() - begin_s

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to execute."""
        return self.success or self.steps >= self.planned.max_steps

    def execute(self, actions: Iterable[Float[np.ndarray, " d"]]) -> None:
        """Executes one action after the other; what comes after the end is dropped unseen."""
        begin_s = self._clock()
        for action in actions:
            outcome = self._environment.step(action)
            self._observation, self.success = outcome.observation, outcome.success
            self.steps += 1
            self._watch()
            if self.finished:
                break
        self.simulation_s += self._clock() - begin_s

    def question(self, cameras: Iterable[str]) -> Observation:
        """The present observation with these cameras rendered, ready to cross into the parent process.

        Raises:
            InputError: The environment has no such camera.
        """
        begin_s = self._clock()
        seen = self._observation.images
        for camera in cameras:
            if camera not in list(seen):
                raise unknown_name("camera", camera, seen)
        images = {camera: np.ascontiguousarray(seen[camera]) for camera in cameras}
        self.simulation_s += self._clock() - begin_s
        return dataclasses.replace(self._observation, images=images)

    def outcome(self) -> Outcome:
        """Closes the episode; its video is on the disk when this returns."""
        if self._film is not None:
            self._film.save()
        return Outcome(
            planned=self.planned,
            status="success" if self.success else "failure",
            steps=self.steps,
            start_hash=self.start_hash,
            filmed=self._film is not None,
            simulation_s=self.simulation_s,
        )

    def _watch(self) -> None:
        if self._film is not None:
            self._film.watch(self._observation, last=self.finished)
