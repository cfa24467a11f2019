"""The one object that turns actions into token ids and back, for training labels and for decoding alike."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from action_tokenizer.grid import Grid
from action_tokenizer.statistics import ActionStatistics, clipped_share, denormalise, normalise
from action_tokenizer.vocabulary import Vocabulary
from vst_robot import config
from vst_robot.errors import DataError


@dataclass(frozen=True, kw_only=True)
class ActionCodec:
    """Statistics, grid and vocabulary of one checkpoint: actions ⇄ normalised values ⇄ bins ⇄ token ids.

    A second instance, with statistics whose mask is all True, encodes proprioception.

    Attributes:
        statistics: Ranges and names of the dimensions.
        grid: Which 256 bins.
        vocabulary: Which 256 token ids.
        binarise_gripper: Whether decoded unmasked dimensions snap to the smaller or larger of their two
            recorded values, whichever is nearer, instead of staying at a bin's centre (0.996 would never be
            +1).
    """

    statistics: ActionStatistics
    grid: Grid
    vocabulary: Vocabulary
    binarise_gripper: bool = True

    @property
    def num_dims(self) -> int:
        """Tokens per action."""
        return self.statistics.num_dims

    def encode(self, actions: Float[np.ndarray, "*batch d"]) -> Int[np.ndarray, "*batch d"]:
        """Actions in robot units to token ids, int64, one per dimension.

        Raises:
            DataError: NaN or infinity, or another number of dimensions than the statistics'.
        """
        return self.vocabulary.encode(self.grid.encode(normalise(actions, self.statistics)))

    def decode(self, ids: Int[np.ndarray, "*batch d"]) -> Float[np.ndarray, "*batch d"]:
        """Token ids to actions in robot units, float64.

        Raises:
            DataError: An id that is no action token, or another number of dimensions than the statistics'.
        """
        actions = denormalise(self.grid.decode(self.vocabulary.decode(ids)), self.statistics)
        return self._snapped(actions) if self.binarise_gripper else actions

    def clipped_share(self, actions: Float[np.ndarray, "*batch d"]) -> dict[str, float]:
        """Share of values per dimension that encoding clips; see `statistics.clipped_share`."""
        return clipped_share(actions, self.statistics)

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for a checkpoint's JSON."""
        return config.to_dict(self)

    @classmethod
    def from_dict(cls, data: Any, source: str = "action codec") -> "ActionCodec":
        """Reads `to_dict` strictly: DataError on unknown, missing, ill-typed or inconsistent entries."""
        return config.from_dict(data, cls, source, error=DataError)

    def fingerprint(self) -> str:
        """16 hexadecimal digits that change with anything that changes a label."""
        canonical = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def _snapped(self, actions: np.ndarray) -> np.ndarray:
        # What was recorded is clipped, as normalise() clips it.
        low, high = np.clip([self.statistics.min, self.statistics.max], -1.0, 1.0)
        nearest = np.where(actions > (low + high) / 2, high, low)
        return np.where(self.statistics.mask, actions, nearest)
