"""The range of each action dimension in a set of demonstrations, and normalisation by it.

The rule is OpenVLA's (`prismatic/vla/datasets/rlds/utils/data_utils.py`): the 1st and 99th percentile of a
dimension go to -1 and +1, what lies beyond is clipped, and the gripper, whose command already is a sign,
passes through. Proprioception is described by the same class with every dimension normalised, hence the
general names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from vst_robot import config
from vst_robot.errors import DataError

LIBERO_ACTION_NAMES = ("x", "y", "z", "rx", "ry", "rz", "gripper")
LIBERO_ACTION_MASK = (True, True, True, True, True, True, False)
LIBERO_PROPRIO_NAMES = ("x_m", "y_m", "z_m", "rx_rad", "ry_rad", "rz_rad", "finger_1_m", "finger_2_m")
LIBERO_GRIPPER = "-1 open, +1 closed"

Bounds = Literal["q01_q99", "min_max"]

_EPSILON = 1e-8  # OpenVLA's guard against a zero span


@dataclass(frozen=True, kw_only=True)
class ActionStatistics:
    """Per-dimension statistics over all steps of a demonstration set, in robot units.

    Attributes:
        names: Name of each of the d dimensions; two sets belong to the same robot if their names agree.
        q01: 1st percentile, exact (linear interpolation between neighbours).
        q99: 99th percentile, likewise.
        mean: Mean.
        std: Standard deviation over the whole population.
        min: Smallest value.
        max: Largest value.
        mask: True where the dimension is normalised; False where it passes through (the gripper).
        gripper_polarity: What the signs of the unmasked dimensions mean, e.g. ``"-1 open, +1 closed"``.
        num_steps: Number of steps counted.
        num_episodes: Number of arrays that they came in.
        bounds: What becomes -1 and +1. `q01_q99` is OpenVLA's rule and gives the bins to where most values are;
            `min_max` clips nothing, for sets whose rare large commands matter (a turn of the wrist at a drawer).
    """

    names: tuple[str, ...]
    q01: tuple[float, ...]
    q99: tuple[float, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    min: tuple[float, ...]
    max: tuple[float, ...]
    mask: tuple[bool, ...]
    gripper_polarity: str
    num_steps: int
    num_episodes: int
    bounds: Bounds = "q01_q99"

    def __post_init__(self) -> None:
        if not self.names or len(set(self.names)) != len(self.names):
            raise DataError(f"dimension names must be given and distinct, got {_listed(self.names)}")
        for row in ("q01", "q99", "mean", "std", "min", "max", "mask"):
            values = getattr(self, row)
            if len(values) != len(self.names):
                raise DataError(f"'{row}' has {len(values)} entries for the dimensions {_listed(self.names)}")
            if not np.isfinite(values).all():
                raise DataError(f"'{row}' holds NaN or infinity; fit the statistics again")
        ordered = np.array([self.min, self.q01, self.q99, self.max])
        if (np.diff(ordered, axis=0) < 0).any():
            raise DataError("the order min <= q01 <= q99 <= max is violated; fit the statistics again")

    @property
    def num_dims(self) -> int:
        """Number of dimensions d."""
        return len(self.names)

    @classmethod
    def fit(
        cls,
        actions: Float[np.ndarray, "n d"] | Iterable[Float[np.ndarray, "n d"]],
        *,
        names: Sequence[str] = LIBERO_ACTION_NAMES,
        mask: Sequence[bool] = LIBERO_ACTION_MASK,
        gripper_polarity: str = LIBERO_GRIPPER,
        bounds: Bounds = "q01_q99",
    ) -> "ActionStatistics":
        """Computes exact statistics of one array, or of a stream of arrays (an episode each).

        Only the numbers are kept while streaming: 273,465 steps, all of LIBERO's four suites, are 15 MB.

        Raises:
            DataError: No steps, NaN or infinity, or another number of dimensions than `names`.
        """
        chunks = [actions] if isinstance(actions, np.ndarray) else list(actions)
        chunks = [_checked(chunk, tuple(names), "actions to fit") for chunk in chunks]
        steps = np.concatenate(chunks) if chunks else np.empty((0, len(names)))
        if not len(steps):
            raise DataError("statistics need at least one step; the demonstration set is empty")
        q01, q99 = np.quantile(steps, [0.01, 0.99], axis=0)
        rows = dict(q01=q01, q99=q99, mean=steps.mean(0), std=steps.std(0), min=steps.min(0), max=steps.max(0))
        return cls(
            names=tuple(names),
            mask=tuple(bool(flag) for flag in mask),
            gripper_polarity=gripper_polarity,
            bounds=bounds,
            num_steps=len(steps),
            num_episodes=len(chunks),
            **{name: tuple(row.tolist()) for name, row in rows.items()},
        )

    def require_same_robot(self, names: Sequence[str], gripper_polarity: str | None = None) -> None:
        """Refuses data of a robot with other dimensions, or with the other gripper sign.

        Raises:
            DataError: Names the dimensions of both.
        """
        if tuple(names) != self.names:
            raise DataError(
                f"statistics of another robot: they describe {_listed(self.names)}, "
                f"the data {_listed(names)}; use statistics fitted on these demonstrations"
            )
        if gripper_polarity is not None and gripper_polarity != self.gripper_polarity:
            raise DataError(
                f"statistics with the gripper '{self.gripper_polarity}', the data have '{gripper_polarity}'; "
                "convert the data or fit the statistics again"
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for a checkpoint."""
        return config.to_dict(self)

    @classmethod
    def from_dict(cls, data: Any, source: str = "action statistics") -> "ActionStatistics":
        """Reads `to_dict` strictly: DataError on unknown, missing, ill-typed or inconsistent entries."""
        return config.from_dict(data, cls, source, error=DataError)

    def save(self, path: Path | str) -> None:
        """Writes JSON, whole or not at all."""
        config.dump_json(self, path)

    @classmethod
    def load(cls, path: Path | str) -> "ActionStatistics":
        """Reads a file that `save` wrote; DataError if it is anything else."""
        return config.load(path, cls, error=DataError)


