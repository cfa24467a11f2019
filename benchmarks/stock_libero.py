"""LIBERO as its own users run it: `OffScreenRenderEnv`, two cameras, a hard reset per episode.

As a script it records episodes into an .npz file:

    python benchmarks/stock_libero.py --suite libero_spatial --task 4 --assets <folder> --output stock.npz
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from envs.init_states import load_init_states
from envs.libero_api import config_folder
from envs.suites import bddl_path, get_suite, libero_root


class StockLibero:
    """LIBERO's sequential protocol: seed once, then reset and set the init state, episode after episode."""

    def __init__(self, suite: str, task_id: int, assets: str, size_px: int = 256, seed: int = 0) -> None:
        # Not through envs.libero_api, which changes how robosuite is imported.
        os.environ["LIBERO_CONFIG_PATH"] = str(config_folder(libero_root()))
        os.environ.setdefault("MUJOCO_GL", "egl")
        import libero.libero as package
        from libero.libero.envs import OffScreenRenderEnv

        package._assets_path_cache = assets
        task = get_suite(suite).task(task_id)
        self.states = load_init_states(task)
        self.env: Any = OffScreenRenderEnv(
            bddl_file_name=str(bddl_path(task)), camera_heights=size_px, camera_widths=size_px
        )
        self.env.seed(seed)
        self.pictures = True

    def reset(self, index: int) -> np.ndarray:
        """One `reset` and `set_init_state`, for 0, 1, 2, ... in order; returns the state."""
        self.env.reset()
        self.env.set_init_state(self.states[index])
        self.look(self.pictures)
        return self.env.get_sim_state()

    def look(self, pictures: bool) -> None:
        """Switches the two cameras on or off; the rest of the observables stays."""
        self.pictures = pictures
        for name, observable in self.env.env._observables.items():
            if name.endswith("_image"):
                observable.set_enabled(pictures)

    def steps(self, actions: np.ndarray) -> tuple[np.ndarray, list[bool]]:
        """States after each action, and whether the goal held."""
        states, successes = [], []
        for action in actions:
            successes.append(bool(self.env.step(action)[2]))
            states.append(self.env.get_sim_state())
        return np.array(states), successes

    def fixture_poses(self) -> dict[str, np.ndarray]:
        """Fixture name → position and quaternion wxyz."""
        model, poses = self.env.sim.model, {}
        for name, fixture in self.env.env.fixtures_dict.items():
            body = model.body_name2id(fixture.root_body)
            poses[name] = np.concatenate([model.body_pos[body], model.body_quat[body]])
        return poses


def actions(seed: int, count: int) -> np.ndarray:
    """Seven numbers per step: some beyond the limits, some without rotation, a fickle gripper."""
    generator = np.random.default_rng(seed)
    drawn = generator.uniform(-1.2, 1.2, (count, 7))
    drawn[:, 2] -= 0.5
    drawn[::3, 3:6] = 0.0
    drawn[:, 6] = np.where(drawn[:, 6] > 0, 1.0, -1.0)
    return drawn


def main() -> None:
    """Records episodes 0 to --episodes - 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", default="libero_spatial")
    parser.add_argument("--task", type=int, default=0)
    parser.add_argument("--assets", required=True)
    parser.add_argument("--episodes", type=int, default=4)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    stock = StockLibero(options.suite, options.task, options.assets, size_px=64)
    stock.look(False)
    record: dict[str, Any] = {}
    for index in range(options.episodes):
        record[f"start_{index}"] = stock.reset(index)
        record[f"picture_{index}"] = stock.env.sim.render(64, 64, camera_name="agentview")
        for name, pose in stock.fixture_poses().items():
            record[f"fixture_{index}_{name}"] = pose
        record[f"actions_{index}"] = actions(index, options.steps)
        record[f"states_{index}"], record[f"successes_{index}"] = stock.steps(record[f"actions_{index}"])
    np.savez(options.output, **record)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # robosuite's render context raises when the interpreter takes it apart
