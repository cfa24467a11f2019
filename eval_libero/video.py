"""Small videos of rollouts: H.264 in MP4, a few frames per second, made where the simulator lives."""

import contextlib
import importlib.util
import os
import struct
from pathlib import Path

import numpy as np

from vst_robot.errors import UnavailableError, missing_extra
from vst_robot.types import Observation, Picture

STRIDE = 4
FRAMES_PER_S = 10
"""At LIBERO's 20 control steps per second, every fourth picture at 10 per second plays at double speed."""


def check_available() -> None:
    """Finds out before the first episode whether videos can be written.

    Raises:
        UnavailableError: A package is missing.
    """
    for package in ("imageio", "imageio_ffmpeg"):
        if importlib.util.find_spec(package) is None:
            raise missing_extra(package, "sim", "recording videos (or ask for none: --videos 0)")


class Film:
    """Collects every fourth picture of one camera.

    Args:
        path: Where the video goes.
        camera: Camera to film.
    """

    def __init__(self, path: Path, camera: str) -> None:
        self.path, self._camera = path, camera
        self._frames: list[Picture] = []

    def watch(self, observation: Observation, *, last: bool = False) -> None:
        """Takes a picture if its turn has come; only then is it rendered."""
        if last or observation.step % STRIDE == 0:
            self._frames.append(np.array(observation.images[self._camera]))

    def save(self) -> None:
        """Writes the video; the file is whole or absent.

        Raises:
            UnavailableError: The file cannot be written.
        """
        temporary = self.path.with_name(f".{self.path.name}.part.mp4")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _encode(temporary, self._frames)
            if not is_whole(temporary):  # ffmpeg ends in peace on a full disk
                raise OSError
            os.replace(temporary, self.path)
        except OSError as exc:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            reason = exc.strerror or "ffmpeg failed"  # what ffmpeg says has many lines
            raise UnavailableError(f"cannot write {self.path}: {reason}; free space or ask for no videos") from exc


def is_whole(path: Path) -> bool:
    """Whether an MP4 file has its index and ends where its last box does."""
    content, start, names = path.read_bytes(), 0, []
    while start + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, start)
        if size < 8:
            return False
        names.append(name)
        start += size
    return start == len(content) and b"moov" in names and b"mdat" in names


def _encode(path: Path, frames: list[Picture]) -> None:
    import imageio.v2 as imageio

    writer = imageio.get_writer(
        path,
        format="FFMPEG",  # pyright: ignore[reportArgumentType] - the stub knows modes only
        fps=FRAMES_PER_S,
        codec="libx264",
        quality=None,
        macro_block_size=2,  # yuv420p halves both sides
        ffmpeg_log_level="quiet",  # what goes wrong is told by the file
        # One thread: two would fight with the simulators. Constant quality 26 is about 60 kB per episode.
        output_params=["-crf", "26", "-preset", "veryfast", "-threads", "1", "-movflags", "+faststart"],
    )
    with writer:
        for frame in frames:
            writer.append_data(frame)
