"""Rows for a teacher, from toy scenes, and what a good teacher says about them."""

import json
from contextlib import suppress
from functools import cache

import numpy as np

from spatial_pretrain.data_engine import rows
from spatial_pretrain.data_engine.catalogue import load
from spatial_pretrain.data_engine.rows import THINK, THOUGHT_END
from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.teacher import prompts
from tests.spatial_pretrain.data_engine.gathered import SETTING, gathered
from tests.spatial_pretrain.data_engine.toy_scenes import ToyScenes

PAIRS = 4


def row(task, form, number=0):
    """One of a few rows of a task's form."""
    return _rows(task, form, PAIRS if task == "cot_object_object" else 1)[number]


@cache
def _rows(task, form, count):
    (loaded,) = load([task])
    samples = _of_toys(loaded, form) if loaded.view == "single" else _of_rings(loaded, form, count)
    return [rows.from_sample(sample, id=f"{task}-{number}") for number, sample in enumerate(samples)]


def _of_rings(task, form, count):
    return [sample for _, sample in gathered(task, form, scenes=24, per_scene=4, at_most=count)]


def _of_toys(task, form):
    """One sample of a single picture."""
    for index in range(200):
        with suppress(Rejected):
            scene = ToyScenes(image_size=192).scene("single", index)
            return [task.sample(scene, np.random.default_rng(index), SETTING, form=form)]
    raise AssertionError(f"no toy scene is fit for {task.name}")


def own_thought(row):
    """The thought by rules."""
    return row.messages[-1].text.partition(THINK)[2].partition(THOUGHT_END)[0]


def good(row, **changes):
    """A sound answer to the request about a row, some of its fields changed."""
    fields = {"question": f"Look closely. {prompts.question(row)}", "thought": own_thought(row)}
    return json.dumps(fields | {"answer": prompts.answer(row)} | changes)
