"""What a clip shows, in the order in which it comes into view: `video_scene_caption`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from spatial_pretrain.data_engine.clips import Asked, Clip, clip_of, clip_sample
from spatial_pretrain.data_engine.naming import joined, plural, with_article
from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.tasks.video_counting import countable
from spatial_pretrain.data_engine.tasks.video_order import Appearance, appearances, gap_s
from spatial_pretrain.data_engine.templates import Templates, load_templates
from spatial_pretrain.data_engine.thresholds import Thresholds
from vst_robot.scenes import Scene, View

MAX_DISTANCES = 3


@dataclass(frozen=True, kw_only=True)
class VideoSceneCaption:
    """Categories in the order of their first sight, numbers of those that occur several times, distances."""

    name: str = "video_scene_caption"
    view: View = "video"

    @property
    def forms(self) -> Mapping[str, float]:
        """There is one."""
        return {"walk": 1.0}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """A caption of the clip.

        Raises:
            Rejected: Fewer than two categories appear one after the other, or no distance is known.
        """
        rule = setting.thresholds
        clip = clip_of(scene, rule.visibility)
        found = appearances(scene, rule)
        chain = _chain(found, rule)
        spans = _spans(clip, rng, rule)
        if len(chain) < 2 or not spans or any(each.glimpse_s < chain[0].glimpse_s for each in found):
            raise Rejected("too little to say about the clip")
        counts = {label: len(several) for label, several in countable(scene, rule).items() if len(several) > 1}
        templates = load_templates(self.name, setting.template_sets)
        caption = " ".join(_sentences(clip, chain, counts, spans, rng, templates))
        truth = {
            "order": [each.label for each in chain],
            "counts": counts,
            "distances": [
                {
                    "instances": [clip.instance(first), clip.instance(second)],
                    "box_distance_m": clip.distance_m(first, second),
                }
                for first, second in spans
            ],
        }
        turn = Turn(question=templates.question(form, rng), answer=caption)
        asked = Asked(turn=turn, truth=truth, margin=Margin(seconds=gap_s(chain)))
        return clip_sample(scene, self.name, form, [asked])


def _chain(found: Sequence[Appearance], thresholds: Thresholds) -> list[Appearance]:
    """Categories by first sight, each so late that its place in the order is sure; those in doubt are left out."""
    chain: list[Appearance] = []
    for each in sorted(found, key=lambda each: each.clear_s):
        if not chain or each.glimpse_s - chain[-1].clear_s >= thresholds.video.min_gap_s:
            chain.append(each)
    return chain


def _spans(clip: Clip, rng: np.random.Generator, thresholds: Thresholds) -> list[tuple[int, int]]:
    """Some pairs of named objects that are neither too near nor too far for a distance."""
    rule = thresholds.distance
    pairs = list(combinations(clip.things, 2))
    drawn = [pairs[int(index)] for index in rng.permutation(len(pairs))[: 3 * MAX_DISTANCES]]
    return [pair for pair in drawn if rule.min_m <= clip.distance_m(*pair) <= rule.max_m][:MAX_DISTANCES]


def _sentences(
    clip: Clip,
    chain: Sequence[Appearance],
    counts: Mapping[str, int],
    spans: Sequence[tuple[int, int]],
    rng: np.random.Generator,
    templates: Templates,
) -> list[str]:
    first, *later = ((plural if each.label in counts else with_article)(each.label) for each in chain)
    lines = [templates.answer("opening", rng, thing=first), templates.answer("order", rng, things=joined(later))]
    numbers = [f"{count} {plural(label)}" for label, count in counts.items()]
    lines += [templates.answer("counts", rng, things=joined(numbers))] if numbers else []
    for one, other in spans:
        slots = {
            "first": clip.names[one],
            "second": clip.names[other],
            "distance": f"{clip.distance_m(one, other):.2f}",
        }
        lines.append(templates.answer("distance", rng, **slots))
    return lines
