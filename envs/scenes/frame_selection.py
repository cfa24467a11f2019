"""Dropping frames whose camera stands and looks as another one does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from vst_robot.geometry import pose, rotation

Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class Novelty:
    """A pose is new if it differs from all kept ones by at least one of these.

    Attributes:
        min_move_m: Distance between the cameras.
        min_turn_deg: Angle of the rotation between them.
    """

    min_move_m: float
    min_turn_deg: float


def select(poses: Sequence[Float[Array, "4 4"]], novelty: Novelty, *, limit: int | None = None) -> list[int]:
    """Indices of poses to keep, in order: the first, and each one that is new against all kept before.

    Args:
        poses: `T_world_camera` of each frame.
        novelty: What counts as new.
        limit: Keep at most so many.
    """
    kept: list[int] = []
    for index, T_world_camera in enumerate(poses):
        if limit is not None and len(kept) == limit:
            break
        if all(is_new(poses[other], T_world_camera, novelty) for other in kept):
            kept.append(index)
    return kept


def is_new(T_first: Float[Array, "4 4"], T_second: Float[Array, "4 4"], novelty: Novelty) -> bool:
    """Whether two poses differ enough."""
    T_first_second = pose.inverse(T_first) @ T_second
    turn_deg = np.degrees(rotation.rotation_angle(T_first_second[:3, :3]))
    move_m = np.linalg.norm(T_first_second[:3, 3])
    return bool(move_m >= novelty.min_move_m or turn_deg >= novelty.min_turn_deg)
