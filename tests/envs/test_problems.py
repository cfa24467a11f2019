import pytest

from envs import problems
from envs.problems import asset_names
from envs.suites import SUITES, get_suite
from vst_robot.errors import DataError

BOWLS = {"akita_black_bowl", "plate", "cookies", "glazed_rim_porcelain_ramekin"}


def test_what_libero_spatial_needs():
    names = asset_names(get_suite("libero_spatial").tasks())
    assert names == BOWLS | {"wooden_cabinet", "flat_stove", "table", "libero_tabletop_base_style"}


@pytest.mark.parametrize("suite", SUITES)
def test_every_task_has_a_room_and_things(suite):
    for task in get_suite(suite).tasks():
        names = asset_names([task])
        assert len(names & set(problems.SCENES.values())) == 1 and len(names) >= 3, task.name


@pytest.mark.parametrize("text", ["", "(define (problem KITCHEN_ON_MARS) (:domain robosuite))"])
def test_unknown_problem_files_are_named(text, tmp_path, monkeypatch):
    (tmp_path / "odd.bddl").write_text(text)
    monkeypatch.setattr(problems, "bddl_path", lambda task: tmp_path / "odd.bddl")
    with pytest.raises(DataError, match=r"odd\.bddl"):
        asset_names(get_suite("libero_goal").tasks())
