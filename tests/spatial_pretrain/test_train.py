import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from spatial_pretrain.collate import RowCollator
from spatial_pretrain.configs import LoraSettings, SupervisedConfig
from spatial_pretrain.metrics import read_metrics
from spatial_pretrain.model import load_backbone
from spatial_pretrain.packing import PackedDataset, pack
from spatial_pretrain.train import choose_bf16, train_supervised
from spatial_pretrain.vocabulary import add_tokens
from tests.spatial_pretrain.conftest import build_tiny
from vst_robot.errors import DataError, InputError, UnavailableError

CONFIG = SupervisedConfig(
    max_steps=6, batch_size=2, learning_rate=3e-3, checkpoint_every=2, log_every=1, precision="fp32", tensorboard=False
)


class Killed(Exception):
    """Stands for the end of a process."""


def losses(folder: Path) -> list[float]:
    return [line["loss"] for line in read_metrics(folder / "metrics.jsonl")]


def kill_at(step):
    def watch(progress):
        if progress.step == step:
            raise Killed

    return watch


@pytest.mark.parametrize("changes", [{}, {"compute": "stock", "accumulation_steps": 2}, {"precision": "bf16"}])
def test_interrupted_and_resumed_is_undisturbed(tmp_path, samples, batch_collator, changes) -> None:
    config = replace(CONFIG, **changes)
    whole, _ = build_tiny()
    train_supervised(whole, samples, batch_collator, config, tmp_path / "whole")
    broken, _ = build_tiny()
    with pytest.raises(Killed):
        train_supervised(broken, samples, batch_collator, config, tmp_path / "broken", on_progress=kill_at(3))
    resumed, _ = build_tiny(seed=9)
    result = train_supervised(resumed, samples, batch_collator, config, tmp_path / "broken")
    assert result.resumed_at == 2
    assert losses(tmp_path / "broken") == losses(tmp_path / "whole")
    assert len(losses(tmp_path / "whole")) == 6
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name


SCRIPT = """
import sys, torch
from pathlib import Path
from spatial_pretrain.collate import BatchCollator
from spatial_pretrain.pictures import PictureEncoder
from spatial_pretrain.positions import RotaryPositions
from spatial_pretrain.train import train_supervised
from tests.spatial_pretrain.conftest import build_tiny, make_samples
from tests.spatial_pretrain.test_train import CONFIG
torch.set_num_threads(1)
model, processor = build_tiny()
parts = dict(encoder=PictureEncoder(processor), positions=RotaryPositions(model.config), pad_id=0)
show = lambda progress: print(progress.step, flush=True)
train_supervised(model, make_samples(processor), BatchCollator(**parts), CONFIG, Path(sys.argv[1]), on_progress=show)
"""


def test_sigkill(tmp_path, samples, batch_collator) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "killed")]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        for line in process.stdout:
            if int(line) == 5:
                os.kill(process.pid, signal.SIGKILL)
                break
    model, _ = build_tiny()
    result = train_supervised(model, samples, batch_collator, CONFIG, tmp_path / "killed")
    whole, _ = build_tiny()
    train_supervised(whole, samples, batch_collator, CONFIG, tmp_path / "whole")
    assert result.resumed_at == 4
    assert losses(tmp_path / "killed") == losses(tmp_path / "whole")


def test_finished_run_only_restores_the_weights(tmp_path, samples, batch_collator) -> None:
    first, _ = build_tiny()
    train_supervised(first, samples, batch_collator, CONFIG, tmp_path)
    again, _ = build_tiny(seed=5)
    result = train_supervised(again, samples, batch_collator, CONFIG, tmp_path)
    assert (result.resumed_at, result.samples_per_s) == (6, 0.0)
    assert torch.equal(first.lm_head.weight, again.lm_head.weight)


def test_it_learns_and_reports(tmp_path, samples, batch_collator) -> None:
    model, _ = build_tiny()
    seen = []
    config = replace(CONFIG, max_steps=25, batch_size=6, checkpoint_every=25, tensorboard=True)
    result = train_supervised(model, samples, batch_collator, config, tmp_path, on_progress=seen.append)
    assert result.final_loss < 0.5 * losses(tmp_path)[0]
    assert [progress.step for progress in seen] == list(range(1, 26))
    assert list((tmp_path / "tensorboard").glob("events*"))
    line = json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[0])
    assert {"step", "loss", "learning_rate", "grad_norm", "samples_per_s"} == line.keys()


