"""The policy that a fine-tuned Qwen2.5-VL is: pictures and words in, action chunks out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from policies import manifest as manifests
from policies.inputs import PolicyInputs
from policies.manifest import VlaManifest
from policies.parity import parity_sha256
from spatial_pretrain.choices import CHOOSERS
from spatial_pretrain.generate import ConstrainedDecoder
from spatial_pretrain.model import Backbone, load_backbone
from spatial_pretrain.pictures import PictureEncoder
from spatial_pretrain.positions import RotaryPositions
from spatial_pretrain.prompts import Prompt, PromptCollator
from vst_robot.errors import DataError, InputError
from vst_robot.types import ActionChunk, Observation


def choose_device(name: str) -> str:
    """Resolves `auto`: the first GPU if there is one.

    Raises:
        InputError: torch knows no such device, or this machine has none.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name).item()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"no device '{name}' here ({reason}): choose auto, cpu, cuda or cuda:1") from error
    return name


class VlaPolicy:
    """Constrained greedy decoding over the 256 action ids; a row's answer never depends on the other rows.

    Attributes:
        cameras: Cameras that it looks through.
        manifest: Its `vla.json`.
    """

    def __init__(self, backbone: Backbone, manifest: VlaManifest, identity: str) -> None:
        """Takes a loaded model; `load` is the usual way.

        Args:
            backbone: Model and processor.
            manifest: What the checkpoint says about inputs and outputs.
            identity: Hash of the weights.
        """
        self.manifest = manifest
        self.cameras = manifest.policy.pictures.cameras
        self._decode = ConstrainedDecoder(backbone.model)
        self._choose = CHOOSERS[manifest.policy.actions.decoding]
        self._identity = identity
        self._inputs = PolicyInputs(
            manifest.policy, backbone.processor, manifest.action_codec, manifest.proprio_codec, manifest.robot
        )
        self._collator = PromptCollator(
            encoder=PictureEncoder(backbone.processor),
            positions=RotaryPositions(backbone.model.config),
            pad_id=backbone.processor.tokenizer.pad_token_id,
            length=manifest.prompt_length,
        )
        self._allowed_ids = torch.from_numpy(manifest.action_codec.vocabulary.ids())

    @classmethod
    def load(cls, folder: Path, *, device: str = "auto") -> "VlaPolicy":
        """Loads a checkpoint folder.

        Raises:
            InputError: There is no such device.
            DataError: Half a folder, damaged files, or inputs that no longer come out as in training.
        """
        device = choose_device(device)
        manifest = manifests.load(folder)
        backbone = load_backbone(str(folder), dtype=torch.float32 if device == "cpu" else torch.bfloat16)
        backbone.model.to(device)  # pyright: ignore[reportArgumentType]
        rows = backbone.model.lm_head.weight.shape[0]
        if manifest.action_codec.vocabulary.ids().max() >= rows:
            raise DataError(f"{folder / manifests.FILE} names action tokens beyond the model's {rows}; the two differ")
        policy = cls(backbone, manifest, manifests.weights_sha256(folder))
        if parity_sha256(policy._inputs) != manifest.parity_sha256:
            raise DataError(
                f"{folder}: a fixed observation no longer becomes the ids and pixels of its training: {manifests.FILE} "
                "or the tokenizer was changed, or the installed transformers or Pillow differ too much from those it "
                f"was made with ({manifest.facts.get('versions', 'see its model card')})"
            )
        return policy

    @property
    def horizon(self) -> int:
        """Control steps per answer."""
        return self.manifest.policy.actions.chunk

    def act(self, observations: Sequence[Observation]) -> list[ActionChunk]:
        """Answers a batch of observations of different episodes, in order."""
        return [chunk for chunk in self.act_slots(observations) if chunk is not None]

    def act_slots(self, rows: Sequence[Observation | None]) -> list[ActionChunk | None]:
        """Answers a batch with empty rows, which are computed all the same: the shape decides the arithmetic."""
        prompts = [None if row is None else self._prompt(row) for row in rows]
        filler = next((prompt for prompt in prompts if prompt is not None), None)
        if filler is None:
            return [None] * len(rows)
        batch = self._collator([prompt or filler for prompt in prompts])
        codec = self.manifest.action_codec
        ids = self._decode(batch, self._allowed_ids, self.horizon * codec.num_dims, self._choose).numpy()
        actions = codec.decode(ids.reshape(len(rows), self.horizon, codec.num_dims))
        return [None if row is None else ActionChunk(actions=chunk) for row, chunk in zip(rows, actions, strict=True)]

    def _prompt(self, observation: Observation) -> Prompt:
        return self._inputs.prompt(observation.images, observation.instruction, observation.proprio)

    def forget(self, episode: str) -> None:
        """Nothing is kept between questions."""

    def fingerprint(self) -> Mapping[str, str]:
        """What it was fine-tuned from, hash of weights and `vla.json`, and the parity hash of the inputs."""
        manifest = self.manifest
        return {"name": manifest.policy.backbone, "weights": self._identity, "inputs": manifest.parity_sha256[:16]}
