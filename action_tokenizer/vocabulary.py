"""From bins to token ids of a language model and back.

`AddedTokens` appends 256 special tokens to the tokenizer, which is the way of the VST paper: each is atomic
and owns nothing but its bin. `LastTokens` reuses the last 256 ids, OpenVLA's way for Llama: id = vocabulary
size - d for d = bin + 1, so ids *descend* with the bin. (VST's later release mixes the two: added tokens in
descending order, which is `LastTokens(len(tokenizer))`.) Text never stands in between: Qwen's BPE does not
give a last id back once it has been text (openvla issue 246).

**New embedding rows.** An added row starts as the mean of the existing rows plus `bin_features` of its bin,
scaled to the existing rows' spread, so that neighbouring bins begin as near neighbours instead of 256
unrelated symbols, and the model need not learn from data that bin 100 lies between 99 and 101.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from action_tokenizer.grid import NUM_BINS
from vst_robot.errors import DataError

ACTION_TOKENS = tuple(f"<|action_{i:03d}|>" for i in range(NUM_BINS))
"""The added tokens, in ascending bin order."""


@runtime_checkable
class Tokenizer(Protocol):
    """The part of a Hugging Face tokenizer that is needed here."""

    def convert_tokens_to_ids(self, tokens: list[str]) -> Any:
        """Ids of whole tokens; None or the unknown id where there is no such token."""
        ...

    def encode(self, text: str, *, add_special_tokens: bool) -> Sequence[int]:
        """Ids of a text."""
        ...


@dataclass(frozen=True)
class AddedTokens:
    """256 added special tokens with consecutive ids, ascending with the bin.

    Attributes:
        first_id: Id of ``<|action_000|>``.
    """

    first_id: int
    kind: Literal["added_tokens"] = field(default="added_tokens", kw_only=True)

    def __post_init__(self) -> None:
        if self.first_id < 0:
            raise DataError(f"first_id must not be negative, got {self.first_id}")

    @classmethod
    def from_tokenizer(cls, tokenizer: Tokenizer) -> "AddedTokens":
        """Reads the ids from a tokenizer to which `ACTION_TOKENS` were added.

        Raises:
            DataError: A token is missing, is split into pieces, or the ids are not consecutive.
        """
        ids = list(tokenizer.convert_tokens_to_ids(list(ACTION_TOKENS)))
        pieces = list(tokenizer.encode("".join(ACTION_TOKENS), add_special_tokens=False))
        if None in ids or pieces != ids:
            raise DataError(
                f"the tokenizer does not know {ACTION_TOKENS[0]} … {ACTION_TOKENS[-1]} as whole tokens; "
                "add ACTION_TOKENS as special tokens first"
            )
        if ids != list(range(ids[0], ids[0] + NUM_BINS)):
            raise DataError("the action tokens' ids are not consecutive and ascending; add ACTION_TOKENS in one call")
        return cls(int(ids[0]))

    def ids(self) -> Int[np.ndarray, "256"]:
        """The 256 ids in bin order, for constrained decoding."""
        return np.arange(self.first_id, self.first_id + NUM_BINS)

    def encode(self, bins: Int[np.ndarray, "*shape"]) -> Int[np.ndarray, "*shape"]:
        """Bins 0…255 to token ids, int64; DataError on any other bin."""
        return _looked_up(bins, self.ids())

    def decode(self, ids: Int[np.ndarray, "*shape"]) -> Int[np.ndarray, "*shape"]:
        """Token ids to bins 0…255, int64; DataError on an id that is no action token."""
        return _in_range(np.asarray(ids, dtype=np.int64) - self.first_id, ids)


@dataclass(frozen=True)
class LastTokens:
    """The last 256 ids of a vocabulary, descending with the bin (OpenVLA).

    Attributes:
        vocab_size: Size that the ids are counted back from: the tokenizer's (Llama: 32000), not the padded
            embedding's.
    """

    vocab_size: int
    kind: Literal["last_tokens"] = field(default="last_tokens", kw_only=True)

    def __post_init__(self) -> None:
        if self.vocab_size < NUM_BINS:
            raise DataError(f"vocab_size must be at least {NUM_BINS}, got {self.vocab_size}")

    def ids(self) -> Int[np.ndarray, "256"]:
        """The 256 ids in bin order, for constrained decoding."""
        return np.arange(self.vocab_size - 1, self.vocab_size - 1 - NUM_BINS, -1)

    def encode(self, bins: Int[np.ndarray, "*shape"]) -> Int[np.ndarray, "*shape"]:
        """Bins 0…255 to token ids, int64; DataError on any other bin."""
        return _looked_up(bins, self.ids())

    def decode(self, ids: Int[np.ndarray, "*shape"]) -> Int[np.ndarray, "*shape"]:
        """Token ids to bins 0…255, int64; DataError on an id that is no action token."""
        return _in_range(self.vocab_size - 1 - np.asarray(ids, dtype=np.int64), ids)


Vocabulary = AddedTokens | LastTokens


def bin_features(num_bins: int, width: int, seed: int = 0) -> Float[np.ndarray, "num_bins width"]:
    """A smooth random Fourier code of the bin centres, float64, deterministic in its arguments.

    Feature j of bin i is cos(2π f_j x_i + φ_j) with x_i = (i + 0.5) / num_bins, f_j log-uniform between a
    quarter and num_bins / 16 periods over the range, φ_j uniform; then every feature is divided by its root
    mean square over the bins, so that it is 1. The low frequencies say where in the range a bin lies, the
    high ones tell neighbours apart.
    """
    rng = np.random.default_rng(seed)
    frequency = np.exp(rng.uniform(np.log(0.25), np.log(max(num_bins / 16, 0.5)), width))
    phase = rng.uniform(0, 2 * np.pi, width)
    centre = (np.arange(num_bins) + 0.5) / num_bins
    features = np.cos(2 * np.pi * frequency * centre[:, None] + phase)
    return features / np.sqrt(np.mean(features**2, axis=0))


def _looked_up(bins: Any, ids: np.ndarray) -> np.ndarray:
    return ids[_in_range(np.asarray(bins, dtype=np.int64), bins, "bin")]


def _in_range(bins: np.ndarray, given: Any, what: str = "action token id") -> np.ndarray:
    foreign = (bins < 0) | (bins >= NUM_BINS)
    if foreign.any():
        raise DataError(f"{np.asarray(given)[foreign].flat[0]} is no {what}; restrict decoding to Vocabulary.ids()")
    return bins
