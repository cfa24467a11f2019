import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from policies.demos import store as store_module
from policies.demos.hdf5 import write_episodes
from policies.demos.store import DemonstrationStore, StoreManifest
from vst_robot.errors import DataError, InputError, UnavailableError
from vst_robot.types import Task

TASKS = tuple(
    Task(suite="libero_spatial", task_id=task_id, name=f"task_{task_id}", instruction=f"do {task_id}")
    for task_id in range(2)
)
MANIFEST = StoreManifest(
    suite="libero_spatial",
    tasks=TASKS,
    cameras=("agentview",),
    image_size=16,
    seed=0,
    num_per_task=2,
    facts={"noise.translation": "0.15", "assets": "primitive"},
)


@pytest.fixture
def store(tmp_path):
    store = DemonstrationStore(tmp_path / "set")
    store.prepare(MANIFEST)
    return store


@pytest.fixture
def fill(make_episode):
    def fill(store, *jobs):
        for task_id, demo in jobs:
            store.add(make_episode(demo, steps=3, size=16, task=TASKS[task_id], cameras=("agentview",)))
            store.merge()

    return fill


def seeds(store, **options):
    return [(episode.task.task_id, episode.seed - 1_000_000) for episode in store.episodes(**options)]


def test_missing_shrinks_and_parts_become_task_files(store, fill):
    assert store.missing() == [(0, 0), (0, 1), (1, 0), (1, 1)]
    fill(store, (1, 1), (0, 0))
    assert store.missing() == [(0, 1), (1, 0)]
    assert store.files() == []
    fill(store, (1, 0))
    assert [file.task for file in store.files()] == [TASKS[1]]
    assert not list(store.folder.glob("parts/task_1/*"))
    assert seeds(store) == [(0, 0), (1, 0), (1, 1)]


def test_another_process_continues(store, fill):
    fill(store, (0, 0), (0, 1), (1, 0))
    other = DemonstrationStore(store.folder)
    other.prepare(MANIFEST)
    assert other.missing() == [(1, 1)]
    assert seeds(other) == seeds(store)


def test_more_demonstrations_of_the_same_kind(store, fill):
    fill(store, (0, 0), (0, 1), (1, 0), (1, 1))
    store.prepare(replace(MANIFEST, num_per_task=3))
    assert store.missing() == [(0, 2), (1, 2)]
    fill(store, (0, 2))
    assert seeds(store) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    assert store.files()[0].demos == (0, 1, 2)
    assert seeds(store, num_per_task=1) == [(0, 0), (1, 0)]
    with pytest.raises(DataError, match="task 'task_1' has 2 demonstrations, 3 are asked for"):
        seeds(store, num_per_task=3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"facts": MANIFEST.facts | {"noise.translation": "0.1"}},
            r"facts\.noise\.translation = 0\.15, now 0\.1;",
        ),
        ({"facts": {"assets": "primitive"}}, r"facts\.noise\.translation = 0\.15, now nothing;"),
        ({"image_size": 32}, "image_size = 16, now 32;"),
        ({"cameras": ("agentview", "robot0_eye_in_hand")}, "was made with cameras"),
    ],
)
def test_other_settings_are_refused(store, fill, changes, message):
    fill(store, (0, 0))
    with pytest.raises(InputError, match=message):
        DemonstrationStore(store.folder).prepare(replace(MANIFEST, **changes))


def test_settings_do_not_bind_before_the_first_demonstration(store):
    DemonstrationStore(store.folder).prepare(replace(MANIFEST, image_size=32))
    assert DemonstrationStore(store.folder).manifest.image_size == 32


def test_another_orientation_than_the_manifest_s_is_refused(store, fill, make_episode):
    with pytest.raises(DataError, match="its pictures are 'true', not 'mirrored'"):
        store.add(make_episode(task=TASKS[0], orientation="mirrored"), demo=0)
    with pytest.raises(InputError, match="declares the pictures 'true', which contradicts 'mirrored'"):
        DemonstrationStore(store.folder, orientation="mirrored")
    fill(store, (0, 0))
    path = store.folder / "manifest.json"
    path.write_text(path.read_text().replace('"orientation": "true"', '"orientation": "mirrored"'))
    with pytest.raises(DataError, match="declares its pictures 'true', which contradicts 'mirrored'"):
        list(DemonstrationStore(store.folder).episodes())


