"""Identity of start states, so that training and evaluation can be told apart. numpy only."""

import hashlib

import numpy as np
from jaxtyping import Float

RESOLUTION = 1e-6
"""Start states that agree to this many metres, radians or quaternion units are the same start."""


def start_hash(sim_state: Float[np.ndarray, " n"]) -> str:
    """Sixteen hexadecimal characters that identify a start state.

    Args:
        sim_state: Flattened simulator state `[time, qpos, qvel]` before the settle steps; the time is left
            out.
    """
    steps = np.rint(np.asarray(sim_state, dtype=np.float64)[1:] / RESOLUTION).astype("<i8")
    return hashlib.sha256(steps.tobytes()).hexdigest()[:16]
