"""Demonstrations as LIBERO publishes them: 128 px, bottom-up rows, a model, no facts of ours."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from policies.demos import layout
from vst_robot.types import Episode


def write_originals(
    path: Path, episodes: Sequence[Episode], *, models: Mapping[int, str] | None = None, size: int = 128
) -> None:
    """Writes demonstrations of one task as scripts/create_dataset.py of LIBERO does; pictures are resized by dots."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        data = file.create_group("data")
        words = {"language_instruction": episodes[0].task.instruction}
        data.attrs["problem_info"] = json.dumps(words)
        data.attrs["bddl_file_name"] = f"bddl_files/{episodes[0].task.suite}/{episodes[0].task.name}.bddl"
        data.attrs["env_args"] = json.dumps({"type": 1})
        data.attrs["macros_image_convention"] = "opengl"
        data.attrs["num_demos"] = len(episodes)
        data.attrs["total"] = sum(map(len, episodes))
        for number, episode in enumerate(episodes):
            _write(data.create_group(f"demo_{number}"), episode, (models or {}).get(number, "<mujoco/>"), size)


def _write(group: h5py.Group, episode: Episode, model: str, size: int) -> None:
    group.attrs["num_samples"] = len(episode)
    group.attrs["model_file"] = model
    group.attrs["init_state"] = episode.sim_states[0]
    group["actions"], group["states"] = episode.actions, episode.sim_states
    group["robot_states"] = layout.robot_states(episode.proprio)
    group["rewards"] = group["dones"] = np.eye(len(episode), dtype=np.uint8)[-1]
    group["obs/joint_states"] = episode.joint_positions
    for name, values in layout.proprio_datasets(episode.proprio).items():
        group[f"obs/{name}"] = values
    for camera, pictures in episode.images.items():
        dots = np.arange(size) * pictures.shape[1] // size
        group[f"obs/{layout.camera_dataset(camera)}"] = layout.flip_rows(pictures[:, dots][:, :, dots])
