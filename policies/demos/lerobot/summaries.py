"""The statistics that LeRobot keeps of every feature, per episode and per set."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from jaxtyping import Float, UInt8

Summary = dict[str, list]
"""`min`, `max`, `mean`, `std`, `count` and, of numbers, `q01` … `q99`, as nested lists."""

QUANTILES = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}
FRAMES = 8
"""Pictures of an episode that are looked at, first and last included; LeRobot samples as well."""


def of_numbers(values: Float[np.ndarray, "t n"]) -> Summary:
    """Exact statistics of a vector feature."""
    rows = {"min": values.min(0), "max": values.max(0), "mean": values.mean(0), "std": values.std(0)}
    rows |= {name: np.quantile(values, level, axis=0) for name, level in QUANTILES.items()}
    return {name: np.asarray(row, np.float64).tolist() for name, row in rows.items()} | {"count": [len(values)]}


def of_pictures(pictures: UInt8[np.ndarray, "t h w 3"]) -> Summary:
    """Statistics of a few pictures, per channel in [0, 1], shaped (3, 1, 1) as LeRobot has them."""
    chosen = np.unique(np.linspace(0, len(pictures) - 1, FRAMES).round().astype(int))
    values = pictures[chosen].reshape(-1, 3).astype(np.float64) / 255
    rows = {"min": values.min(0), "max": values.max(0), "mean": values.mean(0), "std": values.std(0)}
    return {name: row.reshape(3, 1, 1).tolist() for name, row in rows.items()} | {"count": [len(chosen)]}


def join(summaries: Iterable[Mapping[str, Sequence]]) -> Summary:
    """Statistics of a set from those of its episodes; quantiles cannot be joined and are left out."""
    parts = list(summaries)
    counts = np.array([part["count"][0] for part in parts], np.float64)
    weights = (counts / counts.sum()).reshape(-1, 1, 1, 1)
    means, stds = (np.array([part[name] for part in parts], np.float64) for name in ("mean", "std"))
    mean = (weights * means).sum(0)
    variance = (weights * (stds**2 + (means - mean) ** 2)).sum(0)
    return {
        "min": np.min([part["min"] for part in parts], axis=0).tolist(),
        "max": np.max([part["max"] for part in parts], axis=0).tolist(),
        "mean": mean.tolist(),
        "std": np.sqrt(variance).tolist(),
        "count": [int(counts.sum())],
    }
