"""The walk in `docs/your_own_data.md`, block by block as a user types it, with few training steps."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.repository import ROOT

DOCUMENT = ROOT / "docs" / "your_own_data.md"
BLOCK = re.compile(r"^```(python|toml|bash)\n(.*?)^```", re.DOTALL | re.MULTILINE)
FEW_STEPS = ("--max-steps", "2", "--training.batch-size", "4")


def walk(folder: Path) -> dict[str, str]:
    """Writes the files and runs the commands of the document, in its order; command → what it printed."""
    printed = {}
    for kind, text in BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
        if kind == "bash":
            printed |= {line: run(shlex.split(line), folder) for line in text.splitlines()}
        else:
            path = folder / text.splitlines()[0].removeprefix("# ")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return printed


def run(words: list[str], folder: Path) -> str:
    if words[0] == "mkdir":
        (folder / words[1]).mkdir(exist_ok=True)
        return ""
    python = {"vst-robot": [sys.executable, "-m", "vst_robot"], "python": [sys.executable]}[words[0]]
    more = FEW_STEPS if words[1] == "finetune" else ()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*python, *words[1:], *more], cwd=folder, env=environment, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, f"{shlex.join(words)}: {done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    return folder, walk(folder)


def said(printed, *words):
    """What the one command that contains all `words` printed."""
    (found,) = [text for command, text in printed.items() if all(word in command for word in words)]
    return found


def test_both_sets_are_sound(walked):
    _, printed = walked
    for folder in ("my_data", "my_lerobot"):
        assert f"{folder}: 3 demonstrations, 90 steps, nothing wrong" in said(printed, "validate", folder)


def test_the_ranges_stand_under_their_names(walked):
    _, printed = walked
    assert "right_hand " in said(printed, "stats")
    assert "left_finger" in said(printed, "stats")


def test_the_other_format_carries_the_names(walked):
    folder, _ = walked
    info = json.loads((folder / "my_lerobot" / "meta" / "info.json").read_text())
    features = info["features"]
    assert info["fps"] == 30
    assert features["action"]["names"][6] == "left_gripper"
    assert features["observation.state"]["names"][13] == "right_finger"
    assert {"observation.images.head", "observation.images.wrist"} <= features.keys()


def test_the_training_ends_with_the_checkpoint(walked):
    folder, printed = walked
    assert "no simulator" in said(printed, "finetune")
    checkpoint = folder / "runs" / "finetune-my_data-nano-own" / "policy" / "vla.json"
    statistics = json.loads(checkpoint.read_text())["action_codec"]["statistics"]
    masked = dict(zip(statistics["names"], statistics["mask"], strict=True))
    assert len(masked) == 14
    assert [name for name, normalised in masked.items() if not normalised] == ["left_gripper", "right_gripper"]
    assert statistics["gripper_polarity"] == "0 open, 1 closed"


def test_the_policy_answers_in_the_robots_units(walked):
    _, printed = walked
    answer = said(printed, "answer.py")
    assert "('head', 'wrist'), 14 proprioceptive numbers → actions (5, 14)" in answer
    values = dict(line.split() for line in answer.splitlines()[1:])
    assert {values["left_gripper"], values["right_gripper"]} <= {"0.0000", "1.0000"}


def test_the_simulator_refuses_this_policy(walked):
    folder, _ = walked
    done = subprocess.run(
        [sys.executable, "-m", "vst_robot", "evaluate", "--policy", "runs/finetune-my_data-nano-own/policy"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert "another robot" in done.stderr
