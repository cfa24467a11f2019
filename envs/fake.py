"""A world of milliseconds: move a point to the disc that the instruction names.

It honours the whole contract of `vst_robot.interfaces.Environment` with numpy alone, so that evaluation,
collection, examples and tests run without a simulator. Actions and proprioception have LIBERO's shapes.

Frame: x to the right, y up, z towards the viewer; the picture shows the square from -0.5 m to 0.5 m in x and
    y.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from vst_robot.errors import InputError
from vst_robot.types import (
    BenchmarkStart,
    Observation,
    Picture,
    RecordedStart,
    SampledStart,
    Start,
    Task,
    TimeStep,
)

SUITE = "point_reach"
COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (220, 40, 40),
    "green": (40, 180, 60),
    "blue": (50, 80, 230),
    "yellow": (235, 200, 30),
}
SPAN_M = 1.0
REACH_M = 0.05
STEP_M = 0.05
ACTION_DIM = 7
_BACKGROUND, _HAND, _MARKER = (70, 70, 76), (250, 250, 250), (255, 0, 255)
_CONTROL_S = 0.05


@dataclass(frozen=True, kw_only=True)
class PointReachFactory:
    """Makes point-reach environments; implements `EnvironmentFactory`.

    Attributes:
        image_size: Side of the square picture in pixels.
    """

    image_size: int = 64

    def __call__(self, task_id: int) -> "PointReachEnvironment":
        """Builds the environment of one task.

        Raises:
            InputError: There is no such task.
        """
        tasks = self.tasks()
        if not 0 <= task_id < len(tasks):
            raise InputError(f"{SUITE} has no task {task_id}: choose 0 to {len(tasks) - 1}")
        return PointReachEnvironment(tasks[task_id], self.image_size)

    def tasks(self) -> Sequence[Task]:
        """One task per colour."""
        return [
            Task(suite=SUITE, task_id=i, name=f"reach_{colour}", instruction=f"reach the {colour} disc")
            for i, colour in enumerate(COLOURS)
        ]

    def fingerprint(self) -> Mapping[str, str]:
        """Names this world."""
        return {"name": SUITE, "image_size": str(self.image_size)}


class PointReachEnvironment:
    """One task; implements `Environment`.

    Attributes:
        task: Which disc to reach.
        hand_m: Position of the point, (3,), in metres.
        discs_m: Centres of the discs in the order of `COLOURS`, (4, 2), in metres.
    """

    def __init__(self, task: Task, image_size: int = 64) -> None:
        self.task = task
        self._image_size = image_size
        self._episode: str | None = None
        self._step, self._gripper = 0, -1.0
        self.hand_m, self.discs_m = np.zeros(3), np.zeros((len(COLOURS), 2))
        self._start_hash = ""

    @property
    def goal_m(self) -> Float[np.ndarray, " 2"]:
        """Centre of the disc that the task names, in metres."""
        return self.discs_m[self.task.task_id]

    def reset(self, start: Start, *, episode: str) -> Observation:
        """Begins an episode; the same `start` always gives the same layout."""
        state = _state_of(start, self.task.task_id)
        self.hand_m, self.discs_m = state[1:4].copy(), state[4:].reshape(-1, 2).copy()
        self._episode, self._step, self._gripper = episode, 0, -1.0
        self._start_hash = hashlib.sha256(state[1:].tobytes()).hexdigest()
        return self._observe()

    def step(self, action: Float[np.ndarray, " d"]) -> TimeStep:
        """Moves the point by `STEP_M` times the first three numbers of the action (clipped to [-1, 1]).

        Raises:
            RuntimeError: No episode was begun.
            ValueError: The action does not have seven finite numbers.
        """
        action = np.asarray(action, dtype=np.float64)
        if self._episode is None:
            raise RuntimeError("step before reset")
        if action.shape != (ACTION_DIM,) or not np.isfinite(action).all():
            raise ValueError(f"an action is {ACTION_DIM} finite numbers, got {action}")
        move = np.clip(action, -1, 1)
        self.hand_m = np.clip(self.hand_m + STEP_M * move[:3], -SPAN_M / 2, SPAN_M / 2)
        self._gripper = float(move[6])
        self._step += 1
        return TimeStep(observation=self._observe(), success=self.success())

    def success(self) -> bool:
        """Whether the point is over the disc."""
        return bool(np.linalg.norm(self.hand_m[:2] - self.goal_m) < REACH_M)

    def start_hash(self) -> str:
        """Hash of the layout that the running episode began with."""
        return self._start_hash

    def sim_state(self) -> Float[np.ndarray, " n"]:
        """Time in seconds, point and discs in metres: what `RecordedStart.sim_state` takes."""
        return np.concatenate([[self._step * _CONTROL_S], self.hand_m, self.discs_m.ravel()])

    def recorded_start(self) -> RecordedStart:
        """The present layout as a start; there are no fixtures."""
        return RecordedStart(sim_state=self.sim_state(), fixture_poses={})

    def drawn_fixtures(self, seed: int, index: int) -> Mapping[str, tuple[float, ...]]:
        """There are none."""
        return {}

    def fixture_bodies(self) -> Mapping[str, str]:
        """There are none."""
        return {}

    def proprio(self) -> Float[np.ndarray, " 8"]:
        """Position in metres (3), no rotation (3), finger positions in metres (2), as LIBERO orders them."""
        opening_m = 0.02 * (1 - self._gripper)
        return np.concatenate([self.hand_m, np.zeros(3), [opening_m, -opening_m]])

    def joint_positions(self) -> Float[np.ndarray, " 7"]:
        """A point has no joints: seven zeros."""
        return np.zeros(7)

    def render(self, camera: str) -> Picture:
        """Draws the scene from above, upright.

        Raises:
            InputError: The only camera is ``"agentview"``.
        """
        if camera != "agentview":
            raise InputError(f"{SUITE} has no camera '{camera}': use 'agentview'")
        return _draw(self.hand_m, self.discs_m, self._image_size)

    def close(self) -> None:
        """Ends the episode; nothing is held."""
        self._episode = None

    def _observe(self) -> Observation:
        assert self._episode is not None
        return Observation(
            images=_LazyPictures(self.render),
            instruction=self.task.instruction,
            proprio=self.proprio(),
            episode=self._episode,
            step=self._step,
        )


@dataclass(frozen=True, kw_only=True)
class PointReachExpertFactory:
    """Makes experts that walk straight to the disc; implements `ExpertFactory`."""

    def __call__(self, environment: PointReachEnvironment) -> "PointReachExpert":
        """Builds the expert of one episode."""
        return PointReachExpert()

    def fingerprint(self) -> Mapping[str, str]:
        """Names this expert."""
        return {"name": "point_reach_expert"}


class PointReachExpert:
    """Walks straight to the disc; reads the state of the world, never its picture."""

    def act(self, environment: PointReachEnvironment) -> Float[np.ndarray, " 7"]:
        """The next action."""
        action = np.zeros(ACTION_DIM)
        action[:2] = np.clip((environment.goal_m - environment.hand_m[:2]) / STEP_M, -1, 1)
        action[6] = -1
        return action


class _LazyPictures(Mapping[str, Picture]):
    """Renders a camera when its picture is asked for: whoever asks nothing pays nothing."""

    def __init__(self, render: Callable[[str], Picture]) -> None:
        self._render = render

    def __getitem__(self, camera: str) -> Picture:
        if camera not in self:
            raise KeyError(camera)
        return self._render(camera)

    def __contains__(self, camera: object) -> bool:
        return camera == "agentview"

    def __iter__(self) -> Iterator[str]:
        return iter(["agentview"])

    def __len__(self) -> int:
        return 1


def _state_of(start: Start, task_id: int) -> Float[np.ndarray, " n"]:
    match start:
        case BenchmarkStart(index=index, seed=seed):
            return _sample(np.random.default_rng([0, task_id, seed, index]))
        case SampledStart(seed=seed):
            return _sample(np.random.default_rng([1, task_id, seed]))
        case RecordedStart(sim_state=state):
            return np.asarray(state, dtype=np.float64)


def _sample(rng: np.random.Generator) -> Float[np.ndarray, " n"]:
    """Discs in their own quadrants, so that they never overlap; the point near the centre."""
    quadrants = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])[rng.permutation(len(COLOURS))]
    discs_m = quadrants * rng.uniform(0.2, 0.35, size=(len(COLOURS), 2))
    hand_m = np.append(rng.uniform(-0.08, 0.08, size=2), 0.0)
    return np.concatenate([[0.0], hand_m, discs_m.ravel()])


def _draw(hand_m: Float[np.ndarray, " 3"], discs_m: Float[np.ndarray, "n 2"], size: int) -> Picture:
    centres = ((np.arange(size) + 0.5) / size - 0.5) * SPAN_M
    x, y = centres[None, :], -centres[:, None]  # the first row is the far end of y
    picture = np.empty((size, size, 3), dtype=np.uint8)
    picture[:] = _BACKGROUND
    for colour, (disc_x, disc_y) in zip(COLOURS.values(), discs_m, strict=True):
        picture[np.hypot(x - disc_x, y - disc_y) < 1.4 * REACH_M] = colour
    picture[np.maximum(abs(x - hand_m[0]), abs(y - hand_m[1])) < 0.4 * REACH_M] = _HAND
    # A wide bar in the top left corner: any flip, mirror or transposition of the picture shows.
    picture[: size // 16, : size // 5] = _MARKER
    return picture
