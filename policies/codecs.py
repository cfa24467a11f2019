"""The codecs of a new policy: fitted on its demonstrations, bound to its tokenizer."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float

from action_tokenizer import (
    ACTION_TOKENS,
    ActionCodec,
    ActionStatistics,
    AddedTokens,
    Grid,
    LastTokens,
    Robot,
    Vocabulary,
    bin_features,
)
from action_tokenizer.robot import NO_SWITCHES
from policies.config import PolicyConfig
from policies.proprioception import select
from spatial_pretrain.model import Backbone
from spatial_pretrain.vocabulary import add_tokens
from vst_robot.errors import DataError

FEATURE_WIDTH = 16
_ROUNDING = 1e-6


def add_action_tokens(backbone: Backbone, policy: PolicyConfig) -> Vocabulary:
    """Gives the backbone its action tokens, unless it has them, and says which ids they are.

    The rows of added tokens start as the mean of the existing rows plus a smooth code of the bin's centre, so that
    neighbouring bins begin alike (`action_tokenizer.vocabulary`).
    """
    tokenizer = backbone.processor.tokenizer
    if policy.actions.vocabulary == "last":
        return LastTokens(len(tokenizer))
    if ACTION_TOKENS[0] not in tokenizer.get_vocab():
        add_tokens(backbone.model, backbone.processor, ACTION_TOKENS, bin_features(len(ACTION_TOKENS), FEATURE_WIDTH))
    return AddedTokens.from_tokenizer(tokenizer)


def fit_action_codec(
    actions: Iterable[Float[np.ndarray, "t d"]], vocabulary: Vocabulary, policy: PolicyConfig, robot: Robot
) -> ActionCodec:
    """Fits the action ranges on demonstrations, an array per episode.

    Raises:
        DataError: A binary dimension leaves [-1, 1], where it would be clipped.
    """
    statistics = ActionStatistics.fit(
        actions,
        names=robot.actions,
        mask=robot.mask,
        gripper_polarity=robot.polarity,
        bounds=policy.actions.bounds,
    )
    _check_switches(statistics)
    return ActionCodec(statistics=statistics, grid=Grid(policy.actions.grid), vocabulary=vocabulary)


def fit_proprio_codec(
    proprio: Iterable[Float[np.ndarray, "t p"]], vocabulary: Vocabulary, policy: PolicyConfig, robot: Robot
) -> ActionCodec | None:
    """Fits the ranges of the proprioceptive numbers that the prompt carries; None if it carries none.

    The tokens are those of the actions: 256 ordered values, told apart from actions by their place.
    """
    names = policy.prompt.proprio
    if not names:
        return None
    statistics = ActionStatistics.fit(
        [select(episode, names, robot) for episode in proprio],
        names=names,
        mask=[True] * len(names),
        gripper_polarity=NO_SWITCHES,
    )
    return ActionCodec(statistics=statistics, grid=Grid(policy.actions.grid), vocabulary=vocabulary)


def _check_switches(statistics: ActionStatistics) -> None:
    rows = zip(statistics.names, statistics.mask, statistics.min, statistics.max, strict=True)
    for name, normalised, low, high in rows:
        if not normalised and max(-low, high) > 1 + _ROUNDING:
            raise DataError(
                f"the binary action dimension '{name}' reaches from {low:.4g} to {high:.4g}, which does not fit into "
                "[-1, 1]; leave it out of the binary ones, so that it is normalised"
            )
