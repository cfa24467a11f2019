"""Pictures and depth maps from files, brought to one pixel grid.

Many data sets count pixels from the *centre* of the first one; `corner_intrinsics` moves their K to this project's
origin, the corner. Depth and instance maps are resampled to the nearest neighbour, because a mean of two depths or of
two instance numbers is neither.
"""

import io
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int32
from PIL import Image

from spatial_pretrain.readers.files import damaged
from vst_robot.geometry import camera
from vst_robot.scenes import Frame
from vst_robot.types import Picture

Array = np.ndarray


def read_rgb(path: Path, content: bytes | None = None) -> Picture:
    """A picture, uint8 (h, w, 3). `content` is its encoded bytes where they do not lie in a file of their own.

    Raises:
        DataError: The file is missing, cut short or no picture.
    """
    try:
        with Image.open(io.BytesIO(content) if content is not None else path) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise damaged(path, error) from error


def read_integers(path: Path, content: bytes | None = None) -> Array:
    """A picture of one channel of 8 or 16 bits (depth, instances), int32 (h, w); DataError as `read_rgb`."""
    try:
        with Image.open(io.BytesIO(content) if content is not None else path) as picture:
            values = np.asarray(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise damaged(path, error) from error
    if values.ndim != 2 or not np.issubdtype(values.dtype, np.integer):
        raise damaged(path, f"{values.dtype} pixels of shape {values.shape[2:]}, wanted one integer")
    return values.astype(np.int32)


def read_depth_m(path: Path, *, units_per_m: float, max_m: float = np.inf) -> Float[Array, "h w"]:
    """Planar depth from an integer picture, float32 metres, 0 where unknown or beyond `max_m`."""
    depth_m = (read_integers(path) / units_per_m).astype(np.float32)
    return np.where(depth_m <= max_m, depth_m, np.float32(0))


def corner_intrinsics(fx: float, fy: float, cx: float, cy: float) -> Float[Array, "3 3"]:
    """K with the origin in the picture's corner, from one with the origin in the first pixel's centre."""
    return np.array([[fx, 0.0, cx + 0.5], [0.0, fy, cy + 0.5], [0.0, 0.0, 1.0]])


def depth_for(
    depth_m: Float[Array, "h w"], K_depth: Float[Array, "3 3"], *, K: Float[Array, "3 3"], size_px: tuple[int, int]
) -> Float[Array, "h2 w2"]:
    """The depth map as another camera at the same place, looking the same way, would have it.

    Planar depth does not depend on intrinsics, so every pixel of the new map takes the value that its ray meets; 0
    where the ray leaves the old map.

    Args:
        depth_m: Planar depth.
        K_depth: Intrinsics of the depth map.
        K: Intrinsics wanted.
        size_px: Width and height wanted.
    """
    columns = _source_index(size_px[0], K[0], K_depth[0], 0)
    rows = _source_index(size_px[1], K[1], K_depth[1], 1)
    inside_columns = (columns >= 0) & (columns < depth_m.shape[1])
    inside_rows = (rows >= 0) & (rows < depth_m.shape[0])
    taken = depth_m[np.clip(rows, 0, depth_m.shape[0] - 1)][:, np.clip(columns, 0, depth_m.shape[1] - 1)]
    return np.where(inside_rows[:, None] & inside_columns[None, :], taken, np.float32(0)).astype(np.float32)


def _source_index(count: int, K_row: Array, K_source_row: Array, axis: int) -> Array:
    slope = (np.arange(count) + 0.5 - K_row[2]) / K_row[axis]
    return np.floor(slope * K_source_row[axis] + K_source_row[2]).astype(np.int64)


def shrunk(frame: Frame, max_side_px: int) -> Frame:
    """The frame with its longer side at most `max_side_px`, K adapted; unchanged if it is small enough."""
    width, height = frame.size_px
    scale = max_side_px / max(width, height)
    if scale >= 1:
        return frame
    size = max(1, round(width * scale)), max(1, round(height * scale))
    smaller = Image.fromarray(frame.rgb).resize(size, Image.Resampling.BOX, reducing_gap=None)
    return Frame(
        rgb=np.asarray(smaller),
        K=camera.resized(frame.K, from_px=(width, height), to_px=size),
        T_world_camera=frame.T_world_camera,
        depth_m=nearest(frame.depth_m, size),
        instances=nearest(frame.instances, size),
        time_s=frame.time_s,
    )


def nearest(values: Array | None, size_px: tuple[int, int]) -> Array | None:
    """A map of numbers resized to (width, height) by taking the pixel under each new centre."""
    if values is None:
        return None
    rows = ((np.arange(size_px[1]) + 0.5) * values.shape[0] / size_px[1]).astype(int)
    columns = ((np.arange(size_px[0]) + 0.5) * values.shape[1] / size_px[0]).astype(int)
    return np.ascontiguousarray(values[rows][:, columns])


def instance_map(numbers: Array) -> Int32[Array, "h w"]:
    """Instance numbers as `Frame.instances` wants them: int32, 0 for what has none."""
    return np.where(numbers > 0, numbers, 0).astype(np.int32)
