"""Write a policy and score it against a random one.

    python examples/04_write_a_policy.py

A policy is any object with `cameras`, `act`, `forget` and `fingerprint` (`vst_robot.interfaces.Policy`); it
inherits from nothing and is registered nowhere.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from envs.fake import PointReachFactory
from eval_libero import build_plan, evaluate
from eval_libero.ledger import record_file
from eval_libero.metrics import compare
from eval_libero.report import headline
from policies.fake import RandomPolicy
from vst_robot.types import ActionChunk, Observation


class BrightestSpotPolicy:
    """Walks to where the picture differs most from its background; cannot read, so is right by chance."""

    cameras: tuple[str, ...] = ("agentview",)

    def act(self, observations: Sequence[Observation]) -> list[ActionChunk]:
        """Answers a batch of observations, in order."""
        return [ActionChunk(actions=self._walk(observation)) for observation in observations]

    def forget(self, episode: str) -> None:
        """It remembers nothing between two questions."""

    def fingerprint(self) -> Mapping[str, str]:
        """Goes into every record; change it when the policy changes."""
        return {"name": "brightest spot", "version": "1"}

    def _walk(self, observation: Observation) -> np.ndarray:
        picture = observation.images["agentview"].astype(float)
        size = len(picture)
        contrast = np.abs(picture - np.median(picture, axis=(0, 1))).sum(axis=-1)
        contrast[: size // 8, : size // 4] = 0  # the marker in the corner
        row, column = np.unravel_index(contrast.argmax(), contrast.shape)
        target_m = np.array([column / size - 0.5, 0.5 - row / size])
        actions = np.zeros((4, 7))  # four steps, then look again
        actions[:, :2] = np.clip((target_m - observation.proprio[:2]) / 0.05, -1, 1)
        actions[:, 6] = -1
        return actions


def main() -> None:
    """Scores both on the same starts and compares them."""
    factory = PointReachFactory()
    plan = build_plan("fake", factory.tasks(), episodes_per_task=25)
    with tempfile.TemporaryDirectory() as folder:
        records = {}
        for policy in (BrightestSpotPolicy(), RandomPolicy()):
            name = policy.fingerprint()["name"]
            result = evaluate(plan, factory, policy, Path(folder) / name, video_episodes=0)
            print(f"{name}: {headline(result)}")
            records[name] = record_file(Path(folder) / name).read()
        better = compare(records["brightest spot"], records["random"])
    low, high = 100 * better.difference.low, 100 * better.difference.high
    print(f"difference: {low:.1f} to {high:.1f} points (p = {better.p_value:.2g}, same {better.shared} starts)")


if __name__ == "__main__":  # workers are spawned, so they import this file
    main()
