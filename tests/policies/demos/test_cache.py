import os
import pickle
import tracemalloc

import numpy as np
import pytest

from policies.demos.cache import FrameCache, cache_key, stored_key
from vst_robot.errors import DataError, UnavailableError
from vst_robot.types import Task

CAMERAS = ("agentview", "robot0_eye_in_hand")
LENGTHS = (5, 1, 8)


def halve(picture, orientation):
    """A pipeline that wants mirrored pictures of half the size."""
    assert orientation == "true"
    return picture[::2, ::-2]


@pytest.fixture
def episodes(make_episode):
    words = ["stack", "stack", "pour"]
    return [
        make_episode(k, steps=steps, task=Task(suite="s", task_id=k, name=f"t{k}", instruction=words[k]))
        for k, steps in enumerate(LENGTHS)
    ]


@pytest.fixture
def cache(tmp_path, episodes):
    return FrameCache.build(episodes, tmp_path / "cache", cameras=CAMERAS, pictures=halve, key="k")


def test_holds_every_step_in_order(cache, episodes):
    assert len(cache) == 14 and cache.num_episodes == 3
    for name in ("actions", "actions_clean", "proprio"):
        stacked = np.concatenate([getattr(episode, name) for episode in episodes])
        np.testing.assert_array_equal(getattr(cache, name), stacked)
    for camera in CAMERAS:
        stacked = np.concatenate([episode.images[camera] for episode in episodes])
        np.testing.assert_array_equal(cache.pictures[camera], stacked[:, ::2, ::-2])
        assert isinstance(cache.pictures[camera], np.memmap)


def test_steps_know_their_episode(cache):
    assert [cache.episode_of(step) for step in range(14)] == [0] * 5 + [1] + [2] * 8
    assert [cache.instruction(step) for step in (0, 5, 6)] == ["stack", "stack", "pour"]
    assert cache.index.instructions == ("stack", "pour")


def test_chunks_end_with_their_episode(cache, episodes):
    window = cache.chunk(3, 4)
    expected = episodes[0].actions_clean[[3, 4, 4, 4]]
    np.testing.assert_array_equal(window.actions, expected)
    assert window.valid.tolist() == [True, True, False, False]
    assert cache.chunk(5, 2).valid.tolist() == [True, False]
    assert cache.chunk(6, 8).valid.all()
    np.testing.assert_array_equal(cache.chunk(0, 2, labels="executed").actions, episodes[0].actions[:2])


@pytest.mark.parametrize(("step", "horizon"), [(14, 1), (-1, 1), (0, 0)])
def test_chunks_out_of_range(cache, step, horizon):
    with pytest.raises(IndexError):
        cache.chunk(step, horizon)


def test_noops_are_left_out_together_with_their_pictures(tmp_path, make_episode):
    episode = make_episode(steps=4)
    episode.actions[2] = [0, 0, 0, 0, 0, 0, episode.actions[1, 6]]
    cache = FrameCache.build([episode], tmp_path / "cache", cameras=CAMERAS, pictures=halve, key="k", drop_noops=True)
    np.testing.assert_array_equal(cache.actions, episode.actions[[0, 1, 3]])
    np.testing.assert_array_equal(cache.pictures["agentview"][2], episode.images["agentview"][3, ::2, ::-2])


def test_same_key_is_not_built_again(cache):
    def untouched():
        raise AssertionError("read although cached")
        yield

    again = FrameCache.build(untouched(), cache.folder, cameras=CAMERAS, pictures=halve, key="k")
    np.testing.assert_array_equal(again.actions, cache.actions)


def test_other_key_replaces(cache, make_episode):
    fresh = FrameCache.build([make_episode(9)], cache.folder, cameras=("agentview",), pictures=halve, key="other")
    assert stored_key(cache.folder) == "other" and len(fresh) == 20
    assert os.listdir(cache.folder.parent) == ["cache"]
    assert not (cache.folder / "pictures_robot0_eye_in_hand.npy").exists()


def test_trouble_while_building_leaves_the_old_cache(cache, make_episode):
    damaged = [make_episode(1), make_episode(2, size=16)]
    with pytest.raises(DataError, match=r"pictures_agentview\.npy: got uint8 \(8, 8, 3\) after uint8 \(16, 16, 3\)"):
        FrameCache.build(damaged, cache.folder, cameras=CAMERAS, pictures=halve, key="other")
    assert os.listdir(cache.folder.parent) == ["cache"] and stored_key(cache.folder) == "k"


def test_no_demonstrations_no_cache(tmp_path):
    with pytest.raises(DataError, match="collect some first"):
        FrameCache.build([], tmp_path / "cache", cameras=CAMERAS, pictures=halve, key="k")
    assert os.listdir(tmp_path) == []


def test_unwritable_folder(tmp_path, episodes):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot write"):
        FrameCache.build(episodes, tmp_path / "file" / "cache", cameras=CAMERAS, pictures=halve, key="k")


def test_half_a_cache_is_named(cache):
    os.truncate(cache.folder / "actions.npy", 200)
    with pytest.raises(DataError, match=r"actions\.npy: missing or damaged"):
        FrameCache.load(cache.folder)
    (cache.folder / "cache.json").unlink()
    with pytest.raises(DataError, match=r"cache\.json"):
        FrameCache.load(cache.folder)
    assert stored_key(cache.folder) is None


def test_half_a_cache_is_built_again(cache, episodes):
    before = np.array(cache.actions)
    os.truncate(cache.folder / "actions.npy", 200)
    again = FrameCache.build(episodes, cache.folder, cameras=CAMERAS, pictures=halve, key="k")
    assert (again.actions == before).all()


def test_arrays_of_different_lengths_are_refused(cache):
    np.save(cache.folder / "proprio.npy", np.zeros((13, 8)))
    with pytest.raises(DataError, match="differ in length"):
        FrameCache.load(cache.folder)


def test_pickles_as_its_folder(cache):
    data = pickle.dumps(cache)
    assert len(data) < 500
    np.testing.assert_array_equal(pickle.loads(data).chunk(7, 3).actions, cache.chunk(7, 3).actions)


def test_memory_does_not_grow_with_the_set(tmp_path, make_episode):
    def peak(num_episodes):
        tracemalloc.start()
        stream = (make_episode(k, steps=10, size=64) for k in range(num_episodes))
        FrameCache.build(stream, tmp_path / str(num_episodes), cameras=CAMERAS, pictures=halve, key="k")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)
    assert peak(30) < 1.5 * peak(3)


def test_key_depends_on_contents_and_pipeline():
    keys = {cache_key("a", {"size": 64}), cache_key("b", {"size": 64}), cache_key("a", {"size": 32})}
    assert len(keys) == 3
    assert cache_key("a", {"size": 64, "mirror": True}) == cache_key("a", {"mirror": True, "size": 64})
