"""`vla.json`: everything besides the weights that decides what a policy sees, says and does."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from action_tokenizer import LIBERO, ActionCodec, Robot
from policies.config import PolicyConfig
from vst_robot import config
from vst_robot.errors import DataError

FILE = "vla.json"
FORMAT_VERSION = 1
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
PICTURES = ("processor_config.json", "preprocessor_config.json")
PROCESSOR = ("config.json", "tokenizer.json", "tokenizer_config.json")
MODEL_TYPE = "qwen2_5_vl"
WAY_OUT = "run the fine-tuning again to complete it, or name another folder"


@dataclass(frozen=True, kw_only=True)
class VlaManifest:
    """The policy's side of a checkpoint folder.

    Attributes:
        policy: Pictures, actions and prompt as configured.
        action_codec: Statistics, grid and token ids of the actions.
        proprio_codec: The same for the proprioceptive numbers that the prompt carries, None without.
        prompt_length: Tokens that every prompt is padded to, so that a row never depends on its batch.
        suites: Suites that it was trained on; none for a robot of the user's own.
        start_hashes: Start states of its demonstrations; evaluation refuses to begin in one of them.
        parity_sha256: Hash of what a fixed observation becomes on its way into the model; checked at load.
        facts: Flat facts about its making, shown in the model card.
        robot: What its actions and its proprioception are called; checkpoints that do not say it are LIBERO's.
        format_version: Version of this file.
    """

    policy: PolicyConfig
    action_codec: ActionCodec
    proprio_codec: ActionCodec | None
    prompt_length: int
    suites: tuple[str, ...]
    start_hashes: tuple[str, ...]
    parity_sha256: str
    facts: dict[str, str]
    robot: Robot = LIBERO
    format_version: int = FORMAT_VERSION


def save(manifest: VlaManifest, folder: Path) -> None:
    """Writes `vla.json` whole or not at all; written last, it marks the folder as complete."""
    config.dump_json(manifest, folder / FILE)


def load(folder: Path) -> VlaManifest:
    """Reads `vla.json` after checking that the folder is a whole checkpoint.

    Raises:
        DataError: A file is missing (it is named), or `vla.json` is damaged or of a newer version.
    """
    require_whole(folder)
    if "orientation" not in _json(folder / FILE).get("policy", {}).get("pictures", {}):
        raise DataError(
            f"{folder / FILE} does not declare policy.pictures.orientation, 'true' or 'mirrored'; {WAY_OUT}"
        )
    manifest = config.load(folder / FILE, VlaManifest, error=DataError)
    if manifest.format_version != FORMAT_VERSION:
        raise DataError(
            f"{folder / FILE} has format version {manifest.format_version}, this vst-robot reads {FORMAT_VERSION}: "
            "install the vst-robot that wrote it"
        )
    return manifest


def require_whole(folder: Path) -> None:
    """Refuses half a checkpoint folder.

    Raises:
        DataError: Names what is missing, or the file that was cut off.
    """
    missing = [name for name in (FILE, *PROCESSOR) if not (folder / name).is_file()]
    missing += [names[0] for names in (PICTURES, WEIGHTS) if not any((folder / name).is_file() for name in names)]
    missing += sorted(name for name in _shards(folder) if not (folder / name).is_file())
    if missing:
        raise DataError(f"{folder} is not a whole policy checkpoint: {', '.join(missing)} missing; {WAY_OUT}")
    for path in sorted(folder.glob("*.json")):
        _json(path)
    if (kind := _json(folder / "config.json").get("model_type")) != MODEL_TYPE:
        raise DataError(f"{folder / 'config.json'} describes a model of type {kind}, not {MODEL_TYPE}; {WAY_OUT}")
    for path in sorted(folder.glob("*.safetensors")):
        _check_weights(path)


def is_whole(folder: Path) -> bool:
    """Whether `require_whole` has nothing to refuse."""
    try:
        require_whole(folder)
    except DataError:
        return False
    return True


def _shards(folder: Path) -> set[str]:
    """Files that an index of weights names."""
    path = folder / WEIGHTS[1]
    index = _json(path) if path.is_file() else {}
    return set(index.get("weight_map", {}).values())


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is damaged ({error}); {WAY_OUT}") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} is damaged (it holds no JSON object); {WAY_OUT}")
    return content


def _check_weights(path: Path) -> None:
    """Reads the head of a file, which says how long it must be."""
    try:
        with safe_open(path, framework="numpy"):
            pass
    except (OSError, SafetensorError) as error:
        raise DataError(f"{path} is damaged ({error}); {WAY_OUT}") from error


def weights_sha256(folder: Path) -> str:
    """Hash of the weights and of `vla.json`, 16 hexadecimal digits: the policy's identity in records."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), folder / FILE]):
        with path.open("rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()[:16]
