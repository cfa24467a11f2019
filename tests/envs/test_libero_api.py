import os
import subprocess
import sys

CODE = """
import os, sys
from envs import libero_api
gl = os.environ.get("MUJOCO_GL")
api = libero_api.load()
import libero.libero
assert libero.libero.get_libero_path("bddl_files").endswith("bddl_files")
assert os.environ.get("MUJOCO_GL") == gl and "LIBERO_CONFIG_PATH" not in os.environ
print({"torch", "tensorflow", "OpenGL"} & set(sys.modules), len(api.problems) > 3)
"""


def _run(tmp_path, **environment):
    kept = {key: value for key, value in os.environ.items() if key not in ("MUJOCO_GL", "LIBERO_CONFIG_PATH")}
    return subprocess.run(
        [sys.executable, "-c", CODE],
        env={**kept, "HOME": str(tmp_path), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_import_is_silent_asks_nothing_and_stays_out_of_the_home_folder(tmp_path):
    ran = _run(tmp_path, VST_ROBOT_CACHE=str(tmp_path / "cache"))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "set() True"
    assert ran.stderr == ""
    assert not (tmp_path / ".libero").exists()
    assert [path.name for path in (tmp_path / "cache").glob("*/*")] == ["config.yaml"]


def test_import_works_where_no_cache_can_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    ran = _run(tmp_path, VST_ROBOT_CACHE=str(tmp_path / "file"))
    assert ran.returncode == 0, ran.stderr
