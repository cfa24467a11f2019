"""ScanNet's `.sens` stream, version 4: colour, depth and poses of a scan in one file (ScanNet/ScanNet, `SensReader`).

Little endian. Header: version, name, four 4x4 matrices (intrinsics and extrinsics of colour, then of depth), codecs,
sizes, units of depth per metre, number of frames. Each frame: pose, two time stamps in microseconds, two lengths,
colour (JPEG), depth (zlib, 16 bits). Opening reads headers only and jumps over the pictures.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from jaxtyping import Float

from spatial_pretrain.readers.files import damaged
from spatial_pretrain.readers.images import corner_intrinsics, read_rgb
from vst_robot.types import Picture

Array = np.ndarray

VERSION = 4
JPEG, ZLIB_USHORT = 2, 1
_MAX_NAME_BYTES = 4096
_FRAME = struct.Struct("<16f4Q")


@dataclass(frozen=True, kw_only=True, eq=False)
class SensFrame:
    """Where one frame lies in the file.

    Attributes:
        T_world_camera: (4, 4) as stored: -inf where tracking was lost.
        time_us: Time stamp of the colour picture.
        offset: Of the first colour byte.
        colour_bytes, depth_bytes: Lengths.
    """

    T_world_camera: Float[Array, "4 4"]
    time_us: int
    offset: int
    colour_bytes: int
    depth_bytes: int


@dataclass(frozen=True, kw_only=True, eq=False)
class SensFile:
    """An indexed `.sens` file.

    Attributes:
        path: The file.
        K, K_depth: Intrinsics of colour and depth, origin in the corner.
        depth_size_px: Width and height.
        units_per_m: Of depth.
        frames: In the order of the file. A file that was cut short has those that are whole.
        missing: How many frames its header promises beyond these.
    """

    path: Path
    K: Float[Array, "3 3"]
    K_depth: Float[Array, "3 3"]
    depth_size_px: tuple[int, int]
    units_per_m: float
    frames: tuple[SensFrame, ...]
    missing: int

    def rgb(self, frame: SensFrame) -> Picture:
        """The colour picture."""
        return read_rgb(self.path, self._bytes(frame.offset, frame.colour_bytes))

    def depth_m(self, frame: SensFrame) -> Float[Array, "h w"]:
        """Planar depth in metres, float32, in its own size; 0 where unknown."""
        width, height = self.depth_size_px
        packed = self._bytes(frame.offset + frame.colour_bytes, frame.depth_bytes)
        try:
            raw = zlib.decompressobj().decompress(packed, width * height * 2)
            values = np.frombuffer(raw, dtype="<u2", count=width * height)
        except (zlib.error, ValueError) as error:
            raise damaged(self.path, error) from error
        return (values.reshape(height, width) / self.units_per_m).astype(np.float32)

    def _bytes(self, offset: int, count: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                return file.read(count)
        except OSError as error:
            raise damaged(self.path, error) from error


def open_sens(path: Path) -> SensFile:
    """Indexes a file.

    Raises:
        DataError: It is missing, no `.sens` file, of another version, or cut short inside its header.
    """
    try:
        with path.open("rb") as file:
            return _indexed(path, file, path.stat().st_size)
    except (OSError, ValueError, struct.error) as error:
        raise damaged(path, error) from error


def _indexed(path: Path, file: BinaryIO, size: int) -> SensFile:
    (version,) = _unpack(file, "<I")
    if version != VERSION:
        raise ValueError(f"version {version} of the .sens format, only {VERSION} is known")
    (name_bytes,) = _unpack(file, "<Q")
    if name_bytes > _MAX_NAME_BYTES:
        raise ValueError("its header makes no sense")
    file.seek(name_bytes, 1)
    matrices = np.array(_unpack(file, "<64f")).reshape(4, 4, 4)
    colour_codec, depth_codec, _, _, width, height, units, count = _unpack(file, "<2i4IfQ")
    if (colour_codec, depth_codec) != (JPEG, ZLIB_USHORT):
        raise ValueError(f"codecs {colour_codec} and {depth_codec}, only JPEG (2) and zlib (1) are known")
    if not units > 0 or not 0 < width * height <= 1 << 26:
        raise ValueError("its header makes no sense")
    frames = tuple(_frames(file, count, size))
    return SensFile(
        path=path,
        K=_intrinsics(matrices[0]),
        K_depth=_intrinsics(matrices[2]),
        depth_size_px=(width, height),
        units_per_m=units,
        frames=frames,
        missing=count - len(frames),
    )


def _frames(file: BinaryIO, count: int, size: int) -> Iterator[SensFrame]:
    for _ in range(count):
        head = file.read(_FRAME.size)
        if len(head) < _FRAME.size:
            return
        *numbers, colour_us, _, colour_bytes, depth_bytes = _FRAME.unpack(head)
        offset = file.tell()
        if offset + colour_bytes + depth_bytes > size:
            return
        T = np.array(numbers).reshape(4, 4)
        yield SensFrame(
            T_world_camera=T, time_us=colour_us, offset=offset, colour_bytes=colour_bytes, depth_bytes=depth_bytes
        )
        file.seek(colour_bytes + depth_bytes, 1)


def _unpack(file: BinaryIO, layout: str) -> tuple:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))


def _intrinsics(matrix: Array) -> Array:
    return corner_intrinsics(matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2])
