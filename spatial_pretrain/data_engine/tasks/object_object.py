"""Directions between objects that no single picture shows together (paper, Table 28)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine import directions, pairs
from spatial_pretrain.data_engine.anchors import Anchors, anchors_of
from spatial_pretrain.data_engine.directions import COMPASS
from spatial_pretrain.data_engine.margins import is_sound
from spatial_pretrain.data_engine.options import Options, pooled
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
    found = [each for some in anchors for each in _bearings(scene, some, rng, rule, from_camera)]
    pool = pooled((directions.turned(premise, bearing.step), bearing) for bearing in found)
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


def _bearings(
    scene: Scene, anchors: Anchors, rng: np.random.Generator, rule: Direction, from_camera: bool
) -> Iterator[_Bearing]:
    """Sound directions among random triples."""
    down = directions.down(scene, anchors.pair.first)
    centres_m = {thing: scene.objects[thing].box.centre_m for thing in anchors.where}
    camera_m = scene.frames[anchors.pair.first].T_world_camera[:3, 3].astype(np.float64)
    if from_camera:
        triples = [(a, None, c) for a in anchors.of(0) for c in anchors.of(1)]
    else:
        triples = [each for each in permutations(anchors.where, 3) if len({anchors.where[i] for i in each}) == 2]
    for index in rng.permutation(len(triples))[:TRIPLES_LOOKED_AT]:
        a, b, c = triples[int(index)]
        at_m = camera_m if b is None else centres_m[b]
        heights = [float(centres_m[thing] @ down) for thing in (a, b, c) if thing is not None]
        if max(heights) - min(heights) >= rule.max_height_gap_m:
            continue
        judged = _judged(centres_m[a] - at_m, centres_m[c] - at_m, down, rule)
        if judged is not None:
            yield _Bearing(
                anchors=anchors, premise=a, at=b, asked=c, step=judged[0], angle_deg=judged[1], margin=judged[2]
            )


def _judged(
    premise_m: Float[Array, "3"], asked_m: Float[Array, "3"], down: Float[Array, "3"], rule: Direction
) -> tuple[int, float, Margin] | None:
    """Sector, clockwise angle and margin of a direction; None if it is not sure."""
    if min(directions.ground_length(span_m, down) for span_m in (premise_m, asked_m)) < rule.min_m:
        return None
    angle = directions.clockwise_deg(premise_m, asked_m, down)
    sector = directions.sector(angle)
    margin = directions.angle_margin(sector.border_deg, down, spans_m=[premise_m, asked_m])
    if sector.border_deg < rule.border_deg or not is_sound(margin):
        return None
    return sector.index, angle, margin
