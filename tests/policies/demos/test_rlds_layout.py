"""RLDS as far as it goes without TensorFlow; the rest is in `test_peers.py` and, with `-m peer`, everywhere."""

import json
import struct

import numpy as np
import pytest

from policies.demos import columns
from policies.demos.declaration import SetDeclaration
from policies.demos.disk_pictures import decode_pictures
from policies.demos.formats import open_demonstrations, recognise
from policies.demos.rlds import layout
from policies.demos.rlds.process import TensorFlowProcess
from tests.policies.demos.conftest import assert_same_numbers
from vst_robot.errors import DataError, UnavailableError

OWN_CLASS = "tensorflow_datasets.core.features.features_dict.FeaturesDict"


@pytest.fixture
def rlds_head(tmp_path):
    """The two JSON files of a set."""

    def write(name="my_set", python_class=OWN_CLASS):
        root = tmp_path / name / "1.0.0"
        root.mkdir(parents=True)
        splits = [{"name": "train", "shardLengths": ["2", "1"]}, {"name": "val", "shardLengths": ["4"]}]
        (root / "dataset_info.json").write_text(json.dumps({"name": name, "splits": splits}))
        (root / "features.json").write_text(json.dumps({"pythonClassName": python_class}))
        return root.parent

    return write


def test_an_episode_there_and_back(make_demo):
    episode = make_demo(0)
    example = layout.example(episode)
    steps, metadata = example["steps"], example["episode_metadata"]
    assert metadata["file_path"] == "libero_goal/task_0_demo.hdf5"
    assert steps["is_first"].tolist() == [True] + [False] * 5 and steps["is_last"][-1] and steps["reward"][-1] == 1
    assert steps["action"].dtype == np.float32 and steps["observation"]["state"].shape == (6, 8)
    pictures = decode_pictures(steps["observation"]["wrist_image"], "here")
    assert np.array_equal(pictures, episode.images["robot0_eye_in_hand"])
    back = columns.assemble(
        layout.columns(steps, metadata, "here"),
        layout.exact(steps, metadata, "here"),
        episode.images,
        SetDeclaration(orientation="true"),
        tasks=(),
        where="here",
    )
    assert_same_numbers(episode, back)


def test_without_our_record_the_open_columns_count(make_demo):
    episode = make_demo(0)
    example = layout.example(episode)
    steps, metadata = example["steps"], {"file_path": b"/somewhere/libero_goal/task_0_demo.hdf5"}
    assert layout.exact(steps, metadata, "here") is None
    found = layout.columns(steps, metadata, "here")
    assert (found.task_name, found.instruction) == ("task_0", "do 0")
    assert np.array_equal(found.action, episode.actions.astype(np.float32))
    with pytest.raises(DataError, match="the set has no feature 'action'"):
        layout.columns({key: value for key, value in steps.items() if key != "action"}, metadata, "here")


def test_the_head_of_a_set(rlds_head):
    folder = rlds_head()
    assert recognise(folder) == recognise(folder / "1.0.0") == "rlds"
    info = layout.SetInfo.read(folder / "1.0.0")
    assert info.splits == {"train": 3, "val": 4} and info.orientation is None
    assert layout.SetInfo.read(rlds_head("libero_10_no_noops") / "1.0.0").orientation == "mirrored"
    (folder / "1.0.0" / "dataset_info.json").write_text("{")
    with pytest.raises(DataError, match="damaged or not of an RLDS set"):
        layout.SetInfo.read(folder / "1.0.0")


def test_classes_by_others_are_not_imported(rlds_head):
    with pytest.raises(DataError, match=r"names the class 'evil\.module.Feature', which will not be imported"):
        layout.SetInfo.read(rlds_head(python_class="evil.module.Feature") / "1.0.0")


def test_records_are_counted_by_their_lengths(tmp_path):
    path = tmp_path / "x.tfrecord"
    record = struct.pack("<Q", 5) + b"crcs" + b"hello" + b"crcs"
    path.write_bytes(3 * record)
    assert layout.count_records(path) == 3
    path.write_bytes((3 * record)[:-6])
    with pytest.raises(DataError, match="ends within record 2"):
        layout.count_records(path)


@pytest.mark.parametrize(("folder", "name"), [("libero_goal-primitive", "libero_goal_primitive"), ("7 b", "set_7_b")])
def test_names_that_tensorflow_datasets_allows(folder, name, tmp_path):
    assert layout.set_name(tmp_path / folder) == name


def test_what_fails_in_the_process_is_told_in_one_line():
    with pytest.raises(DataError, match=r"^(ModuleNotFound|Attribute)Error: .*(tensorflow|NoSuchThing)"):
        TensorFlowProcess("NoSuchThing")


def test_without_tensorflow_the_message_names_the_extra(rlds_head, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        UnavailableError, match=r"'tensorflow', which is not installed: pip install 'vst-robot\[data\]'"
    ):
        open_demonstrations(rlds_head("libero_goal_no_noops"))
