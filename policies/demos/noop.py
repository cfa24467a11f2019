"""OpenVLA's rule for steps in which a demonstrator did nothing."""

import numpy as np
from jaxtyping import Bool, Float

NORM_BELOW = 1e-4
"""`moojink/openvla`, experiments/robot/libero/regenerate_libero_dataset.py, `is_noop`."""


def noop_mask(actions: Float[np.ndarray, "t d"], *, norm_below: float = NORM_BELOW) -> Bool[np.ndarray, " t"]:
    """Marks the no-ops of an action sequence.

    An action is a no-op if its arm command (all dimensions but the last) has a Euclidean norm below
    `norm_below` and its gripper command equals that of the last action *kept*. Before anything is kept the
    norm alone counts.

    A skipped step repeats the gripper command of the last kept one, so comparing neighbours is the same rule
    without a loop; only the still steps at the very beginning, before anything was kept, differ.

    Args:
        actions: Robot units; the gripper is the last dimension.
        norm_below: Threshold on the norm of the arm command.

    Returns:
        True where a step is a no-op.
    """
    still = np.linalg.norm(actions[:, :-1], axis=1) < norm_below
    gripper = actions[:, -1]
    gripper_same = np.concatenate([[True], gripper[1:] == gripper[:-1]])[: len(actions)]
    nothing_kept_yet = np.logical_and.accumulate(still)
    return still & (gripper_same | nothing_kept_yet)


def drop_noops(actions: Float[np.ndarray, "t d"], *, norm_below: float = NORM_BELOW) -> Float[np.ndarray, "kept d"]:
    """The actions that OpenVLA's regeneration executes and stores, in order."""
    return actions[~noop_mask(actions, norm_below=norm_below)]
