"""LIBERO tasks as Gymnasium environments."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import gymnasium
import numpy as np
from gymnasium import spaces

from envs.libero import ACTION_DIM, LiberoFactory
from envs.suites import get_suite
from vst_robot.errors import InputError
from vst_robot.types import BenchmarkStart, Observation, Picture, SampledStart, Start

CONTROL_HZ = 20
_SEEDS = 2**31
_PROPRIO_BOUND = 10.0
"""Metres and radians; the arm reaches one metre and an axis-angle ends at 2 pi."""


class LiberoGymEnv(gymnasium.Env[Any, np.ndarray]):
    """One LIBERO task behind `gymnasium.Env`.

    Observations are a dictionary: every camera's true picture, uint8 (image_size, image_size, 3), and
    `proprio`, float64 (8,). Actions are seven numbers in [-1, 1]. The reward is 1 on success, which ends
    the episode, else 0. `reset` draws a fresh layout; `reset(options={"index": 3, "seed": 0})` starts at a
    published evaluation state. The instruction and the start's hash are in `info`.

    Args:
        suite: Suite name or alias.
        task_id: Index of the task.
        assets: Asset pack, see `envs.libero.LiberoFactory`.
        image_size: Width and height of pictures, in pixels.
        render: Picture quality, see `envs.libero.LiberoFactory`.
        cameras: Cameras to observe; each costs its rendering time at every step.
        settle_steps: Open-gripper steps after every reset.
        render_mode: ``"rgb_array"`` or None.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"], "render_fps": CONTROL_HZ}

    def __init__(
        self,
        suite: str = "libero_spatial",
        task_id: int = 0,
        *,
        assets: str = "primitive",
        image_size: int = 256,
        render: Literal["auto", "fast", "libero"] = "auto",
        cameras: Sequence[str] = ("agentview",),
        settle_steps: int = 10,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise InputError(f"unknown render mode '{render_mode}': known: rgb_array")
        factory = LiberoFactory(
            suite=suite, assets=assets, image_size=image_size, render=render, settle_steps=settle_steps
        )
        self.task = get_suite(suite).task(task_id)
        self.render_mode = render_mode
        self.cameras = tuple(cameras)
        self.action_space = spaces.Box(-1.0, 1.0, shape=(ACTION_DIM,), dtype=np.float32)
        picture = spaces.Box(0, 255, shape=(image_size, image_size, 3), dtype=np.uint8)
        proprio = spaces.Box(-_PROPRIO_BOUND, _PROPRIO_BOUND, shape=(8,), dtype=np.float64)
        self.observation_space = spaces.Dict({**dict.fromkeys(self.cameras, picture), "proprio": proprio})
        self._environment = factory(task_id)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Begins an episode; see the class for `options`.

        Raises:
            InputError: `options` holds an unknown key or a state that does not exist.
        """
        super().reset(seed=seed)
        observation = self._environment.reset(self._start(dict(options or {})))
        info = {"instruction": self.task.instruction, "start_hash": self._environment.start_hash()}
        return self._pictures_and_proprio(observation), info

    def step(self, action: np.ndarray) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        """Executes one control step of 0.05 s."""
        outcome = self._environment.step(np.asarray(action, dtype=np.float64))
        observation = self._pictures_and_proprio(outcome.observation)
        return observation, float(outcome.success), outcome.success, False, {"success": outcome.success}

    def render(self) -> Picture | None:  # type: ignore[override]
        """The first camera's picture in render mode ``"rgb_array"``."""
        return self._environment.render(self.cameras[0]) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Frees the simulator."""
        self._environment.close()

    def _start(self, options: dict[str, Any]) -> Start:
        unknown = options.keys() - {"index", "seed"}
        if unknown:
            raise InputError(f"unknown reset options {sorted(unknown)}: known: index, seed")
        if "index" in options:
            return BenchmarkStart(index=int(options["index"]), seed=int(options.get("seed", 0)))
        return SampledStart(seed=int(options.get("seed", self.np_random.integers(_SEEDS))))

    def _pictures_and_proprio(self, observation: Observation) -> dict[str, np.ndarray]:
        return {
            **{camera: observation.images[camera] for camera in self.cameras},
            "proprio": observation.proprio,
        }
