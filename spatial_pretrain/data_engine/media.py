"""Pictures and clips as bytes: PNG and MP4, the same bytes for the same pixels wherever they are made."""

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
import av.error
import numpy as np
from PIL import Image, UnidentifiedImageError

from vst_robot.errors import DataError
from vst_robot.types import Picture

MIN_SIDE_PX, ENLARGED_SIDE_PX, MAX_ASPECT = 28, 56, 100
"""The released writer enlarges pictures with a side under 28 px to 56 px, and refuses longer ones than 100 to 1."""
CLIP_OPTIONS = {"crf": "22", "preset": "ultrafast", "partitions": "i4x4", "8x8dct": "1"}
"""On rendered clips 0.4 of the time of preset `veryfast` with crf 18, no more bytes and no larger errors."""

PNG_OPTIONS = {"pred": "up", "compression_level": "2", "aspect": "1"}
"""On rendered pictures 0.4 of the time of Pillow's level 3 and 6 to 9 % more bytes."""

_RATE_PARTS = 1000


def encode_picture(picture: Picture) -> bytes:
    """A picture, uint8 (h, w, 3), as PNG; a small one is enlarged as the released writer does.

    Raises:
        DataError: It is more than 100 times as long as wide.
    """
    height, width = picture.shape[:2]
    if max(height, width) > MAX_ASPECT * min(height, width):
        raise DataError(f"a picture of {width}×{height} px is too narrow: at most {MAX_ASPECT} to 1")
    if min(height, width) < MIN_SIDE_PX:
        scale = ENLARGED_SIDE_PX / min(height, width)
        size = (round(width * scale), round(height * scale))
        picture = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))
    return _png(picture)


def _png(picture: Picture) -> bytes:
    codec: Any = av.CodecContext.create("png", "w")
    codec.height, codec.width = picture.shape[:2]
    codec.pix_fmt, codec.time_base, codec.options = "rgb24", Fraction(1), PNG_OPTIONS
    codec.thread_count = 1  # the same bytes on every machine
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])


def decode_picture(data: bytes, where: str) -> Picture:
    """The picture in a file of any format that Pillow knows, as RGB.

    Raises:
        DataError: It is damaged or no picture; the message begins with `where`.
    """
    try:
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{where}: not a readable picture ({error})") from error


def encode_clip(pictures: Sequence[Picture], rate_hz: float) -> bytes:
    """Pictures of one size as an MP4 (H.264); odd sides are continued by one row or column."""
    height, width = pictures[0].shape[:2]
    file = io.BytesIO()
    with av.open(file, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        rate = Fraction(rate_hz).limit_denominator(_RATE_PARTS)
        stream: Any = container.add_stream("libx264", rate=rate, options=CLIP_OPTIONS)
        stream.height, stream.width, stream.pix_fmt = height + height % 2, width + width % 2, "yuv420p"
        stream.codec_context.thread_count = 1  # the same bytes on every machine
        for picture in pictures:
            even = np.ascontiguousarray(_even(picture))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


def _even(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    if height % 2 == width % 2 == 0:
        return picture
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def decode_clip(data: bytes, where: str) -> tuple[list[Picture], float]:
    """The pictures of a clip and how many there are per second.

    Raises:
        DataError: It is damaged or no video; the message begins with `where`.
    """
    try:
        with av.open(io.BytesIO(data), "r") as container:
            stream = container.streams.video[0]
            stream.thread_type = "NONE"
            rate = float(stream.average_rate or 0)
            pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    except (av.error.FFmpegError, IndexError, OSError) as error:
        raise DataError(f"{where}: not a readable video ({error})") from error
    if not pictures or rate <= 0:
        raise DataError(f"{where}: a video without pictures")
    return pictures, rate
