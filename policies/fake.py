"""Policies without a model: a floor to compare with, and a partner for the fake environment."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from vst_robot.errors import InputError
from vst_robot.types import ActionChunk, Observation, Picture


class RandomPolicy:
    """Draws every action uniformly from [-1, 1]; what a policy must beat. Implements `Policy`.

    An action depends on (seed, episode, step) alone, not on what was asked before.

    Args:
        action_dim: Numbers per action.
        horizon: Actions per chunk.
        seed: Seed of all draws.
    """

    cameras: tuple[str, ...] = ()

    def __init__(self, action_dim: int = 7, horizon: int = 8, seed: int = 0) -> None:
        self._action_dim, self._horizon, self._seed = action_dim, horizon, seed

    def act(self, observations: Sequence[Observation]) -> list[ActionChunk]:
        """Answers a batch of observations, in order."""
        return [ActionChunk(actions=self._draw(o.episode, o.step)) for o in observations]

    def forget(self, episode: str) -> None:
        """Nothing is kept."""

    def fingerprint(self) -> Mapping[str, str]:
        """Everything that the actions depend on."""
        return {
            "name": "random",
            "action_dim": str(self._action_dim),
            "horizon": str(self._horizon),
            "seed": str(self._seed),
        }

    def _draw(self, episode: str, step: int) -> Float[np.ndarray, "horizon d"]:
        digest = hashlib.sha256(f"{self._seed}:{episode}:{step}".encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest))
        return rng.uniform(-1, 1, size=(self._horizon, self._action_dim))


class ReachPolicy:
    """Solves the fake environment as a learned policy would: picture, words and proprioception in, chunk out.

    It looks for the disc of the named colour in the picture, knows its own position from proprioception and
    walks there in a straight line. A mirrored picture sends it the wrong way. Implements `Policy`.

    Args:
        horizon: Actions per chunk.
    """

    cameras: tuple[str, ...] = ("agentview",)
    step_m = 0.05
    """Distance that an action of 1 moves the point."""
    span_m = 1.0
    """Side of the square that the picture shows."""
    colours: Mapping[str, tuple[int, int, int]] = {
        "red": (220, 40, 40),
        "green": (40, 180, 60),
        "blue": (50, 80, 230),
        "yellow": (235, 200, 30),
    }

    def __init__(self, horizon: int = 4) -> None:
        self._horizon = horizon

    def act(self, observations: Sequence[Observation]) -> list[ActionChunk]:
        """Answers a batch of observations, in order.

        Raises:
            InputError: An instruction names no colour that it knows.
        """
        return [ActionChunk(actions=self._walk(o)) for o in observations]

    def forget(self, episode: str) -> None:
        """Nothing is kept."""

    def fingerprint(self) -> Mapping[str, str]:
        """Names this policy."""
        return {"name": "reach", "horizon": str(self._horizon)}

    def _walk(self, observation: Observation) -> Float[np.ndarray, "horizon 7"]:
        goal_m = self._find(observation.images["agentview"], self._colour(observation.instruction))
        rest = (goal_m - observation.proprio[:2]) / self.step_m  # in units of one full action
        actions = np.zeros((self._horizon, 7))
        for action in actions:
            action[:2] = np.clip(rest, -1, 1)
            rest = rest - action[:2]
        actions[:, 6] = -1
        return actions

    def _colour(self, instruction: str) -> tuple[int, int, int]:
        for name, colour in self.colours.items():
            if name in instruction.split():
                return colour
        raise InputError(f"the reach policy finds no colour in '{instruction}': use it with the fake environment")

    def _find(self, picture: Picture, colour: tuple[int, int, int]) -> Float[np.ndarray, " 2"]:
        """Centre of the pixels of one colour, in metres; the middle of the picture if there are none."""
        rows, columns = np.nonzero((picture == colour).all(axis=-1))
        if not len(rows):
            return np.zeros(2)
        size = len(picture)
        x, y = (columns.mean() + 0.5) / size - 0.5, 0.5 - (rows.mean() + 0.5) / size
        return self.span_m * np.array([x, y])
