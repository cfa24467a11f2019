"""How many of a kind a clip shows (paper, Table 32)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spatial_pretrain.data_engine import naming, references
from spatial_pretrain.data_engine.clips import Asked, clip_sample
from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Thresholds
from spatial_pretrain.data_engine.visibility import sights
from vst_robot.scenes import Scene, View

MAX_TURNS = 3
SINGLES = 0.2
"""Share of questions whose answer is one, where there is a choice."""


@dataclass(frozen=True, kw_only=True)
class VideoObjectCounting:
    """Up to three categories of a clip are counted.

    Every object of a counted category is either clearly seen at some time or never glimpsed.
    """

    name: str = "video_object_counting"
    view: View = "video"

    @property
    def forms(self) -> Mapping[str, float]:
        """There is one form."""
        return {"count": 1.0}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One to three questions.

        Raises:
            Rejected: No category can be counted.
        """
        counts = countable(scene, setting.thresholds)
        several = [label for label, instances in counts.items() if len(instances) > 1]
        singles = [label for label, instances in counts.items() if len(instances) == 1]
        if not several and not singles:
            raise Rejected("no category that can be counted")
        templates = load_templates(self.name, setting.template_sets)
        asked = []
        for _ in range(1 + int(rng.integers(MAX_TURNS))):
            labels = singles if singles and (not several or rng.random() < SINGLES) else several
            if not labels:
                break
            label = labels.pop(int(rng.integers(len(labels))))
            answer = str(len(counts[label]))
            question = templates.question(form, rng, things=naming.plural(label))
            turn = Turn(question=question, answer=templates.answer(form, rng, answer=answer))
            truth = {"label": label, "instances": counts[label], "count": len(counts[label])}
            asked.append(Asked(turn=turn, truth=truth, margin=_margin(scene, counts[label], setting.thresholds)))
        return clip_sample(scene, self.name, form, asked)


def countable(scene: Scene, thresholds: Thresholds) -> dict[str, list[int]]:
    """Label → the instances that the frames show, for labels without a doubtful one."""
    seen = sights(scene, thresholds.visibility)
    clear, glimpsed = seen.clear.any(axis=1), seen.glimpsed.any(axis=1)
    counts: dict[str, list[int]] = {}
    for row in np.flatnonzero(clear):
        thing = scene.objects[int(row)]
        counts.setdefault(thing.label, []).append(thing.instance)
    doubtful = {scene.objects[int(row)].label for row in np.flatnonzero(glimpsed & ~clear)}
    shown = {scene.objects[int(row)].label for row in np.flatnonzero(glimpsed)}
    return {
        label: instances
        for label, instances in counts.items()
        if label not in references.STRUCTURE | doubtful
        and len(instances) <= thresholds.video.max_count
        and not any(references.confusable(label, other) for other in shown - {label})
    }


def _margin(scene: Scene, instances: Sequence[int], thresholds: Thresholds) -> Margin:
    """How large the counted things are seen, where the source knows their masks."""
    largest_px = sights(scene, thresholds.visibility).pixels.max(axis=1)
    least_px = min(int(largest_px[row]) for row, thing in enumerate(scene.objects) if thing.instance in instances)
    return Margin(pixels=least_px if least_px >= 0 else None)
