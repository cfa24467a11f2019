import pytest

from tests.policies.checkpoints import edit_json, write_checkpoint
from vst_robot.cli.actors import load_actor
from vst_robot.errors import DataError

STATISTICS = ("action_codec", "statistics")


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "policy")


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("names", ["j1", "j2", "j3", "j4", "j5", "j6", "gripper"], "j1; j2; j3; j4; j5; j6; gripper"),
        ("gripper_polarity", "0 open, 1 closed", "0 open, 1 closed"),
    ],
)
def test_a_policy_of_another_robot_is_refused(folder, key, value, told):
    edit_json(folder / "vla.json", value, *STATISTICS, key)
    with pytest.raises(DataError, match=f"statistics of another robot .*{told}.*LIBERO's arm takes"):
        load_actor(str(folder), seed=0, device="cpu")


def test_a_policy_with_more_dimensions_is_refused(folder):
    for row in ("q01", "q99", "mean", "std", "min", "max"):
        edit_json(folder / "vla.json", [0.0] * 8, *STATISTICS, row)
    edit_json(folder / "vla.json", [True] * 8, *STATISTICS, "mask")
    edit_json(folder / "vla.json", list("abcdefgh"), *STATISTICS, "names")
    with pytest.raises(DataError, match="statistics of another robot"):
        load_actor(str(folder), seed=0, device="cpu")


def test_a_hub_id_that_does_not_exist_says_so(monkeypatch):
    from huggingface_hub.errors import LocalEntryNotFoundError

    def nothing(*_, **__):
        raise LocalEntryNotFoundError("offline")

    monkeypatch.setattr("huggingface_hub.snapshot_download", nothing)
    with pytest.raises(ValueError, match="the hub does not give one"):
        load_actor("nobody/nothing", seed=0, device="cpu")


def test_random_and_scripted_need_no_folder():
    for name in ("random", "scripted"):
        loaded = load_actor(name, seed=0, device="cpu")
        assert loaded.training_start_hashes == frozenset()
