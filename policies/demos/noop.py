"""OpenVLA's rule for steps in which a demonstrator did nothing."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

NORM_BELOW = 1e-4
"""`moojink/openvla`, experiments/robot/libero/regenerate_libero_dataset.py, `is_noop`."""


def noop_mask(
    actions: Float[np.ndarray, "t d"], *, norm_below: float = NORM_BELOW, arm: Sequence[bool] = ()
) -> Bool[np.ndarray, " t"]:
    """Marks the no-ops of an action sequence.

    An action is a no-op if its arm command (all dimensions but the last) has a Euclidean norm below
    `norm_below` and its gripper command equals that of the last action *kept*. Before anything is kept the
    norm alone counts.

    A skipped step repeats the gripper command of the last kept one, so comparing neighbours is the same rule
    without a loop; only the still steps at the very beginning, before anything was kept, differ.

    Args:
        actions: Robot units.
        norm_below: Threshold on the norm of the arm command.
        arm: True for the dimensions of the arm, False for grippers; left out, all but the last are the arm's.

    Returns:
        True where a step is a no-op.
    """
    moves = np.array(arm, bool) if len(arm) else np.arange(actions.shape[1]) < actions.shape[1] - 1
    still = np.linalg.norm(actions[:, moves], axis=1) < norm_below
    gripper = actions[:, ~moves]
    gripper_same = np.concatenate([[True], (gripper[1:] == gripper[:-1]).all(axis=1)])[: len(actions)]
    nothing_kept_yet = np.logical_and.accumulate(still)
    return still & (gripper_same | nothing_kept_yet)


def drop_noops(actions: Float[np.ndarray, "t d"], *, norm_below: float = NORM_BELOW) -> Float[np.ndarray, "kept d"]:
    """The actions that OpenVLA's regeneration executes and stores, in order."""
    return actions[~noop_mask(actions, norm_below=norm_below)]