def test_lean_and_stock_train_alike(tmp_path, samples, batch_collator) -> None:
    curves = []
    for compute in ("lean", "stock"):
        model, _ = build_tiny()
        train_supervised(model, samples, batch_collator, replace(CONFIG, compute=compute), tmp_path / compute)
        curves.append(losses(tmp_path / compute))
    assert curves[0] == pytest.approx(curves[1], rel=1e-3)


def test_packed_rows_train(tmp_path, samples, parts) -> None:
    model, _ = build_tiny()
    rows = PackedDataset(samples, pack([len(sample) for sample in samples], 2 * max(map(len, samples))))
    result = train_supervised(model, rows, RowCollator(**parts), CONFIG, tmp_path)
    assert result.final_loss < losses(tmp_path)[0]


def test_checkpoint_is_a_model_folder(tmp_path, samples, batch_collator, tiny) -> None:
    model, processor = build_tiny()
    train_supervised(model, samples, batch_collator, CONFIG, tmp_path, processor=processor)
    folder = tmp_path / "checkpoints" / "checkpoint-6"
    loaded = load_backbone(str(folder)).model
    assert torch.equal(loaded.lm_head.weight, model.lm_head.weight)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["checkpoint-6", "run.json"]


def test_lora_trains_adapters_and_new_rows_only(tmp_path, samples, batch_collator) -> None:
    model, processor = build_tiny()
    ids = add_tokens(model, processor, ["<|new|>"])
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    answers = [replace(sample, labels=sample.labels.copy(), input_ids=sample.input_ids.copy()) for sample in samples]
    for sample in answers:
        sample.input_ids[-3] = sample.labels[-3] = ids[0]
    config = replace(CONFIG, lora=LoraSettings(rank=4))
    train_supervised(model, answers, batch_collator, config, tmp_path, new_token_ids=ids)
    after = model.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert any("q_proj" in name for name in changed)
    assert not any("visual" in name or "norm" in name for name in changed)
    embedding = next(name for name in changed if "embed_tokens" in name)
    rows = (before[embedding] != after[embedding]).any(dim=1).nonzero().flatten().tolist()
    assert rows == ids


def test_another_run_in_the_same_folder_is_refused(tmp_path, samples, batch_collator) -> None:
    train_supervised(build_tiny()[0], samples, batch_collator, CONFIG, tmp_path)
    with pytest.raises(InputError, match=r"learning_rate = 0.003, not 0.1"):
        train_supervised(build_tiny()[0], samples, batch_collator, replace(CONFIG, learning_rate=0.1), tmp_path)


def test_full_disk(tmp_path, samples, batch_collator, monkeypatch) -> None:
    def write_no_more(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", write_no_more)
    with pytest.raises(UnavailableError, match="no space left"):
        train_supervised(build_tiny()[0], samples, batch_collator, CONFIG, tmp_path)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["run.json"]


def test_nothing_to_train_on(tmp_path, batch_collator) -> None:
    with pytest.raises(DataError, match="dataset is empty"):
        train_supervised(build_tiny()[0], [], batch_collator, CONFIG, tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"checkpoint_every": 3, "log_every": 2}, "multiple of log_every"),
        ({"max_steps": 0}, "max_steps must be at least 1"),
        ({"frozen_parts": ("vitt",)}, "did you mean 'vit'"),
    ],
)
def test_values_that_cannot_be(changes, message) -> None:
    with pytest.raises(InputError, match=message):
        replace(CONFIG, **changes)


def test_lean_by_name_must_be_possible(tmp_path, samples, batch_collator) -> None:
    model, _ = build_tiny()
    model.lm_head = torch.nn.Sequential(model.lm_head)
    with pytest.raises(InputError, match="'lean' is not possible"):
        train_supervised(model, samples, batch_collator, replace(CONFIG, compute="lean"), tmp_path)


def test_precision() -> None:
    cpu = torch.device("cpu")
    assert choose_bf16("bf16", cpu)
    assert not choose_bf16("fp32", cpu)
