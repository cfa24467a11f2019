import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from spatial_pretrain.model import load_backbone
from vst_robot.errors import DataError, InputError


@pytest.fixture
def folder(tiny, tmp_path):
    tiny[0].save_pretrained(tmp_path)
    tiny[1].save_pretrained(tmp_path)
    return tmp_path


def test_nano_by_name() -> None:
    backbone = load_backbone("nano", dtype=torch.bfloat16)
    assert backbone.model.dtype == torch.bfloat16
    assert not backbone.model.training


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json", "processor_config.json"])
def test_half_a_folder(folder, missing) -> None:
    (folder / missing).unlink()
    with pytest.raises(DataError, match=missing):
        load_backbone(str(folder))


def test_truncated_weights(folder) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match="is damaged"):
        load_backbone(str(folder))


def test_missing_weights(folder) -> None:
    path = folder / "model.safetensors"
    weights = load_file(path)
    weights.pop("visual.merger.ln_q.weight")
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(DataError, match=r"lacks 1 of .*merger\.ln_q"):
        load_backbone(str(folder))


def test_missing_shard(folder) -> None:
    (folder / "model.safetensors").rename(folder / "elsewhere")
    index = {"metadata": {}, "weight_map": {"lm_head.weight": "model-00001-of-00001.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(DataError, match="model-00001-of-00001"):
        load_backbone(str(folder))


@pytest.mark.parametrize("name", ["./nowhere", "nanno", "a/b/c"])
def test_neither_folder_nor_hub_id(name) -> None:
    with pytest.raises(InputError, match="no model folder"):
        load_backbone(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="flash-attn may be there")
def test_flash_attention_needs_a_gpu() -> None:
    with pytest.raises(InputError, match="needs a CUDA device"):
        load_backbone("nano", attention="flash_attention_2")
