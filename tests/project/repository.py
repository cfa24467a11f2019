"""What the project tests know about the repository: where it is and which files belong to it."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("vst_robot", "policies", "envs", "spatial_pretrain", "action_tokenizer", "eval_libero")


def files() -> list[Path]:
    """Files that git tracks or would track, absolute, in order."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [ROOT / name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


def sources() -> list[Path]:
    """Python files of the repository, tests included."""
    return [path for path in files() if path.suffix == ".py"]


def package_sources() -> list[Path]:
    """Python files of the six packages."""
    return [path for path in sources() if path.relative_to(ROOT).parts[0] in PACKAGES]
