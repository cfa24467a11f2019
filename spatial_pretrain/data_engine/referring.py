"""Phrases that fit one object of a picture alone: its label, its description, its side, its size, its neighbour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from spatial_pretrain.data_engine.distances import box_distance_m, centre_distance_m
from spatial_pretrain.data_engine.margins import is_sound
from spatial_pretrain.data_engine.observed import Observed, observe
from spatial_pretrain.data_engine.references import STRUCTURE, confusable
from spatial_pretrain.data_engine.samples import Margin
from spatial_pretrain.data_engine.thresholds import Thresholds
from spatial_pretrain.data_engine.visibility import sights
from vst_robot.scenes import Scene, SceneObject

MIN_SIDE_SHARE = 0.06
"""Of the picture's width: how much further to one side the leftmost object is than the next."""


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Words for one object.

    Attributes:
        text: With its article, e.g. ``"the leftmost chair"``.
        kind: What they rest on: `label`, `description`, `side`, `height` or `neighbour`.
        margin: How far objects may move before the words fit another one.
    """

    text: str
    kind: str
    margin: Margin = field(default_factory=Margin)


def phrases(scene: Scene, frame: int, thresholds: Thresholds) -> dict[int, list[Phrase]]:
    """Instance → phrases that fit it alone among all that the frame may show; only sound ones.

    Objects of one label are told apart only if all of them are clearly seen: "the leftmost chair" is wrong if another
    one is half hidden further left.
    """
    seen = {each.thing.instance: each for each in observe(scene, frame, thresholds) if each.label not in STRUCTURE}
    shown = [
        scene.objects[int(place)] for place in np.flatnonzero(sights(scene, thresholds.visibility).glimpsed[:, frame])
    ]
    found: dict[int, list[Phrase]] = {instance: [] for instance in seen}
    for instance, each in seen.items():
        found[instance] += _by_name(each.thing, shown)
    alone = [seen[instance] for instance, named in found.items() if any(phrase.kind == "label" for phrase in named)]
    for group in _groups(seen, shown):
        for each, phrase in (*_by_side(group), *_by_height(group), *_by_neighbour(group, alone, thresholds)):
            if is_sound(phrase.margin):
                found[each.thing.instance].append(phrase)
    return {instance: named for instance, named in found.items() if named}


def _by_name(thing: SceneObject, shown: Sequence[SceneObject]) -> Iterator[Phrase]:
    others = [other for other in shown if other is not thing]
    if not any(confusable(thing.label, other.label) for other in others):
        yield Phrase(text=f"the {thing.label}", kind="label")
    if thing.description is not None and thing.description not in {other.description for other in others}:
        text = thing.description if thing.description.startswith("the ") else f"the {thing.description}"
        yield Phrase(text=text, kind="description")


def _groups(seen: dict[int, Observed], shown: Sequence[SceneObject]) -> Iterator[list[Observed]]:
    """Objects of one label of which there are several, where all that may be meant are clearly seen."""
    for label in dict.fromkeys(each.label for each in seen.values()):
        meant = [thing for thing in shown if confusable(label, thing.label)]
        whole = all(thing.instance in seen and thing.label == label for thing in meant)
        if whole and len(meant) > 1:
            yield [seen[thing.instance] for thing in meant]


def _by_side(group: Sequence[Observed]) -> Iterator[tuple[Observed, Phrase]]:
    for word, sign in (("leftmost", 1), ("rightmost", -1)):
        first, *others = sorted(group, key=lambda each: sign * each.point_px[0])
        lead_px = min(sign * (other.point_px[0] - first.point_px[0]) for other in others)
        if lead_px >= MIN_SIDE_SHARE * first.size_px[0]:
            yield first, Phrase(text=f"the {word} {first.label}", kind="side", margin=_side_margin(first, others, sign))


def _side_margin(first: Observed, others: Sequence[Observed], sign: int) -> Margin:
    """From the bearings of the boxes' middles; a roll of the camera changes them where one is above the other.

    Middles that move by m turn their bearings by at most asin(m / distance) each.
    """
    metres, degrees = [], []
    for other in others:
        (x, y, z), (u, v, w) = first.box_camera.centre_m, other.box_camera.centre_m
        if min(z, w) <= 0:
            return Margin(metres=0.0)
        between = sign * (np.arctan2(u, w) - np.arctan2(x, z))
        metres.append(min(np.hypot(x, z), np.hypot(u, w)) * np.sin(max(between, 0) / 2))
        steepness = np.hypot(u / w - x / z, v / w - y / z)
        degrees.append(np.degrees(np.arcsin(max(sign * (u / w - x / z) / steepness, 0))) / 2 if steepness > 0 else 0)
    return Margin(metres=float(min(metres)), degrees=float(min(degrees)))


def _by_height(group: Sequence[Observed]) -> Iterator[tuple[Observed, Phrase]]:
    for word, sign in (("tallest", -1), ("shortest", 1)):
        first, second, *_ = sorted(group, key=lambda each: sign * each.box_camera.size_m[1])
        heights_m = sorted((first.box_camera.size_m[1], second.box_camera.size_m[1]))
        if heights_m[1] >= 1.15 * heights_m[0]:  # less is not seen
            margin = Margin(metres=float(heights_m[1] - heights_m[0]) / 2)
            yield first, Phrase(text=f"the {word} {first.label}", kind="height", margin=margin)


def _by_neighbour(
    group: Sequence[Observed], alone: Sequence[Observed], thresholds: Thresholds
) -> Iterator[tuple[Observed, Phrase]]:
    """The one closest to an object that is called by its label, between middles and between closest points."""
    rule = thresholds.distance
    for anchor in alone:
        first, second, *_ = sorted(group, key=lambda each: centre_distance_m(each.box_camera, anchor.box_camera))
        nearest_m, next_m = (centre_distance_m(each.box_camera, anchor.box_camera) for each in (first, second))
        gaps_m = [box_distance_m(each.box_camera, anchor.box_camera) for each in group]
        ahead = min(gaps_m) == gaps_m[group.index(first)] and np.ptp(sorted(gaps_m)[:2]) >= rule.min_gap_m / 2
        if ahead and next_m - nearest_m >= max(rule.min_gap_m, rule.min_gap_share * nearest_m, 0.25 * next_m):
            text = f"the {first.label} closest to the {anchor.label}"
            yield first, Phrase(text=text, kind="neighbour", margin=Margin(metres=(next_m - nearest_m) / 4))
