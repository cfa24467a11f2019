import numpy as np
import pytest

from vst_robot.types import Episode, RecordedStart, Task

TASK = Task(suite="libero_spatial", task_id=2, name="pick_up_the_black_bowl", instruction="pick up the black bowl")


def pictures(rng, steps, size):
    """Frames with a still background, an upright marker in the top-left corner and a moving square."""
    frames = np.repeat(rng.integers(0, 255, (1, size, size, 3), np.uint8), steps, axis=0)
    frames[:, : size // 4, : size // 4] = (255, 0, 0)
    for step in range(steps):
        frames[step, size // 2, step % size] = step
    return frames


@pytest.fixture
def make_episode():
    def make(seed=0, steps=20, size=32, task=TASK, cameras=("agentview", "robot0_eye_in_hand"), **changes):
        rng = np.random.default_rng(seed)
        values = {
            "task": task,
            "seed": 1_000_000 + seed,
            "actions": rng.uniform(-1, 1, (steps, 7)),
            "actions_clean": rng.uniform(-1, 1, (steps, 7)),
            "images": {camera: pictures(rng, steps, size) for camera in cameras},
            "proprio": rng.normal(size=(steps, 8)),
            "joint_positions": rng.normal(size=(steps, 7)),
            "sim_states": rng.normal(size=(steps, 12)),
            "start": RecordedStart(
                sim_state=rng.normal(size=12), fixture_poses={"cabinet": (0.1, 0.2, 0.3, 1.0, 0.0, 0.0, 0.0)}
            ),
            "success": True,
            "provenance": {"demo": str(seed), "start_hash": f"hash-{task.name}-{seed}"},
        }
        return Episode(**(values | changes))

    return make
