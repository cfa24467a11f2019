"""Reads LIBERO's published evaluation states without torch and without trusting their pickles.

The files are `torch.save` zip archives around one pickled numpy array. Only the four names that rebuild
such an array may be looked up; anything else in the stream is refused before it can run.
"""

import codecs
import io
import pickle
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from envs.suites import init_states_path
from vst_robot.errors import DataError
from vst_robot.types import Task


def load_init_states(task: Task) -> Float[np.ndarray, "states n"]:
    """The task's published evaluation states, one flattened simulator state `[time, qpos, qvel]` per row.

    Raises:
        DataError: The file is missing, damaged, or holds anything but one array of numbers.
    """
    return read_init_states(init_states_path(task))


@lru_cache(maxsize=16)
def read_init_states(path: Path) -> Float[np.ndarray, "states n"]:
    """Reads one `.init` or `.pruned_init` file; see `load_init_states`. The result is read-only."""
    try:
        states = _ArrayUnpickler(io.BytesIO(_pickle_bytes(path))).load()
    except (OSError, zipfile.BadZipFile, pickle.UnpicklingError, EOFError, KeyError, StopIteration) as error:
        raise DataError(f"cannot read the init states {path}: {error}; reinstall hf-libero") from error
    if not isinstance(states, np.ndarray) or states.dtype != np.float64 or states.ndim != 2:
        raise DataError(f"the init states {path} are not a float64 array of two dimensions; reinstall hf-libero")
    states.flags.writeable = False
    return states


def _pickle_bytes(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        return archive.read(name)


class _ArrayUnpickler(pickle.Unpickler):
    """Rebuilds numpy arrays and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        # Pickles written by numpy 1 say `numpy.core`, which numpy 2 renamed to `numpy._core`.
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return np._core.multiarray._reconstruct  # type: ignore[attr-defined]
        allowed = {("numpy", "ndarray"): np.ndarray, ("numpy", "dtype"): np.dtype}
        # The array's bytes travel as latin-1 text through `_codecs.encode`.
        allowed["_codecs", "encode"] = _latin1
        try:
            return allowed[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"refused to load '{module}.{name}'") from None


def _latin1(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"refused the text encoding '{encoding}'")
    return codecs.encode(text, "latin1")  # type: ignore[return-value]
