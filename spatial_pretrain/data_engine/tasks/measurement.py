"""How large things are: `si_measurement` (paper, Table 24)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from spatial_pretrain.data_engine import marks, naming
from spatial_pretrain.data_engine.observed import Observed, observe
from spatial_pretrain.data_engine.references import STRUCTURE
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import Templates, load_templates
from spatial_pretrain.data_engine.thresholds import Thresholds
from vst_robot.geometry import camera
from vst_robot.scenes import Scene, View

NAME = "si_measurement"

Kind = Literal["height", "largest"]
Unit = Literal["centimeters", "meters"]

UPRIGHT_DEG = 5.0
"""A box's y axis may be this far off the vertical; an object that leans more has no height of its own."""

MAX_OUTSIDE_SHARE = 0.02
"""Of the picture's side: how far the projected box may reach beyond it."""

_SUFFIX: dict[Unit, str] = {"centimeters": "cm", "meters": "m"}


@dataclass(frozen=True, kw_only=True, eq=False)
class _Asked:
    """One turn: an object, and which of its sizes in which unit."""

    seen: Observed
    kind: Kind
    unit: Unit

    @property
    def metres(self) -> float:
        """The size."""
        size_m = self.seen.box_camera.size_m
        return float(size_m[1] if self.kind == "height" else size_m.max())

    @property
    def answer(self) -> str:
        """Whole centimetres, or metres with two decimals."""
        value = f"{self.metres * 100:.0f}" if self.unit == "centimeters" else f"{self.metres:.2f}"
        return f"{value} {_SUFFIX[self.unit]}"

    @property
    def truth(self) -> dict[str, Any]:
        """For `SpatialSample.truth`."""
        return {
            "instance": self.seen.thing.instance,
            "label": self.seen.label,
            "point_px": list(self.seen.point_px),
            "kind": self.kind,
            "unit": self.unit,
            "size_m": self.metres,
            "answer": self.answer,
        }


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Height and largest dimension of objects at coloured points, several in one conversation.

    Width and length depend on where an object's front is, so they are not asked for (paper, appendix C).
    """

    name: str = NAME
    view: View = "single"

    @property
    def forms(self) -> Mapping[str, float]:
        """Several turns where there are enough objects, and questions that stand alone."""
        return {"multi_turn": 0.7, "single_turn": 0.3}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One conversation about the scene's only frame.

        Raises:
            Rejected: No object is wholly in the picture, or too few.
        """
        rule = setting.thresholds
        measurable = [each for each in observe(scene, 0, rule) if _is_measurable(each, scene, rule)]
        most = rule.measurement.max_questions if form == "multi_turn" else 1
        things = _marked_apart(measurable, rng, most)
        if not things or (form == "multi_turn" and len(things) < 2):
            raise Rejected("too few objects wholly in the picture")
        asked = [_draw(each, scene, rng) for each in things]
        colours = marks.object_colours(len(things), rng)
        texts = _texts(len(things), rng)
        points = [each.point_px for each in things]
        templates = load_templates(NAME, setting.template_sets)
        turns = [
            _turn(one, naming.with_point(one.seen.label, colour, text), templates, rng)
            for one, colour, text in zip(asked, colours, texts, strict=True)
        ]
        return SpatialSample(
            task=NAME,
            form=form,
            turns=tuple(turns),
            pictures=(marks.draw_points(scene.frames[0].rgb, points, colours, texts),),
            truth={"frame": 0, "questions": [one.truth for one in asked]},
            scene=scene.name,
            source=scene.source,
        )


def _turn(asked: _Asked, name: str, templates: Templates, rng: np.random.Generator) -> Turn:
    question = templates.question(asked.kind, rng, thing=name, unit=asked.unit)
    return Turn(question=question, answer=templates.answer(asked.kind, rng, answer=asked.answer))


def _texts(number: int, rng: np.random.Generator) -> Sequence[str]:
    if rng.random() < 0.5:
        return naming.LETTERS[:number]
    return [str(place) for place in range(1, number + 1)]


def _draw(seen: Observed, scene: Scene, rng: np.random.Generator) -> _Asked:
    kind: Kind = "height" if _is_upright(seen, scene) and rng.random() < 0.5 else "largest"
    return _Asked(seen=seen, kind=kind, unit="centimeters" if rng.random() < 0.5 else "meters")


def _is_measurable(seen: Observed, scene: Scene, rule: Thresholds) -> bool:
    """Whether the picture shows the whole of an object of plausible size: none of it lies beyond the edge."""
    size_m = seen.box_camera.size_m
    plausible = rule.measurement.min_m <= size_m.min() and size_m.max() <= rule.measurement.max_m
    return plausible and seen.label not in STRUCTURE and not seen.cut_off and _is_inside(seen, scene)


def _is_inside(seen: Observed, scene: Scene) -> bool:
    corners = camera.project(seen.box_camera.corners_m, scene.frames[0].K)
    size = np.array(seen.size_px)
    slack = MAX_OUTSIDE_SHARE * size
    return bool((corners >= -slack).all() and (corners <= size + slack).all())  # NaN behind the camera: not inside


def _is_upright(seen: Observed, scene: Scene) -> bool:
    """Whether the box's y axis is vertical; taken to be so where gravity is not known."""
    if scene.gravity is None:
        return True
    return bool(seen.thing.box.R_frame_box[:, 1] @ scene.gravity > np.cos(np.radians(UPRIGHT_DEG)))


def _marked_apart(things: Sequence[Observed], rng: np.random.Generator, most: int) -> list[Observed]:
    """Objects in random order whose points can be told apart."""
    taken: list[Observed] = []
    for index in rng.permutation(len(things)):
        more = [*taken, things[int(index)]]
        if len(taken) < most and marks.points_apart([each.point_px for each in more], more[0].size_px):
            taken = more
    return taken
