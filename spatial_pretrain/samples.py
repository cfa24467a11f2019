"""One training example, before it is batched."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from vst_robot.errors import DataError
from vst_robot.types import Picture

IGNORED = -100
"""Label of a token that is not in the loss (the convention of torch and transformers)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """A conversation as token ids, with its pictures.

    Pictures are given either raw (`pictures`: the collator cuts them into patches, many at a time) or as the
    processor's output (`pixel_values` with `image_grid_thw`).

    Attributes:
        input_ids: Token ids; every picture stands in them as its run of image tokens.
        labels: The ids that are in the loss, `IGNORED` elsewhere.
        pictures: Raw pictures in the order of their image tokens, already of the size that the model sees
            (`PictureEncoder.fit`).
        pixel_values: Flattened patches of all pictures, as Qwen2.5-VL's processor returns them.
        image_grid_thw: Frames, rows and columns of patches of each picture.
        loss_weights: The weight w_i of each token in Eq. 1 of the paper; None means 1.
    """

    input_ids: Int64[np.ndarray, " n"]
    labels: Int64[np.ndarray, " n"]
    pictures: tuple[Picture, ...] = ()
    pixel_values: Float[np.ndarray, "patches width"] | None = None
    image_grid_thw: Int64[np.ndarray, "pictures 3"] | None = None
    loss_weights: Float[np.ndarray, " n"] | None = None

    def __post_init__(self) -> None:
        """Raises DataError where the parts do not belong together."""
        if len(self.input_ids) != len(self.labels):
            raise DataError(f"a sample has {len(self.input_ids)} ids but {len(self.labels)} labels")
        if (self.pixel_values is None) != (self.image_grid_thw is None):
            raise DataError("a sample needs both pixel_values and image_grid_thw, or neither")
        if self.pictures and self.pixel_values is not None:
            raise DataError("a sample carries its pictures either raw or as patches, not both")

    def __len__(self) -> int:
        """Number of tokens."""
        return len(self.input_ids)
