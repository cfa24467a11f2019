"""A policy fine-tuned on a handful of made-up episodes: its checkpoint, its answers, its refusals."""

from dataclasses import replace

import numpy as np
import pytest

from policies import manifest
from policies.config import (
    ActionsConfig,
    DemonstrationsConfig,
    FinetuneConfig,
    PackingConfig,
    PicturesConfig,
    PolicyConfig,
    PromptConfig,
)
from policies.demos.store import DemonstrationStore, StoreManifest
from policies.finetune import FinetuneJob, finetune
from policies.vla import VlaPolicy
from spatial_pretrain.configs import SupervisedConfig
from vst_robot.errors import DataError
from vst_robot.types import Observation

NANO = FinetuneConfig(
    policy=PolicyConfig(
        pictures=PicturesConfig(size_px=128),
        actions=ActionsConfig(chunk=2),
        prompt=PromptConfig(proprio=("x_m", "y_m", "z_m")),
    ),
    demonstrations=DemonstrationsConfig(per_task=2),
    training=SupervisedConfig(
        max_steps=3, batch_size=4, learning_rate=1e-3, checkpoint_every=1, log_every=1, tensorboard=False
    ),
)


@pytest.fixture
def job(tmp_path, make_episode):
    episodes = [make_episode(seed=seed, steps=6, cameras=("agentview",)) for seed in range(2)]
    store = DemonstrationStore(tmp_path / "demos")
    store.prepare(
        StoreManifest(
            suite="libero_spatial",
            tasks=(episodes[0].task,),
            cameras=("agentview",),
            image_size=32,
            seed=0,
            num_per_task=2,
        )
    )
    for episode in episodes:
        store.add(episode)
    store.merge()
    return FinetuneJob(config=NANO, store=store, suites=("libero_spatial",), seed=0, facts={"version": "test"})


@pytest.fixture
def checkpoint(job, tmp_path):
    return finetune(job, tmp_path / "run")


def observation(episode="libero_spatial/2/0", seed=0):
    rng = np.random.default_rng(seed)
    return Observation(
        images={"agentview": rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)},
        instruction="Pick up the black bowl",
        proprio=rng.normal(size=8),
        episode=episode,
        step=0,
    )


def test_answers_with_a_chunk_of_robot_actions(checkpoint):
    policy = VlaPolicy.load(checkpoint, device="cpu")
    (chunk,) = policy.act([observation()])
    assert chunk.actions.shape == (2, 7)
    statistics = policy.manifest.action_codec.statistics
    assert (chunk.actions >= np.minimum(statistics.q01, -1) - 1e-6).all()
    assert (chunk.actions <= np.maximum(statistics.q99, 1) + 1e-6).all()


def test_a_row_does_not_depend_on_the_other_rows(checkpoint):
    policy = VlaPolicy.load(checkpoint, device="cpu")
    mine, other = observation(seed=0), observation(seed=1)
    alone = policy.act_slots([mine, None, None])
    together = policy.act_slots([mine, other, replace(other, instruction="Put it down")])
    assert alone[1:] == [None, None]
    assert (alone[0].actions == together[0].actions).all()


def test_the_checkpoint_knows_its_demonstrations(checkpoint, job):
    vla = manifest.load(checkpoint)
    assert set(vla.start_hashes) == job.store.start_hashes()
    assert vla.action_codec.statistics.num_episodes == 2
    assert "vst-robot evaluate" in (checkpoint / "README.md").read_text()


def test_a_finished_run_is_not_trained_again(checkpoint, job, tmp_path):
    before = (checkpoint / "model.safetensors").stat().st_mtime_ns
    assert finetune(job, tmp_path / "run") == checkpoint
    assert (checkpoint / "model.safetensors").stat().st_mtime_ns == before


@pytest.mark.parametrize("missing", ["vla.json", "model.safetensors", "tokenizer.json", "config.json"])
def test_half_a_folder_is_refused_by_name(checkpoint, missing):
    (checkpoint / missing).unlink()
    with pytest.raises(DataError, match=missing.replace(".", r"\.")):
        VlaPolicy.load(checkpoint, device="cpu")


def test_inputs_that_changed_since_training_are_refused(checkpoint):
    vla = manifest.load(checkpoint)
    question = "What now to {instruction}?"
    prompt = replace(vla.policy.prompt, question=question)
    manifest.save(replace(vla, policy=replace(vla.policy, prompt=prompt)), checkpoint)
    with pytest.raises(DataError, match="no longer"):
        VlaPolicy.load(checkpoint, device="cpu")


def test_training_and_control_see_the_same(checkpoint, job, tmp_path):
    """The same recorded step through the training path and through the policy: identical ids and pixels."""
    from policies.demos.cache import FrameCache
    from policies.training_set import DemonstrationSet

    policy = VlaPolicy.load(checkpoint, device="cpu")
    cache = FrameCache.load(tmp_path / "run" / "frames")
    sample = DemonstrationSet(cache, policy._inputs, labels="clean", seed=0)[0]
    episode = next(iter(job.store.episodes()))
    images = {camera: frames[0] for camera, frames in episode.images.items()}
    prompt = policy._inputs.prompt(images, episode.task.instruction, episode.proprio[0])
    assert (sample.input_ids[: len(prompt.input_ids)] == prompt.input_ids).all()
    assert (sample.pictures[0] == prompt.pictures[0]).all()
    answer = sample.input_ids[len(prompt.input_ids) :][:14].reshape(2, 7)
    clean = policy.manifest.action_codec.decode(answer)
    assert np.abs(clean[:, :6] - np.clip(episode.actions_clean[:2, :6], -1, 1)).max() < 0.1


def test_packed_rows_train_as_well(job, tmp_path):
    packed = replace(job, config=replace(NANO, packing=PackingConfig(enabled=True, row_tokens=256)))
    assert (finetune(packed, tmp_path / "packed") / "vla.json").is_file()
