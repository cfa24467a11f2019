"""Pictures to patches, many at a time, with the values of Qwen2.5-VL's own processor."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int64
from PIL import Image
from transformers import Qwen2_5_VLProcessor
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

from vst_robot.errors import DataError
from vst_robot.types import Picture


class PictureEncoder:
    """Resizes, normalises and cuts pictures as the model's image processor does, without its per-picture cost."""

    def __init__(self, processor: Qwen2_5_VLProcessor) -> None:
        """Reads patch size, merge size, pixel limits and normalisation from the processor."""
        source = processor.image_processor
        self._patch = int(source.patch_size)
        self._merge = int(source.merge_size)
        self._frames = int(source.temporal_patch_size)
        self._min_pixels = int(source.size["shortest_edge"])
        self._max_pixels = int(source.size["longest_edge"])
        std = torch.tensor(source.image_std)
        self._scale = (source.rescale_factor / std).view(3, 1, 1)
        self._shift = (-torch.tensor(source.image_mean) / std).view(3, 1, 1)

    def fitted_size(self, height: int, width: int) -> tuple[int, int]:
        """Returns height and width in pixels that the model sees of a picture of the given size."""
        return smart_resize(height, width, self._patch * self._merge, self._min_pixels, self._max_pixels)

    def tokens(self, height: int, width: int) -> int:
        """Returns how many image tokens a picture of this size fills."""
        fitted_height, fitted_width = self.fitted_size(height, width)
        return fitted_height * fitted_width // (self._patch * self._merge) ** 2

    def fit(self, picture: Picture) -> Picture:
        """Resizes a picture (bicubic) to the size that the model sees; unchanged if it has it already."""
        height, width = self.fitted_size(*picture.shape[:2])
        if (height, width) == picture.shape[:2]:
            return picture
        return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC))

    def encode(
        self, pictures: Sequence[Picture], *, still: bool = False
    ) -> tuple[Float[torch.Tensor, "patches width"], Int64[torch.Tensor, "pictures 3"]]:
        """Cuts fitted pictures into normalised patches.

        Args:
            pictures: uint8 (h, w, 3), each of a size that `fit` leaves alone.
            still: Leave out the copies that stand for a still picture's later frames (`repeat_frames` adds them).

        Returns:
            `pixel_values` and `image_grid_thw`.

        Raises:
            DataError: A picture has another size than the model sees.
        """
        grid = self.grids([picture.shape[:2] for picture in pictures])
        patches = [self._patches(list(group)) for group in _runs_of_equal_size(pictures)]
        values = torch.cat(patches) if len(patches) > 1 else patches[0]
        return values if still else repeat_frames(values, self._patch**2, self._frames), grid

    def grids(self, sizes: Sequence[tuple[int, ...]]) -> Int64[torch.Tensor, "pictures 3"]:
        """Returns frames, rows and columns of patches of pictures of the given (height, width).

        Raises:
            DataError: A size is not one that the model sees.
        """
        for size in set(sizes):
            if self.fitted_size(*size) != size:
                raise DataError(f"a picture of {size[0]}×{size[1]} px was not fitted before batching")
        rows = [(1, height // self._patch, width // self._patch) for height, width in sizes]
        return torch.tensor(rows, dtype=torch.int64).reshape(-1, 3)

    def _patches(self, pictures: list[Picture]) -> Float[torch.Tensor, "patches width"]:
        """Cuts pictures of one size; patches that merge into one token are neighbours."""
        patch, merge = self._patch, self._merge
        height, width, _ = pictures[0].shape
        raw = torch.from_numpy(np.stack(pictures))
        cells = raw.view(
            len(pictures), height // patch // merge, merge, patch, width // patch // merge, merge, patch, 3
        )
        ordered = cells.permute(0, 1, 4, 2, 5, 7, 3, 6)
        values = torch.empty(ordered.shape, dtype=torch.float32).copy_(ordered)
        return values.mul_(self._scale).add_(self._shift).view(-1, 3 * patch * patch)


def repeat_frames(
    still: Float[torch.Tensor, "patches width"], patch_area: int, frames: int
) -> Float[torch.Tensor, "patches full_width"]:
    """Gives each patch of a still picture the repeated frames that Qwen2.5-VL's patch embedding expects."""
    split = still.view(len(still), 3, 1, patch_area)
    return split.expand(-1, -1, frames, -1).reshape(len(still), -1)


def _runs_of_equal_size(pictures: Sequence[Picture]) -> list[list[Picture]]:
    """Splits into maximal runs of neighbours of one size, keeping the order."""
    runs: list[list[Picture]] = []
    for picture in pictures:
        if runs and runs[-1][0].shape == picture.shape:
            runs[-1].append(picture)
        else:
            runs.append([picture])
    return runs
