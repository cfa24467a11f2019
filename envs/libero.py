"""LIBERO tasks as environments: the adapter that the rest of the package works with."""

import importlib.metadata
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from envs import rendering
from envs.assets import AssetPack, resolve
from envs.images import LazyImages
from envs.init_states import load_init_states
from envs.problems import asset_names
from envs.simulation import Simulation
from envs.starts import start_hash
from envs.suites import get_suite
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

ACTION_DIM = 7
SETTLE_ACTION = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0)
"""No motion, gripper open: what every published LIBERO evaluation sends while the objects drop into place."""

CAMERAS = ("agentview", "robot0_eye_in_hand")
"""The two cameras of LIBERO's data; every other camera of the model may be asked for as well."""


@dataclass(frozen=True, kw_only=True)
class LiberoFactory:
    """Builds the environments of one suite; picklable, so that worker processes can build their own.

    Attributes:
        suite: Suite name or alias.
        assets: ``"primitive"``, ``"official"``, or a folder in LIBERO's layout.
        image_size: Width and height of pictures, in pixels.
        render: ``"libero"`` for LIBERO's own quality, ``"fast"`` without shadows, reflections and
            multisampling, ``"auto"`` for fast with primitive assets and LIBERO's otherwise.
        settle_steps: Open-gripper steps without motion after every reset.

    Raises:
        InputError: The suite does not exist, or a number is out of range.
    """

    suite: str = "libero_spatial"
    assets: str = "primitive"
    image_size: int = 256
    render: Literal["auto", "fast", "libero"] = "auto"
    settle_steps: int = 10

    def __post_init__(self) -> None:
        get_suite(self.suite)
        if self.image_size < 1 or self.settle_steps < 0:
            raise InputError("image_size must be at least 1 and settle_steps at least 0")
        if self.render not in ("auto", "fast", "libero"):
            raise InputError(f"unknown render mode '{self.render}': known: auto, fast, libero")

    def __call__(self, task_id: int) -> "LiberoEnvironment":
        """Builds the environment of one task.

        Raises:
            InputError: There is no such task.
            UnavailableError: LIBERO or the asset pack is missing.
        """
        pack = resolve(self.assets)
        return LiberoEnvironment(
            get_suite(self.suite).task(task_id),
            pack,
            image_size=self.image_size,
            render=self._render_mode(pack),
            settle_steps=self.settle_steps,
        )

    def tasks(self) -> Sequence[Task]:
        """All tasks of the suite, in order, without starting a simulator."""
        return get_suite(self.suite).tasks()

    def fingerprint(self) -> Mapping[str, str]:
        """Everything that pictures and states depend on, beside task and seed.

        The assets' hash covers what the suite's own tasks need, so that a pack which learns another suite's objects
        keeps the records of this one valid (`AssetPack.sha256_of`).
        """
        pack = resolve(self.assets)
        packages = ("hf-libero", "robosuite", "mujoco", "numpy")
        return {
            "environment": "libero",
            "suite": get_suite(self.suite).name,
            "assets": pack.name,
            "assets_sha256": pack.sha256_of(asset_names(self.tasks())),
            "image_size": str(self.image_size),
            "render": self._render_mode(pack),
            "settle_steps": str(self.settle_steps),
            **{package: importlib.metadata.version(package) for package in packages},
        }

    def _render_mode(self, pack: AssetPack) -> rendering.RenderMode:
        if self.render == "auto":
            return "fast" if pack.name == "primitive" else "libero"
        return self.render


