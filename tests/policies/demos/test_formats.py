import pickle
import re

import numpy as np
import pytest

from action_tokenizer import ActionCodec, AddedTokens, Grid
from policies.demos import statistics
from policies.demos.cache import FrameCache
from policies.demos.convert import convert
from policies.demos.formats import PACKAGES, open_demonstrations, recognise
from tests.policies.demos.conftest import CAMERAS, RLDS, TASKS, assert_same_numbers
from vst_robot.errors import DataError, InputError, UnavailableError

FORMATS = ["lerobot", RLDS]
VIDEO_ERROR = 6
"""Largest mean difference of the colours that H.264 may make of the letter."""


def convert_to(name, source, tmp_path):
    convert(open_demonstrations(source), tmp_path / name, name)
    return open_demonstrations(tmp_path / name)


def assert_same_pictures(one, other, name):
    assert list(one.images) == list(other.images) == list(CAMERAS)
    for camera in CAMERAS:
        left, right = np.asarray(one.images[camera]), np.asarray(other.images[camera])
        assert left.shape == right.shape
        limit = VIDEO_ERROR if name == "lerobot" else 0
        assert np.abs(left.astype(int) - right.astype(int)).mean(axis=(1, 2, 3)).max() <= limit


@pytest.mark.parametrize("name", FORMATS)
def test_a_set_in_another_format_is_the_same_set(name, hdf5_set, tmp_path):
    source, other = open_demonstrations(hdf5_set), convert_to(name, hdf5_set, tmp_path)
    assert recognise(other.folder) == name
    assert other.manifest == source.manifest
    assert other.start_hashes() == source.start_hashes() and len(source.start_hashes()) == 4
    pairs = list(zip(source.episodes(), other.episodes(), strict=True))
    assert len(pairs) == 4
    for one, two in pairs:
        assert_same_numbers(one, two)
        assert_same_pictures(one, two, name)


@pytest.mark.parametrize("name", FORMATS)
def test_statistics_and_token_ids_are_the_same(name, hdf5_set, tmp_path):
    source, other = open_demonstrations(hdf5_set), convert_to(name, hdf5_set, tmp_path)
    fitted = [statistics.fit(one.episodes()) for one in (source, other)]
    assert fitted[0] == fitted[1] and list(fitted[0]) == ["libero_goal"]
    ids = [
        [codec(suite["libero_goal"].actions_clean).encode(e.actions_clean).tolist() for e in one.episodes()]
        for suite, one in zip(fitted, (source, other), strict=True)
    ]
    assert ids[0] == ids[1]


def codec(fitted):
    return ActionCodec(statistics=fitted, grid=Grid("uniform"), vocabulary=AddedTokens(0))


@pytest.mark.parametrize("name", FORMATS)
def test_training_samples_are_the_same(name, hdf5_set, tmp_path):
    caches = [
        FrameCache.build(
            one.episodes(2),
            tmp_path / f"frames-{k}",
            cameras=CAMERAS,
            pictures=lambda p, _: p,
            key="k",
            drop_noops=True,
        )
        for k, one in enumerate([open_demonstrations(hdf5_set), convert_to(name, hdf5_set, tmp_path)])
    ]
    for array in ("actions", "actions_clean", "proprio", "episode_starts", "instruction_index"):
        assert np.array_equal(getattr(caches[0], array), getattr(caches[1], array)), array
    assert caches[0].index.instructions == caches[1].index.instructions


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("orientation", ["true", "mirrored"])
def test_the_letter_f_stays_as_it_is(name, orientation, plain_set, tmp_path):
    folder = plain_set(1, orientation=orientation)
    episode = next(convert_to(name, folder, tmp_path).episodes())
    assert episode.orientation == orientation
    frame = np.asarray(episode.images["agentview"])[0, ..., 0]
    assert frame[12, 12] > 200 and frame[44, 12] > 200, "the stem is on the left and reaches down"
    assert frame[12, 36] > 200, "the long bar is at the top"
    assert frame[44, 36] < 60 and frame[44, 52] < 60, "nothing at the lower right"


@pytest.mark.parametrize("name", FORMATS)
def test_pictures_can_be_looked_at_late_and_elsewhere(name, hdf5_set, tmp_path):
    other = convert_to(name, hdf5_set, tmp_path)
    episodes = list(other.episodes())
    first, again = episodes[0].images, pickle.loads(pickle.dumps(episodes[0].images))
    assert np.array_equal(np.asarray(first["agentview"]), np.asarray(again["agentview"]))
    bars = [int(frame[-2, 2, 0]) for frame in np.asarray(episodes[-1].images["agentview"])]
    assert np.allclose(bars, 8 * np.arange(6), atol=4), "every step has its own picture"


@pytest.mark.parametrize("name", FORMATS)
def test_some_of_each_task_and_some_tasks(name, hdf5_set, tmp_path):
    folder = convert_to(name, hdf5_set, tmp_path).folder
    assert [e.task.name for e in open_demonstrations(folder).episodes(1)] == ["task_0", "task_1"]
    only = open_demonstrations(folder, only=TASKS[1:])
    assert [e.task.name for e in only.episodes()] == ["task_1", "task_1"]
    with pytest.raises(DataError, match="task 'task_1' has 2 demonstrations, 3 are asked for"):
        list(only.episodes(3))


def test_the_contents_hash_follows_the_numbers(hdf5_set, tmp_path):
    other = convert_to("lerobot", hdf5_set, tmp_path)
    assert other.contents_hash() == open_demonstrations(other.folder).contents_hash()
    assert other.contents_hash(1) != other.contents_hash(2)


def test_nothing_else_is_taken_for_a_set(tmp_path, hdf5_set):
    assert recognise(tmp_path / "nothing") is None
    assert list(open_demonstrations(tmp_path / "nothing").episodes()) == []
    (hdf5_set / "meta").mkdir()
    (hdf5_set / "meta" / "info.json").write_text("{}")
    with pytest.raises(DataError, match="holds lerobot and hdf5 at once"):
        open_demonstrations(hdf5_set)
    (tmp_path / "set.partial").mkdir()
    with pytest.raises(DataError, match="unfinished conversion; run the same 'vst-robot demos convert' again"):
        open_demonstrations(tmp_path / "set.partial")


def test_hdf5_files_have_liberos_gripper(hdf5_set):
    with pytest.raises(InputError, match="LIBERO's gripper"):
        open_demonstrations(hdf5_set, gripper="openvla")


@pytest.mark.parametrize(("name", "package"), [("rlds", "tensorflow"), ("lerobot", "pyarrow")])
def test_a_missing_package_names_the_extra(name, package, hdf5_set, tmp_path, monkeypatch):
    missing = {**PACKAGES, name: ("package_that_nobody_has", package)}
    monkeypatch.setattr("policies.demos.formats.PACKAGES", missing)
    with pytest.raises(UnavailableError, match=re.escape("pip install 'vst-robot[data]'")):
        convert(open_demonstrations(hdf5_set), tmp_path / "out", name)
    assert not (tmp_path / "out.partial").exists()
