"""A policy fine-tuned on a handful of made-up episodes: its checkpoint, its answers, its refusals."""

import errno
import json
import os
from dataclasses import replace

import numpy as np
import pytest

from action_tokenizer import AddedTokens
from policies import manifest, model_card
from policies.config import (
    ActionsConfig,
    DemonstrationsConfig,
    FinetuneConfig,
    PackingConfig,
    PicturesConfig,
    PolicyConfig,
    PromptConfig,
)
from policies.demos.cache import FrameCache
from policies.demos.chain import chained
from policies.demos.store import DemonstrationStore, StoreManifest
from policies.finetune import FinetuneJob, finetune
from policies.vla import VlaPolicy
from spatial_pretrain.configs import SupervisedConfig
from vst_robot.errors import DataError, InputError, UnavailableError
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


def test_two_suites_make_one_policy_with_one_set_of_statistics(job, tmp_path, make_episode):
    goal = replace(make_episode().task, suite="libero_goal", name="open_the_drawer", instruction="open the drawer")
    other = DemonstrationStore(tmp_path / "goal")
    episodes = [make_episode(seed=seed, steps=6, cameras=("agentview",), task=goal) for seed in (7, 8, 9)]
    other.prepare(replace(job.store.manifest, suite="libero_goal", tasks=(goal,), num_per_task=3))
    for number, episode in enumerate(episodes):
        other.add(episode, demo=number)
    both = replace(job, store=chained([job.store, other]), suites=("libero_spatial", "libero_goal"))
    vla = manifest.load(finetune(both, tmp_path / "both"))
    assert vla.suites == ("libero_spatial", "libero_goal")
    assert vla.action_codec.statistics.num_episodes == 4, "two of each, as a single set would give"
    assert set(vla.start_hashes) == job.store.start_hashes() | other.start_hashes()
    assert FrameCache.load(tmp_path / "both" / "frames").index.instructions == (
        "pick up the black bowl",
        "open the drawer",
    )
    assert "--suite libero_spatial libero_goal" in model_card.text(vla)


def test_a_finished_run_is_not_trained_again(checkpoint, job, tmp_path):
    before = (checkpoint / "model.safetensors").stat().st_mtime_ns
    assert finetune(job, tmp_path / "run") == checkpoint
    assert (checkpoint / "model.safetensors").stat().st_mtime_ns == before


def curve(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "samples_per_s"} for line in lines]


def test_a_run_that_was_stopped_ends_as_an_undisturbed_one(job, tmp_path):
    training = replace(NANO.training, precision="fp32")
    job = replace(job, config=replace(NANO, training=training))
    whole = finetune(job, tmp_path / "whole")

    def stop(progress):
        if progress.step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finetune(job, tmp_path / "stopped", on_progress=stop)
    assert not (tmp_path / "stopped" / "policy").exists()
    resumed = finetune(job, tmp_path / "stopped")
    assert curve(tmp_path / "stopped") == curve(tmp_path / "whole")
    assert (resumed / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_half_a_checkpoint_of_its_own_run_is_completed(checkpoint, job, tmp_path):
    weights = checkpoint / "model.safetensors"
    before = weights.read_bytes()
    weights.write_bytes(before[:1000])
    (checkpoint / "tokenizer.json").unlink()
    assert finetune(job, tmp_path / "run") == checkpoint
    assert weights.read_bytes() == before
    assert (checkpoint / "tokenizer.json").is_file()


def test_a_full_disk_leaves_no_half_checkpoint(job, tmp_path, monkeypatch):
    def full(vla, folder):
        assert (folder / "model.safetensors").is_file()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(model_card, "write", full)
    with pytest.raises(UnavailableError, match=r"cannot write .*policy: No space left"):
        finetune(job, tmp_path / "run")
    assert not [path.name for path in (tmp_path / "run").iterdir() if "policy" in path.name]
    monkeypatch.undo()
    assert manifest.is_whole(finetune(job, tmp_path / "run"))


def test_mirrored_demonstrations_teach_a_true_policy_the_true_pictures(job, tmp_path):
    policy = replace(NANO.policy, pictures=PicturesConfig(size_px=128, orientation="true"))
    config = replace(NANO, policy=policy, training=replace(NANO.training, max_steps=1))
    mirrored = DemonstrationStore(tmp_path / "mirrored")
    mirrored.prepare(replace(job.store.manifest, orientation="mirrored"))
    for episode in job.store.episodes():
        images = {camera: frames[:, :, ::-1] for camera, frames in episode.images.items()}
        mirrored.add(replace(episode, images=images, orientation="mirrored"))
    frames = []
    for name, store in (("a", job.store), ("b", mirrored)):
        finetune(replace(job, config=config, store=store), tmp_path / name)
        frames.append(FrameCache.load(tmp_path / name / "frames").pictures["agentview"])
    assert (frames[0] == frames[1]).all()
    assert not (frames[0] == frames[0][:, :, ::-1]).all()


def test_action_tokens_beyond_the_model_are_refused(checkpoint):
    vla = manifest.load(checkpoint)
    codec = replace(vla.action_codec, vocabulary=AddedTokens(first_id=10**6))
    manifest.save(replace(vla, action_codec=codec), checkpoint)
    with pytest.raises(DataError, match="names action tokens beyond the model's"):
        VlaPolicy.load(checkpoint, device="cpu")


@pytest.mark.parametrize("device", ["cudaa", "meta"])
def test_an_impossible_device_is_refused(checkpoint, device):
    with pytest.raises(InputError, match=f"no device '{device}' here"):
        VlaPolicy.load(checkpoint, device=device)


def test_another_orientation_than_in_training_is_refused(checkpoint):
    vla = manifest.load(checkpoint)
    pictures = replace(vla.policy.pictures, orientation="true")
    manifest.save(replace(vla, policy=replace(vla.policy, pictures=pictures)), checkpoint)
    with pytest.raises(DataError, match="no longer becomes the ids and pixels"):
        VlaPolicy.load(checkpoint, device="cpu")


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
