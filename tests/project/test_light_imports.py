"""Looking at the program costs nothing: neither torch nor mujoco is loaded before a command needs it."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "transformers", "mujoco", "robosuite", "libero", "tensorflow", "OpenGL")

HELP = """
from vst_robot.cli import main
try:
    main()
except SystemExit as exit:
    assert not exit.code, exit.code
"""

REGISTRATION = """
import gymnasium
import envs.registration
assert gymnasium.spec("vst_robot/libero_spatial-v0").max_episode_steps == 220
"""


def loaded_after(source: str, folder: Path, *arguments: str) -> list[str]:
    """Names of heavy modules that a fresh interpreter has loaded after running `source`."""
    report = f"\nimport sys, json; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", source + report, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_probe_itself_sees_a_heavy_module(tmp_path: Path) -> None:
    (tmp_path / "mujoco.py").write_text("")
    assert loaded_after("import mujoco", tmp_path) == ["mujoco"]


@pytest.mark.parametrize("package", ["vst_robot", "envs", "envs.suites", "vst_robot.types", "vst_robot.cli"])
def test_import(package: str, tmp_path: Path) -> None:
    assert loaded_after(f"import {package}", tmp_path) == []


@pytest.mark.parametrize("arguments", [["--help"], ["demos"], ["--version"]])
def test_help(arguments: list[str], tmp_path: Path) -> None:
    assert loaded_after(HELP, tmp_path, *arguments) == []


def test_gymnasium_finds_the_environments(tmp_path: Path) -> None:
    assert loaded_after(REGISTRATION, tmp_path) == []


def test_help_is_quick(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    loaded_after(HELP, tmp_path, "--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent_s < 0.5  # 0.05 s of processor time on an idle machine, whatever the clock on the wall says
