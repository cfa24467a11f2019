"""All tasks by name."""

import pickle

import pytest

from spatial_pretrain.data_engine import catalogue
from spatial_pretrain.data_engine.mixture import VST_P, vst_r
from vst_robot.errors import InputError
from vst_robot.scenes import VIEWS


def test_the_names_are_those_of_figure_2():
    assert tuple(catalogue.VST_P) == tuple(VST_P) == tuple(task.name for task in catalogue.load(["all"]))
    assert set(catalogue.VST_R) == set(vst_r())


def test_every_task_can_be_loaded_and_sent_to_a_worker():
    tasks = catalogue.load(["all", "cot", "rl", "general"])
    assert [task.name for task in tasks] == list(catalogue.TASKS)
    views = {"si": "single", "mi": "multi", "video": "video"}
    for task in tasks:
        assert task.view in (*VIEWS, None) and all(share > 0 for share in task.forms.values())
        assert views.get(task.name.split("_")[0], task.view) == task.view
        again = pickle.loads(pickle.dumps(task))
        assert again.name == task.name and again.forms == task.forms


def test_groups_and_names():
    names = [task.name for task in catalogue.load(["si_measurement", "si"])]
    assert names[0] == "si_measurement" and all(name.startswith("si_") for name in names)
    assert len(set(names)) == len(names) > 1


def test_unknown_names():
    with pytest.raises(InputError, match="unknown task 'si_measure': did you mean 'si_measurement'"):
        catalogue.load(["si_measure"])
    with pytest.raises(InputError, match="no task was named"):
        catalogue.load([])
