"""The same loss as the stock forward, with fewer operations: for nano models on a CPU.

Reads the weights of an ordinary `Qwen2_5_VLForConditionalGeneration`; gradients arrive there as usual. What is saved:
norm scales are folded into the next matrix, projections of one input are one product, the repeated frames of still
pictures are added up in the kernel instead of the picture, all pictures go through the vision tower as one batch, and
the last layer and the vocabulary are computed only where there is a label.

Models and their modules are typed `Any` here: to a type checker, transformers' submodules are `Module | Tensor`.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import nn
from torch.nn import functional
from transformers import Qwen2_5_VLForConditionalGeneration
from transformers.vision_utils import get_vision_position_ids

from spatial_pretrain.lean_ops import GatedSilu, Normalise, RotaryAttention, Rotation
from spatial_pretrain.objective import shifted, token_loss
from spatial_pretrain.samples import IGNORED


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The positions whose outputs are wanted, the same number in every row.

    Attributes:
        columns: (b, k) positions in the row; rows with fewer repeat one of theirs.
        targets: (b, k) what is to be predicted there, `IGNORED` for repeats.
        weights: (b, k) loss weights, or None.
    """

    columns: Int64[torch.Tensor, "b k"]
    targets: Int64[torch.Tensor, "b k"]
    weights: Float[torch.Tensor, "b k"] | None


def why_not_lean(model: Any) -> str | None:
    """Returns what about the model the lean forward cannot do, or None."""
    if type(model) is not Qwen2_5_VLForConditionalGeneration:
        return f"{type(model).__name__} is not a plain Qwen2.5-VL"
    if any(parameter.device.type != "cpu" for parameter in model.parameters()):
        return "the model is not on the CPU"
    if any(type(module) is not nn.Linear for module in _projections(model)):
        return "its projections are wrapped"
    text, vision = _configs(model)
    if len(set(vision.fullatt_block_indexes)) < vision.depth:
        return "its vision tower attends in windows"
    if {text.hidden_act, vision.hidden_act} != {"silu"}:
        return "its activation is not silu"
    if text.sliding_window or text.attention_dropout:
        return "it uses sliding windows or dropout"
    return None


def _configs(model: Any) -> tuple[Any, Any]:
    return model.config.text_config, model.config.vision_config


def fits_lean(batch: dict[str, Any]) -> bool:
    """Whether a batch is one sample per row, padded on the right, with still pictures of one size."""
    grid = batch.get("image_grid_thw")
    if grid is None or "attention_mask" in batch or "cu_seq_lens_q" in batch:
        return False
    return bool((grid == grid[0]).all()) and int(grid[0, 0]) == 1


def lean_loss(
    model: Any,
    batch: dict[str, Any],
    count: torch.Tensor | int | None = None,
    dtype: torch.dtype = torch.float32,
) -> Float[torch.Tensor, ""]:
    """Computes Eq. 1 for a batch of the `BatchCollator`; see `objective.supervised_loss`.

    Args:
        model: One that `why_not_lean` has nothing against.
        batch: One that `fits_lean`.
        count: Divisor; None: the labelled tokens of this batch.
        dtype: Type of activations and products; the weights keep theirs.
    """
    chosen = choose(batch["labels"], batch.get("loss_weights"))
    hidden = text_states(model, _embed(model, batch, dtype), batch["position_ids"], chosen.columns)
    logits = hidden.flatten(0, 1) @ model.lm_head.weight.to(dtype).T
    weights = None if chosen.weights is None else chosen.weights.flatten()
    return token_loss(logits, chosen.targets.flatten(), weights, count)


def choose(labels: Int64[torch.Tensor, "b n"], weights: Float[torch.Tensor, "b n"] | None) -> Chosen:
    """Finds the positions that predict a label."""
    targets, weights = shifted(labels, weights)
    labelled = targets != IGNORED
    most = max(int(labelled.sum(dim=1).max()), 1)
    columns = labelled.to(torch.int8).argsort(dim=1, descending=True, stable=True)[:, :most]
    kept = None if weights is None else weights.gather(1, columns)
    return Chosen(columns=columns, targets=targets.gather(1, columns), weights=kept)


