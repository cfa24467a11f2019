"""The pictures of an episode, read when they are looked at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from policies.demos.checks import check_pictures
from vst_robot.errors import DataError


@dataclass(frozen=True, kw_only=True)
class DiskPictures(Mapping[str, np.ndarray]):
    """Camera → pictures. Picklable if its sources are; nothing is kept in memory.

    Attributes:
        where: File and episode, for messages.
        steps: Number of pictures that every camera must have.
        sources: Camera → what reads its pictures.
    """

    where: str
    steps: int
    sources: Mapping[str, Callable[[], UInt8[np.ndarray, "t h w 3"]]]

    def __getitem__(self, camera: str) -> UInt8[np.ndarray, "t h w 3"]:
        """All pictures of a camera.

        Raises:
            DataError: There is no such camera, or its pictures are damaged or too few.
        """
        if camera not in self.sources:
            raise DataError(f"{self.where}: no camera '{camera}'; there are {', '.join(self.sources) or 'none'}")
        pictures = self.sources[camera]()
        check_pictures(pictures, camera, self.where, steps=self.steps)
        return pictures

    def __contains__(self, camera: object) -> bool:
        return camera in self.sources

    def __iter__(self) -> Iterator[str]:
        return iter(self.sources)

    def __len__(self) -> int:
        return len(self.sources)
