"""Sets of robots that are not LIBERO's: names, switches, cameras and proprioception come from the set."""

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest

from action_tokenizer import LIBERO, Robot
from policies.demos.convert import convert
from policies.demos.formats import open_demonstrations
from policies.demos.noop import noop_mask
from policies.demos.robot_file import is_libero
from policies.demos.statistics import fit
from policies.demos.validate import validate
from vst_robot.errors import DataError, InputError

ACTIONS = tuple(f"{side}_{joint}" for side in ("left", "right") for joint in (*"abcdef", "gripper"))
SWITCHES = ("left_gripper", "right_gripper")
MEASURED = tuple(f"{name}_rad" for name in ACTIONS)
TWO_ARMS = Robot(actions=ACTIONS, proprio=MEASURED, binary=SWITCHES, polarity="0 open, 1 closed", rate_hz=12.5)
TOML = f'binary = {list(SWITCHES)}\npolarity = "0 open, 1 closed"\n'.replace("'", '"')


def fill(demo, rng, steps=8, *, names=True):
    """A demonstration as somebody else's recorder writes it; `object` is simulator state."""
    actions = rng.normal(size=(steps, 14))
    actions[:, [6, 13]] = rng.integers(0, 2, (steps, 2))
    demo["actions"] = actions
    demo["obs/angles"], demo["obs/object"] = rng.normal(size=(steps, 14)), rng.normal(size=(steps, 5))
    if names:
        demo["actions"].attrs["names"] = ACTIONS
        demo["actions"].attrs["binary"] = SWITCHES
        demo["actions"].attrs["polarity"] = "0 open, 1 closed"
        demo["actions"].attrs["rate_hz"] = 12.5
        demo["obs/angles"].attrs["names"] = MEASURED
    for camera in ("head_image", "wrist_rgb"):
        demo[f"obs/{camera}"] = np.full((steps, 32, 48, 3), 90, np.uint8)
        demo[f"obs/{camera}"][:, 0] = 250  # the first row is the upper one


@pytest.fixture
def arms(tmp_path):
    """Two demonstrations; attributes say everything."""
    folder = tmp_path / "arms"
    folder.mkdir()
    rng = np.random.default_rng(0)
    with h5py.File(folder / "towels.hdf5", "w") as file:
        for number in range(2):
            fill(file.create_group(f"data/demo_{number}"), rng)
        file["data"].attrs["language_instruction"] = "fold the towel"
    return folder


@pytest.fixture
def unnamed(arms):
    """The same without a name anywhere."""
    with h5py.File(arms / "towels.hdf5", "w") as file:
        fill(file.create_group("data/demo_0"), np.random.default_rng(0), names=False)
    return arms


def test_attributes_of_the_files_name_everything(arms):
    found = open_demonstrations(arms)
    assert found.robot == TWO_ARMS
    first, second = found.episodes()
    assert (first.task.instruction, second.proprio.shape) == ("fold the towel", (8, 14))
    with h5py.File(arms / "towels.hdf5") as file:
        assert np.array_equal(first.proprio, file["data/demo_0/obs/angles"])
    assert list(first.images) == ["head", "wrist"]
    assert first.orientation == "true" and (first.images["head"][:, 0] == 250).all()
    assert validate(found).problems == ()


def test_rows_of_libero_and_robosuite_are_turned(arms):
    with h5py.File(arms / "towels.hdf5", "a") as file:
        file["data"].attrs["macros_image_convention"] = "opengl"
    first = next(iter(open_demonstrations(arms).episodes()))
    assert (first.images["wrist"][:, -1] == 250).all()


def test_a_robot_file_says_what_nobody_else_does(unnamed):
    with pytest.raises(DataError, match=r"does not name its action dimensions; name them in a file robot.toml"):
        open_demonstrations(unnamed)
    quoted = str(list(ACTIONS)).replace("'", '"')
    text = f'actions = {quoted}\n{TOML}instruction = "fold"\nrate_hz = 30\n[proprio]\nangles = {quoted}\n'
    (unnamed / "robot.toml").write_text(text)
    found = open_demonstrations(unnamed)
    assert found.robot == replace(TWO_ARMS, proprio=ACTIONS, rate_hz=30)
    assert next(iter(found.episodes())).task.instruction == "fold"
    with pytest.raises(InputError, match=r"polarity in robot.toml"):
        open_demonstrations(unnamed, gripper="openvla")