def vision_features(
    model: Any,
    pixel_values: Float[torch.Tensor, "patches width"],
    grid: Int64[torch.Tensor, "pictures 3"],
    dtype: torch.dtype,
) -> Float[torch.Tensor, "tokens width"]:
    """Runs the vision tower over still pictures of one size."""
    tower = model.model.visual
    states = _patch_embedding(tower, pixel_values, dtype).unflatten(0, (len(grid), -1))
    head_width = tower.config.hidden_size // tower.config.num_heads
    position = get_vision_position_ids(grid[:1], tower.spatial_merge_size)
    keys = _rotation(tower.rotary_pos_emb(states, position), dtype)
    queries = _scaled(keys, head_width)
    for block in tower.blocks:
        qkv = functional.linear(_norm(states, block.norm1), *_folded(block.norm1, [block.attn.qkv], dtype))
        query, key_value = qkv.split([qkv.shape[-1] // 3, qkv.shape[-1] // 3 * 2], dim=-1)
        mixed = RotaryAttention.apply(query, key_value, queries, keys, None, head_width)
        states = states + functional.linear(mixed, *_cast(block.attn.proj, dtype))
        states = states + _mlp(states, block.norm2, block.mlp, dtype)
    merger = tower.merger
    merged = (_norm(states, merger.ln_q) * merger.ln_q.weight.to(dtype)).view(-1, merger.hidden_size)
    inner = functional.gelu(functional.linear(merged, *_cast(merger.mlp[0], dtype)))
    return functional.linear(inner, *_cast(merger.mlp[2], dtype))


def text_states(
    model: Any,
    states: Float[torch.Tensor, "b n width"],
    position_ids: Int64[torch.Tensor, "3 b n"],
    columns: Int64[torch.Tensor, "b k"],
) -> Float[torch.Tensor, "b k width"]:
    """Runs the language model and returns its normalised states at the wanted positions."""
    language, dtype = model.model.language_model, states.dtype
    head_width = language.layers[0].self_attn.head_dim
    keys = _rotation(language.rotary_emb(states, position_ids), dtype)
    queries = _scaled(keys, head_width)
    order = torch.arange(states.shape[1])
    mask = _causal_mask(order[None], states.shape[1])
    for layer in language.layers[:-1]:
        states = _decoder_layer(layer, states, states, queries, keys, mask)
    wanted = _take(states, columns)
    rotation = (_take(queries[0], columns), _take(queries[1], columns))
    mask = _causal_mask(columns, states.shape[1])
    wanted = _decoder_layer(language.layers[-1], wanted, states, rotation, keys, mask)
    return _norm(wanted, language.norm) * language.norm.weight.to(dtype)


def _decoder_layer(
    layer: Any,
    wanted: Float[torch.Tensor, "b k width"],
    states: Float[torch.Tensor, "b n width"],
    queries: Rotation,
    keys: Rotation,
    mask: Float[torch.Tensor, "b_or_1 k n"],
) -> Float[torch.Tensor, "b k width"]:
    """One layer: `wanted` are the positions to compute, a part or all of `states`."""
    attention, norm, dtype = layer.self_attn, layer.input_layernorm, states.dtype
    normal = _norm(states, norm)
    kv = [attention.k_proj, attention.v_proj]
    if wanted is states:
        both = functional.linear(normal, *_folded(norm, [attention.q_proj, *kv], dtype))
        query, key_value = both.split([attention.q_proj.out_features, 2 * kv[0].out_features], dim=-1)
    else:
        query = functional.linear(_norm(wanted, norm), *_folded(norm, [attention.q_proj], dtype))
        key_value = functional.linear(normal, *_folded(norm, kv, dtype))
    mixed = RotaryAttention.apply(query, key_value, queries, keys, mask, attention.head_dim)
    wanted = wanted + functional.linear(mixed, attention.o_proj.weight.to(dtype))
    return wanted + _mlp(wanted, layer.post_attention_layernorm, layer.mlp, dtype)


def _mlp(states: torch.Tensor, norm: Any, mlp: Any, dtype: torch.dtype) -> torch.Tensor:
    """Gated MLP with its norm."""
    both = functional.linear(_norm(states, norm), *_folded(norm, [mlp.gate_proj, mlp.up_proj], dtype))
    return functional.linear(GatedSilu.apply(both), *_cast(mlp.down_proj, dtype))


def _embed(model: Any, batch: dict[str, Any], dtype: torch.dtype) -> Float[torch.Tensor, "b n width"]:
    """Token embeddings with picture features in place of image tokens."""
    ids = batch["input_ids"]
    features = vision_features(model, batch["pixel_values"], batch["image_grid_thw"], dtype)
    embedded = model.get_input_embeddings()(ids).to(dtype)
    places = (ids == model.config.image_token_id).flatten().nonzero().flatten()
    return embedded.flatten(0, 1).index_copy(0, places, features).view(embedded.shape)


def _patch_embedding(tower: Any, pixel_values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """One product; for patches without repeated frames the kernel's frames are added up."""
    kernel = tower.patch_embed.proj.weight
    if pixel_values.shape[1] < kernel[0].numel():
        kernel = kernel.sum(dim=2)
    return pixel_values.to(dtype) @ kernel.flatten(1).to(dtype).T


def _norm(states: torch.Tensor, norm: Any) -> torch.Tensor:
    return Normalise.apply(states, norm.variance_epsilon)


def _folded(norm: Any, projections: list[Any], dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Stacks projections of one normalised input, with the norm's scale in their columns."""
    weight = projections[0].weight if len(projections) == 1 else torch.cat([p.weight for p in projections])
    bias = None
    if projections[0].bias is not None:
        bias = torch.cat([p.bias for p in projections]).to(dtype)
    return (weight * norm.weight).to(dtype), bias


def _cast(linear: Any, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor | None]:
    return linear.weight.to(dtype), None if linear.bias is None else linear.bias.to(dtype)


def _rotation(cos_sin: tuple[torch.Tensor, torch.Tensor], dtype: torch.dtype) -> Rotation:
    """Keeps the first half of the angles; the model's tables repeat them for the second."""
    halves = [table.reshape(-1, *table.shape[-2:])[..., : table.shape[-1] // 2] for table in cos_sin]
    return halves[0].to(dtype).contiguous(), halves[1].to(dtype).contiguous()


def _scaled(rotation: Rotation, head_width: int) -> Rotation:
    return rotation[0] * head_width**-0.5, rotation[1] * head_width**-0.5


def _causal_mask(columns: Int64[torch.Tensor, "b k"], length: int) -> Float[torch.Tensor, "b k n"]:
    """Additive mask (b, k, n): position `columns[b, k]` sees itself and what is before it."""
    hidden = torch.arange(length) > columns[..., None]
    return torch.zeros(hidden.shape).masked_fill_(hidden, -torch.inf)


def _take(states: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """Picks positions per row; a table shared by all rows is expanded first."""
    states = states.expand(len(columns), -1, -1)
    return states.gather(1, columns[..., None].expand(-1, -1, states.shape[-1]))


def _projections(model: Any) -> list[Any]:
    """All modules whose weights are read directly."""
    text = [
        module
        for layer in model.model.language_model.layers
        for module in (*_attention_projections(layer.self_attn), *_mlp_projections(layer.mlp))
    ]
    vision = [
        module
        for block in model.model.visual.blocks
        for module in (block.attn.qkv, block.attn.proj, *_mlp_projections(block.mlp))
    ]
    return [*text, *vision, model.lm_head]


def _attention_projections(attention: Any) -> tuple[nn.Module, ...]:
    return attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj


def _mlp_projections(mlp: Any) -> tuple[nn.Module, ...]:
    return mlp.gate_proj, mlp.up_proj, mlp.down_proj
