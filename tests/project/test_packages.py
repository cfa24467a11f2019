"""The six folders are import packages, also for somebody who is not in the clone."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.project.repository import PACKAGES, ROOT


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_from_anywhere_and_is_ours(package: str, tmp_path: Path) -> None:
    source = f"import json, {package}; print(json.dumps([{package}.__file__, {package}.__doc__]))"
    done = subprocess.run([sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    file, doc = json.loads(done.stdout.splitlines()[-1])
    assert Path(file) == ROOT / package / "__init__.py"
    assert doc and len(doc.split()) > 3, f"{package}/__init__.py should say what the package is for"


def test_the_wheel_carries_exactly_these() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert sorted(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == sorted(PACKAGES)


def test_every_folder_with_code_is_a_package() -> None:
    bare = {
        str(path.parent.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    }
    assert not bare, f"folders without __init__.py: {sorted(bare)}"
