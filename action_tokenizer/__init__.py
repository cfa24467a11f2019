"""Numbers to tokens and back: statistics, bins, token ids, and the codec that joins them (numpy only)."""

from action_tokenizer.codec import ActionCodec
from action_tokenizer.grid import NUM_BINS, Grid
from action_tokenizer.robot import LIBERO, Robot
from action_tokenizer.statistics import (
    LIBERO_ACTION_MASK,
    LIBERO_ACTION_NAMES,
    LIBERO_GRIPPER,
    LIBERO_PROPRIO_NAMES,
    ActionStatistics,
    clipped_share,
    denormalise,
    normalise,
)
from action_tokenizer.vocabulary import ACTION_TOKENS, AddedTokens, LastTokens, Vocabulary, bin_features

__all__ = [
    "ACTION_TOKENS",
    "LIBERO",
    "LIBERO_ACTION_MASK",
    "LIBERO_ACTION_NAMES",
    "LIBERO_GRIPPER",
    "LIBERO_PROPRIO_NAMES",
    "NUM_BINS",
    "ActionCodec",
    "ActionStatistics",
    "AddedTokens",
    "Grid",
    "LastTokens",
    "Robot",
    "Vocabulary",
    "bin_features",
    "clipped_share",
    "denormalise",
    "normalise",
]
