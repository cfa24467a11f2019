import dataclasses
import os
import subprocess
import sys

import pytest

from envs.assets import AssetPack, missing_classes, resolve
from envs.problems import asset_names
from envs.suites import SUITES
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


@pytest.fixture
def growing(tmp_path):
    def write(path, text):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    write("scenes/room.xml", '<mujoco><texture file="../textures/floor.png"/></mujoco>')
    write("textures/floor.png", "tiles")
    write("articulated_objects/stove.xml", '<mujoco><mesh file="stove/plate.obj"/></mujoco>')
    write("articulated_objects/stove/plate.obj", "v 0 0 0")
    write("robot/hand.obj", "v 1 1 1")
    return AssetPack(name="grown", root=tmp_path, sha256="whole", lighten_robot=True, grows=True), write


def test_a_new_class_leaves_the_fingerprints_of_others_alone(growing):
    pack, write = growing
    before = pack.sha256_of(["room", "stove", "table"])
    write("articulated_objects/oven.xml", "<mujoco/>")
    assert pack.sha256_of(["table", "stove", "room"]) == before
    assert pack.sha256_of(["room", "stove", "oven"]) != before != pack.sha256_of(["room"])
    assert dataclasses.replace(pack, grows=False).sha256_of(["room"]) == "whole"


@pytest.mark.parametrize(
    "path", ["scenes/room.xml", "textures/floor.png", "articulated_objects/stove/plate.obj", "robot/hand.obj"]
)
def test_a_changed_file_changes_the_fingerprint(growing, path):
    pack, write = growing
    before = pack.sha256_of(["room", "stove"])
    write(path, (pack.root / path).read_text() + "\n")
    assert pack.sha256_of(["room", "stove"]) != before


def test_a_class_without_file_is_named(growing):
    with pytest.raises(UnavailableError, match=r"'grown' has no file for 'kettle'"):
        growing[0].sha256_of(["room", "kettle"])


def test_liberos_suites_need_the_whole_primitive_pack():
    pack = resolve("primitive")
    names = asset_names(task for suite in SUITES.values() for task in suite.tasks())
    assert missing_classes(pack, names) == []
    assert pack.sha256_of(names) == pack.sha256


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
