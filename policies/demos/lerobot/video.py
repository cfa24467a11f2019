"""Episodes in MP4 files: exact frames in, exact frames out, as far as the codec goes.

H.264 with a key frame every second frame, as LeRobot has it: any step is at most one frame behind a key frame.
Constant quality 18, 4:2:0. Measured on three demonstrations of `libero_spatial` (283 steps, two cameras, 256×256,
primitive pack, one core): 36 to 37 dB, 2 of 255 off on average and up to 156 at edges of colour; 2.6 MB instead of the
15 MB of the lossless HDF5 file; 5 ms of CPU to write a step with both pictures.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from jaxtyping import UInt8

from vst_robot.errors import DataError, InputError

CODEC, PIXELS, CODEC_NAME = "libx264", "yuv420p", "h264"
OPTIONS = {"crf": "18", "preset": "veryfast", "g": "2", "bf": "0"}


@dataclass(frozen=True, kw_only=True)
class VideoClip:
    """The pictures of one episode in a video; calling it decodes them. Picklable.

    Attributes:
        path: The video.
        start_s: When the episode begins in it.
        num_frames: Its length.
        fps: Frames per second.
        where: Episode, for messages.
    """

    path: Path
    start_s: float
    num_frames: int
    fps: float
    where: str

    def __call__(self) -> UInt8[np.ndarray, "t h w 3"]:
        """Decodes the episode.

        Raises:
            DataError: The video is missing or damaged, or holds fewer frames than the episode has steps.
        """
        frames: dict[int, np.ndarray] = {}
        with _reading(self.path, self.where) as container:
            stream = container.streams.video[0]
            stream.thread_type = "NONE"
            container.seek(int(self.start_s / stream.time_base), stream=stream)
            for frame in container.decode(stream):
                index = round((frame.time - self.start_s) * self.fps)
                if index >= self.num_frames:
                    break
                if index >= 0:
                    frames[index] = frame.to_ndarray(format="rgb24")
        if len(frames) != self.num_frames:
            raise DataError(
                f"{self.where}: {self.path} holds {len(frames)} frames for {self.num_frames} rows; "
                "download or convert the set again"
            )
        return np.stack([frames[index] for index in range(self.num_frames)])


class VideoFile:
    """A video that episodes are appended to.

    Args:
        path: The file to make; its name need not end in `.mp4`.
        fps: Frames per second, to a thousandth.
        size_px: Height and width.

    Raises:
        InputError: A side is odd, which 4:2:0 cannot hold.
    """

    def __init__(self, path: Path, fps: float, size_px: tuple[int, int]) -> None:
        height, width = size_px
        if height % 2 or width % 2:
            raise InputError(f"pictures of {width}×{height} pixels do not go into a video; sides must be even")
        self._container: Any = av.open(str(path), "w", format="mp4")
        rate = Fraction(fps).limit_denominator(1000)
        self._stream: Any = self._container.add_stream(CODEC, rate=rate, options=OPTIONS)
        self._stream.height, self._stream.width, self._stream.pix_fmt = height, width, PIXELS
        self._stream.codec_context.thread_count = 1  # the same bytes on every machine

    def append(self, pictures: UInt8[np.ndarray, "t h w 3"]) -> None:
        """Adds the pictures of an episode."""
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Writes what is left and the file's index."""
        if self._container is not None:
            self._container.mux(self._stream.encode())
            self._container.close()
            self._container = None


def video_size(path: Path, where: str) -> tuple[int, int]:
    """Height and width of a video.

    Raises:
        DataError: It is missing or damaged.
    """
    with _reading(path, where) as container:
        stream = container.streams.video[0]
        return stream.height, stream.width


@contextmanager
def _reading(path: Path, where: str) -> Iterator[Any]:
    if not path.is_file():
        raise DataError(f"{where}: no video {path}; download or convert the set again")
    try:
        with av.open(str(path)) as container:
            yield container
    except (av.error.FFmpegError, IndexError, OSError) as error:
        raise DataError(f"{where}: {path} is damaged or no video; download or convert the set again") from error