def normalise(actions: Float[np.ndarray, "*batch d"], statistics: ActionStatistics) -> Float[np.ndarray, "*batch d"]:
    """Maps robot units to [-1, 1]: `2 (x - q01) / (q99 - q01 + 1e-8) - 1`, clipped (or min and max, see `bounds`).

    Unmasked dimensions are only clipped. A dimension whose percentiles coincide carries no information: it
    becomes 0, and `denormalise` answers q01.

    Args:
        actions: Any float type, d dimensions last.
        statistics: Of the same robot.

    Returns:
        float64, same shape.

    Raises:
        DataError: NaN or infinity, or another number of dimensions than the statistics'.
    """
    actions = _checked(actions, statistics.names, "actions")
    low, high, mask = _ranges(statistics)
    scaled = np.where(high > low, 2 * (actions - low) / (high - low + _EPSILON) - 1, 0.0)
    return np.clip(np.where(mask, scaled, actions), -1.0, 1.0)


def denormalise(values: Float[np.ndarray, "*batch d"], statistics: ActionStatistics) -> Float[np.ndarray, "*batch d"]:
    """Inverse of `normalise` for actions within the percentiles: [-1, 1] to robot units, float64.

    Raises:
        DataError: NaN or infinity, or another number of dimensions than the statistics'.
    """
    values = _checked(values, statistics.names, "normalised actions")
    low, high, mask = _ranges(statistics)
    scaled = np.where(high > low, (values + 1) / 2 * (high - low + _EPSILON) + low, low)
    return np.where(mask, scaled, values)


def clipped_share(actions: Float[np.ndarray, "*batch d"], statistics: ActionStatistics) -> dict[str, float]:
    """Share of values per dimension that `normalise` clips: about 0.02 on the data that were fitted.

    A much larger share means statistics of other demonstrations, or a robot that moves in other units.
    """
    actions = _checked(actions, statistics.names, "actions")
    low, high, mask = _ranges(statistics)
    low, high = np.where(mask, low, -1.0), np.where(mask, high, 1.0)
    outside = (actions < low) | (actions > high)
    return dict(zip(statistics.names, outside.reshape(-1, statistics.num_dims).mean(0).tolist(), strict=True))


def _ranges(statistics: ActionStatistics) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What becomes -1 and +1 in every dimension, and the mask."""
    exact = statistics.bounds == "min_max"
    low = np.array(statistics.min if exact else statistics.q01)
    high = np.array(statistics.max if exact else statistics.q99)
    return low, high, np.array(statistics.mask)


def _checked(values: Any, names: tuple[str, ...], what: str) -> np.ndarray:
    """Float64 with `len(names)` finite numbers in the last axis, or DataError."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim == 0 or values.shape[-1] != len(names):
        raise DataError(
            f"{what} have shape {values.shape}, but the last axis must be {len(names)} wide: "
            f"{_listed(names)}; are they of another robot?"
        )
    if not np.isfinite(values).all():
        bad = sorted({names[dim] for dim in np.argwhere(~np.isfinite(values))[:, -1]}, key=names.index)
        raise DataError(f"{what} hold NaN or infinity in {_listed(bad)}; drop or repair the damaged episode")
    return values


def _listed(names: Iterable[str]) -> str:
    return f"({', '.join(names)})"
