"""What goes in, and a folder that grows safely."""

import os
from dataclasses import replace

import h5py
import numpy as np
import pytest

from policies.demos.formats import open_demonstrations
from policies.demos.hdf5 import DemonstrationFile, write_episodes
from policies.demos.regeneration import (
    MANIFEST_NAME,
    RegeneratedSet,
    RegenerationManifest,
    RegenerationSettings,
    read_originals,
    sha256_of,
)
from tests.policies.demos.conftest import TASKS
from tests.policies.demos.originals import write_originals
from vst_robot import config
from vst_robot.errors import DataError, InputError

FAILED = "failed in replay"


def with_pauses(episode, steps=(2, 3)):
    """The same with no-ops at some steps."""
    actions = episode.actions.copy()
    for step in steps:
        actions[step, :6], actions[step, 6] = 0, actions[step - 1, 6]
    return replace(episode, actions=actions, actions_clean=actions)


@pytest.fixture
def source(tmp_path, make_demo):
    """Two tasks with three and one demonstrations; the first pauses twice, the others once."""
    folder = tmp_path / "source"
    for task, count in zip(TASKS, (3, 1), strict=True):
        episodes = [
            with_pauses(make_demo(10 * task.task_id + n, task=task), (2, 3)[: 2 - min(n, 1)]) for n in range(count)
        ]
        write_originals(folder / f"{task.name}_demo.hdf5", episodes)
    return folder


@pytest.fixture
def originals(source):
    return read_originals(source, TASKS)


def settings_for(originals, **changes):
    values = {
        "suite": "libero_goal",
        "source": "source",
        "source_sha256": sha256_of(originals),
        "cameras": ("agentview",),
        "fixtures": "drawn",
        "noop_norm_below": 1e-4,
        "world": {"mujoco": "3.8.1"},
    }
    return RegenerationSettings(**(values | changes))


@pytest.fixture
def begin(tmp_path, originals):
    """Opens the set anew, as another process would."""

    def open_set(**changes):
        made = RegeneratedSet(tmp_path / "out", settings_for(originals, **changes), originals)
        made.begin()
        return made

    return open_set


def regenerated(original, make_demo):
    episode = make_demo(
        90 + 10 * original.file.task.task_id + original.demo, steps=len(original.kept_actions), task=original.file.task
    )
    return replace(episode, actions=original.kept_actions, actions_clean=original.kept_actions)


def test_originals_lose_their_pauses(originals, source):
    assert [one.key for one in originals] == ["task_0/0", "task_0/1", "task_0/2", "task_1/0"]
    assert [(one.steps, one.noop_steps) for one in originals] == [(6, 2), (6, 1), (6, 1), (6, 2)]
    file = DemonstrationFile.open(source / "task_0_demo.hdf5", tasks=TASKS)
    np.testing.assert_array_equal(originals[0].kept_actions, file.episode(0).actions[[0, 1, 4, 5]])
    np.testing.assert_array_equal(originals[0].sim_state, file.episode(0).sim_states[0])
    assert file.model_xml(0) == "<mujoco/>" and file.orientation == "true"
    assert len({one.sha256 for one in originals}) == 4


def test_a_changed_source_is_another(originals, source):
    with h5py.File(source / "task_1_demo.hdf5", "r+") as file:
        file["data/demo_0/states"][3, 1] += 1e-9
    again = read_originals(source, TASKS)
    assert sha256_of(again) != sha256_of(originals)
    assert [a.sha256 == b.sha256 for a, b in zip(originals, again, strict=True)] == [True, True, True, False]


def test_already_filtered_by_whoever(tmp_path, make_demo):
    write_originals(tmp_path / "task_0_demo.hdf5", [make_demo(0), make_demo(1)])
    with pytest.raises(InputError, match="is filtered already: none of its 2 demonstrations has a no-op step"):
        read_originals(tmp_path, TASKS)


def test_already_regenerated_by_us(tmp_path, make_demo):
    episode = replace(with_pauses(make_demo(0)), provenance={"noop_steps_dropped": "3"})
    write_episodes(tmp_path / "task_0_demo.hdf5", [episode])
    with pytest.raises(InputError, match=r"task_0_demo\.hdf5, demo_0 was regenerated already"):
        read_originals(tmp_path)
    (tmp_path / MANIFEST_NAME).touch()
    with pytest.raises(InputError, match="was regenerated already"):
        read_originals(tmp_path)


def test_collected_demonstrations_need_no_cleaning(tmp_path, make_demo):
    provenance = {"expert.name": "scripted", "noise.translation": "0.15"}
    write_episodes(tmp_path / "task_0_demo.hdf5", [make_demo(0, provenance=provenance)])
    with pytest.raises(InputError, match=r"demo_0 was collected from a scripted expert: .* takes them as they are"):
        read_originals(tmp_path, TASKS)


