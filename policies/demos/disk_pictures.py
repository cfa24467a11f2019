"""The pictures of an episode, read when they are looked at."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from policies.demos.checks import check_pictures
from vst_robot.errors import DataError

PNG_LEVEL = 3


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


def encode_picture(picture: UInt8[np.ndarray, "h w 3"]) -> bytes:
    """A picture as PNG, quickly rather than small."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(file, "PNG", compress_level=PNG_LEVEL)
    return file.getvalue()


def decode_picture(data: bytes, where: str) -> UInt8[np.ndarray, "h w 3"]:
    """A PNG or JPEG picture.

    Raises:
        DataError: It is damaged.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise DataError(f"{where}: a picture is damaged; download or convert the set again") from error


def decode_pictures(data: Sequence[bytes], where: str) -> UInt8[np.ndarray, "t h w 3"]:
    """PNG or JPEG pictures of one size.

    Raises:
        DataError: One is damaged, or they differ in size.
    """
    pictures = [decode_picture(one, where) for one in data]
    if len({picture.shape for picture in pictures}) > 1:
        raise DataError(f"{where}: pictures of one camera differ in size; download or convert the set again")
    return np.stack(pictures) if pictures else np.zeros((0, 0, 0, 3), np.uint8)
