import json
import multiprocessing
import os
import shutil

import pytest

from envs.assets import folders
from vst_robot.errors import UnavailableError

FILES = {"a.xml": b"<a/>", "deep/er/b.obj": b"v 0 0 0\n"}


def test_a_folder_is_made_once_and_hashed(tmp_path):
    made = []
    target = tmp_path / "packs" / "one"
    for _ in range(2):
        assert folders.published(target, lambda: made.append(1) or FILES) == target
    assert made == [1]
    assert (target / "deep/er/b.obj").read_bytes() == FILES["deep/er/b.obj"]
    assert folders.recorded_hash(target) == folders.hash_files(FILES)
    assert os.listdir(target.parent) == ["one"]


def test_hash_of_a_folder_is_the_hash_of_its_files(tmp_path):
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    assert folders.hash_folder(tmp_path) == folders.hash_files(FILES)
    os.rename(tmp_path / "a.xml", tmp_path / "c.xml")
    assert folders.hash_folder(tmp_path) != folders.hash_files(FILES)


@pytest.mark.parametrize("damage", ["missing", "short", "no manifest", "broken manifest", "foreign manifest"])
def test_a_damaged_folder_is_made_again(tmp_path, damage):
    target = folders.published(tmp_path / "one", lambda: FILES)
    match damage:
        case "missing":
            shutil.rmtree(target / "deep")
        case "short":
            (target / "a.xml").write_bytes(b"<")
        case "no manifest":
            (target / folders.MANIFEST).unlink()
        case "broken manifest":
            (target / folders.MANIFEST).write_text("{")
        case "foreign manifest":
            (target / folders.MANIFEST).write_text(json.dumps([1]))
    assert not folders.is_whole(target)
    folders.published(target, lambda: FILES)
    assert folders.is_whole(target) and folders.hash_files(FILES) == folders.recorded_hash(target)


def test_a_maker_that_fails_leaves_nothing_behind(tmp_path):
    with pytest.raises(ZeroDivisionError):
        folders.published(tmp_path / "one", lambda: {"a": bytes(1 // 0)})
    assert not (tmp_path / "one").exists()


def test_an_unwritable_cache_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError, match="VST_ROBOT_CACHE"):
        folders.published(tmp_path / "file" / "one", lambda: FILES)


def test_cache_folder_follows_its_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("VST_ROBOT_CACHE", str(tmp_path))
    assert folders.cache_folder() == tmp_path
    monkeypatch.delenv("VST_ROBOT_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert folders.cache_folder() == tmp_path / ".cache" / "vst-robot"


def _publish(target, barrier, results):
    def make():
        barrier.wait()  # All are in the middle of making when the first one renames.
        return FILES

    folders.published(target, make)
    results.put(folders.is_whole(target))


def test_processes_may_race(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    barrier, results = spawn.Barrier(3), spawn.Queue()
    racers = [spawn.Process(target=_publish, args=(tmp_path / "one", barrier, results)) for _ in range(3)]
    for racer in racers:
        racer.start()
    assert [results.get(timeout=60) for _ in racers] == [True] * 3
    for racer in racers:
        racer.join()
    assert os.listdir(tmp_path) == ["one"]
