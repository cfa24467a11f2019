"""Samples to batches: one sample per row with padding, or rows of several samples kept apart exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from jaxtyping import Bool, Float, Int64

from spatial_pretrain.pictures import PictureEncoder
from spatial_pretrain.positions import RotaryPositions
from spatial_pretrain.samples import IGNORED, Sample
from vst_robot.errors import DataError

Batch = dict[str, Any]
"""Keyword arguments of `Qwen2_5_VLForConditionalGeneration.forward`, and `loss_weights` where samples bring them."""

Isolation = Literal["mask", "lengths"]
"""How samples in one row are kept apart: an additive block mask (sdpa, eager) or cumulative lengths (flash kernels)."""


@dataclass(frozen=True, kw_only=True)
class BatchCollator:
    """One sample per row, padded on the right to the longest.

    No attention mask is needed: attention is causal, so padding at the end never reaches an earlier token, and its
    labels are ignored. That leaves the fastest kernels usable.

    Attributes:
        encoder: Cuts raw pictures into patches.
        positions: Rotary positions of one sample.
        pad_id: Token id of the padding.
        still: Emit patches without repeated frames (`PictureEncoder.encode`); the trainer restores them.
    """

    encoder: PictureEncoder
    positions: RotaryPositions
    pad_id: int
    still: bool = False

    def __call__(self, samples: Sequence[Sample]) -> Batch:
        """Returns `input_ids`, `labels` (b, n), `position_ids` (3, b, n) and the pictures."""
        grids = [picture_grids(sample, self.encoder) for sample in samples]
        batch = _pictures(samples, self.encoder, self.still)
        length = max(len(sample) for sample in samples)
        batch["input_ids"] = torch.full((len(samples), length), self.pad_id)
        batch["labels"] = torch.full((len(samples), length), IGNORED)
        batch["position_ids"] = position_ids = torch.zeros((3, len(samples), length), dtype=torch.int64)
        for row, (sample, grid) in enumerate(zip(samples, grids, strict=True)):
            _write(batch, sample, row, 0)
            position_ids[:, row, : len(sample)] = self.positions(sample.input_ids, grid)
        return batch


@dataclass(frozen=True, kw_only=True)
class RowCollator:
    """Several samples per row (see `packing.pack`), exactly as if each were alone.

    With `isolation="mask"` the batch has one row per packed row and an additive 4-D mask, which sdpa and eager
    attention both honour (a boolean one eager would add as numbers). With `"lengths"` all samples are laid end to
    end in a single row without padding, and the variable-length kernel gets their cumulative lengths. Never
    `position_ids` alone: transformers detects sequence starts in them only under conditions that training breaks.

    Attributes:
        encoder: Cuts raw pictures into patches.
        positions: Rotary positions of one sample, computed before concatenation.
        pad_id: Token id of the padding.
        isolation: `"mask"` or `"lengths"`.
        mask_dtype: Type of the additive mask; the model's.
        still: As in `BatchCollator`.
    """

    encoder: PictureEncoder
    positions: RotaryPositions
    pad_id: int
    isolation: Isolation = "mask"
    mask_dtype: torch.dtype = field(default=torch.float32)
    still: bool = False

    def __call__(self, rows: Sequence[Sequence[Sample]]) -> Batch:
        """Returns `input_ids`, `labels` (rows, n), `position_ids` (3, rows, n), the pictures and the isolation."""
        if self.isolation == "lengths":
            rows = [[sample for row in rows for sample in row]]
        batch = _pictures([sample for row in rows for sample in row], self.encoder, self.still)
        length = max(sum(len(sample) for sample in row) for row in rows)
        batch["input_ids"] = torch.full((len(rows), length), self.pad_id)
        batch["labels"] = torch.full((len(rows), length), IGNORED)
        batch["position_ids"] = torch.zeros((3, len(rows), length), dtype=torch.int64)
        owner = torch.full((len(rows), length), -1)
        for index, row in enumerate(rows):
            self._write_row(batch, owner[index], row, index)
        if self.isolation == "lengths":
            return batch | _cumulative_lengths([len(sample) for sample in rows[0]])
        return batch | {"attention_mask": block_mask(owner, self.mask_dtype)}

    def _write_row(self, batch: Batch, owner: torch.Tensor, row: Sequence[Sample], index: int) -> None:
        """Lays the samples of one row end to end; `owner` gets each token's sample number."""
        start = 0
        for number, sample in enumerate(row):
            end = start + len(sample)
            _write(batch, sample, index, start)
            grid = picture_grids(sample, self.encoder)
            batch["position_ids"][:, index, start:end] = self.positions(sample.input_ids, grid)
            owner[start:end] = number
            start = end


def picture_grids(sample: Sample, encoder: PictureEncoder) -> Int64[torch.Tensor, "pictures 3"]:
    """Returns frames, rows and columns of patches of each of the sample's pictures."""
    if sample.image_grid_thw is not None:
        return torch.from_numpy(sample.image_grid_thw)
    return encoder.grids([picture.shape[:2] for picture in sample.pictures])


def block_mask(owner: Int64[torch.Tensor, "rows n"], dtype: torch.dtype) -> Float[torch.Tensor, "rows 1 n n"]:
    """Builds the additive mask under which a token sees itself and earlier tokens of its own sample only.

    Args:
        owner: Sample number of each token; padding is -1 and sees padding (a row of nothing would give NaN).
        dtype: Floating-point type of the mask.
    """
    length = owner.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    visible: Bool[torch.Tensor, "rows n n"] = (owner[:, :, None] == owner[:, None, :]) & causal
    mask = torch.zeros(visible.shape, dtype=dtype).masked_fill_(~visible, torch.finfo(dtype).min)
    return mask[:, None]


def _cumulative_lengths(lengths: Sequence[int]) -> Batch:
    """All four arguments: with any of them missing, transformers falls back to guessing from positions."""
    bounds = torch.tensor([0, *lengths]).cumsum(0).to(torch.int32)
    longest = max(lengths)
    return {
        "cu_seq_lens_q": bounds,
        "cu_seq_lens_k": bounds,
        "max_length_q": longest,
        "max_length_k": longest,
    }


def _write(batch: Batch, sample: Sample, row: int, start: int) -> None:
    """Copies ids, labels and weights into place; the first token of a sample is nobody's successor."""
    end = start + len(sample)
    batch["input_ids"][row, start:end] = torch.from_numpy(sample.input_ids)
    batch["labels"][row, start:end] = torch.from_numpy(sample.labels)
    batch["labels"][row, start] = IGNORED
    if sample.loss_weights is not None:
        if "loss_weights" not in batch:
            batch["loss_weights"] = torch.ones(batch["input_ids"].shape)
        batch["loss_weights"][row, start:end] = torch.from_numpy(sample.loss_weights).float()


def _pictures(samples: Sequence[Sample], encoder: PictureEncoder, still: bool) -> Batch:
    """Patches and grids of all pictures in order; empty for text-only batches."""
    raw = [picture for sample in samples for picture in sample.pictures]
    done = [sample for sample in samples if sample.pixel_values is not None]
    if raw and done:
        raise DataError("a batch mixes raw pictures and ready-made patches")
    if raw:
        values, grid = encoder.encode(raw, still=still)
        return {"pixel_values": values, "image_grid_thw": grid}
    if done:
        values = torch.cat([torch.from_numpy(sample.pixel_values) for sample in done])
        grid = torch.cat([torch.from_numpy(sample.image_grid_thw) for sample in done])
        return {"pixel_values": values, "image_grid_thw": grid}
    return {}
