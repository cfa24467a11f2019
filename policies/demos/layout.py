"""The names, shapes and row order of LIBERO's HDF5 files.

Source: `Lifelong-Robot-Learning/LIBERO`, scripts/create_dataset.py. One `<task name>_demo.hdf5` per task:

    data                    attrs: problem_info, env_args (JSON), bddl_file_name, num_demos, total, and our
                            vst_robot (JSON)
      demo_<k>              attrs: num_samples, init_state, and our seed, fixture_poses, provenance (JSON)
        actions             (T, 7)   what was executed
        actions_clean       (T, 7)   the expert's label (ours)
        states              (T, n)   simulator state before each action
        robot_states        (T, 9)   gripper 2, end-effector position 3, quaternion xyzw 4
        rewards, dones      (T,)     0 … 0 1
        obs/<camera>_rgb    (T, h, w, 3), rows bottom-up as OpenGL reads them
        obs/ee_pos, ee_ori (axis-angle), ee_states (both), gripper_states, joint_states
"""

from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from scipy.spatial.transform import Rotation

FORMAT_VERSION = 1
SUFFIX = "_demo.hdf5"
PROPRIO_DATASETS = {"ee_pos": 3, "ee_ori": 3, "gripper_states": 2}
"""The datasets under `obs` that make up `Observation.proprio`, in order, with their widths."""
OWN_ATTRIBUTE = "vst_robot"
ROWS_ATTRIBUTE = "macros_image_convention"
"""robosuite's name for the row order: `opengl` bottom-up (LIBERO's files), `opencv` top-down."""

DATASET_OF_CAMERA = {"agentview": "agentview_rgb", "robot0_eye_in_hand": "eye_in_hand_rgb"}
CAMERA_OF_DATASET = {dataset: camera for camera, dataset in DATASET_OF_CAMERA.items()}

FRAMES_PER_CHUNK = 16
BAND_BYTES = 6144
"""Bytes of one frame in a chunk: 8 rows of 256 pixels, a fifth of what DEFLATE looks back."""


def camera_dataset(camera: str) -> str:
    """Name of the dataset under `obs` that holds a camera's pictures."""
    return DATASET_OF_CAMERA.get(camera, f"{camera}_rgb")


def dataset_camera(dataset: str) -> str:
    """Inverse of `camera_dataset`."""
    return CAMERA_OF_DATASET.get(dataset, dataset.removesuffix("_rgb"))


def task_file(folder: Path, task_name: str) -> Path:
    """Path of a task's file."""
    return folder / f"{task_name}{SUFFIX}"


def picture_storage(shape: tuple[int, ...]) -> dict[str, object]:
    """How h5py stores (T, h, w, 3) pictures: chunks of 16 frames times a few rows, gzip level 1.

    DEFLATE looks back 32 KiB, less than one picture. A chunk of whole frames therefore never sees that the
    background is that of the frame before; a band of rows through 16 frames does. Measured on 64 frames of
    256×256 (KiB a frame with LIBERO's assets | the primitive pack, then milliseconds to write / read all):

        agentview   whole frames, lzf      112 | 83   1.0 / 0.6
                    whole frames, gzip 1    86 | 58   2.1 / 0.8    (shuffle changes nothing: items are bytes)
                    16 frames × 8 rows      22 | 25   0.7 / 0.3
        wrist       whole frames, lzf       87 | 44   0.8 / 0.5
                    16 frames × 8 rows      62 | 30   1.4 / 0.6

    The price: one frame alone decompresses its 15 neighbours (4 to 9 ms), hence `FrameCache` for training.
    """
    frames, height, width, channels = shape
    rows = max(1, min(height, BAND_BYTES // (width * channels)))
    chunks = (min(frames, FRAMES_PER_CHUNK), rows, width, channels)
    return {"chunks": chunks, "compression": "gzip", "compression_opts": 1}


def flip_rows(pictures: UInt8[np.ndarray, "... h w 3"]) -> UInt8[np.ndarray, "... h w 3"]:
    """True pictures to bottom-up rows and back."""
    return pictures[..., ::-1, :, :]


def proprio_datasets(proprio: Float[np.ndarray, "t 8"]) -> dict[str, Float[np.ndarray, "t _"]]:
    """What lies under `obs` besides pictures and joints, from `Observation.proprio`."""
    position, orientation, gripper = np.split(proprio, [3, 6], axis=1)
    return {
        "ee_pos": position,
        "ee_ori": orientation,
        "ee_states": proprio[:, :6],
        "gripper_states": gripper,
    }


def robot_states(proprio: Float[np.ndarray, "t 8"]) -> Float[np.ndarray, "t 9"]:
    """Gripper, position and quaternion xyzw, in the order of LIBERO's `get_robot_state_vector`."""
    position, orientation, gripper = np.split(proprio, [3, 6], axis=1)
    return np.hstack([gripper, position, Rotation.from_rotvec(orientation).as_quat()])
