"""Looking at the program costs nothing: neither torch nor mujoco is loaded before a command needs it."""

import json
import subprocess
import sys
import time
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
assert any(name.startswith("vst_robot/libero_spatial") for name in gymnasium.registry)
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
    start = time.perf_counter()
    loaded_after(HELP, tmp_path, "--help")
    assert time.perf_counter() - start < 3.0  # 0.05 s on an idle machine
