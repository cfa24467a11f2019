"""Where a run comes from: command, version, commit."""

import subprocess
import sys
from pathlib import Path

from vst_robot import __version__


def provenance() -> dict[str, str]:
    """Flat facts for reports and model cards; commit and dirty flag only when run from a clone."""
    words = ["vst-robot", *sys.argv[1:]]
    return {"version": __version__, "command": " ".join(words), **_commit()}


def _commit() -> dict[str, str]:
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return {}
    try:
        commit = _git(root, "rev-parse", "HEAD")
        return {"commit": commit[:12], "dirty": str(bool(_git(root, "status", "--porcelain"))).lower()}
    except (OSError, subprocess.SubprocessError):
        return {}


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.strip()
