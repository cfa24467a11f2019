import dataclasses
import os
import subprocess
import sys

import pytest

from envs.assets import missing_classes, resolve
from vst_robot.errors import InputError, UnavailableError


def test_primitive_pack_is_the_same_each_time():
    pack = resolve("primitive")
    assert pack == resolve("primitive")
    assert pack.root.is_absolute() and len(pack.sha256) == 64 and pack.lighten_robot
    with pytest.raises(dataclasses.FrozenInstanceError):
        pack.name = "other"


def test_missing_classes_are_named():
    pack = resolve("primitive")
    here = ["akita_black_bowl", "plate", "cookies", "glazed_rim_porcelain_ramekin", "wooden_cabinet", "flat_stove"]
    assert missing_classes(pack, [*here, "table", "libero_tabletop_base_style"]) == []
    assert missing_classes(pack, ["no_such_mug", "plate", "no_such_mug", "a_spoon"]) == ["a_spoon", "no_such_mug"]


def test_unknown_name_offers_the_nearest():
    with pytest.raises(InputError, match="did you mean 'primitive'"):
        resolve("primitve")


def test_folder_must_be_in_liberos_layout(tmp_path):
    with pytest.raises(InputError, match="no asset folder"):
        resolve(str(tmp_path / "absent"))
    with pytest.raises(InputError, match="scenes"):
        resolve(str(tmp_path))
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "a.xml").write_text("<mujoco/>")
    pack = resolve(str(tmp_path))
    assert (pack.name, pack.root, pack.lighten_robot) == (tmp_path.name, tmp_path.resolve(), False)
    (tmp_path / "scenes" / "a.xml").write_text("<mujoco></mujoco>")
    assert resolve(str(tmp_path)).sha256 != pack.sha256


def test_official_assets_come_from_their_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("VST_ROBOT_LIBERO_ASSETS", str(tmp_path))
    (tmp_path / "scenes").mkdir()
    assert resolve("official").root == tmp_path.resolve()
    monkeypatch.setenv("VST_ROBOT_LIBERO_ASSETS", str(tmp_path / "absent"))
    with pytest.raises(UnavailableError, match="VST_ROBOT_LIBERO_ASSETS"):
        resolve("official")


def test_import_loads_no_simulator():
    code = "import sys, envs.assets; print({'mujoco', 'numpy', 'libero', 'robosuite'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ)
    assert ran.stdout.strip() == "set()", ran.stderr
