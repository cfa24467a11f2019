"""How one of several allowed tokens is chosen from its scores."""

from collections.abc import Callable, Mapping

from jaxtyping import Float, Int64
from torch import Tensor

from spatial_pretrain.configs import Choice

Chooser = Callable[[Float[Tensor, "b k"]], Int64[Tensor, " b"]]
"""Scores of the allowed tokens, in their order, to an index into them."""


def greedy(scores: Float[Tensor, "b k"]) -> Int64[Tensor, " b"]:
    """The highest-scoring token: the mode."""
    return scores.argmax(dim=-1)


def median(scores: Float[Tensor, "b k"]) -> Int64[Tensor, " b"]:
    """The token at which half of the probability is reached. The tokens must stand for ordered values.

    Bins of one number are no unrelated symbols: where the model hesitates between a value that it knows exactly (a
    command that is 0 or at its limit) and a neighbourhood of values, the exact one wins the single bin although
    nearly all probability lies elsewhere. The median minimises the expected absolute error instead.
    """
    reached = scores.float().softmax(dim=-1).cumsum(dim=-1)
    return (reached < 0.5).sum(dim=-1).clamp(max=scores.shape[-1] - 1)


CHOOSERS: Mapping[Choice, Chooser] = {"greedy": greedy, "median": median}
