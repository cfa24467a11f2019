import subprocess
import sys

import pytest

from envs import suites
from vst_robot.errors import DataError, InputError, UnavailableError


def test_task_counts_match_the_installed_wheel():
    for suite in suites.SUITES.values():
        tasks = suite.tasks()
        assert [task.task_id for task in tasks] == list(range(suite.task_count))
        assert all(suites.bddl_path(task).is_file() and suites.init_states_path(task).is_file() for task in tasks)


@pytest.mark.parametrize(
    "suite, task_id, instruction",
    [
        (
            "libero_spatial",
            0,
            "pick up the black bowl between the plate and the ramekin and place it on the plate",
        ),
        ("libero_10", 2, "turn on the stove and put the moka pot on it"),
        ("libero_90", 0, "close the top drawer of the cabinet"),  # SCENE10: two digits
    ],
)
def test_instruction_is_the_benchmarks_not_the_bddl_files(suite, task_id, instruction):
    assert suites.get_suite(suite).task(task_id).instruction == instruction


def test_alias_and_case():
    assert suites.get_suite("LIBERO_Long") is suites.SUITES["libero_10"]


def test_unknown_suite_offers_the_nearest():
    with pytest.raises(InputError, match="did you mean 'libero_spatial'"):
        suites.get_suite("libero_spacial")


def test_all_means_the_four_suites_of_the_paper():
    assert suites.choose_suites(["all"]) == suites.PAPER_SUITES
    assert suites.label_of(suites.PAPER_SUITES) == "all"


def test_several_suites_come_in_one_order_and_by_their_own_names():
    chosen = suites.choose_suites(["libero_long", "LIBERO_Object"])
    assert chosen == ("libero_object", "libero_10") and suites.label_of(chosen) == "libero_object+libero_10"


def test_a_single_suite_stays_as_it_was_named():
    assert suites.choose_suites(["libero_long"]) == ("libero_long",)
    assert suites.label_of(["libero_long"]) == "libero_long"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "a suite is needed"),
        (["libero_goal", "libero_gaol"], "did you mean 'libero_goal'"),
        (["libero_10", "libero_long"], "asked for twice: --suite was libero_10 libero_long"),
        (["all", "libero_90"], "'all' already means libero_spatial"),
    ],
)
def test_suites_that_cannot_be_chosen(names, told):
    with pytest.raises(InputError, match=told):
        suites.choose_suites(names)


@pytest.mark.parametrize("task_id", [-1, 10])
def test_unknown_task(task_id):
    with pytest.raises(InputError, match="0 to 9"):
        suites.get_suite("libero_goal").task(task_id)


def test_missing_libero_names_the_extra(monkeypatch):
    monkeypatch.setattr(suites.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match=r"hf-libero.*vst-robot\[sim\]"):
        suites.libero_root()


def test_another_libero_is_noticed(monkeypatch):
    monkeypatch.setattr(suites, "_task_map", lambda: {"libero_goal": ["one_task"]})
    with pytest.raises(DataError, match="reinstall hf-libero"):
        suites.SUITES["libero_goal"].tasks()


def test_tables_load_neither_simulator_nor_torch():
    code = (
        "import sys, envs.registration, envs.starts; from envs.suites import SUITES\n"
        "[suite.tasks() for suite in SUITES.values()]\n"
        "print({'torch', 'mujoco', 'robosuite', 'libero'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
