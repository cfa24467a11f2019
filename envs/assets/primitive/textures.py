"""Pictures made of numbers: wood, tiles and plaster, written as PNG without compression.

Stored blocks instead of deflate: compressed bytes differ between builds of zlib, and the pack's hash must not.
"""

import struct
import zlib

import numpy as np
from jaxtyping import Float, UInt8

from envs.assets.primitive.mjcf import Color


def png(picture: UInt8[np.ndarray, "h w 3"]) -> bytes:
    """An 8-bit RGB picture as PNG bytes that are the same on every machine."""
    height, width, _ = picture.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), picture.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", _stored(rows.tobytes())), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _stored(data: bytes) -> bytes:
    """A zlib stream of stored blocks (RFC 1950, RFC 1951 section 3.2.4)."""
    blocks = [data[i : i + 65535] for i in range(0, len(data), 65535)]
    heads = [struct.pack("<BHH", i == len(blocks) - 1, len(b), len(b) ^ 0xFFFF) for i, b in enumerate(blocks)]
    body = b"".join(head + block for head, block in zip(heads, blocks, strict=True))
    return b"\x78\x01" + body + struct.pack(">I", zlib.adler32(data))


def tinted(shade: Float[np.ndarray, "h w"], color: Color) -> UInt8[np.ndarray, "h w 3"]:
    """A brightness pattern around 1 in one colour."""
    return np.clip(np.rint(shade[..., None] * np.array(color) * 255), 0, 255).astype(np.uint8)


def grain(size: int, *, planks: int, seed: int, contrast: float = 0.05) -> Float[np.ndarray, "s s"]:
    """Brightness of wood: planks along the rows, streaked along their length, seams between them."""
    rng = np.random.default_rng(seed)
    streaks = _smoothed(rng.random((size, size)), along=size // 4, across=1)
    width = size // planks
    steps = rng.random(planks)[np.arange(size) // width % planks]
    seam = np.where(np.arange(size) % width == 0, 1 - 3 * contrast, 1.0)
    return (1 + contrast * (4 * streaks + steps[:, None] - 0.5)) * seam[:, None]


def tiles(size: int, *, count: int, grout_px: int, seed: int) -> Float[np.ndarray, "s s"]:
    """Brightness of square tiles with darker grout."""
    rng = np.random.default_rng(seed)
    index = np.arange(size) * count // size
    shade = 0.97 + 0.06 * rng.random((count, count))[index[:, None], index[None, :]]
    grout = np.arange(size) * count % size < grout_px * count
    return np.where(grout[:, None] | grout[None, :], 0.82, shade)


def plaster(size: int, *, seed: int) -> Float[np.ndarray, "s s"]:
    """Brightness of rough plaster."""
    return 1 + 0.25 * _smoothed(np.random.default_rng(seed).random((size, size)), along=2, across=2)


def _smoothed(noise: Float[np.ndarray, "h w"], *, along: int, across: int) -> Float[np.ndarray, "h w"]:
    """Zero-mean noise averaged over neighbours, wrapping at the borders."""
    for axis, reach in ((1, along), (0, across)):
        noise = np.mean([np.roll(noise, shift, axis) for shift in range(-reach, reach + 1)], axis=0)
    return noise - noise.mean()
