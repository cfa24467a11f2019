"""Disturbances of what the expert commands, so that demonstrations also show the way back.

An undisturbed expert never leaves its path, and a policy that imitates it knows nothing beside that path (Laskey et
al., DART, 2017). White noise widens the path by millimetres; a push carries the hand centimetres away, or opens it at
the wrong moment. The recorded label stays the expert's own command.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from vst_robot.errors import InputError

TRANSLATION, ROTATION, GRIPPER = slice(0, 3), slice(3, 6), 6


@dataclass(frozen=True, kw_only=True)
class NoiseConfig:
    """How executed commands (which lie in [-1, 1]) differ from the expert's."""

    translation: float = 0.15
    """Standard deviation of the white noise on the three translation commands."""
    rotation: float = 0.05
    """Standard deviation of the white noise on the three rotation commands."""
    push_rate: float = 0.02
    """Chance at every step that a push begins."""
    push_steps: int = 8
    """Mean length of a push in control steps."""
    push_rotation: float = 0.1
    """Largest rotation command of a push."""
    push_gripper: float = 0.1
    """Chance that a push also turns the gripper's command around."""

    def __post_init__(self) -> None:
        """Refuses what is no deviation or no probability."""
        for name in ("translation", "rotation", "push_rotation"):
            if not 0 <= getattr(self, name) < math.inf:  # written so that NaN fails
                raise InputError(f"noise must be a number from 0 up, {name} was {getattr(self, name)}")
        if not (0 <= self.push_rate <= 1 and 0 <= self.push_gripper <= 1) or self.push_steps < 1:
            raise InputError("push_rate and push_gripper lie in [0, 1], push_steps is at least 1")

    def facts(self) -> Mapping[str, str]:
        """Flat facts for a demonstration's provenance."""
        return {f"noise.{name}": str(value) for name, value in vars(self).items()}


class Disturbance:
    """The noise of one episode; draws from `rng` alone."""

    def __init__(self, config: NoiseConfig, rng: np.random.Generator) -> None:
        """Begins an episode without a push."""
        self._config, self._rng = config, rng
        self._push: Float[np.ndarray, " 6"] | None = None
        self._steps_left = 0
        self._turn_gripper = False

    def apply(self, clean: Float[np.ndarray, " 7"]) -> Float[np.ndarray, " 7"]:
        """Returns the command to execute: the expert's, or a push in its place, plus white noise, clipped."""
        if self._steps_left == 0 and self._rng.random() < self._config.push_rate:
            self._begin_push()
        executed = clean.copy()
        if self._steps_left > 0 and self._push is not None:
            self._steps_left -= 1
            executed[:GRIPPER] = self._push
            executed[GRIPPER] *= -1 if self._turn_gripper else 1
        deviations = np.repeat([self._config.translation, self._config.rotation, 0.0], [3, 3, 1])
        return np.clip(executed + deviations * self._rng.standard_normal(7), -1.0, 1.0)

    def _begin_push(self) -> None:
        """Draws direction, strength and length of a push."""
        direction = self._rng.standard_normal(3)
        direction *= self._rng.uniform(0.4, 1.0) / np.abs(direction).max()
        turn = self._rng.uniform(-self._config.push_rotation, self._config.push_rotation, 3)
        self._push = np.concatenate([direction, turn])
        self._steps_left = int(self._rng.geometric(1 / self._config.push_steps))
        self._turn_gripper = bool(self._rng.random() < self._config.push_gripper)
