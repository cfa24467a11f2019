"""Multimodal rotary positions (time, height, width), computed per sample and remembered per layout."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLModel

_MOST_LAYOUTS = 4096


class RotaryPositions:
    """Asks Qwen2.5-VL's own `get_rope_index`, which reads the configuration and no weights.

    Positions depend on the layout alone (where the pictures stand and their grids), so samples of one layout share
    the answer.
    """

    def __init__(self, config: Qwen2_5_VLConfig) -> None:
        """Takes the model's configuration."""
        self.config = config
        self._known: dict[tuple[bytes, bytes], Int64[torch.Tensor, "3 n"]] = {}

    def __call__(
        self, input_ids: Int64[np.ndarray, " n"], image_grid_thw: Int64[torch.Tensor, "pictures 3"]
    ) -> Int64[torch.Tensor, "3 n"]:
        """Returns the positions of one unpadded sample.

        Args:
            input_ids: Its token ids, image tokens in place.
            image_grid_thw: The grids of its pictures, in order.
        """
        is_image = input_ids == self.config.image_token_id
        layout = (is_image.tobytes(), image_grid_thw.numpy().tobytes())
        if layout not in self._known:
            if len(self._known) >= _MOST_LAYOUTS:
                self._known.clear()
            self._known[layout] = self._compute(input_ids, is_image, image_grid_thw)
        return self._known[layout]

    def _compute(
        self, input_ids: Int64[np.ndarray, " n"], is_image: np.ndarray, image_grid_thw: torch.Tensor
    ) -> Int64[torch.Tensor, "3 n"]:
        model = SimpleNamespace(config=self.config, get_vision_position_ids=_vision_positions)
        rope_index: Any = Qwen2_5_VLModel.get_rope_index
        positions, _ = rope_index(
            model,
            input_ids=torch.from_numpy(input_ids)[None],
            mm_token_type_ids=torch.from_numpy(is_image.astype(np.int32))[None],
            image_grid_thw=image_grid_thw if len(image_grid_thw) else None,
        )
        return positions[:, 0]


def _vision_positions(*args: object, **kwargs: object) -> torch.Tensor:
    """Calls the model's helper, which uses nothing of the model."""
    positions: Any = Qwen2_5_VLModel.get_vision_position_ids
    return positions(None, *args, **kwargs)
