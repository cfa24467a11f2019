"""A worker process: simulators and nothing else.

Rendering and torch crash each other in one process, so this module and everything below it imports neither
torch nor transformers. The parent sends chunks of actions by slot; the worker executes them, starts the next
episode where one has ended, and answers with what happened and what each slot sees.
"""

import traceback
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from jaxtyping import Float

from eval_libero.plan import PlannedEpisode
from eval_libero.rollout import Outcome, Rollout
from eval_libero.video import Film
from vst_robot.errors import VstRobotError
from vst_robot.interfaces import Environment, EnvironmentFactory, Expert, ExpertFactory
from vst_robot.types import Observation

EXPERT_ROUND_STEPS = 25
"""Steps that an expert acts between two answers, so that progress stays visible."""
_ERROR_LENGTH = 400


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """What every worker of a run needs; crosses into the processes.

    Attributes:
        factory: Builds environments.
        cameras: Cameras to render when the policy is asked.
        expert: Acts inside the worker instead of a policy in the parent.
        filmed: Keys of the episodes to record.
        videos: Folder of the videos.
        video_camera: Camera that is recorded.
    """

    factory: EnvironmentFactory
    cameras: tuple[str, ...]
    expert: ExpertFactory | None
    filmed: frozenset[str]
    videos: Path
    video_camera: str

    def film(self, planned: PlannedEpisode) -> Film | None:
        """A film for an episode that shall be recorded."""
        if planned.key not in self.filmed:
            return None
        return Film(self.videos / video_name(planned.key), self.video_camera)


@dataclass(frozen=True, kw_only=True, eq=False)
class SlotReport:
    """What happened in one slot during a round.

    Attributes:
        slot: Which slot.
        outcomes: Episodes that ended, in order.
        observation: What the slot's policy shall answer; nothing for experts and when no episode is left.
        begun: Key and start hash of the running episode.
    """

    slot: int
    outcomes: tuple[Outcome, ...]
    observation: Observation | None
    begun: tuple[str, str] | None


class Lane:
    """One slot's simulator and the episodes that wait for it.

    Args:
        slot: Number of the slot.
        episodes: Its remaining episodes, in order.
        equipment: Factory, cameras and films.
    """

    def __init__(self, slot: int, episodes: tuple[PlannedEpisode, ...], equipment: Equipment) -> None:
        self.slot = slot
        self._waiting, self._equipment = deque(episodes), equipment
        self._environment: Environment | None = None
        self._rollout: Rollout | None = None
        self._expert: Expert | None = None
        self._proven = False  # whether an episode ever began here

    @property
    def idle(self) -> bool:
        """Whether no episode runs or waits."""
        return self._rollout is None and not self._waiting

    def advance(self, actions: Float[np.ndarray, "horizon d"] | None) -> SlotReport:
        """Executes the chunk, starts the next episode if one ended, and looks.

        Raises:
            VstRobotError: The slot's very first episode cannot begin: a renderer or an asset is missing,
                and all others would fail in the same way.
        """
        outcomes = [*self._act(actions), *self._start()]
        observation = None
        if self._rollout is not None:
            try:
                observation = self._look(self._rollout)
            except Exception as error:  # the worker's border: a crash becomes a record
                outcomes.append(self._crashed(self._rollout.planned, error))
        if self.idle:
            self.close()
        return SlotReport(slot=self.slot, outcomes=tuple(outcomes), observation=observation, begun=self._begun())

    def close(self) -> None:
        """Frees the simulator."""
        environment, self._environment = self._environment, None
        if environment is not None:
            environment.close()

    def _look(self, rollout: Rollout) -> Observation | None:
        asks = self._equipment.expert is None
        observation = rollout.question(self._equipment.cameras) if asks else None
        self._proven = True
        return observation

    def _act(self, actions: Float[np.ndarray, "horizon d"] | None) -> Iterator[Outcome]:
        rollout = self._rollout
        if rollout is None:
            return
        try:
            rollout.execute(self._expert_actions() if actions is None else actions)
            if rollout.finished:
                yield rollout.outcome()
                self._rollout = None
        except Exception as error:  # the worker's border: a crash becomes a record
            yield self._crashed(rollout.planned, error)

    def _expert_actions(self) -> Iterator[Float[np.ndarray, " d"]]:
        environment, expert = self._environment, self._expert
        assert environment is not None and expert is not None, "a slot without an expert needs actions"
        return (expert.act(environment) for _ in range(EXPERT_ROUND_STEPS))

    def _start(self) -> Iterator[Outcome]:
        """Begins the next episode unless one is running; at most one attempt per round."""
        if self._rollout is not None or not self._waiting:
            return
        planned = self._waiting.popleft()
        try:
            environment = self._environment_of(planned.task_id)
            self._rollout = Rollout(environment, planned, self._equipment.film(planned))
            if self._equipment.expert is not None:
                self._expert = self._equipment.expert(environment)
        except Exception as error:  # the worker's border: a crash becomes a record
            yield self._crashed(planned, error)

    def _environment_of(self, task_id: int) -> Environment:
        if self._environment is None or self._environment.task.task_id != task_id:
            self.close()  # before the next is built: simulators are large
            self._environment = self._equipment.factory(task_id)
        return self._environment

    def _crashed(self, planned: PlannedEpisode, error: Exception) -> Outcome:
        """Turns a crash into an outcome and drops the simulator, whose state nobody knows now."""
        if isinstance(error, VstRobotError) and not self._proven:
            raise error  # nothing ever ran here: a missing renderer is no matter of one episode
        rollout, self._rollout = self._rollout, None
        try:
            self.close()
        except Exception:  # a broken simulator may well fail to close; the first error is the one to report
            self._environment = None
        return Outcome(
            planned=planned,
            status="error",
            steps=rollout.steps if rollout else 0,
            start_hash=rollout.start_hash if rollout else "",
            error=describe(error),
            simulation_s=rollout.simulation_s if rollout else 0.0,
        )

    def _begun(self) -> tuple[str, str] | None:
        return (self._rollout.planned.key, self._rollout.start_hash) if self._rollout else None


def main(connection: Connection, slots: Mapping[int, tuple[PlannedEpisode, ...]], equipment: Equipment) -> None:
    """Runs in the worker process until the parent says stop or is gone.

    Args:
        connection: Receives a mapping from slot to actions, or None for the end; sends a list of
            `SlotReport`, or the error that makes going on pointless.
        slots: Slots of this worker and their remaining episodes.
        equipment: What it needs.
    """
    lanes = [Lane(slot, episodes, equipment) for slot, episodes in sorted(slots.items())]
    try:
        while (chunks := connection.recv()) is not None:
            connection.send([lane.advance(chunks.get(lane.slot)) for lane in lanes if not lane.idle])
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the parent is gone; nobody is left to tell
    except VstRobotError as error:
        connection.send(error)
    finally:
        for lane in lanes:
            lane.close()


def describe(error: Exception) -> str:
    """An error and where it happened, in one line."""
    frames = list(islice(reversed(traceback.extract_tb(error.__traceback__)), 1))
    place = f" ({Path(frames[0].filename).name}:{frames[0].lineno})" if frames else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:_ERROR_LENGTH]}{place}"


def video_name(key: str) -> str:
    """File name of an episode's video."""
    return f"{key.replace('/', '-')}.mp4"
