"""Prompts for decoding: padded on the left to one fixed length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64

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

    def has_equal_stills(self) -> bool:
        """Whether all pictures are still and of one size."""
        grid = self.image_grid_thw
        return grid is None or (bool((grid == grid[0]).all()) and int(grid[0, 0]) == 1)

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
