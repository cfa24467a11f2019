"""Constrained decoding: a fixed number of tokens, each chosen from an allowed set.

Made for action tokens. A policy calls it for a batch of episodes at every step, so it does one prefill and cached
single-token steps, scores the allowed rows of the output layer only, and works on fixed shapes: what a row decodes to
does not depend on what stands in the other rows.
"""

import torch
from jaxtyping import Bool, Float, Int64
from transformers import DynamicCache, Qwen2_5_VLForConditionalGeneration

from spatial_pretrain.choices import Chooser, greedy
from spatial_pretrain.lean import why_not_lean
from spatial_pretrain.lean_decode import LeanDecoder
from spatial_pretrain.prompts import PromptBatch


class ConstrainedDecoder:
    """Decodes with one model; reads its weights once, so build a new one after training."""

    def __init__(self, model: Qwen2_5_VLForConditionalGeneration) -> None:
        """Takes the lean way where it can: a nano model in fp32 on a CPU."""
        self.model = model
        lean = why_not_lean(model) is None and model.dtype == torch.float32
        self._lean = LeanDecoder(model) if lean else None

    @property
    def is_lean(self) -> bool:
        """Whether it decodes in the lean way."""
        return self._lean is not None

    def __call__(
        self, prompts: PromptBatch, allowed_ids: Int64[torch.Tensor, " k"], tokens: int, choose: Chooser = greedy
    ) -> Int64[torch.Tensor, "b tokens"]:
        """Decodes exactly `tokens` tokens per prompt; see `decode`."""
        if self._lean is not None and prompts.has_equal_stills():
            return self._lean(prompts, allowed_ids, tokens, choose)
        return decode(self.model, prompts, allowed_ids, tokens, choose)


@torch.inference_mode()
def decode(
    model: Qwen2_5_VLForConditionalGeneration,
    prompts: PromptBatch,
    allowed_ids: Int64[torch.Tensor, " k"],
    tokens: int,
    choose: Chooser = greedy,
) -> Int64[torch.Tensor, "b tokens"]:
    """Decodes exactly `tokens` tokens per prompt, each one of `allowed_ids`.

    Args:
        model: In evaluation mode.
        prompts: On any device.
        allowed_ids: Token ids to choose from.
        tokens: How many to decode.
        choose: Which of the allowed ids, from their scores.

    Returns:
        Token ids on the CPU.
    """
    device = model.device
    prompts = prompts.to(device, model.dtype)
    allowed_ids = allowed_ids.to(device)
    head = model.lm_head.weight[allowed_ids]
    cache = DynamicCache(config=model.config.get_text_config())
    hidden = _prefill(model, prompts, cache)
    position = prompts.position_ids.amax(dim=(0, 2)) + 1
    seen = prompts.valid
    chosen: list[torch.Tensor] = []
    for step in range(tokens):
        chosen.append(allowed_ids[choose(hidden @ head.T)])
        if step + 1 < tokens:
            seen = torch.cat([seen, seen.new_ones(len(seen), 1)], dim=1)
            hidden = _advance(model, chosen[-1], position + step, seen, cache)
    return torch.stack(chosen, dim=1).cpu()


def _prefill(
    model: Qwen2_5_VLForConditionalGeneration, prompts: PromptBatch, cache: DynamicCache
) -> Float[torch.Tensor, "b width"]:
    """Runs the prompts through the model, fills the cache, and returns the last token's hidden states."""
    output = model.model(
        input_ids=prompts.input_ids,
        attention_mask=_mask(model, prompts.valid, prompts.valid.shape[1]),
        position_ids=prompts.position_ids,
        pixel_values=prompts.pixel_values,
        image_grid_thw=prompts.image_grid_thw,
        past_key_values=cache,
        use_cache=True,
    )
    return output.last_hidden_state[:, -1]


def _advance(
    model: Qwen2_5_VLForConditionalGeneration,
    token_ids: Int64[torch.Tensor, " b"],
    position: Int64[torch.Tensor, " b"],
    seen: Bool[torch.Tensor, "b n"],
    cache: DynamicCache,
) -> Float[torch.Tensor, "b width"]:
    """Feeds one token per row and returns its hidden states."""
    output = model.model.language_model(
        inputs_embeds=model.get_input_embeddings()(token_ids[:, None]),
        attention_mask=_mask(model, seen, 1),
        position_ids=position[None, :, None].expand(3, -1, 1),
        past_key_values=cache,
        use_cache=True,
    )
    return output.last_hidden_state[:, -1]


def _mask(model: Qwen2_5_VLForConditionalGeneration, seen: Bool[torch.Tensor, "b n"], queries: int) -> torch.Tensor:
    """The mask of the last `queries` of n tokens: additive for sdpa and eager, two-dimensional for flash kernels.

    A padding token sees itself, so that its row of the softmax is not empty.
    """
    if "flash" in str(model.config._attn_implementation):
        return seen.long()
    length = seen.shape[1]
    square = torch.ones(queries, length, dtype=torch.bool, device=seen.device)
    visible = square.tril(length - queries) & seen[:, None, :]
    visible |= ~square.tril(length - queries - 1) & square.tril(length - queries)
    mask = torch.zeros(visible.shape, dtype=model.dtype, device=seen.device)
    return mask.masked_fill_(~visible, torch.finfo(model.dtype).min)[:, None]
