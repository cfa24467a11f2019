"""Bad input, as a user types it: exit code 2, one clear line that names the way out, nothing left behind."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vst_robot.cli import app

Refused = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs words in an empty folder and returns the one line that comes back."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> str:
        before = sorted(tmp_path.rglob("*"))
        code, printed = app.exit_code(list(words)), capsys.readouterr().err
        check(code, printed)
        assert sorted(tmp_path.rglob("*")) == before, "a refused command leaves nothing behind"
        return printed.strip()

    return run


def check(code: int, printed: str) -> None:
    """Exit code 2 and one line that is no traceback."""
    assert code == 2, printed
    assert printed.startswith("error: ")
    assert printed.count("\n") == 1, printed


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        ("finetun", "finetune"),
        ("demos colect", "collect"),
        ("finetune --preset nano-lang", "nano-long"),
        ("finetune --suite libero_spacial", "libero_spatial"),
        ("finetune --assets primitve", "primitive"),
        ("evaluate --policy random --suite libero_gaol", "libero_goal"),
        ("evaluate --policy random --suite libero_goal libero_objet", "libero_object"),
        ("evaluate --policy random --protocol vts", "vst"),
        ("evaluate --policy random --assets oficial", "official"),
        ("evaluate --policy vst-nano-liber", "vst-nano-libero"),
        ("demos collect --suite libero-spatial", "libero_spatial"),
        ("demos expert-report --suite libero_objects", "libero_object"),
        ("finetune --policy.backbone nanoo", "nano"),
        ("finetune --evaluation.protocol vts", "vst"),
    ],
)
def test_a_misspelt_name(words: str, nearest: str, refused: Refused) -> None:
    assert f"did you mean '{nearest}'?" in refused(*words.split())


def test_a_misspelt_flag(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        app.exit_code(["evaluate", "--polcy", "random"])
    assert caught.value.code == 2
    printed = capfd.readouterr()
    assert "--policy" in printed.out + printed.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("evaluate --policy random --episodes 51", "50 evaluation states"),
        ("evaluate --policy random --max-steps 0", "at least one step"),
        ("evaluate --policy ./nowhere", "no policy folder './nowhere'"),
        ("evaluate --policy random --assets ./nowhere", "no asset folder './nowhere'"),
        ("evaluate --policy random --episodes 0", "0 episodes per task"),
        ("evaluate --policy random --workers 0", "at least one worker"),
        ("evaluate --policy random --slots 0", "at least one slot"),
        ("evaluate --policy random --videos -1", "cannot be negative"),
        ("evaluate --policy random --seed -1", "a seed lies between 0 and"),
        ("evaluate --policy random --tasks 0 10", "unknown task 10"),
        ("evaluate --policy random --tasks 1 1", "asked for twice"),
        ("demos collect --num 0", "must lie between 1 and 1000, not 0"),
        ("demos collect --num 1001", "must lie between 1 and 1000, not 1001"),
        ("demos collect --workers 0", "at least one worker"),
        ("demos collect --seed 401", "seed must lie between 0 and 400"),
        ("demos collect --tasks 0 0", "asked for twice"),
        ("demos collect --image-size 0", "image_size must be at least 1"),
        ("demos collect --cameras", "cameras must be at least one"),
        ("demos replay", "no demonstrations in 'data/libero_spatial-primitive'"),
        ("demos replay --num 0", "at least one demonstration"),
        ("demos replay --workers 0", "at least one worker"),
        ("demos inspect", "no demonstrations in 'data/libero_spatial-primitive'"),
        ("demos expert-report --episodes 51", "50 evaluation states"),
        ("finetune --max-steps 0", "max_steps must be at least 1"),
        ("finetune --episodes 0", "episodes_per_task must be at least 1"),
        ("finetune --episodes 51", "50 evaluation states"),
        ("finetune --workers 0", "at least one worker"),
        ("finetune --seed -1", "seed must lie between 0 and 400"),
        ("finetune --tasks 10", "unknown task 10"),
        ("finetune --suite all --tasks 1", "--tasks needs a single --suite, not libero_spatial libero_object"),
        ("finetune --suite libero_goal libero_goal", "asked for twice"),
        ("evaluate --policy random --suite libero_goal libero_10 --tasks 1", "--tasks needs a single --suite"),
        ("evaluate --policy random --suite all libero_90", "'all' already means"),
        ("finetune --demonstrations.per-task 1001", "must lie between 1 and 1000"),
        ("finetune --demonstrations.folder nowhere", "no demonstrations in 'nowhere'"),
        ("finetune --policy.backbone ./nowhere", "no model folder './nowhere'"),
        ("finetune --preset nowhere.toml", "cannot read nowhere.toml"),
    ],
)
def test_a_wrong_value(words: str, told: str, refused: Refused) -> None:
    assert told in refused(*words.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("demos collect --noise.translation nan", "translation was nan"),
        ("demos collect --noise.push-rate 2", "lie in [0, 1]"),
        ("finetune --demonstrations.per-task 0", "per_task must be at least 1"),
        ("finetune --policy.actions.chunk 0", "chunk must be at least 1"),
        ("finetune --policy.pictures.orientation sideways", "('true', 'mirrored')"),
    ],
)
def test_a_wrong_value_of_a_nested_flag(
    words: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        app.exit_code(words.split())
    assert caught.value.code == 2
    printed = capfd.readouterr().err
    assert told in " ".join(printed.replace("│", "").split())
    assert "Traceback" not in printed
    assert list(tmp_path.iterdir()) == []


def test_truncated_demonstrations(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "pick_demo.hdf5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))
    for command in ("finetune --demonstrations.folder", "demos replay --folder", "demos inspect --folder"):
        line = refused(*command.split(), ".")
        assert "pick_demo.hdf5: damaged or truncated HDF5" in line


def test_a_missing_renderer(tmp_path: Path) -> None:
    broken = {**os.environ, "MUJOCO_GL": "egl", "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent"}
    source = "from vst_robot.cli import main; main()"
    words = ["evaluate", "--policy", "random"]
    done = subprocess.run(
        [sys.executable, "-c", source, *words], cwd=tmp_path, env=broken, capture_output=True, text=True, timeout=120
    )
    check(done.returncode, done.stderr)
    assert "no off-screen OpenGL works here (egl: " in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_preset_with_an_unknown_key(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "mine.toml").write_text("[training]\nlerning_rate = 1e-3\n")
    line = refused("finetune", "--preset", "mine.toml")
    assert "lerning_rate" in line
    assert "learning_rate" in line


@pytest.mark.parametrize("command", ["evaluate --policy random", "demos collect", "demos expert-report", "finetune"])
def test_an_output_that_cannot_be_written(command: str, tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    assert "taken" in refused(*command.split(), "--output", "taken/x")


def test_half_a_checkpoint(tmp_path: Path) -> None:
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    # A process of its own: loading a policy loads torch, and tests that render may have run in this one.
    words = ["evaluate", "--policy", "./policy"]
    source = "from vst_robot.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", source, *words], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    check(done.returncode, done.stderr)
    assert "vla.json" in done.stderr
    assert "not a whole policy checkpoint" in done.stderr
