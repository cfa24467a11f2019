"""Frames of encoded clips, through PyAV."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spatial_pretrain.readers.files import damaged
from vst_robot.errors import missing_extra
from vst_robot.types import Picture


def frame_at(path: Path, index: int) -> Picture:
    """One frame of a clip of steady rate, by its number: seeks to the key frame before it and decodes from there.

    Raises:
        DataError: The clip is missing, damaged, or has fewer frames.
        UnavailableError: PyAV is missing.
    """
    av = _av()
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            start = stream.start_time or 0
            ticks = 1 / (stream.average_rate * stream.time_base)
            wanted = start + round(index * ticks)
            container.seek(wanted, stream=stream, backward=True)
            for frame in container.decode(stream):
                if frame.pts is not None and frame.pts >= wanted - ticks / 2:
                    return frame.to_ndarray(format="rgb24")
    except (OSError, ValueError, IndexError, TypeError, ZeroDivisionError, av.error.FFmpegError) as error:
        raise damaged(path, error) from error
    raise damaged(path, f"it has no frame {index}")


def spread_frames(path: Path, count: int) -> tuple[tuple[Picture, ...], float]:
    """At most `count` frames spread evenly over a clip, first and last included, and their rate in Hz.

    Raises: as `frame_at`.
    """
    av = _av()
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            rate_hz = float(stream.average_rate)
            total = sum(1 for _ in container.decode(stream))
        chosen = np.unique(np.linspace(0, total - 1, min(count, total)).round().astype(int))
        frames = _frames(av, path, chosen.tolist())
    except (OSError, ValueError, IndexError, TypeError, av.error.FFmpegError) as error:
        raise damaged(path, error) from error
    if not frames:
        raise damaged(path, "it has no frame")
    steps = max(len(frames) - 1, 1)
    return tuple(frames), rate_hz * steps / max(total - 1, 1)


def _frames(av: Any, path: Path, chosen: Sequence[int]) -> list[Picture]:
    wanted = set(chosen)
    with av.open(str(path)) as container:
        decoded = enumerate(container.decode(container.streams.video[0]))
        return [frame.to_ndarray(format="rgb24") for index, frame in decoded if index in wanted]


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise missing_extra("av", "data", "decoding clips") from error
    return av