class LiberoEnvironment:
    """One LIBERO task. An episode depends on (suite, task, start) alone, never on what ran before.

    Args:
        task: The task.
        pack: Asset pack.
        image_size: Width and height of pictures, in pixels.
        render: Picture quality.
        settle_steps: Open-gripper steps after every reset.
    """

    def __init__(
        self,
        task: Task,
        pack: AssetPack,
        *,
        image_size: int = 256,
        render: rendering.RenderMode = "libero",
        settle_steps: int = 10,
    ) -> None:
        self.task = task
        self._simulation: Simulation | None = Simulation(task, pack)
        self.cameras = rendering.camera_names(self._simulation.model)
        self._image_size = image_size
        self._render_mode: rendering.RenderMode = render
        self._settle_steps = settle_steps
        self._renderer: rendering.Renderer | None = None
        self._images: LazyImages | None = None
        self._start: RecordedStart | None = None
        self._episode = ""
        self._step_count = 0
        self._success = False

    def reset(self, start: Start, *, episode: str = "") -> Observation:
        """Begins an episode at `start` and lets the objects settle; the returned observation has step 0.

        Raises:
            InputError: The start does not exist in this task.
            UnavailableError: The sampler finds no free spot for an object.
        """
        self._expire_images()
        self._start = None
        self._place(start)
        simulation = self._live()
        recorded = RecordedStart(sim_state=simulation.sim_state(), fixture_poses=simulation.fixture_poses())
        self._success = False
        for _ in range(self._settle_steps):
            self._success = simulation.step(np.array(SETTLE_ACTION))
        self._start, self._episode, self._step_count = recorded, episode, 0
        return self._observe()

    def step(self, action: Float[np.ndarray, " 7"]) -> TimeStep:
        """Executes one control step of 0.05 s.

        Args:
            action: Six relative end-effector commands in [-1, 1] (values beyond are clipped by the
                controller, as in LIBERO) and the gripper, -1 open, +1 closed.

        Raises:
            InputError: There is no running episode, or the action is not seven finite numbers.
            UnavailableError: The simulation became unstable.
        """
        simulation = self._running()
        action = np.asarray(action, dtype=np.float64)
        if action.shape != (ACTION_DIM,) or not np.isfinite(action).all():
            raise InputError(f"an action is {ACTION_DIM} finite numbers, got {action!r}")
        self._expire_images()
        self._success = simulation.step(action)
        self._step_count += 1
        return TimeStep(observation=self._observe(), success=self._success)

    def start_hash(self) -> str:
        """Hash of the state that the running episode began in, before the settle steps."""
        return start_hash(self.recorded_start().sim_state)

    def recorded_start(self) -> RecordedStart:
        """Where the running episode began, enough to begin there again."""
        self._running()
        assert self._start is not None
        return self._start

    def drawn_fixtures(self, seed: int, index: int) -> Mapping[str, tuple[float, ...]]:
        """Fixture name → pose after reset number `index` under `seed`; ends the running episode."""
        self._expire_images()
        self._start = None
        return self._live().drawn_fixtures(seed, index)

    def fixture_bodies(self) -> Mapping[str, str]:
        """Fixture name → name of its body in the model."""
        return self._live().fixture_bodies()

    def close(self) -> None:
        """Frees the simulator and its renderer; safe to call twice."""
        self._expire_images()
        if self._renderer is not None:
            self._renderer.close()
        self._renderer = self._start = None
        if self._simulation is not None:
            self._simulation.close()
        self._simulation = None

    @property
    def raw(self) -> Any:
        """LIBERO's BDDL domain object: `sim`, `robots`, `parsed_problem`, `object_states_dict`."""
        return self._live().raw

    def render(self, camera: str = "agentview") -> Picture:
        """The true picture of a camera now: upright, left is left.

        Raises:
            InputError: There is no such camera.
            UnavailableError: No off-screen OpenGL works on this machine.
        """
        simulation = self._live()
        index = rendering.camera_id(simulation.model, camera)
        if self._renderer is None:
            self._renderer = rendering.Renderer(simulation.model, self._image_size, self._render_mode)
        return self._renderer.render(simulation.data, index)

    def sim_state(self) -> Float[np.ndarray, " n"]:
        """`[time, qpos, qvel]`, flattened."""
        return self._live().sim_state()

    def success(self) -> bool:
        """Whether the goal held after the last step."""
        return self._success

    def proprio(self) -> Float[np.ndarray, " 8"]:
        """End-effector position (3, metres), its axis-angle (3, radians), gripper fingers (2, metres)."""
        raw = self._live().raw
        robot, data = raw.robots[0], raw.sim.data
        quat_wxyz = data.get_body_xquat(robot.robot_model.eef_name)
        return np.concatenate(
            [
                data.site_xpos[robot.eef_site_id],
                axis_angle(np.roll(quat_wxyz, -1)),
                data.qpos[robot._ref_gripper_joint_pos_indexes],
            ]
        )

    def joint_positions(self) -> Float[np.ndarray, " 7"]:
        """Arm joints, in radians."""
        raw = self._live().raw
        return np.array(raw.sim.data.qpos[raw.robots[0]._ref_joint_pos_indexes])

    def _place(self, start: Start) -> None:
        simulation = self._live()
        if isinstance(start, RecordedStart):
            simulation.start_from_record(start)
            state = start.sim_state
        elif isinstance(start, SampledStart):
            simulation.start_from_layout(simulation.draw(start.seed))
            state = simulation.sim_state()
        else:
            state = self._benchmark_state(start)
            simulation.start_from_layout(simulation.draw(start.seed, start.index))
        simulation.set_state(state)

    def _benchmark_state(self, start: BenchmarkStart) -> Float[np.ndarray, " n"]:
        states = load_init_states(self.task)
        if not 0 <= start.index < len(states):
            raise InputError(
                f"unknown evaluation state {start.index} of {self.task.name}: known: 0 to {len(states) - 1}"
            )
        return states[start.index]

    def _observe(self) -> Observation:
        self._images = LazyImages(self.cameras, self.render)
        return Observation(
            images=self._images,
            instruction=self.task.instruction,
            proprio=self.proprio(),
            episode=self._episode,
            step=self._step_count,
        )

    def _expire_images(self) -> None:
        if self._images is not None:
            self._images.expire()

    def _live(self) -> Simulation:
        if self._simulation is None:
            raise InputError("the environment is closed: build a new one")
        return self._simulation

    def _running(self) -> Simulation:
        simulation = self._live()
        if self._start is None:
            raise InputError("the environment has no running episode: call reset(start, episode=...) first")
        return simulation


def axis_angle(quat_xyzw: Float[np.ndarray, " 4"]) -> Float[np.ndarray, " 3"]:
    """Rotation vector as LIBERO's data have it (robosuite's `quat2axisangle`).

    The quaternion's sign is not normalised, so the angle lies in [0, 2 pi]: policies trained on the
    published data see it that way.
    """
    w = float(np.clip(quat_xyzw[3], -1.0, 1.0))
    sine = math.sqrt(1.0 - w * w)
    if math.isclose(sine, 0.0):
        return np.zeros(3)
    return quat_xyzw[:3] * 2.0 * math.acos(w) / sine
