"""Every file of every data set damaged in every way: refused in a line, or left out; never a crash, never nonsense."""

import json
import math
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from spatial_pretrain.readers import sample_source
from spatial_pretrain.readers.monocular import PlainImages
from spatial_pretrain.readers.omni3d import Omni3D
from tests.spatial_pretrain.readers import (
    test_arkitscenes,
    test_conversations,
    test_embodiedscan,
    test_hypersim,
    test_matterport3d,
    test_monocular,
    test_omni3d,
    test_scannet,
    test_scannetpp,
)
from vst_robot.errors import VstRobotError

ROWS = [test_conversations.row(1, "object_counting"), test_conversations.row(2, "route_planning", answer="A")]
SETS = {
    "arkitscenes": (test_arkitscenes.write, test_arkitscenes.source),
    "embodiedscan": (test_embodiedscan.write, test_embodiedscan.source),
    "hypersim": (test_hypersim.write, test_hypersim.source),
    "matterport3d": (test_matterport3d.write, test_matterport3d.source),
    "omni3d": (test_omni3d.write, Omni3D),
    "scannet": (test_scannet.write, test_scannet.source),
    "scannetpp": (test_scannetpp.write, test_scannetpp.source),
    "scannetpp_bin": (lambda folder: test_scannetpp.write(folder, depth="blocks"), test_scannetpp.source),
    "images": (test_monocular.write, lambda folder: PlainImages(folder, estimator=test_monocular.true_depth)),
    "vlm3r": (lambda folder: test_conversations.write_rows(folder, ROWS), lambda f: sample_source(f"vlm3r:{f}")),
    "onevision": (test_conversations.write_parquet, lambda f: sample_source(f"onevision:{f}")),
}
"""Name → what writes a sound one, what opens it."""

LEAVES = [None, "x", "", -1, 0, 10**12, True, [], {}, [[]], math.nan, -math.inf, 1e300]
WORDS = ["nan", "-inf", "x", "1e300", "-1", "0", ""]


pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.fixture(scope="module", params=SETS)
def data_set(request, tmp_path_factory):
    """A sound data set, and what opens it."""
    write, opened = SETS[request.param]
    return write(tmp_path_factory.mktemp(request.param)), opened


def walked(source):
    """How many scenes or conversations are given; whatever is wrong must be told in one line."""
    given = 0
    for view in getattr(source, "views", (None,)):
        try:
            count = source.count(view) if view else source.count()
        except VstRobotError as error:
            assert len(str(error).splitlines()) == 1
            continue
        for index in range(min(count, 3)):
            try:
                made = source.scene(view, index) if view else source.sample(index)
            except VstRobotError as error:
                assert len(str(error).splitlines()) == 1
                continue
            assert_sound(made) if view else assert_spoken(made)
            given += 1
    return given


def assert_sound(scene):
    """Poses and K are checked by their own type; boxes have a size, labels a name, depth a meaning."""
    for thing in scene.objects:
        assert np.isfinite(thing.box.corners_m).all() and (thing.box.size_m > 0).all() and thing.label.strip()
    for frame in scene.frames:
        assert frame.depth_m is None or (np.isfinite(frame.depth_m).all() and (frame.depth_m >= 0).all())
        assert frame.instances is None or (frame.instances >= 0).all()


def assert_spoken(sample):
    assert sample.turns and all(isinstance(t.question, str) and isinstance(t.answer, str) for t in sample.turns)


def kinds(folder):
    """One file of every kind: of several pictures in one folder the second."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        key = (path.parent, path.suffix)
        found[key] = [*found.get(key, []), path]
    return [paths[min(1, len(paths) - 1)] for paths in found.values()]


def with_file(folder, path, tmp_path, content):
    """A copy of the set in which one file has another content, or is gone."""
    copy = tmp_path / "set"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    target = copy / path.relative_to(folder)
    target.unlink()
    if content is not None:
        target.write_bytes(content)
    return copy


def test_sound_sets_are_read(data_set):
    folder, opened = data_set
    assert walked(opened(folder)) > 0


def test_files_that_are_gone_empty_cut_short_or_noise(data_set, tmp_path):
    folder, opened = data_set
    noise = np.random.default_rng(0)
    for path in kinds(folder):
        whole = path.read_bytes()
        flipped = bytearray(whole)
        for place in noise.integers(0, len(whole), 5):
            flipped[place] ^= 0xFF
        for content in (None, b"", whole[: len(whole) // 2], noise.bytes(min(len(whole), 5000)), bytes(flipped)):
            walked(opened(with_file(folder, path, tmp_path, content)))


@pytest.mark.parametrize("rounds", [pytest.param(1, id="few"), pytest.param(15, id="many", marks=pytest.mark.slow)])
def test_numbers_and_words_that_make_no_sense(rounds, data_set, tmp_path):
    folder, opened = data_set
    rng = np.random.default_rng(rounds)
    for path in kinds(folder) * rounds:
        for content in mutations(path, rng):
            walked(opened(with_file(folder, path, tmp_path, content)))


def mutations(path, rng):
    """Files of text and plain data with a few of their values replaced."""
    if path.suffix == ".json":
        for tree in changed(json.loads(path.read_text()), rng):
            yield json.dumps(tree).encode()
    elif path.suffix == ".pkl":
        for tree in changed(pickle.loads(path.read_bytes()), rng):
            yield pickle.dumps(tree)
    elif path.suffix in (".txt", ".traj", ".pincam", ".house", ".csv"):
        yield from (text.encode() for text in reworded(path.read_text(), rng))
    elif path.suffix == ".hdf5":
        yield from revalued(path, rng)


def changed(tree, rng, number=10):
    """Copies of nested lists and dictionaries with one node replaced; short lists more often than long ones."""
    places = list(nodes(tree))
    depths = np.array([len(place) for place in places])
    for _ in range(number):
        depth = rng.choice(np.unique(depths))
        place = places[int(rng.choice(np.flatnonzero(depths == depth)))]
        value = LEAVES[int(rng.integers(len(LEAVES)))]
        yield replaced(tree, place, value)


def nodes(tree, place=()):
    yield place
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, child in list(children)[:40]:
        yield from nodes(child, (*place, key))


def replaced(tree, place, value):
    if not place:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[place[0]] = replaced(tree[place[0]], place[1:], value)
    return copy


def reworded(text, rng, number=6):
    lines = text.split("\n")
    for _ in range(number):
        row = int(rng.integers(len(lines)))
        separator = "," if "," in lines[row] else " "
        words = lines[row].split(separator)
        words[int(rng.integers(len(words)))] = WORDS[int(rng.integers(len(WORDS)))]
        yield "\n".join([*lines[:row], separator.join(words), *lines[row + 1 :]])
    yield "\n".join(lines[: len(lines) // 2])


def revalued(path, rng):
    """Tables of numbers with another value, sign, shape or kind."""
    import h5py

    with h5py.File(path) as file:
        values = file["dataset"][()].astype(float)
    spoilt = values.copy()
    spoilt.reshape(-1)[int(rng.integers(spoilt.size))] = np.nan
    for other in (spoilt, -values, values * 10**6, values[:1], values[..., None], np.array(["x"], dtype="S")):
        scratch = path.with_suffix(".new")
        with h5py.File(scratch, "w") as file:
            file["dataset"] = other
        yield scratch.read_bytes()
        scratch.unlink()


def test_an_empty_folder_is_no_data_set(tmp_path, data_set):
    assert walked(data_set[1](tmp_path)) == 0
    assert not list(Path(tmp_path).iterdir())
