import numpy as np
import pytest
import torch
from PIL import Image
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from spatial_pretrain.objective import with_all_frames
from spatial_pretrain.pictures import PictureEncoder
from vst_robot.errors import DataError


def picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(64, 64), (32, 64), (256, 256), (480, 640)])
def test_values_are_the_processors(tiny, size) -> None:
    source = tiny[1].image_processor
    assert isinstance(source, Qwen2VLImageProcessorPil)
    encoder = PictureEncoder(tiny[1])
    raw = picture(*size)
    expected = source(images=[Image.fromarray(raw)], return_tensors="pt")
    values, grid = encoder.encode([encoder.fit(raw)])
    assert torch.equal(grid, expected["image_grid_thw"])
    assert torch.allclose(values, expected["pixel_values"], atol=1e-6)
    assert encoder.tokens(*size) == int(grid.prod()) // 4


def test_pictures_of_different_sizes_keep_their_order(tiny) -> None:
    encoder = PictureEncoder(tiny[1])
    several = [picture(64, 64), picture(32, 64, 1), picture(64, 64, 2), picture(64, 64, 3)]
    values, _ = encoder.encode(several)
    assert torch.equal(values, torch.cat([encoder.encode([one])[0] for one in several]))


def test_trainer_restores_the_frames_left_out(tiny) -> None:
    encoder = PictureEncoder(tiny[1])
    full, _ = encoder.encode([picture(64, 64)])
    still, _ = encoder.encode([picture(64, 64)], still=True)
    vision = tiny[0].config.vision_config
    assert still.shape[1] * 2 == full.shape[1]
    assert torch.equal(with_all_frames({"pixel_values": still}, vision)["pixel_values"], full)
    assert with_all_frames({"pixel_values": full}, vision)["pixel_values"] is full


def test_unfitted_picture_is_refused(tiny) -> None:
    with pytest.raises(DataError, match="256×256 px was not fitted"):
        PictureEncoder(tiny[1]).encode([picture(256, 256)])
