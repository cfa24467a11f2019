"""Data sets of ready conversations, beside the sources of scenes."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from spatial_pretrain.data_engine.samples import SpatialSample


@runtime_checkable
class SampleSource(Protocol):
    """Picklable reader of ready samples."""

    name: str

    def count(self) -> int:
        """How many samples there are."""
        ...

    def numbers(self) -> Mapping[str, Sequence[int]]:
        """Task → the numbers of its samples, rising, without reading pictures; every sample has one task."""
        ...

    def sample(self, index: int) -> SpatialSample:
        """The `index`-th.

        Raises:
            DataError: This one is damaged; the caller counts it and goes on with the next.
            UnavailableError: None can be given: a package or the data set is missing.
        """
        ...

    def close(self) -> None:
        """Frees what was opened on the way."""
        ...

    def fingerprint(self) -> Mapping[str, str]:
        """Flat facts that identify the samples."""
        ...