def test_a_misspelt_entry_offers_the_nearest(unnamed):
    (unnamed / "robot.toml").write_text('action = ["x"]\n')
    with pytest.raises(InputError, match="did you mean 'actions'"):
        open_demonstrations(unnamed)


def test_files_of_two_robots_do_not_mix(arms):
    with h5py.File(arms / "towels.hdf5", "a") as file:
        file["data/demo_1/actions"].attrs["names"] = ACTIONS[::-1]
    problems = validate(open_demonstrations(arms)).problems
    assert len(problems) == 1 and "demo_1: names its actions (right_gripper" in problems[0]


def test_a_switch_that_is_none(arms):
    with h5py.File(arms / "towels.hdf5", "a") as file:
        file["data/demo_1/actions"][3, 6] = 255
    problems = validate(open_demonstrations(arms)).problems
    assert len(problems) == 1 and "gripper commands reach 255; declared binary" in problems[0]


@pytest.mark.parametrize("target", ["lerobot", "hdf5"])
def test_a_conversion_keeps_names_and_numbers(arms, tmp_path, target):
    if target == "lerobot":
        pytest.importorskip("av")
    source = open_demonstrations(arms)
    convert(source, tmp_path / "other", target)
    other = open_demonstrations(tmp_path / "other")
    assert other.robot == TWO_ARMS
    for one, two in zip(source.episodes(), other.episodes(), strict=True):
        assert np.array_equal(one.actions, two.actions) and np.array_equal(one.proprio, two.proprio)
        assert list(one.images) == list(two.images) and one.task.instruction == two.task.instruction
        assert np.abs(one.images["head"].astype(int) - two.images["head"]).mean() < 3
    assert fit(other.episodes(), other.robot) == fit(source.episodes(), source.robot)


def test_a_lerobot_set_states_the_robots_rate(arms, tmp_path):
    av = pytest.importorskip("av")
    convert(open_demonstrations(arms), tmp_path / "set", "lerobot")
    info = json.loads((tmp_path / "set" / "meta" / "info.json").read_text())
    assert info["fps"] == info["features"]["observation.images.head"]["info"]["video.fps"] == 12.5
    (video,) = (tmp_path / "set" / "videos" / "observation.images.head").rglob("*.mp4")
    with av.open(str(video)) as container:
        assert container.streams.video[0].average_rate == 12.5


def test_a_lerobot_set_by_others_names_itself(arms, tmp_path):
    pytest.importorskip("av")
    folder = tmp_path / "foreign"
    convert(open_demonstrations(arms), folder, "lerobot")
    for ours in (folder / "meta" / "vst_robot").rglob("*.parquet"):
        ours.unlink()
    (folder / "meta" / "vst_robot.json").unlink()
    path = folder / "meta" / "info.json"
    info = json.loads(path.read_text())
    info["features"]["action"]["names"] = {"motors": list(ACTIONS)}
    info["features"]["observation.state"]["names"] = None
    path.write_text(json.dumps(info))
    (folder / "robot.toml").write_text(TOML)
    found = open_demonstrations(folder)
    assert found.robot == replace(TWO_ARMS, proprio=tuple(f"state_{index}" for index in range(14)))
    assert next(iter(found.episodes())).orientation == "true"
    info["features"]["action"]["names"] = ["motor"]
    path.write_text(json.dumps(info))
    with pytest.raises(DataError, match="does not name its action dimensions"):
        open_demonstrations(folder)


@pytest.mark.parametrize(
    ("names", "widths", "libero"),
    [
        (("x", "y", "z", "roll", "pitch", "yaw", "gripper"), (7, 8), True),
        (("actions",), (7, 8), True),
        ((), (7, 8), True),
        ((), (7, 7), False),
        (tuple("abcdefg"), (7, 8), False),
        (LIBERO.actions, (7, 8), True),
    ],
)
def test_who_is_taken_for_libero(names, widths, libero):
    assert is_libero(names, widths) is libero


def test_the_noop_rule_knows_several_grippers():
    actions = np.zeros((4, 4))
    actions[0, 0] = 1
    actions[2:, 1] = 1  # the left gripper closes, while nothing else moves
    assert noop_mask(actions, arm=(True, False, True, False)).tolist() == [False, True, False, True]
