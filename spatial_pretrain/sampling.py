"""In which order a run visits its samples."""

from collections.abc import Iterator

import torch
from torch.utils.data import Sampler


class VisitSampler(Sampler[int]):
    """Visits every item once per pass, each pass in a new random order, until `length` visits are made.

    One run is one such sequence, so that skipping to where a killed run stopped touches no data.
    """

    def __init__(self, items: int, length: int, seed: int) -> None:
        """Plans `length` visits to `items` items."""
        self.items = items
        self.length = length
        self.seed = seed

    def __len__(self) -> int:
        """Number of visits."""
        return self.length

    def __iter__(self) -> Iterator[int]:
        """Yields item indices; the order of the k-th pass depends on (seed, k) alone."""
        for start in range(0, self.length, self.items):
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + start // self.items)
            order = torch.randperm(self.items, generator=generator).tolist()
            yield from order[: self.length - start]
