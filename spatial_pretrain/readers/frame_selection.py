"""Which frames of a scan become scenes: no two that look alike, spread over all of it, the same in every process."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine.thresholds import Visibility, load_profile

Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class Selection:
    """How much of a scan is used, and in which size.

    Attributes:
        singles: Most single pictures of a scan.
        sets: Most multi-view sets of a scan.
        set_frames: Frames of a set.
        clip_frames: Most frames of a clip; a clip runs over the whole scan.
        min_move_m: Neighbours in a set moved at least this far,
        min_turn_deg: or turned at least this much.
        max_side_px: Larger pictures are made smaller.
        visibility: When an object counts as seen.
    """

    singles: int = 24
    sets: int = 12
    set_frames: int = 4
    clip_frames: int = 32
    min_move_m: float = 0.25
    min_turn_deg: float = 12.0
    max_side_px: int = 960
    visibility: Visibility = field(default_factory=lambda: load_profile("room").visibility)


def distinct(poses: Sequence[Float[Array, "4 4"]], *, min_move_m: float, min_turn_deg: float) -> list[int]:
    """Indices of the first pose and of each that differs enough from the one kept before it."""
    kept: list[int] = []
    for index, T in enumerate(poses):
        if not kept or _differs(poses[kept[-1]], T, min_move_m, np.cos(np.radians(min_turn_deg))):
            kept.append(index)
    return kept


def _differs(first: Array, second: Array, min_move_m: float, max_cosine: float) -> bool:
    move = second[:3, 3] - first[:3, 3]
    cosine = (np.vdot(first[:3, :3], second[:3, :3]) - 1) / 2  # of the angle of the turn between them
    return bool(move @ move >= min_move_m**2 or cosine <= max_cosine)


def spread(available: int, wanted: int, index: int) -> int | None:
    """The `index`-th of at most `wanted` places spread evenly over `available`; None if there are not that many."""
    number = min(available, wanted)
    if index >= number:
        return None
    return index * available // number


def steady(times_s: Sequence[float], wanted: int) -> list[int]:
    """Indices of frames at a steady rate from the first to the last time, at most `wanted`.

    An instant without a frame near it (a lost camera pose) is left out.
    """
    times = np.asarray(times_s, dtype=np.float64)
    number = min(len(times), wanted)
    if number < 2:
        return list(range(number))
    instants = np.linspace(times[0], times[-1], number)
    nearest = [int(np.argmin(np.abs(times - instant))) for instant in instants]
    half_step = (times[-1] - times[0]) / (number - 1) / 2
    near = [n for n, t in zip(nearest, instants, strict=True) if abs(times[n] - t) <= half_step]
    return sorted(set(near))
