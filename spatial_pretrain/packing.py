"""Several samples in one row: first-fit decreasing, never splitting, never truncating."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch.utils.data import Dataset

from spatial_pretrain.samples import Sample
from vst_robot.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Packing:
    """Which samples share a row.

    Attributes:
        rows: Sample indices of each row.
        dropped: Samples that are longer than a row, left out.
        max_length: Capacity of a row in tokens.
    """

    rows: tuple[tuple[int, ...], ...]
    dropped: tuple[int, ...]
    max_length: int


def pack(lengths: Sequence[int], max_length: int, *, seed: int = 0, buffer: int = 1024) -> Packing:
    """Packs samples in random order, buffer by buffer; the same for the same arguments.

    Args:
        lengths: Tokens of each sample.
        max_length: Capacity of a row in tokens.
        seed: Of the order in which samples reach the buffers, and of the rows' order.
        buffer: Samples packed together. Larger buffers fill rows better but mix less.
    """
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(lengths))
    fitting = [int(index) for index in order if lengths[index] <= max_length]
    dropped = tuple(sorted(int(index) for index in order if lengths[index] > max_length))
    rows: list[tuple[int, ...]] = []
    for start in range(0, len(fitting), buffer):
        rows += first_fit_decreasing(fitting[start : start + buffer], lengths, max_length)
    shuffled = tuple(rows[int(index)] for index in draw.permutation(len(rows)))
    return Packing(rows=shuffled, dropped=dropped, max_length=max_length)


def first_fit_decreasing(indices: Sequence[int], lengths: Sequence[int], max_length: int) -> list[tuple[int, ...]]:
    """Puts each sample, longest first, into the first row that still has room; ties keep their order."""
    rows: list[list[int]] = []
    room: list[int] = []
    for index in sorted(indices, key=lambda i: -lengths[i]):
        for row, free in enumerate(room):
            if lengths[index] <= free:
                rows[row].append(index)
                room[row] -= lengths[index]
                break
        else:
            rows.append([index])
            room.append(max_length - lengths[index])
    return [tuple(row) for row in rows]


class PackedDataset(Dataset[list[Sample]]):
    """A dataset of rows: each item is the list of samples that share a row."""

    def __init__(self, dataset: Dataset[Sample], packing: Packing) -> None:
        """Views `dataset` through `packing`.

        Raises:
            DataError: Every sample is longer than a row.
        """
        if not packing.rows:
            raise DataError(f"no sample fits into a row of {packing.max_length} tokens: raise the packing length")
        self.dataset = dataset
        self.packing = packing

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.packing.rows)

    def __getitem__(self, index: int) -> list[Sample]:
        """Returns the samples of one row."""
        return [self.dataset[sample] for sample in self.packing.rows[index]]
