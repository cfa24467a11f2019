"""Many samples of a task from toy scenes, with the scene that each came from."""

from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from spatial_pretrain.data_engine.drawn.sheets import BlankSheets
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample
from spatial_pretrain.data_engine.task import Setting, SpatialTask
from spatial_pretrain.data_engine.thresholds import load_profile
from tests.spatial_pretrain.data_engine import single_image
from tests.spatial_pretrain.data_engine.ring_scenes import ring_scene
from vst_robot.scenes import Scene

SETTING = Setting(thresholds=load_profile("room"))

SHEETS = BlankSheets(seed=3, image_size=256)

FEW_PER_TASK, PER_TASK = 36, single_image.PER_TASK
AMOUNTS = [
    pytest.param(FEW_PER_TASK, id="few"),
    pytest.param(PER_TASK, id="many", marks=pytest.mark.slow),
]
"""Samples per task, for `of_task` and `share`."""

PER_SCENE = {FEW_PER_TASK: 5, PER_TASK: 12}
MOST_SCENES = 200

Found = tuple[Scene, SpatialSample]


def gathered(task: SpatialTask, form: str, *, scenes: int, per_scene: int, at_most: int | None = None) -> list[Found]:
    """Samples of one form, up to `per_scene` of each scene and up to `at_most` in all."""
    found = []
    for scene, sample in _samples(task, form, range(scenes), per_scene):
        found.append((scene, sample))
        if len(found) == at_most:
            break
    return found


def share(task: SpatialTask, form: str, amount: int) -> list[Found]:
    """One form's even share of so many samples of a task about several pictures, rounded up.

    No two are the same, and the test fails if there are too few: `amount` is a count, not a wish.
    """
    wanted, known, found = -(-amount // len(task.forms)), set(), []
    for scene, sample in _samples(task, form, range(MOST_SCENES), PER_SCENE[amount]):
        key = (scene.name, sample.turns, repr(sample.truth))
        if key not in known:
            known.add(key)
            found.append((scene, sample))
        if len(found) == wanted:
            return found
    raise AssertionError(f"{task.name}, {form}: {MOST_SCENES} scenes have only {len(found)} of {wanted} samples")


def of_task(task: SpatialTask, amount: int) -> Iterator[Found]:
    """At least so many samples of any task, spread evenly over its forms."""
    if task.view == "single":
        yield from single_image.of_task(task, amount)
        return
    for form in task.forms:
        yield from share(task, form, amount)


def scene_of(task: SpatialTask, index: int) -> Scene:
    """The `index`-th toy scene or blank sheet for a task."""
    if task.view == "blank":
        return SHEETS.scene("blank", index)
    return single_image.room(index) if task.view == "single" else ring_scene(task.view, index)


def _samples(task: SpatialTask, form: str, scenes: Iterable[int], per_scene: int) -> Iterator[Found]:
    for index in scenes:
        scene = scene_of(task, index)
        for number in range(per_scene):
            try:
                yield scene, task.sample(scene, np.random.default_rng([index, number]), SETTING, form=form)
            except Rejected:
                if number >= per_scene // 4:
                    break
