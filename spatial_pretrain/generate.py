"""Constrained greedy decoding: a fixed number of tokens, each the best of an allowed set.

Made for action tokens. A policy calls it for a batch of episodes at every step, so it does one prefill and cached
single-token steps, scores the allowed rows of the output layer only, and works on fixed shapes: what a row decodes to
does not depend on what stands in the other rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from transformers import DynamicCache, Qwen2_5_VLForConditionalGeneration

from spatial_pretrain.pictures import PictureEncoder
from spatial_pretrain.positions import RotaryPositions
from vst_robot.errors import InputError
from vst_robot.types import Picture


@dataclass(frozen=True, kw_only=True, eq=False)
class Prompt:
    """What the model reads before it answers: ids int64 (n,) with image tokens in place, and the fitted pictures."""

    input_ids: Int64[np.ndarray, " n"]
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class PromptBatch:
    """Prompts padded on the left to one length.

    Attributes:
        input_ids: (b, n), padding in front.
        position_ids: (3, b, n), zero in the padding.
        valid: (b, n), False in the padding.
        pixel_values: Patches of all pictures, None without pictures.
        image_grid_thw: (pictures, 3), None without pictures.
    """

    input_ids: Int64[torch.Tensor, "b n"]
    position_ids: Int64[torch.Tensor, "3 b n"]
    valid: Bool[torch.Tensor, "b n"]
    pixel_values: Float[torch.Tensor, "patches width"] | None = None
    image_grid_thw: Int64[torch.Tensor, "pictures 3"] | None = None

    def to(self, device: torch.device, dtype: torch.dtype) -> "PromptBatch":
        """Moves all tensors to a device; patches also take the model's type."""
        pixels = None if self.pixel_values is None else self.pixel_values.to(device, dtype)
        grid = None if self.image_grid_thw is None else self.image_grid_thw.to(device)
        return PromptBatch(
            input_ids=self.input_ids.to(device),
            position_ids=self.position_ids.to(device),
            valid=self.valid.to(device),
            pixel_values=pixels,
            image_grid_thw=grid,
        )


@dataclass(frozen=True, kw_only=True)
class PromptCollator:
    """Builds prompt batches of one fixed length.

    Attributes:
        encoder: Cuts pictures into patches.
        positions: Rotary positions of one prompt.
        pad_id: Token id of the padding.
        length: Tokens per row; a longer prompt is refused.
    """

    encoder: PictureEncoder
    positions: RotaryPositions
    pad_id: int
    length: int

    def __call__(self, prompts: Sequence[Prompt]) -> PromptBatch:
        """Pads on the left.

        Raises:
            InputError: A prompt is longer than `length`.
        """
        input_ids = torch.full((len(prompts), self.length), self.pad_id)
        position_ids = torch.zeros((3, len(prompts), self.length), dtype=torch.int64)
        valid = torch.zeros((len(prompts), self.length), dtype=torch.bool)
        for row, prompt in enumerate(prompts):
            start = self.length - len(prompt.input_ids)
            if start < 0:
                raise InputError(f"a prompt has {len(prompt.input_ids)} tokens, more than {self.length}")
            grid = self.encoder.grids([picture.shape[:2] for picture in prompt.pictures])
            input_ids[row, start:] = torch.from_numpy(prompt.input_ids)
            position_ids[:, row, start:] = self.positions(prompt.input_ids, grid)
            valid[row, start:] = True
        pictures = [picture for prompt in prompts for picture in prompt.pictures]
        pixels, grids = self.encoder.encode(pictures) if pictures else (None, None)
        return PromptBatch(
            input_ids=input_ids,
            position_ids=position_ids,
            valid=valid,
            pixel_values=pixels,
            image_grid_thw=grids,
        )


@torch.inference_mode()
def decode(
    model: Qwen2_5_VLForConditionalGeneration,
    prompts: PromptBatch,
    allowed_ids: Int64[torch.Tensor, " k"],
    tokens: int,
) -> Int64[torch.Tensor, "b tokens"]:
    """Decodes exactly `tokens` tokens per prompt, each the highest-scoring of `allowed_ids`.

    Args:
        model: In evaluation mode.
        prompts: On any device.
        allowed_ids: Token ids to choose from.
        tokens: How many to decode.

    Returns:
        Token ids on the CPU.
    """
    device = model.device
    prompts = prompts.to(device, model.dtype)
    allowed_ids = allowed_ids.to(device)
    head = model.get_output_embeddings().weight[allowed_ids]
    cache = DynamicCache(config=model.config.get_text_config())
    hidden = _prefill(model, prompts, cache)
    position = prompts.position_ids.amax(dim=(0, 2)) + 1
    seen = prompts.valid
    chosen: list[torch.Tensor] = []
    for step in range(tokens):
        chosen.append(allowed_ids[(hidden @ head.T).argmax(dim=-1)])
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


def _mask(
    model: Qwen2_5_VLForConditionalGeneration, seen: Bool[torch.Tensor, "b n"], queries: int
) -> torch.Tensor:
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
