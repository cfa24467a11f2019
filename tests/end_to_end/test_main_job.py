"""The main job on one task, as a user starts it: demonstrations, training, closed-loop score, resume."""

import json
import subprocess
import sys

import pytest

COMMAND = [
    *(sys.executable, "-m", "vst_robot", "finetune", "--tasks", "2", "--demonstrations.per-task", "2"),
    *("--max-steps", "4", "--training.batch-size", "8", "--episodes", "1", "--workers", "1"),
]


def run(folder, *more):
    return subprocess.run([*COMMAND, *more], cwd=folder, capture_output=True, text=True, timeout=500)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("job")
    return folder, run(folder)


def test_ends_with_the_table_and_the_report(finished):
    folder, done = finished
    assert done.returncode == 0, done.stderr
    scores = folder / "runs" / "finetune-libero_spatial-nano" / "evaluation"
    assert f"report: {scores.relative_to(folder) / 'report.html'}" in done.stdout
    assert (scores / "report.html").is_file()
    card = folder / "runs" / "finetune-libero_spatial-nano" / "policy" / "README.md"
    assert "## Closed loop" in card.read_text(encoding="utf-8")
    records = [json.loads(line) for line in (scores / "episodes.jsonl").read_text().splitlines()]
    assert [record["status"] in ("success", "failure") for record in records] == [True]


def test_shows_progress_and_names_the_rest(finished):
    _, done = finished
    for words in ("collect demonstrations", "train nano", "evaluate libero_spatial", "1 of the protocol's 50"):
        assert words in done.stdout


def test_the_same_command_finds_everything_done(finished):
    folder, _ = finished
    weights = folder / "runs" / "finetune-libero_spatial-nano" / "policy" / "model.safetensors"
    before = weights.stat().st_mtime_ns
    again = run(folder)
    assert again.returncode == 0, again.stderr
    assert "collect demonstrations" not in again.stdout
    assert weights.stat().st_mtime_ns == before


def test_another_configuration_does_not_mix_in(finished):
    folder, _ = finished
    other = run(folder, "--training.learning-rate", "0.5")
    assert other.returncode == 2
    assert "learning_rate" in other.stderr
    assert len(other.stderr.strip().splitlines()) == 1


def test_unknown_suite_writes_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "vst_robot", "finetune", "--suite", "libero_spacial"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert "did you mean 'libero_spatial'" in done.stderr
    assert list(tmp_path.iterdir()) == []
