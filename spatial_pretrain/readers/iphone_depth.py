"""ScanNet++'s `depth.bin`: the LiDAR depth of an iPhone's video, in either of its two layouts.

*Blocks*: per frame a 32-bit length and so many bytes, either an lz4 block of 16-bit millimetres or a raw deflate
stream of 32-bit metres. *Stream*: one raw deflate stream of all frames in 32-bit metres; to get at a frame everything
before it has to be unpacked. Which one it is shows at once: the lengths of blocks lead exactly to the file's end.
(scannetpp/scannetpp, `iphone/prepare_iphone_data.py`.)
"""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from spatial_pretrain.readers.files import damaged
from vst_robot.errors import DataError, UnavailableError

Array = np.ndarray

ROWS, COLUMNS = 192, 256
_PIXELS = ROWS * COLUMNS
_READ_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class DepthBin:
    """An opened `depth.bin`.

    Attributes:
        path: The file.
        blocks: Offset and length of each frame's block; None if the file is one stream.
    """

    path: Path
    blocks: tuple[tuple[int, int], ...] | None

    def depth_m(self, index: int) -> Float[Array, "192 256"]:
        """Planar depth of a frame in metres, float32, 0 where unknown.

        Raises:
            DataError: There is no such frame, or the file is damaged.
            UnavailableError: The block is packed with lz4 and that package is missing.
        """
        try:
            values = _from_stream(self.path, index) if self.blocks is None else self._from_block(self.blocks[index])
        except (OSError, IndexError, ValueError, zlib.error) as error:
            raise damaged(self.path, f"frame {index}: {error}") from error
        return np.where(np.isfinite(values) & (values > 0), values, 0).astype(np.float32)

    def _from_block(self, place: tuple[int, int]) -> Array:
        with self.path.open("rb") as file:
            file.seek(place[0])
            packed = file.read(place[1])
        try:
            return np.frombuffer(zlib.decompress(packed, wbits=-15), dtype="<f4").reshape(ROWS, COLUMNS)
        except (zlib.error, ValueError):
            return np.frombuffer(_unpack_lz4(packed), dtype="<u2").reshape(ROWS, COLUMNS) / np.float32(1000)


def open_depth_bin(path: Path) -> DepthBin:
    """Finds out the layout; DataError if the file is missing or empty."""
    try:
        size = path.stat().st_size
        blocks = []
        with path.open("rb") as file:
            while head := file.read(4):
                length = struct.unpack("<I", head)[0] if len(head) == 4 else 0
                if not length or file.tell() + length > size:
                    return DepthBin(path=path, blocks=None)
                blocks.append((file.tell(), length))
                file.seek(length, 1)
    except OSError as error:
        raise damaged(path, error) from error
    if not blocks:
        raise damaged(path, "it is empty")
    return DepthBin(path=path, blocks=tuple(blocks))


def _from_stream(path: Path, index: int) -> Array:
    unpacker, wanted, passed, tail = zlib.decompressobj(wbits=-15), index * _PIXELS * 4, 0, bytearray()
    with path.open("rb") as file:
        while len(tail) < _PIXELS * 4 and (packed := file.read(_READ_BYTES)):
            unpacked = unpacker.decompress(packed)
            tail += unpacked[max(0, wanted - passed) :]
            passed += len(unpacked)
    if len(tail) < _PIXELS * 4:
        raise ValueError("the stream ends before it")
    return np.frombuffer(bytes(tail[: _PIXELS * 4]), dtype="<f4").reshape(ROWS, COLUMNS)


def _unpack_lz4(packed: bytes) -> bytes:
    try:
        import lz4.block  # type: ignore[import-not-found]
    except ImportError as error:
        raise UnavailableError(
            "this ScanNet++ depth.bin is packed with lz4: pip install lz4, or extract the depth pictures with "
            "ScanNet++'s own script"
        ) from error
    try:
        return lz4.block.decompress(packed, uncompressed_size=_PIXELS * 2)
    except lz4.block.LZ4BlockError as error:
        raise DataError(f"an lz4 block of a depth.bin is damaged: {error}; download the file again") from error
