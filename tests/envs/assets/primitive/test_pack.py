import os
import subprocess
import sys

from envs.assets import folders, resolve
from envs.assets.packs import TABLES, files_of
from envs.assets.primitive import pack
from envs.problems import asset_names
from envs.suites import get_suite

SPATIAL_SHA256 = "73daa4a32c292372fa6f3cae3971f465a5399a4047e06f34d5804a8459693f26"
CODE = "from envs.assets import folders; from envs.assets.primitive import pack; "
CODE += "print(folders.hash_files(pack.object_files()), pack._recipe_hash())"


def test_object_files_are_the_same_bytes_in_every_process():
    here = f"{folders.hash_files(pack.object_files())} {pack._recipe_hash()}"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    ran = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True)
    assert ran.stdout.strip() == here, ran.stderr


def test_pack_is_small():
    assert sum(map(len, pack.object_files().values())) < 2_000_000


def test_libero_spatial_looks_as_the_shipped_policy_saw_it():
    """A changed byte here makes `vst-nano-libero` and all demonstrations so far those of another world."""
    whole = resolve("primitive")
    names = asset_names(get_suite("libero_spatial").tasks()) - TABLES
    named = set().union(*(files_of(whole, name) for name in names))
    files = {path.relative_to(whole.root).as_posix(): path.read_bytes() for path in named}
    assert len(files) == 39 and folders.hash_files(files) == SPATIAL_SHA256


def test_a_changed_generator_gets_a_folder_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("VST_ROBOT_CACHE", str(tmp_path))
    monkeypatch.setattr(pack, "all_files", pack.object_files)
    first = pack.generated()
    monkeypatch.setattr(pack, "_version", lambda name: "another")
    second = pack.generated()
    assert first != second and folders.is_whole(first) and folders.is_whole(second)
