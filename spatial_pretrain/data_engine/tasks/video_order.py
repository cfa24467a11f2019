"""In which order a clip first shows some kinds of objects (paper, Table 33; gaps from VLM-3R's generator)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations

import numpy as np

from spatial_pretrain.data_engine import references
from spatial_pretrain.data_engine.clips import Asked, clip_sample
from spatial_pretrain.data_engine.options import Options
from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import Templates, load_templates
from spatial_pretrain.data_engine.thresholds import Thresholds
from spatial_pretrain.data_engine.visibility import sights
from vst_robot.scenes import Scene, View

MAX_TURNS = 2


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """When a clip first shows a category.

    Attributes:
        label: The category.
        glimpse_s: First frame in which anything of any of its objects may be visible.
        clear_s: First frame in which one of them is clearly seen.
    """

    label: str
    glimpse_s: float
    clear_s: float


@dataclass(frozen=True, kw_only=True)
class VideoAppearanceOrder:
    """Three or four categories by the time of their first sight.

    Each is glimpsed only after the one before it has been clearly seen for a while, so that the order is the same
    whatever counts as a sight.
    """

    name: str = "video_appearance_order"
    view: View = "video"

    @property
    def forms(self) -> Mapping[str, float]:
        """By the number of categories."""
        return {"three": 0.5, "four": 0.5}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One or two questions.

        Raises:
            Rejected: Too few categories appear one after the other.
        """
        chains = _chains(appearances(scene, setting.thresholds), {"three": 3, "four": 4}[form], setting.thresholds)
        if not chains:
            raise Rejected("too few objects that appear one after the other")
        templates = load_templates(self.name, setting.template_sets)
        chosen = rng.permutation(len(chains))[: 1 + int(rng.integers(MAX_TURNS))]
        asked = [_asked(chains[int(index)], form, rng, templates) for index in chosen]
        return clip_sample(scene, self.name, form, asked)


def appearances(scene: Scene, thresholds: Thresholds) -> list[Appearance]:
    """The categories that are clearly seen at some time and cannot be taken for another."""
    seen = sights(scene, thresholds.visibility)
    times_s = np.array([frame.time_s for frame in scene.frames])
    labels = [thing.label for thing in scene.objects]
    shown = {labels[int(row)] for row in np.flatnonzero(seen.glimpsed.any(axis=1))}
    found = []
    for label in sorted(shown - references.STRUCTURE):
        rows = [row for row, each in enumerate(labels) if each == label]
        clear, glimpsed = seen.clear[rows].any(axis=0), seen.glimpsed[rows].any(axis=0)
        if clear.any() and not any(references.confusable(label, other) for other in shown - {label}):
            glimpse_s, clear_s = float(times_s[glimpsed.argmax()]), float(times_s[clear.argmax()])
            found.append(Appearance(label=label, glimpse_s=glimpse_s, clear_s=clear_s))
    return found


def _chains(found: Sequence[Appearance], length: int, thresholds: Thresholds) -> list[tuple[Appearance, ...]]:
    """Groups in the order of their first sight, with a gap between any two."""
    ordered = sorted(found, key=lambda each: each.clear_s)
    return [group for group in combinations(ordered, length) if gap_s(group) >= thresholds.video.min_gap_s]


def gap_s(group: Sequence[Appearance]) -> float:
    """Shortest time between the clear sight of one and the first glimpse of the next."""
    return min(later.glimpse_s - earlier.clear_s for earlier, later in pairwise(group))


def _asked(group: Sequence[Appearance], form: str, rng: np.random.Generator, templates: Templates) -> Asked:
    labels = [each.label for each in group]
    others = [", ".join(order) for order in permutations(labels) if list(order) != labels]
    distractors = [others[int(index)] for index in rng.permutation(len(others))[: 3 if form == "four" else 2]]
    style = ("A. x B. y", "A: x, B: y")[int(rng.integers(5) == 0)]
    options = Options.shuffled(rng, ", ".join(labels), distractors, style)
    mentioned = ", ".join(labels[int(index)] for index in rng.permutation(len(labels)))
    question = templates.question(form, rng, things=mentioned, options=options.listed)
    turn = Turn(question=question, answer=templates.answer(form, rng, answer=options.answer))
    truth = {
        "labels": labels,
        "glimpse_s": [each.glimpse_s for each in group],
        "clear_s": [each.clear_s for each in group],
        **options.truth,
    }
    return Asked(turn=turn, truth=truth, margin=Margin(seconds=gap_s(group)))
