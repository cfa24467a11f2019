"""Variable-length attention for machines without flash-attn, through transformers' attention interface.

Sequences laid end to end (packed samples; the pictures in the vision tower) attend within themselves, given their
cumulative lengths. On a GPU torch's own variable-length kernel does it; elsewhere sequences of equal length share one
sdpa call.

It goes by two names. transformers hands the vision tower's lengths only to implementations with "flash" in their name
(others get one call per picture or window), but refuses to select such a name unless flash-attn can be imported.
"""

import importlib.util
from typing import Any

import torch
from jaxtyping import Float, Int32
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, Qwen2_5_VLForConditionalGeneration
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

NAME = "varlen"
_TOWER_NAME = "flash_varlen"
TEXT_LENGTHS = ("cu_seq_lens_q", "cu_seq_lens_k", "max_length_q", "max_length_k")
"""Arguments of the model's forward that describe packed samples to variable-length kernels."""


def varlen_attention(
    module: torch.nn.Module,
    query: Float[torch.Tensor, "b h n d"],
    key: Float[torch.Tensor, "b g n d"],
    value: Float[torch.Tensor, "b g n d"],
    attention_mask: torch.Tensor | None,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    is_causal: bool | None = None,
    cu_seq_lens_q: Int32[torch.Tensor, " segments_1"] | None = None,
    **kwargs: Any,
) -> tuple[Float[torch.Tensor, "b n h d"], None]:
    """Attends within segments where lengths are given, otherwise as sdpa does.

    Args:
        module: The attention layer that calls.
        query: Rotated queries.
        key: Rotated keys; fewer heads than the queries where they are shared.
        value: Values.
        attention_mask: A mask takes precedence over lengths.
        scaling: Factor of the scores.
        dropout: Share of attention weights to drop.
        is_causal: Whether a token sees only what is before it; None: as the layer says.
        cu_seq_lens_q: Segment bounds in the flattened (b · n) sequence, starting with 0.
        kwargs: What other implementations want.
    """
    if attention_mask is not None or cu_seq_lens_q is None:
        return sdpa_attention_forward(
            module,
            query,
            key,
            value,
            attention_mask,
            dropout=dropout,
            scaling=scaling,
            is_causal=is_causal,
            **kwargs,
        )
    causal = bool(getattr(module, "is_causal", True) if is_causal is None else is_causal)
    q, k, v = (x.transpose(1, 2).flatten(0, 1) for x in (query, key, value))
    if _has_kernel(query) and not dropout:
        mixed = _torch_kernel(q, k, v, cu_seq_lens_q, scaling, causal)
    else:
        mixed = _by_length(q, k, v, cu_seq_lens_q, scaling, causal, dropout)
    return mixed.view(query.shape[0], -1, *mixed.shape[1:]), None


def use_attention(model: Qwen2_5_VLForConditionalGeneration, kernel: str) -> None:
    """Selects the attention implementation of a model's language model and vision tower.

    Args:
        model: Changed in place.
        kernel: `varlen` for this module's, or a name that transformers knows.
    """
    tower: Any = model.model.visual
    if _without_text_lengths not in tower._forward_pre_hooks.values():
        tower.register_forward_pre_hook(_without_text_lengths, with_kwargs=True)
    if kernel != NAME:
        model.set_attn_implementation(kernel)
        return
    for name in (NAME, _TOWER_NAME):
        AttentionInterface.register(name, varlen_attention)
        AttentionMaskInterface.register(name, sdpa_mask)
    model.set_attn_implementation(NAME)
    tower.config._attn_implementation = _TOWER_NAME


def _without_text_lengths(_: torch.nn.Module, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Keeps the packed samples' lengths from the vision tower, which has its own.

    Some versions of transformers (5.17 is one) pass them on, and a flash kernel then gets its lengths twice.
    """
    return args, {name: value for name, value in kwargs.items() if name not in TEXT_LENGTHS}


def _by_length(
    query: Float[torch.Tensor, "n h d"],
    key: Float[torch.Tensor, "n g d"],
    value: Float[torch.Tensor, "n g d"],
    bounds: Int32[torch.Tensor, " segments_1"],
    scaling: float | None,
    causal: bool,
    dropout: float,
) -> Float[torch.Tensor, "n h d"]:
    """One sdpa call per distinct segment length."""
    lengths = bounds.diff()
    distinct = lengths.unique().tolist()
    if len(distinct) == 1:
        return _batched(query, key, value, distinct[0], scaling, causal, dropout)
    mixed = torch.empty_like(query)
    for length in distinct:
        starts = bounds[:-1][lengths == length].long()
        places = (starts[:, None] + torch.arange(length, device=query.device)).flatten()
        part = _batched(query[places], key[places], value[places], length, scaling, causal, dropout)
        mixed = mixed.index_copy(0, places, part)
    return mixed


def _batched(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    length: int,
    scaling: float | None,
    causal: bool,
    dropout: float,
) -> Float[torch.Tensor, "n h d"]:
    """Attention within consecutive segments of one length."""
    split = [x.unflatten(0, (-1, length)).transpose(1, 2) for x in (query, key, value)]
    shared = query.shape[1] != key.shape[1]
    mixed = scaled_dot_product_attention(*split, dropout_p=dropout, is_causal=causal, scale=scaling, enable_gqa=shared)
    return mixed.transpose(1, 2).flatten(0, 1)


def _has_kernel(query: torch.Tensor) -> bool:
    """Whether torch's variable-length kernel takes these tensors (CUDA, half precision, torch 2.10 or later)."""
    if not query.is_cuda or query.dtype not in (torch.float16, torch.bfloat16):
        return False
    return importlib.util.find_spec("torch.nn.attention.varlen") is not None


def _torch_kernel(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    bounds: torch.Tensor,
    scaling: float | None,
    causal: bool,
) -> torch.Tensor:
    from torch.nn.attention.varlen import varlen_attn

    repeats = query.shape[1] // key.shape[1]
    key, value = (x.repeat_interleave(repeats, dim=1) for x in (key, value))
    longest = int(bounds.diff().max())
    window = (-1, 0 if causal else -1)
    mixed = varlen_attn(query, key, value, bounds, bounds, longest, longest, scale=scaling, window_size=window)
    return mixed[0] if isinstance(mixed, tuple) else mixed
