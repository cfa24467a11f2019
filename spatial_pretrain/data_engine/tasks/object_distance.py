"""Which object of one picture is closest to one of the other: half of `mi_object_object_relation`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spatial_pretrain.data_engine.anchors import ORDINALS, Anchors
from spatial_pretrain.data_engine.distances import centre_distance_m
from spatial_pretrain.data_engine.margins import is_sound
from spatial_pretrain.data_engine.options import Options
from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Distance
from vst_robot.scenes import Scene

NAME = "mi_object_object_relation"

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
    word = ("closest", "farthest")[int(rng.integers(2))]
    for some in anchors:
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
    """Random candidates whose order is sure at the top; None if there are none."""
    side = int(rng.integers(2))
    things, others = anchors.of(side), anchors.of(1 - side)
    if not things or len(others) < 2:
        return None
    thing = things[int(rng.integers(len(things)))]
    candidates = [others[int(index)] for index in rng.permutation(len(others))[: rule.max_candidates]]
    boxes = [scene.objects[candidate].box for candidate in candidates]
    distances_m = [centre_distance_m(box, scene.objects[thing].box) for box in boxes]
    sign = 1 if word == "closest" else -1
    order = sorted(range(len(candidates)), key=lambda index: sign * distances_m[index])
    contest = _Contest(
        thing=thing,
        candidates=tuple(candidates[index] for index in order),
        distances_m=tuple(distances_m[index] for index in order),
    )
    least_m = max(rule.min_gap_m, rule.min_gap_share * contest.distances_m[0])
    return contest if contest.lead_m >= least_m and is_sound(contest.margin) else None
