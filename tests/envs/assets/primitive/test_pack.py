import os
import subprocess
import sys

from envs.assets import folders
from envs.assets.primitive import pack

CODE = "from envs.assets import folders; from envs.assets.primitive import pack; "
CODE += "print(folders.hash_files(pack.object_files()), pack._recipe_hash())"


def test_object_files_are_the_same_bytes_in_every_process():
    here = f"{folders.hash_files(pack.object_files())} {pack._recipe_hash()}"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    ran = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True)
    assert ran.stdout.strip() == here, ran.stderr


def test_pack_is_small():
    assert sum(map(len, pack.object_files().values())) < 1_000_000


def test_a_changed_generator_gets_a_folder_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("VST_ROBOT_CACHE", str(tmp_path))
    monkeypatch.setattr(pack, "all_files", pack.object_files)
    first = pack.generated()
    monkeypatch.setattr(pack, "_version", lambda name: "another")
    second = pack.generated()
    assert first != second and folders.is_whole(first) and folders.is_whole(second)