def test_nothing_there(tmp_path):
    with pytest.raises(InputError, match="no demonstrations in"):
        read_originals(tmp_path)


def complete(made, make_demo, dropped=("task_0/1",)):
    for one in made.missing():
        if one.key in dropped:
            made.drop(one, FAILED)
        else:
            made.keep(one, regenerated(one, make_demo))
    return made.finish()


def test_the_set_keeps_the_numbers_and_says_what_became_of_each(begin, make_demo, tmp_path):
    manifest = complete(begin(), make_demo)
    assert (manifest.kept, manifest.dropped) == (3, 1)
    assert [(f.key, f.kept, f.reason) for f in manifest.demonstrations] == [
        ("task_0/0", True, "no-op steps dropped: 2"),
        ("task_0/1", False, FAILED),
        ("task_0/2", True, "no-op steps dropped: 1"),
        ("task_1/0", True, "no-op steps dropped: 2"),
    ]
    hashes = [fate.sha256 for fate in manifest.demonstrations]
    assert hashes[1] == "" and len(set(hashes)) == 4
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == [MANIFEST_NAME, "task_0_demo.hdf5", "task_1_demo.hdf5"]
    assert config.load(out / MANIFEST_NAME, RegenerationManifest) == manifest
    assert DemonstrationFile.open(out / "task_0_demo.hdf5").demos == (0, 2)
    assert not (tmp_path / "out.partial").exists()


def test_it_is_read_like_any_set_by_others(begin, make_demo, tmp_path):
    complete(begin(), make_demo)
    store = open_demonstrations(tmp_path / "out", tasks=TASKS)
    assert store.manifest is None, "or training would ask for as many of each task"
    assert [len(episode) for episode in store.episodes()] == [4, 5, 4]


def test_killed_at_any_moment(begin, make_demo, tmp_path, originals):
    first = begin()
    first.keep(originals[0], regenerated(originals[0], make_demo))
    part = tmp_path / "out.partial" / "parts" / "task_0" / "demo_2.hdf5"
    part.write_bytes(b"written, but its line is missing")
    with pytest.raises(DataError, match=r"unfinished.*'regenerate', if that made it"):
        open_demonstrations(tmp_path / "out.partial")
    assert [one.key for one in begin().missing()] == ["task_0/1", "task_0/2", "task_1/0"]
    manifest = complete(begin(), make_demo)
    assert len(manifest.demonstrations) == 4
    assert DemonstrationFile.open(tmp_path / "out" / "task_0_demo.hdf5").demos == (0, 2)


def test_killed_while_the_parts_are_joined(begin, make_demo, tmp_path, monkeypatch):
    made = begin()
    monkeypatch.setattr("os.replace", killed_at_the_end)
    with pytest.raises(KeyboardInterrupt):
        complete(made, make_demo)
    monkeypatch.undo()
    again = begin()
    assert again.missing() == [] and again.finish().kept == 3
    assert len(list(open_demonstrations(tmp_path / "out").episodes())) == 3


def killed_at_the_end(source, target, rename=os.replace):
    if target.name == "out":
        raise KeyboardInterrupt
    rename(source, target)


def test_a_whole_set_is_found_whole(begin, make_demo, tmp_path, originals):
    manifest = complete(begin(), make_demo)
    assert RegeneratedSet(tmp_path / "out", settings_for(originals), originals).manifest == manifest


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fixtures": "recorded"}, "made with fixtures = drawn, now recorded"),
        ({"world": {"mujoco": "3.9"}}, r"made with mujoco = 3\.8\.1, now 3\.9"),
        ({"source_sha256": "x"}, "made with source_sha256"),
    ],
)
def test_other_settings_do_not_mix_in(begin, make_demo, changes, told):
    begin(**changes)  # nothing is decided yet, so nothing binds
    made = begin()
    made.drop(made.missing()[0], FAILED)
    with pytest.raises(InputError, match=told):
        begin(**changes)
    complete(made, make_demo)
    with pytest.raises(InputError, match=told):
        begin(**changes)


def test_something_else_is_not_overwritten(tmp_path, originals):
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="holds something else"):
        RegeneratedSet(tmp_path / "out", settings_for(originals), originals)


def test_all_dropped_is_still_a_record(begin, make_demo, tmp_path):
    every = ("task_0/0", "task_0/1", "task_0/2", "task_1/0")
    assert complete(begin(), make_demo, dropped=every).kept == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == [MANIFEST_NAME]
