"""`vla.json`: everything besides the weights that decides what a policy sees, says and does."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from action_tokenizer import ActionCodec
from policies.config import PolicyConfig
from vst_robot import config
from vst_robot.errors import DataError

FILE = "vla.json"
FORMAT_VERSION = 1
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
PROCESSOR = ("config.json", "tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True, kw_only=True)
class VlaManifest:
    """The policy's side of a checkpoint folder.

    Attributes:
        policy: Pictures, actions and prompt as configured.
        action_codec: Statistics, grid and token ids of the actions.
        proprio_codec: The same for the proprioceptive numbers that the prompt carries, None without.
        prompt_length: Tokens that every prompt is padded to, so that a row never depends on its batch.
        suites: Suites that it was trained on.
        start_hashes: Start states of its demonstrations; evaluation refuses to begin in one of them.
        parity_sha256: Hash of what a fixed observation becomes on its way into the model; checked at load.
        facts: Flat facts about its making, shown in the model card.
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
    manifest = config.load(folder / FILE, VlaManifest, error=DataError)
    if manifest.format_version != FORMAT_VERSION:
        raise DataError(
            f"{folder / FILE} has format version {manifest.format_version}, this vst-robot reads {FORMAT_VERSION}: "
            "install the vst-robot that wrote it"
        )
    return manifest


def require_whole(folder: Path) -> None:
    """Refuses half a checkpoint folder, naming what is missing."""
    missing = [name for name in (FILE, *PROCESSOR) if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in WEIGHTS):
        missing.append(WEIGHTS[0])
    if missing:
        raise DataError(
            f"{folder} is not a whole policy checkpoint: {', '.join(missing)} missing; "
            "run the fine-tuning again to complete it, or name another folder"
        )


def weights_sha256(folder: Path) -> str:
    """Hash of the weights and of `vla.json`, 16 hexadecimal digits: the policy's identity in records."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), folder / FILE]):
        with path.open("rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()[:16]
