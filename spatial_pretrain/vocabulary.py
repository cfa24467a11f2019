"""New words for a trained model: added tokens with a considered initial embedding."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from transformers import AddedToken, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from vst_robot.errors import InputError


def add_tokens(
    model: Qwen2_5_VLForConditionalGeneration,
    processor: Qwen2_5_VLProcessor,
    tokens: Sequence[str],
    features: Float[np.ndarray, "n k"] | None = None,
    *,
    spread: float = 1.0,
) -> list[int]:
    """Adds atomic special tokens and gives each an embedding, in place.

    A new row is the mean of the old rows plus its feature vector, scaled to the old rows' spread. Features that vary
    smoothly along the tokens make neighbouring bins start out alike. Output rows that are not tied to the embedding are
    set by the same rule.

    Args:
        model: Resized to the tokenizer's length where needed; rows beyond it are kept (the hub's models are padded).
        processor: Its tokenizer learns the tokens.
        tokens: Names, e.g. `<|action_000|>`; none may be known already.
        features: Wanted direction of each token, any width up to the model's; missing columns are zero. None: the
            plain mean for every token.
        spread: Size of the features relative to the standard deviation of the old rows.

    Returns:
        The new ids, in the order of `tokens`.

    Raises:
        InputError: A token exists already, or the features do not fit.
    """
    tokenizer = processor.tokenizer
    known = [token for token in tokens if token in tokenizer.get_vocab()]
    if known:
        raise InputError(f"token '{known[0]}' exists already: add tokens to a model once only")
    tokenizer.add_tokens([AddedToken(token, special=True, normalized=False) for token in tokens], special_tokens=True)
    ids = tokenizer.convert_tokens_to_ids(list(tokens))
    trained_rows = min(ids)
    if len(tokenizer) > _vocabulary_weights(model)[0].shape[0]:
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    for weight in _vocabulary_weights(model):
        _initialise_rows(weight, ids, trained_rows, features, spread)
    return ids


def _vocabulary_weights(model: Qwen2_5_VLForConditionalGeneration) -> list[torch.nn.Parameter]:
    """The embedding, and the output layer where it has weights of its own."""
    embedding: Any = model.get_input_embeddings()
    output: Any = model.get_output_embeddings()
    return [embedding.weight] if output.weight is embedding.weight else [embedding.weight, output.weight]


@torch.no_grad()
def _initialise_rows(
    weight: torch.nn.Parameter,
    ids: list[int],
    trained_rows: int,
    features: Float[np.ndarray, "n k"] | None,
    spread: float,
) -> None:
    """Writes mean + scaled features into the rows `ids`."""
    old = weight[:trained_rows].float()
    rows = old.mean(dim=0).repeat(len(ids), 1)
    if features is not None:
        rows += _scaled_features(features, len(ids), weight.shape[1], spread * old.std())
    weight[ids] = rows.to(weight)


def _scaled_features(
    features: Float[np.ndarray, "n k"], count: int, width: int, std: torch.Tensor
) -> Float[torch.Tensor, "n width"]:
    """Rotates the features into all of the model's dimensions and scales them to the wanted spread."""
    if features.shape[0] != count or features.shape[1] > width:
        raise InputError(f"features have shape {features.shape}, wanted ({count}, at most {width})")
    source = torch.as_tensor(np.asarray(features), dtype=torch.float32)
    directions = torch.randn(source.shape[1], width, generator=torch.Generator().manual_seed(0))
    spread_out = source @ directions
    return (spread_out / spread_out.std() * std).to(std.device)
