"""Eq. 1: token-weighted cross entropy, computed only where there is something to predict."""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import nn
from torch.nn import functional

from spatial_pretrain.pictures import repeat_frames
from spatial_pretrain.samples import IGNORED


def supervised_loss(model: nn.Module, batch: dict[str, Any], count: torch.Tensor | int | None = None) -> torch.Tensor:
    """Computes the loss of a batch through the model's own forward.

    The output layer runs only at positions that have a label in some row, which saves most of its cost.

    Args:
        model: A Qwen2.5-VL, possibly wrapped by accelerate or PEFT.
        batch: As the collators make it; `labels` and `loss_weights` are taken out of the forward's arguments.
        count: Number of labelled tokens to divide by: of the global batch over all devices and accumulation steps;
            None: of this batch.
    """
    inputs = {name: value for name, value in batch.items() if name not in ("labels", "loss_weights")}
    targets, weights = shifted(batch["labels"], batch.get("loss_weights"))
    columns = (targets != IGNORED).any(dim=0).nonzero().flatten()
    logits = model(**inputs, logits_to_keep=columns, use_cache=False).logits
    kept = None if weights is None else weights[:, columns].flatten()
    return token_loss(logits.flatten(0, 1), targets[:, columns].flatten(), kept, count)


def shifted(
    labels: Int64[torch.Tensor, "b n"], weights: Float[torch.Tensor, "b n"] | None
) -> tuple[Int64[torch.Tensor, "b n"], Float[torch.Tensor, "b n"] | None]:
    """Moves labels (and weights) one place to the left: to the position that predicts them."""
    targets = functional.pad(labels[:, 1:], (0, 1), value=IGNORED)
    return targets, None if weights is None else functional.pad(weights[:, 1:], (0, 1))


def token_loss(
    logits: Float[torch.Tensor, "n vocabulary"],
    targets: Int64[torch.Tensor, " n"],
    weights: Float[torch.Tensor, " n"] | None = None,
    count: torch.Tensor | int | None = None,
) -> Float[torch.Tensor, ""]:
    """Returns Σ wᵢ · (−log pᵢ) / count over the labelled positions.

    Args:
        logits: Unnormalised scores.
        targets: Token ids, `IGNORED` where there is nothing to predict.
        weights: wᵢ; None means 1. They do not change the divisor.
        count: Divisor; None: the number of labelled positions.
    """
    losses = functional.cross_entropy(logits.float(), targets, ignore_index=IGNORED, reduction="none")
    labelled: Bool[torch.Tensor, " n"] = targets != IGNORED
    total = losses.sum() if weights is None else (losses * weights).sum()
    return total / (labelled.sum() if count is None else count)


def with_all_frames(batch: dict[str, Any], vision_config: Any) -> dict[str, Any]:
    """Restores the repeated frames of still pictures that the collator left out."""
    values = batch.get("pixel_values")
    area = vision_config.patch_size**2
    if values is None or values.shape[1] != 3 * area or vision_config.temporal_patch_size == 1:
        return batch
    return batch | {"pixel_values": repeat_frames(values, area, vision_config.temporal_patch_size)}
