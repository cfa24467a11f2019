"""Demonstrations in, policy checkpoint out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import transformers

from policies import codecs, manifest, model_card, robots
from policies.config import FinetuneConfig
from policies.demos.cache import FrameCache, cache_key
from policies.demos.interface import Demonstrations
from policies.inputs import PolicyInputs
from policies.manifest import VlaManifest
from policies.parity import parity_sha256
from policies.training_set import DemonstrationSet, batching
from spatial_pretrain.configs import TrainProgress
from spatial_pretrain.model import Backbone, load_backbone
from spatial_pretrain.train import train_supervised
from vst_robot.atomic import sweep, whole_folder
from vst_robot.types import Episode

CHECKPOINT = "policy"
FRAMES = "frames"
PROMPT_MULTIPLE = 8


@dataclass(frozen=True, kw_only=True)
class FinetuneJob:
    """What to learn from.

    Attributes:
        config: The resolved preset.
        store: The demonstrations.
        suites: Suites that they cover; none for a robot of the user's own.
        seed: Seed of fresh weights.
        facts: Flat facts for the checkpoint: version, commit, command.
    """

    config: FinetuneConfig
    store: Demonstrations
    suites: tuple[str, ...]
    seed: int
    facts: Mapping[str, str]


def finetune(job: FinetuneJob, output: Path, *, on_progress: Callable[[TrainProgress], None] | None = None) -> Path:
    """Trains a policy; continues a killed run, and returns at once if the checkpoint is there already.

    Args:
        job: What to learn from.
        output: Run folder. The checkpoint becomes `output/policy`.
        on_progress: Called at every report.

    Returns:
        The checkpoint folder.

    Raises:
        InputError: `output` holds a run with other settings.
        DataError: The demonstrations or the backbone's folder are damaged.
    """
    folder = output / CHECKPOINT
    if manifest.is_whole(folder):
        return folder
    job = _resolved(job)
    backbone = load_backbone(job.config.policy.backbone, seed=job.seed)
    inputs = _inputs(job, backbone)
    config = job.config
    dataset = DemonstrationSet(
        _frames(job, inputs, output / FRAMES), inputs, labels=config.demonstrations.labels, seed=config.training.seed
    )
    rows, collator = batching(dataset, backbone, config)
    result = train_supervised(
        backbone.model,
        rows,
        collator,
        config.training,
        output,
        new_token_ids=inputs.action_codec.vocabulary.ids().tolist(),
        on_progress=on_progress,
    )
    facts = {
        **job.facts,
        "demonstration_set": str(job.store.folder),
        "versions": f"torch {torch.__version__}, transformers {transformers.__version__}",
        "training_samples": str(len(dataset)),
        "training_steps": str(result.steps),
        "final_loss": f"{result.final_loss:.4f}",
    }
    _save(_manifest(job, inputs, dataset, facts), backbone, folder)
    return folder


def _resolved(job: FinetuneJob) -> FinetuneJob:
    """The job with the cameras and numbers of its demonstrations where `all` are asked for."""
    first = next(iter(_episodes(job)), None)
    policy = robots.resolve(job.config.policy, job.store.robot, tuple(first.images) if first else ())
    return replace(job, config=replace(job.config, policy=policy))


def _episodes(job: FinetuneJob) -> Iterator[Episode]:
    per_task = job.config.demonstrations.per_task
    return job.store.episodes(per_task if job.store.manifest else None)


def _labels(job: FinetuneJob, episode: Episode) -> np.ndarray:
    return episode.actions_clean if job.config.demonstrations.labels == "clean" else episode.actions


def _inputs(job: FinetuneJob, backbone: Backbone) -> PolicyInputs:
    """Adds the action tokens and fits both codecs on the demonstrations."""
    policy = job.config.policy
    robot, vocabulary = job.store.robot, codecs.add_action_tokens(backbone, policy)
    labels = (_labels(job, episode) for episode in _episodes(job))
    proprio = (episode.proprio for episode in _episodes(job))
    action_codec = codecs.fit_action_codec(labels, vocabulary, policy, robot)
    proprio_codec = codecs.fit_proprio_codec(proprio, vocabulary, policy, robot)
    return PolicyInputs(policy, backbone.processor, action_codec, proprio_codec, robot)


def _frames(job: FinetuneJob, inputs: PolicyInputs, folder: Path) -> FrameCache:
    """Pictures as the vision tower sees them, unpacked once for all epochs."""
    pictures, demonstrations = job.config.policy.pictures, job.config.demonstrations
    pipeline = {
        "cameras": pictures.cameras,
        "size_px": pictures.size_px,
        "orientation": pictures.orientation,
        "drop_noops": demonstrations.drop_noops,
    }
    contents = job.store.contents_hash(demonstrations.per_task if job.store.manifest else None)
    return FrameCache.build(
        _episodes(job),
        folder,
        cameras=pictures.cameras,
        pictures=inputs.square,
        key=cache_key(contents, pipeline),
        drop_noops=demonstrations.drop_noops,
        arm=job.store.robot.mask,
    )


def _manifest(
    job: FinetuneJob, inputs: PolicyInputs, dataset: DemonstrationSet, facts: Mapping[str, str]
) -> VlaManifest:
    longest = dataset.longest_prompt()
    return VlaManifest(
        policy=job.config.policy,
        action_codec=inputs.action_codec,
        proprio_codec=inputs.proprio_codec,
        prompt_length=-(-longest // PROMPT_MULTIPLE) * PROMPT_MULTIPLE,
        suites=job.suites,
        start_hashes=tuple(sorted(job.store.start_hashes())),
        parity_sha256=parity_sha256(inputs),
        facts=dict(facts),
        robot=job.store.robot,
    )


def _save(vla: VlaManifest, backbone: Backbone, folder: Path) -> None:
    """Writes the checkpoint (bfloat16, as models are published) beside its place and moves it there when whole."""
    sweep(folder.parent)
    with whole_folder(folder) as staging:
        backbone.model.to(torch.bfloat16).save_pretrained(staging)  # pyright: ignore[reportArgumentType]
        backbone.processor.save_pretrained(staging)
        model_card.write(vla, staging)
        manifest.save(vla, staging)
