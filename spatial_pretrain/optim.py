"""Optimizer groups: language model, merger and vision tower, each with and without weight decay."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import torch
from torch import nn

Part = Literal["llm", "merger", "vit"]
PARTS: tuple[Part, ...] = ("llm", "merger", "vit")


def part_of(parameter_name: str) -> Part:
    """Tells which part of Qwen2.5-VL a parameter belongs to; understands the names that PEFT makes of them."""
    if ".visual.merger." in f".{parameter_name}":
        return "merger"
    return "vit" if ".visual." in f".{parameter_name}" else "llm"


def count_parameters(model: nn.Module) -> dict[Part, int]:
    """Counts the parameters of each part; tied weights once."""
    counts: dict[Part, int] = dict.fromkeys(PARTS, 0)
    for name, parameter in model.named_parameters():
        counts[part_of(name)] += parameter.numel()
    return counts


def learning_rates(rate: float, vit_rate: float | None, merger_with_vit: bool) -> dict[Part, float]:
    """Returns the rate of each part.

    Args:
        rate: Of the language model.
        vit_rate: Of the vision tower; None: the same.
        merger_with_vit: Whether the merger learns at the tower's rate, as in VST's release, where the group is
            every parameter named `visual`.
    """
    tower = rate if vit_rate is None else vit_rate
    return {"llm": rate, "merger": tower if merger_with_vit else rate, "vit": tower}


def parameter_groups(model: nn.Module, rates: Mapping[Part, float], weight_decay: float) -> list[dict[str, Any]]:
    """Builds AdamW's groups {part} × {decay, no decay}; empty ones are left out.

    Vectors (norms, biases) and embeddings are not decayed.

    Args:
        model: Only its trainable parameters are taken.
        rates: Learning rate of each part.
        weight_decay: Of the matrices.
    """
    groups: dict[tuple[Part, bool], list[nn.Parameter]] = {
        (part, decay): [] for part in PARTS for decay in (True, False)
    }
    for name, parameter in _trainable(model):
        decays = parameter.ndim >= 2 and "embed_tokens" not in name and "lm_head" not in name
        groups[part_of(name), decays].append(parameter)
    return [
        {
            "params": parameters,
            "lr": rates[part],
            "weight_decay": weight_decay if decays else 0.0,
            "name": f"{part}{'' if decays else '_no_decay'}",
        }
        for (part, decays), parameters in groups.items()
        if parameters
    ]


def freeze(model: nn.Module, parts: tuple[Part, ...]) -> None:
    """Stops training of whole parts."""
    for name, parameter in model.named_parameters():
        if part_of(name) in parts:
            parameter.requires_grad_(False)


def adamw(groups: list[dict[str, Any]], betas: tuple[float, float]) -> torch.optim.AdamW:
    """Builds AdamW with its fused kernel (available on CPU and CUDA alike)."""
    return torch.optim.AdamW(groups, betas=betas, fused=True)


def _trainable(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return ((name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad)
