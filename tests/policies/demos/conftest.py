import json

import numpy as np
import pytest


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
