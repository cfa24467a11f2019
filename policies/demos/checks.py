"""What must hold of every demonstration, on its way to the disk and back."""

import h5py
import numpy as np

from action_tokenizer import LIBERO, Robot
from policies.demos.robot_file import FILE_NAME
from vst_robot.errors import DataError
from vst_robot.types import Episode

WAY_OUT = "collect or download it again"


def check_episode(episode: Episode, where: str, robot: Robot = LIBERO) -> None:
    """Raises `DataError` unless numbers and pictures hold together; reads all pictures."""
    check_numbers(episode, where, robot)
    for camera, pictures in episode.images.items():
        check_pictures(pictures, camera, where, steps=len(episode))


def check_numbers(episode: Episode, where: str, robot: Robot = LIBERO) -> None:
    """Raises `DataError` unless the series are equally long, of the robot's widths, and finite."""
    series = {
        "actions": (episode.actions, len(robot.actions)),
        "actions_clean": (episode.actions_clean, len(robot.actions)),
        "proprio": (episode.proprio, len(robot.proprio)),
        "joint_positions": (episode.joint_positions, None),
        "sim_states": (episode.sim_states, None),
    }
    if not len(episode):
        raise DataError(f"{where}: holds no steps")
    for name, (values, width) in series.items():
        check_series(values, name, where, steps=len(episode), width=width)


def check_series(values: np.ndarray, name: str, where: str, *, steps: int, width: int | None) -> None:
    """Raises `DataError` unless `values` is finite and (steps, width); `width` None allows any."""
    if values.dtype.kind not in "iuf":
        raise DataError(f"{where}: '{name}' holds {values.dtype} instead of numbers; {WAY_OUT}")
    if values.ndim != 2 or len(values) != steps or (width is not None and values.shape[1] != width):
        wanted = f"({steps}, {'any' if width is None else width})"
        shape = f"'{name}' has shape {values.shape}, expected {wanted}"
        raise DataError(f"{where}: {shape}; {WAY_OUT}{_other_robot(values, steps)}")
    if not np.isfinite(values).all():
        step = int(np.argmin(np.isfinite(values).all(axis=1)))
        raise DataError(f"{where}: '{name}' is not finite at step {step}; {WAY_OUT}")


def check_pictures(pictures: np.ndarray | h5py.Dataset, camera: str, where: str, *, steps: int) -> None:
    """Raises `DataError` unless `pictures` is uint8 (steps, h, w, 3). Looks at the shape alone."""
    shape = pictures.shape
    if pictures.dtype != np.uint8 or len(shape) != 4 or shape[0] != steps or shape[3] != 3:
        raise DataError(
            f"{where}: pictures of '{camera}' are {pictures.dtype} {shape}, "
            f"expected uint8 ({steps}, h, w, 3) for as many actions; {WAY_OUT}"
        )


def _other_robot(values: np.ndarray, steps: int) -> str:
    """Where only the width is wrong, it may be another robot."""
    right = values.ndim == 2 and len(values) == steps
    return f", or if it is right, name the dimensions of your robot in {FILE_NAME}" if right else ""
