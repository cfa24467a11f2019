"""Many samples of a task from toy scenes, with the scene that each came from."""

from collections.abc import Iterator

import numpy as np

from spatial_pretrain.data_engine.samples import Rejected, SpatialSample
from spatial_pretrain.data_engine.task import Setting, SpatialTask
from spatial_pretrain.data_engine.thresholds import load_profile
from tests.spatial_pretrain.data_engine.ring_scenes import ring_scene
from vst_robot.scenes import Scene

SETTING = Setting(thresholds=load_profile("room"))


def gathered(
    task: SpatialTask, form: str, *, scenes: int, per_scene: int, at_most: int | None = None
) -> list[tuple[Scene, SpatialSample]]:
    """Samples of one form, up to `per_scene` of each scene and up to `at_most` in all."""
    found = []
    for scene, sample in _samples(task, form, scenes, per_scene):
        found.append((scene, sample))
        if len(found) == at_most:
            break
    return found


def _samples(task: SpatialTask, form: str, scenes: int, per_scene: int) -> Iterator[tuple[Scene, SpatialSample]]:
    for index in range(scenes):
        scene = ring_scene(task.view, index)
        for number in range(per_scene):
            try:
                yield scene, task.sample(scene, np.random.default_rng([index, number]), SETTING, form=form)
            except Rejected:
                if number >= per_scene // 4:
                    break
