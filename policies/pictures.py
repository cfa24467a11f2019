"""From the true camera picture to the square that the vision tower sees. The one place where pictures are mirrored."""

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from policies.config import PicturesConfig
from vst_robot.types import Orientation, Picture

Square = UInt8[np.ndarray, "s s 3"]


def prepare(picture: Picture, orientation: Orientation, config: PicturesConfig) -> Square:
    """Brings one picture into the policy's orientation and size; the same for training and control.

    Args:
        picture: RGB, uint8 (h, w, 3).
        orientation: Orientation of `picture`.
        config: What the policy expects.
    """
    return resize(picture if orientation == config.orientation else picture[:, ::-1], config.size_px)


def resize(picture: Picture, size_px: int) -> Square:
    """Antialiased resize to a square; whole-number reductions are plain box means."""
    if picture.shape[:2] == (size_px, size_px):
        return np.ascontiguousarray(picture)
    image = Image.fromarray(np.ascontiguousarray(picture))
    factor_y, remainder_y = divmod(picture.shape[0], size_px)
    factor_x, remainder_x = divmod(picture.shape[1], size_px)
    if remainder_y or remainder_x:
        return np.asarray(image.resize((size_px, size_px), Image.Resampling.BICUBIC))
    return np.asarray(image.reduce((factor_x, factor_y)))


def augment(square: Square, config: PicturesConfig, rng: np.random.Generator) -> Square:
    """Training-time changes: a random shift with repeated edges, and a brightness factor."""
    if config.shift_px:
        square = _shift(square, rng.integers(-config.shift_px, config.shift_px + 1, size=2))
    if config.brightness:
        factor = 1.0 + rng.uniform(-config.brightness, config.brightness)
        square = np.clip(square * factor, 0, 255).astype(np.uint8)
    return square


def _shift(square: Square, offset_px: np.ndarray) -> Square:
    rows = np.clip(np.arange(len(square)) + offset_px[0], 0, len(square) - 1)
    columns = np.clip(np.arange(len(square)) + offset_px[1], 0, len(square) - 1)
    return square[rows][:, columns]
