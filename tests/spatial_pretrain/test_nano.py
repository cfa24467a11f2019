from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from spatial_pretrain.model import load_backbone
from spatial_pretrain.nano import NANO_V1, NANO_V1_WIDE, NanoArchitecture, build_nano, build_processor
from tests.spatial_pretrain.conftest import TINY
from vst_robot.errors import InputError


def test_two_builds_are_the_same() -> None:
    first, _ = build_nano(TINY, seed=3)
    torch.rand(7)
    second, _ = build_nano(TINY, seed=3)
    other, _ = build_nano(TINY, seed=4)
    weights = [model.state_dict() for model in (first, second, other)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert not torch.equal(weights[0]["lm_head.weight"], weights[2]["lm_head.weight"])


def test_building_leaves_the_random_state_alone() -> None:
    torch.manual_seed(11)
    build_nano(TINY, seed=5)
    drawn = torch.rand(3)
    torch.manual_seed(11)
    assert torch.equal(drawn, torch.rand(3))


@pytest.mark.parametrize(("architecture", "millions"), [(NANO_V1, 2.76), (NANO_V1_WIDE, 5.86)])
def test_sizes(architecture: NanoArchitecture, millions: float) -> None:
    model, _ = build_nano(architecture)
    assert type(model) is Qwen2_5_VLForConditionalGeneration
    assert sum(parameter.numel() for parameter in model.parameters()) / 1e6 == pytest.approx(millions, abs=0.005)
    assert model.config.text_config.max_position_embeddings >= 2048


def test_picture_fills_the_stated_tokens() -> None:
    _, processor = build_nano(NANO_V1)
    picture = Image.fromarray(np.zeros((256, 256, 3), np.uint8))
    text = processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Where?"}]}]
    )
    inputs = processor(text=[text], images=[picture])
    pad = processor.tokenizer.convert_tokens_to_ids("<|image_pad|>")
    assert sum(index == pad for index in inputs["input_ids"][0]) == NANO_V1.tokens_per_picture == 16


def test_saved_model_loads_from_its_folder(tmp_path) -> None:
    model, processor = build_nano(TINY, seed=1)
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    loaded = load_backbone(str(tmp_path))
    assert isinstance(loaded.processor, Qwen2_5_VLProcessor)
    assert loaded.model.config.nano["version"] == "tiny"
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, loaded.model.state_dict()[name])


@pytest.mark.parametrize(
    "changes",
    [{"image_size_px": 100}, {"width": 100}, {"kv_heads": 3}, {"vision_width": 100}],
)
def test_sizes_that_do_not_fit(changes) -> None:
    with pytest.raises(InputError, match="nano architecture"):
        replace(NANO_V1, **changes)


def test_processor_needs_no_model() -> None:
    assert len(build_processor(TINY).tokenizer) < 1600
