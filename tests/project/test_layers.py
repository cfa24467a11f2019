"""The floors of docs/architecture.md hold."""

import subprocess
import sys
from pathlib import Path

from tests.project.repository import ROOT


def lint_imports(*flags: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
        *flags,
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_imports_go_down_only() -> None:
    done = lint_imports("--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_the_contracts_make_no_exceptions() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "ignore_imports" not in text
