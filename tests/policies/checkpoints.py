"""A checkpoint folder that is whole as far as anyone can tell without loading the model."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from action_tokenizer import ActionCodec, ActionStatistics, AddedTokens, Grid
from policies import manifest
from policies.config import PolicyConfig
from policies.manifest import VlaManifest


def write_checkpoint(folder: Path, *, start_hashes: tuple[str, ...] = ()) -> Path:
    folder.mkdir(parents=True)
    actions = np.random.default_rng(0).uniform(-1, 1, (50, 7))
    codec = ActionCodec(
        statistics=ActionStatistics.fit(actions), grid=Grid("uniform"), vocabulary=AddedTokens(first_id=100)
    )
    for name in ("tokenizer.json", "tokenizer_config.json", "processor_config.json"):
        (folder / name).write_text('{"any": "content"}')
    (folder / "config.json").write_text('{"model_type": "qwen2_5_vl"}')
    save_file({"weight": np.ones((64, 64), np.float32)}, folder / "model.safetensors")
    vla = VlaManifest(
        policy=PolicyConfig(),
        action_codec=codec,
        proprio_codec=None,
        prompt_length=64,
        suites=("libero_spatial",),
        start_hashes=start_hashes,
        parity_sha256="0" * 64,
        facts={},
    )
    manifest.save(vla, folder)
    return folder


def edit_json(path: Path, value: object, *keys: str) -> None:
    """Sets the entry under `keys`; None removes it."""
    data = json.loads(path.read_text())
    table = data
    for key in keys[:-1]:
        table = table[key]
    if value is None:
        del table[keys[-1]]
    else:
        table[keys[-1]] = value
    path.write_text(json.dumps(data))
