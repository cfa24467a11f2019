import json

import numpy as np
import pytest

from vst_robot.types import Episode, RecordedStart, Task

TASK = Task(
    suite="libero_spatial", task_id=2, name="pick_up_the_black_bowl", instruction="pick up the black bowl"
)


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


@pytest.fixture
def foreign_file(tmp_path):
    """A file as LIBERO publishes it: none of our attributes, no compression, the instruction in letters."""
    import h5py

    path = tmp_path / "open_the_drawer_demo.hdf5"
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        data = file.create_group("data")
        data.attrs["problem_info"] = json.dumps({"language_instruction": list("open the drawer")})
        data.attrs["bddl_file_name"] = "chiliocosm/bddl_files/libero_goal/open_the_drawer.bddl"
        for demo in (0, 2, 10):
            group = data.create_group(f"demo_{demo}")
            group.attrs["num_samples"] = 5
            group["actions"] = rng.uniform(-1, 1, (5, 7))
            group["states"] = rng.normal(size=(5, 9))
            group["robot_states"] = np.zeros((5, 9))
            group["rewards"] = group["dones"] = np.array([0, 0, 0, 0, 1], np.uint8)
            for name, width in (("ee_pos", 3), ("ee_ori", 3), ("gripper_states", 2), ("joint_states", 7)):
                group[f"obs/{name}"] = rng.normal(size=(5, width))
            frames = np.zeros((5, 16, 16, 3), np.uint8)
            frames[:, -1] = 200  # stored last = top of the true picture
            group["obs/agentview_rgb"] = frames
    return path
