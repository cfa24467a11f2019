"""Which object of one picture is closest to one of the other: half of `mi_object_object_relation`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from spatial_pretrain.data_engine.anchors import ORDINALS, Anchors
from spatial_pretrain.data_engine.distances import centre_distance_m
from spatial_pretrain.data_engine.margins import is_sound
from spatial_pretrain.data_engine.options import Options, even, pooled
from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Distance
from vst_robot.scenes import Scene

NAME = "mi_object_object_relation"

MOST_OTHERS = 6
"""Of so many objects groups of candidates are formed."""

_WORDS = {"closest": "closest to", "farthest": "farthest from"}


@dataclass(frozen=True, kw_only=True)
class _Contest:
    """Candidates of one picture, and how far their centres are from an object of the other.

    Attributes:
        thing: The object.
        candidates: From the nearest to the farthest, or the other way round.
        distances_m: Of the candidates.
    """

    thing: int
    candidates: tuple[int, ...]
    distances_m: tuple[float, ...]

    @property
    def lead_m(self) -> float:
        """How far the first is ahead of the second."""
        return abs(self.distances_m[1] - self.distances_m[0])

    @property
    def margin(self) -> Margin:
        """Both leading candidates and the object may move; the object's movement counts twice."""
        return Margin(metres=self.lead_m / 4)


def distance_sample(
    form: str, scene: Scene, anchors: Sequence[Anchors], rng: np.random.Generator, setting: Setting
) -> SpatialSample:
    """A question about the first of several pairs that allows one.

    Raises:
        Rejected: None does.
    """
    for word, some in product(rng.permutation(list(_WORDS)).tolist(), anchors):
        contest = _contest(scene, some, word, rng, setting.thresholds.distance)
        if contest is None:
            continue
        pictures, names = some.called(scene, [contest.thing, *contest.candidates], rng)
        labels = [names[candidate] for candidate in contest.candidates]
        options = Options.shuffled(rng, labels[0], labels[1:])
        templates = load_templates(NAME, setting.template_sets)
        question = templates.question(
            form,
            rng,
            word=_WORDS[word],
            thing=some.placed(names[contest.thing], contest.thing),
            picture=ORDINALS[some.where[contest.candidates[0]]],
            options=options.listed,
        )
        return SpatialSample(
            task=NAME,
            form=form,
            turns=(Turn(question=question, answer=templates.answer(form, rng, answer=options.answer)),),
            pictures=pictures,
            truth={
                "frames": list(some.pair.frames),
                "word": word,
                "instance": scene.objects[contest.thing].instance,
                "candidate_instances": [scene.objects[each].instance for each in contest.candidates],
                "candidates": labels,
                "centre_distances_m": list(contest.distances_m),
                **options.truth,
            },
            margin=contest.margin,
            scene=scene.name,
            source=scene.source,
        )
    raise Rejected("no distances across two pictures that differ enough")


def _contest(scene: Scene, anchors: Anchors, word: str, rng: np.random.Generator, rule: Distance) -> _Contest | None:
    """Candidates each of which is ahead for some object, and one of these objects; None if there are none.

    An option that is never right would help who reads only the words: a television is seldom close to anything.
    """
    for side in rng.permutation(2).tolist():
        things, others = anchors.of(side), anchors.of(1 - side)
        for some in _groups(others, rng, rule.max_candidates):
            contests = [_ranked(scene, thing, some, word) for thing in things]
            ahead = pooled((contest.candidates[0], contest.thing) for contest in contests if _is_clear(contest, rule))
            if len(ahead) > 1:
                return _ranked(scene, even(rng, ahead)[1], list(ahead), word)
    return None


def _groups(others: Sequence[int], rng: np.random.Generator, largest: int) -> Iterator[Sequence[int]]:
    """Groups of two and more, larger ones first, as they come."""
    drawn = [others[index] for index in rng.permutation(len(others)).tolist()][:MOST_OTHERS]
    for number in range(min(largest, len(drawn)), 1, -1):
        yield from combinations(drawn, number)


def _ranked(scene: Scene, thing: int, candidates: Sequence[int], word: str) -> _Contest:
    box = scene.objects[thing].box
    distances = [(centre_distance_m(scene.objects[each].box, box), each) for each in candidates]
    distances_m, ordered = zip(*sorted(distances, reverse=word == "farthest"), strict=True)
    return _Contest(thing=thing, candidates=ordered, distances_m=distances_m)


def _is_clear(contest: _Contest, rule: Distance) -> bool:
    least_m = max(rule.min_gap_m, rule.min_gap_share * contest.distances_m[0])
    return contest.lead_m >= least_m and is_sound(contest.margin)
