"""Directions between objects that no single picture shows together (paper, Table 28)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine import directions, pairs
from spatial_pretrain.data_engine.anchors import Anchors, anchors_of
from spatial_pretrain.data_engine.directions import COMPASS
from spatial_pretrain.data_engine.margins import is_sound
from spatial_pretrain.data_engine.options import Options, first_of_each
from spatial_pretrain.data_engine.samples import Margin, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.tasks.object_distance import NAME, distance_sample
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Direction
from vst_robot.scenes import Scene, View

Array = np.ndarray

TRIPLES_LOOKED_AT = 150


@dataclass(frozen=True, kw_only=True)
class _Bearing:
    """Seen from `at` (None: the first camera), what lies how far clockwise from `premise`."""

    anchors: Anchors
    premise: int
    at: int | None
    asked: int
    step: int
    angle_deg: float
    margin: Margin

    @property
    def things(self) -> dict[str, int]:
        """Slot of the question → object."""
        slots = {"known": self.premise, "at": self.at, "asked": self.asked}
        return {slot: thing for slot, thing in slots.items() if thing is not None}


@dataclass(frozen=True, kw_only=True)
class ObjectObjectRelation:
    """Forms are `<question>_<names>`.

    `objects`: A lies north of B, where does C lie from B? `camera`: the same with the first camera in B's place.
    `distance`: which object of one picture is closest to one of the other? Objects are called by their words (`text`)
    or by a coloured point (`points`).
    """

    name: str = NAME
    view: View = "multi"

    @property
    def forms(self) -> Mapping[str, float]:
        """Mostly words, as in the paper."""
        return {
            "objects_text": 0.3,
            "objects_points": 0.15,
            "camera_text": 0.15,
            "camera_points": 0.1,
            "distance_text": 0.2,
            "distance_points": 0.1,
        }

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One question with up to four options.

        Raises:
            Rejected: No pair has anchors that can be named, or too few answers are possible.
        """
        question, names = form.split("_")
        found = [pair for pair in pairs.image_pairs(scene, rng, setting.thresholds.visibility) if pair.has_anchors]
        anchors = [anchors_of(scene, pair, setting.thresholds, points=names == "points") for pair in found]
        make = distance_sample if question == "distance" else _bearing_sample
        return make(form, scene, anchors, rng, setting)


def _bearing_sample(
    form: str, scene: Scene, anchors: Sequence[Anchors], rng: np.random.Generator, setting: Setting
) -> SpatialSample:
    from_camera = form.startswith("camera")
    premise = COMPASS[int(rng.integers(len(COMPASS)))]
    rule = setting.thresholds.direction
    triples = _triples(scene, anchors, rng, rule, from_camera)
    pool = first_of_each(((directions.turned(premise, step), judged) for step, judged in triples), enough=4)
    options, chosen = Options.drawn(rng, pool, least=3)
    pictures, names = chosen.anchors.called(scene, list(chosen.things.values()), rng)
    words = {slot: chosen.anchors.placed(names[thing], thing) for slot, thing in chosen.things.items()}
    templates = load_templates(NAME, setting.template_sets)
    question = templates.question(form, rng, premise=premise, options=options.listed, **words)
    return SpatialSample(
        task=NAME,
        form=form,
        turns=(Turn(question=question, answer=templates.answer(form, rng, answer=options.answer)),),
        pictures=pictures,
        truth={
            "frames": list(chosen.anchors.pair.frames),
            "premise": premise,
            "clockwise_deg": chosen.angle_deg,
            **{f"{slot}_instance": scene.objects[thing].instance for slot, thing in chosen.things.items()},
            **options.truth,
        },
        margin=chosen.margin,
        scene=scene.name,
        source=scene.source,
    )


def _triples(
    scene: Scene, anchors: Sequence[Anchors], rng: np.random.Generator, rule: Direction, from_camera: bool
) -> Iterator[tuple[int, Callable[[], _Bearing | None]]]:
    """Triples in random order: the sector of what is asked, and what judges it."""
    triples = [(some, triple) for some in anchors for triple in _of(some, from_camera)]
    for index in rng.permutation(len(triples))[:TRIPLES_LOOKED_AT]:
        some, (known, at, asked) = triples[int(index)]
        down = directions.down(scene, some.pair.first)
        at_m = scene.frames[some.pair.first].T_world_camera[:3, 3] if at is None else scene.objects[at].box.centre_m
        known_m, asked_m = (scene.objects[thing].box.centre_m - at_m for thing in (known, asked))
        angle = directions.clockwise_deg(known_m, asked_m, down)
        sector = directions.sector(angle)
        if sector.border_deg >= rule.border_deg:
            bearing = _Bearing(
                anchors=some,
                premise=known,
                at=at,
                asked=asked,
                step=sector.index,
                angle_deg=angle,
                margin=directions.angle_margin(sector.border_deg, down, spans_m=[known_m, asked_m]),
            )
            yield sector.index, partial(_if_sound, scene, bearing, [known_m, asked_m], down, rule)


def _of(anchors: Anchors, from_camera: bool) -> Iterator[tuple[int, int | None, int]]:
    """Triples that no single picture shows together; None stands for the first camera."""
    if from_camera:
        yield from ((known, None, asked) for known in anchors.of(0) for asked in anchors.of(1))
    else:
        for triple in permutations(anchors.where, 3):
            if len({anchors.where[thing] for thing in triple}) == 2:
                yield triple


def _if_sound(
    scene: Scene, bearing: _Bearing, spans_m: Sequence[Float[Array, "3"]], down: Float[Array, "3"], rule: Direction
) -> _Bearing | None:
    """The bearing, unless things are too close on the ground or at too different heights, or its margin is small."""
    heights_m = [float(scene.objects[thing].box.centre_m @ down) for thing in bearing.things.values()]
    if max(heights_m) - min(heights_m) >= rule.max_height_gap_m or not is_sound(bearing.margin):
        return None
    shortest_m = min(directions.ground_length(span_m, down) for span_m in spans_m)
    return bearing if shortest_m >= rule.min_m else None
