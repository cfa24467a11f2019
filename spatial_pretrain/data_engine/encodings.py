"""The pictures of one scene as bytes, each encoded once however many samples show it."""

import hashlib
from collections.abc import Sequence

import numpy as np

from spatial_pretrain.data_engine import media
from spatial_pretrain.data_engine.samples import SpatialSample
from vst_robot.types import Picture


class Encodings:
    """What was encoded so far; lives as long as its scene, because it keeps the pictures it was shown.

    Pictures are told apart by what is in them: a picture drawn twice is the same picture.
    """

    def __init__(self) -> None:
        self._digests: dict[int, tuple[Picture, bytes]] = {}
        self._files: dict[bytes, bytes] = {}

    def __len__(self) -> int:
        """How many different pictures and clips were encoded."""
        return len(self._files)

    def digest(self, picture: Picture) -> bytes:
        """Sixteen bytes that tell pictures apart. A picture must not change after it was shown here."""
        known = self._digests.get(id(picture))
        if known is None:
            known = self._digests[id(picture)] = picture, picture_digest(picture)
        return known[1]

    def files(self, sample: SpatialSample) -> list[bytes]:
        """A sample's media: its clip, or one PNG per picture.

        Raises:
            DataError: A picture cannot be written.
        """
        if sample.type == "video":
            return [self._clip(sample.pictures, sample.frame_rate_hz or 1.0)]
        return [self._picture(picture) for picture in sample.pictures]

    def _picture(self, picture: Picture) -> bytes:
        digest = self.digest(picture)
        if digest not in self._files:
            self._files[digest] = media.encode_picture(picture)
        return self._files[digest]

    def _clip(self, pictures: Sequence[Picture], rate_hz: float) -> bytes:
        digest = b"".join([repr(rate_hz).encode(), *(self.digest(picture) for picture in pictures)])
        if digest not in self._files:
            self._files[digest] = media.encode_clip(pictures, rate_hz)
        return self._files[digest]


def picture_digest(picture: Picture) -> bytes:
    """Sixteen bytes that tell pictures apart."""
    return hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=16, salt=_shape_salt(picture)).digest()


def _shape_salt(picture: Picture) -> bytes:
    return picture.shape[0].to_bytes(4, "little") + picture.shape[1].to_bytes(4, "little")
