"""What must hold of every demonstration, on its way to the disk and back."""

import h5py
import numpy as np

from policies.demos import layout
from vst_robot.errors import DataError
from vst_robot.types import Episode

WAY_OUT = "collect or download it again"


def check_episode(episode: Episode, where: str) -> None:
    """Raises `DataError` unless numbers and pictures hold together; reads all pictures."""
    check_numbers(episode, where)
    for camera, pictures in episode.images.items():
        check_pictures(pictures, camera, where, steps=len(episode))


def check_numbers(episode: Episode, where: str) -> None:
    """Raises `DataError` unless the series are equally long, of LIBERO's widths, and finite."""
    series = {
        "actions": (episode.actions, layout.ACTION_DIMENSIONS),
        "actions_clean": (episode.actions_clean, layout.ACTION_DIMENSIONS),
        "proprio": (episode.proprio, layout.PROPRIO_DIMENSIONS),
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
        raise DataError(f"{where}: '{name}' has shape {values.shape}, expected ({steps}, {width or 'any'}); {WAY_OUT}")
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
