import json
from importlib.util import find_spec

import numpy as np
import pytest

from policies.demos.hdf5 import write_episodes
from policies.demos.store import DemonstrationStore, StoreManifest
from vst_robot.types import Task

TASKS = tuple(
    Task(suite="libero_goal", task_id=task_id, name=f"task_{task_id}", instruction=f"do {task_id}")
    for task_id in range(2)
)
CAMERAS = ("agentview", "robot0_eye_in_hand")
needs_tfds = pytest.mark.skipif(
    find_spec("tensorflow_datasets") is None,
    reason="RLDS needs TensorFlow: run `-m peer` in an environment with pip install -e '.[data,dev]'",
)
RLDS = pytest.param("rlds", marks=[pytest.mark.peer, needs_tfds])
"""The default tests have no TensorFlow (0.9 GB); RLDS runs with `-m peer` where the extra `data` is installed."""


def letter_f(steps, size=64):
    """A white F on a soft background: flips and mirrors of it all differ. A bar at the bottom tells the step."""
    frames = np.zeros((steps, size, size, 3), np.uint8)
    frames[..., 1] = np.linspace(40, 120, size, dtype=np.uint8)
    unit = size // 8
    frames[:, unit : 6 * unit, unit : 2 * unit] = 255
    frames[:, unit : 2 * unit, unit : 5 * unit] = 255
    frames[:, 3 * unit : 4 * unit, unit : 4 * unit] = 255
    for step in range(steps):
        frames[step, 7 * unit :] = 8 * (step % 32)
    return frames


@pytest.fixture
def make_demo(make_episode):
    """An episode whose pictures survive a video."""

    def make(number, steps=6, task=TASKS[0], cameras=CAMERAS, size=64, **changes):
        images = {camera: letter_f(steps, size) for camera in cameras}
        images[cameras[-1]] = images[cameras[-1]] // 2
        return make_episode(number, steps=steps, task=task, images=images, **changes)

    return make


@pytest.fixture
def hdf5_set(tmp_path, make_demo):
    """Two tasks, five demonstrations, with a manifest."""
    store = DemonstrationStore(tmp_path / "hdf5")
    store.prepare(
        StoreManifest(
            suite="libero_goal",
            tasks=TASKS,
            cameras=CAMERAS,
            image_size=64,
            seed=0,
            num_per_task=2,
            facts={"noise.translation": "0.15"},
        )
    )
    for task in TASKS:
        for demo in range(2):
            number = 10 * task.task_id + demo
            provenance = {"demo": str(demo), "start_hash": f"start-{number}"}
            store.add(make_demo(number, steps=5 + demo, task=task, provenance=provenance))
    store.merge()
    return store.folder


@pytest.fixture
def plain_set(tmp_path, make_demo):
    """One task, `count` demonstrations, no manifest."""

    def write(count, name="plain", **changes):
        folder = tmp_path / name
        episodes = [make_demo(number, **changes) for number in range(count)]
        write_episodes(folder / f"{TASKS[0].name}_demo.hdf5", episodes)
        return folder

    return write


def assert_same_numbers(one, other):
    """All of an episode but its pictures, to the last bit."""
    for name in ("actions", "actions_clean", "proprio", "joint_positions", "sim_states"):
        left, right = getattr(one, name), getattr(other, name)
        assert left.dtype == right.dtype and np.array_equal(left, right), name
    assert np.array_equal(one.start.sim_state, other.start.sim_state)
    assert {k: tuple(v) for k, v in one.start.fixture_poses.items()} == {
        k: tuple(v) for k, v in other.start.fixture_poses.items()
    }
    for name in ("task", "seed", "success", "orientation"):
        assert getattr(one, name) == getattr(other, name), name
    assert dict(one.provenance) == dict(other.provenance)


@pytest.fixture
def foreign_file(tmp_path):
    """A file as LIBERO publishes it: none of our attributes, no compression, the instruction in letters."""
    import h5py

    path = tmp_path / "open_the_drawer_demo.hdf5"
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        data = file.create_group("data")
        data.attrs["problem_info"] = json.dumps({"language_instruction": list("open the drawer")})
        data.attrs["macros_image_convention"] = "opengl"
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
