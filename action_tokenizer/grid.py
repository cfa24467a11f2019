"""From numbers in [-1, 1] to one of 256 bins and back.

Two grids are in use, and mixing them shifts every action, so the grid's name is saved in the checkpoint:

- `openvla`: 256 *edges* from -1 to +1 and the 255 midpoints as centres (`prismatic/vla/action_tokenizer.py`;
  the VST release copies it). The 256th bin holds exactly +1 and shares the last centre, so decoded values
  reach ±0.99608.
- `uniform`: 256 true bins of width 1/128 with centres (i + 0.5) / 128 - 1, so decoded values reach ±0.99609.

Both are two tables, left edges and centres, and share all code. Bins ascend: 0 is the most negative.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from vst_robot.errors import DataError

NUM_BINS = 256


@dataclass(frozen=True)
class Grid:
    """256 bins over [-1, 1].

    Attributes:
        kind: Which table; see the module's docstring.
    """

    kind: Literal["openvla", "uniform"] = "openvla"

    @cached_property
    def left_edges(self) -> Float[np.ndarray, "256"]:
        """Where each bin begins; a bin contains its left edge."""
        if self.kind == "openvla":
            return np.linspace(-1.0, 1.0, NUM_BINS)
        return np.arange(NUM_BINS) / (NUM_BINS // 2) - 1

    @cached_property
    def centres(self) -> Float[np.ndarray, "256"]:
        """What each bin decodes to."""
        if self.kind == "openvla":
            midpoints = (self.left_edges[:-1] + self.left_edges[1:]) / 2
            return np.append(midpoints, midpoints[-1])
        return (np.arange(NUM_BINS) + 0.5) / (NUM_BINS // 2) - 1

    @property
    def half_bin(self) -> float:
        """Largest round-trip error of a value in [-1, 1]."""
        return 1 / (NUM_BINS - 1) if self.kind == "openvla" else 1 / NUM_BINS

    def encode(self, values: Float[np.ndarray, "*shape"]) -> Int[np.ndarray, "*shape"]:
        """Values, clipped to [-1, 1], to bins 0…255 (OpenVLA's `digitize` gives the bin plus one).

        Raises:
            DataError: NaN.
        """
        values = np.asarray(values, dtype=np.float64)
        if np.isnan(values).any():
            raise DataError("NaN cannot be tokenised; drop or repair the damaged episode")
        return np.digitize(np.clip(values, -1.0, 1.0), self.left_edges).astype(np.int64) - 1

    def decode(self, bins: Int[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
        """Bins 0…255 to the centres of their intervals, float64.

        Raises:
            DataError: A bin outside 0…255.
        """
        bins = np.asarray(bins)
        if bins.size and (bins.min() < 0 or bins.max() >= NUM_BINS):
            raise DataError(f"bins must lie in 0…{NUM_BINS - 1}, got {bins.min()}…{bins.max()}")
        return self.centres[bins]
