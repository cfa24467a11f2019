"""Tasks for the tests of building: real questions about toy scenes, simple enough to check by eye."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from vst_robot.scenes import Scene, View

FORMS = {"letter": 0.75, "words": 0.25}


@dataclass(frozen=True, kw_only=True)
class Tallest:
    """Which of two seen objects is taller; forms differ in how the answer is written."""

    name: str = "si_measurement"
    view: View = "single"
    forms: Mapping[str, float] = field(default_factory=lambda: FORMS)

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        seen = scene.seen_in(0)
        if len(seen) < 2:
            raise Rejected("fewer than two objects")
        first, second = (seen[int(k)] for k in rng.choice(len(seen), 2, replace=False))
        heights = [float(thing.box.size_m[1]) for thing in (first, second)]
        gap = abs(heights[0] - heights[1])
        if gap < 0.05 or first.label == second.label:
            raise Rejected("heights or labels too alike")
        winner = int(heights[1] > heights[0])
        answer = f"{'AB'[winner]}. {(first, second)[winner].label}" if form == "letter" else str(winner)
        video = self.view == "video"
        question = f"Which is taller? Options: A. {first.label}, B. {second.label}"
        return SpatialSample(
            task=self.name,
            form=form,
            turns=(Turn(question=question, answer=answer),),
            pictures=tuple(frame.rgb for frame in scene.frames),
            truth={"heights_m": heights, "instances": [np.int64(first.instance), second.instance]},
            margin=Margin(metres=gap / 2),
            scene=scene.name,
            source=scene.source,
            type="video" if video else "mm_qa",
            frame_rate_hz=2.0 if video else None,
        )


@dataclass(frozen=True, kw_only=True)
class Never(Tallest):
    """No scene is ever good enough; or it crashes, or finds damage."""

    error: type[Exception] = Rejected

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        raise self.error("no such thing")