def test_a_folder_that_mixes_orientations_is_refused(tmp_path, make_episode):
    for task, orientation in zip(TASKS, ("true", "mirrored"), strict=True):
        write_episodes(tmp_path / f"{task.name}_demo.hdf5", [make_episode(task=task, orientation=orientation)])
    with pytest.raises(
        DataError, match=r"mixes orientations: 'task_0_demo\.hdf5' is true, 'task_1_demo\.hdf5' mirrored"
    ):
        list(DemonstrationStore(tmp_path).episodes())


def test_a_manifest_of_a_newer_version_is_refused(store):
    path = store.folder / "manifest.json"
    path.write_text(path.read_text().replace('"format_version": 1', '"format_version": 2'))
    with pytest.raises(DataError, match="newer version"):
        DemonstrationStore(store.folder)


def test_killed_between_merging_and_removing_parts(store, fill, monkeypatch):
    fill(store, (0, 0))
    monkeypatch.setattr("pathlib.Path.unlink", lambda *_, **__: None)
    fill(store, (0, 1))
    monkeypatch.undo()
    assert len(list(store.folder.glob("parts/task_0/*.hdf5"))) == 2
    assert seeds(store) == [(0, 0), (0, 1)]
    store.prepare(MANIFEST)
    assert not list(store.folder.glob("parts/task_0/*"))
    assert seeds(store) == [(0, 0), (0, 1)]


def test_killed_while_merging_keeps_the_parts(store, fill, monkeypatch):
    fill(store, (0, 0))

    def full_disk(*_):
        raise UnavailableError("cannot write: disk full")

    monkeypatch.setattr(store_module, "merge_files", full_disk)
    with pytest.raises(UnavailableError):
        fill(store, (0, 1))
    assert seeds(store) == [(0, 0), (0, 1)]
    monkeypatch.undo()
    assert store.merge() == [TASKS[0]]
    assert seeds(store) == [(0, 0), (0, 1)]


KILLED_WRITER = """
import os, pathlib, signal, sys
from vst_robot.atomic import whole_file
with whole_file(pathlib.Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_half_written_files_of_a_killed_process_are_swept(store, fill):
    fill(store, (0, 0))
    part = store.folder / "parts" / "task_0" / "demo_1.hdf5"
    killed = subprocess.run([sys.executable, "-c", KILLED_WRITER, str(part)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(os.listdir(part.parent)) == 2
    assert store.missing() == [(0, 1), (1, 0), (1, 1)], "never trusted"
    store.prepare(MANIFEST)
    assert os.listdir(part.parent) == ["demo_0.hdf5"]


def test_truncated_task_file_is_named(store, fill):
    fill(store, (0, 0), (0, 1))
    path = store.files()[0].path
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"task_0_demo\.hdf5: damaged or truncated"):
        store.missing()


def test_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match=r"cannot write .*file/set/manifest\.json"):
        DemonstrationStore(tmp_path / "file" / "set").prepare(MANIFEST)


def test_start_hashes_and_contents_hash(store, fill):
    fill(store, (0, 0), (0, 1))
    assert store.start_hashes() == {"hash-task_0-0", "hash-task_0-1"}
    before = store.contents_hash(), store.contents_hash(0)
    fill(store, (1, 0))
    partly = store.contents_hash()
    fill(store, (1, 1))
    after = store.contents_hash()
    assert len({*before, partly, after}) == 4
    store.prepare(replace(MANIFEST, num_per_task=3))
    assert store.contents_hash() == after, "what is wanted is no part of what is there"


def test_folder_by_others(foreign_file):
    store = DemonstrationStore(foreign_file.parent)
    assert [episode.task.name for episode in store.episodes()] == ["open_the_drawer"] * 3
    assert store.start_hashes() == frozenset()
    assert store.contents_hash() == DemonstrationStore(foreign_file.parent).contents_hash()
    with pytest.raises(InputError, match=r"holds demonstrations without manifest\.json"):
        store.prepare(MANIFEST)


def test_pictures_stream(store, fill):
    fill(store, (0, 0))
    episode = next(store.episodes())
    assert not isinstance(episode.images, dict)
    np.testing.assert_array_equal(episode.images["agentview"].shape, (3, 16, 16, 3))


def test_damaged_manifest(store):
    (store.folder / "manifest.json").write_text('{"suite": 3}')
    with pytest.raises(DataError, match=r"manifest\.json"):
        DemonstrationStore(store.folder)
