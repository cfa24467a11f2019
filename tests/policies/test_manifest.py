"""Half a checkpoint folder, a damaged one, one of another version: refused by name, before torch loads a weight."""

import json

import pytest

from policies import manifest
from tests.policies.checkpoints import edit_json, write_checkpoint
from vst_robot.errors import DataError

NEEDED = (
    "vla.json",
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "processor_config.json",
    "model.safetensors",
)


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "policy", start_hashes=("abc",))


def test_a_whole_folder_is_read(folder):
    assert manifest.load(folder).start_hashes == ("abc",)
    assert manifest.is_whole(folder)


@pytest.mark.parametrize("name", NEEDED)
def test_every_missing_file_is_named(folder, name):
    (folder / name).unlink()
    assert not manifest.is_whole(folder)
    with pytest.raises(DataError, match=f"not a whole policy checkpoint: {name} missing"):
        manifest.load(folder)


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
@pytest.mark.parametrize("name", NEEDED)
def test_every_file_that_was_cut_off_is_named(folder, name, share):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(len(content) * share)])
    assert not manifest.is_whole(folder)
    with pytest.raises(DataError, match=f"{name} is damaged"):
        manifest.load(folder)


def test_every_shard_of_the_weights_is_needed(folder):
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    with pytest.raises(DataError, match=r"model-00002-of-00002\.safetensors missing"):
        manifest.load(folder)


@pytest.mark.parametrize(
    ("file", "value", "keys", "message"),
    [
        ("vla.json", 2, ("format_version",), "format version 2, this vst-robot reads 1"),
        ("vla.json", "red", ("colour",), "colour: unknown key"),
        ("vla.json", None, ("action_codec",), "action_codec: missing"),
        ("vla.json", [0.5], ("action_codec", "statistics", "q01"), "'q01' has 1 entries"),
        ("vla.json", "sideways", ("policy", "pictures", "orientation"), "expected one of 'true', 'mirrored'"),
        ("vla.json", None, ("policy", "pictures", "orientation"), "does not declare policy.pictures.orientation"),
        ("vla.json", 0, ("policy", "actions", "chunk"), "chunk must be at least 1"),
        ("config.json", "llama", ("model_type",), "describes a model of type llama, not qwen2_5_vl"),
    ],
)
def test_what_does_not_fit_is_named(folder, file, value, keys, message):
    edit_json(folder / file, value, *keys)
    with pytest.raises(DataError, match=message):
        manifest.load(folder)
