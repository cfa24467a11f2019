"""Which things are nearer to the camera: `si_depth_comparison` (paper, Tables 20 and 21)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spatial_pretrain.data_engine import depth_order, marks, naming
from spatial_pretrain.data_engine.depth_order import Depths
from spatial_pretrain.data_engine.margins import smallest, sound
from spatial_pretrain.data_engine.observed import Observed, observe
from spatial_pretrain.data_engine.references import STRUCTURE
from spatial_pretrain.data_engine.referring import Phrase, phrases
from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Thresholds
from vst_robot.scenes import Frame, Scene, View
from vst_robot.types import Picture

NAME = "si_depth_comparison"

RANDOM_POINTS = 24
"""Pixels drawn before two are taken."""


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A question in the making; all sequences in the order of the question, but for `ordered`.

    Attributes:
        ordered: What is asked about, from near to far.
        mentioned: The same, in the order of the question.
        names: What each of `mentioned` is called in the answer.
        slots: What the question's wording is filled with.
        picture: With its marks.
        margin: Of what the names rest on.
    """

    ordered: Sequence[Depths]
    mentioned: Sequence[Depths]
    names: Sequence[str]
    slots: Mapping[str, str]
    picture: Picture
    margin: Margin = field(default_factory=Margin)

    def sorted_names(self, *, far_first: bool = False) -> list[str]:
        """The names in the order of depth."""
        order = list(self.ordered)[:: -1 if far_first else 1]
        return [self.names[_place(each, self.mentioned)] for each in order]


@dataclass(frozen=True, kw_only=True)
class DepthComparison:
    """Order by depth, and which is nearer or farther.

    Objects that a question means as a whole (by their name or a box) are compared only where their depth in the middle
    of the mask and that of the middle of their box agree about the order, and neither reaches past the other's middle.

    Attributes:
        name: Of the task.
        view: Kind of its scenes.
        labelled: Whether the coloured boxes are called by their labels too, or by their colours alone. What hangs on a
            wall is seldom near: who reads only the labels guesses better than by chance.
    """

    name: str = NAME
    view: View = "single"
    labelled: bool = True

    @property
    def forms(self) -> Mapping[str, float]:
        """All ways of pointing at things, drawn points the most."""
        return {
            "text": 0.12,
            "visual_points": 0.15,
            "visual_boxes": 0.12,
            "textual_boxes": 0.1,
            "textual_points": 0.1,
            "coloured_boxes_nearer": 0.08,
            "coloured_boxes_farther": 0.08,
            "sentences": 0.1,
            "random_points_closer": 0.1,
            "random_points_farther": 0.05,
        }

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One question about the scene's only frame.

        Raises:
            Rejected: There is no depth, or too few things differ clearly in it.
        """
        if scene.frames[0].depth_m is None:
            raise Rejected("no depth map")
        make = _MAKERS[form] if self.labelled else _UNLABELLED[form]
        asked = make(scene, rng, setting.thresholds)
        margin = sound(smallest([depth_order.margin(asked.ordered), asked.margin]))
        templates = load_templates(NAME, setting.template_sets)
        answer = _answer(form, asked)
        return SpatialSample(
            task=NAME,
            form=form,
            turns=(
                Turn(
                    question=templates.question(form, rng, **asked.slots),
                    answer=templates.answer(form, rng, answer=answer),
                ),
            ),
            pictures=(asked.picture,),
            truth=_truth(asked, answer),
            margin=margin,
            scene=scene.name,
            source=scene.source,
        )


def _answer(form: str, asked: _Asked) -> str:
    if form.endswith(("_nearer", "_closer")):
        return asked.sorted_names()[0]
    if form.endswith("_farther"):
        return asked.sorted_names()[-1]
    if form in ("textual_boxes", "textual_points"):
        return "[\n" + ",\n".join(f" {name}" for name in asked.sorted_names(far_first=True)) + "\n]"
    if form == "sentences":
        return ", ".join(f"{number}. {name}" for number, name in enumerate(asked.sorted_names(), start=1))
    return ", ".join(asked.sorted_names())


def _truth(asked: _Asked, answer: str) -> dict[str, Any]:
    things = [each.observed for each in asked.mentioned]
    known = [thing for thing in things if thing is not None]
    truth: dict[str, Any] = {
        "frame": 0,
        "names": list(asked.names),
        "points_px": [list(each.point_px) for each in asked.mentioned],
        "depths_m": [each.depth_m for each in asked.mentioned],
        "near_to_far": asked.sorted_names(),
        "answer": answer,
    }
    if known:
        truth |= {
            "instances": [thing.thing.instance for thing in known],
            "labels": [thing.label for thing in known],
            "boxes_px": [list(thing.box_px) for thing in known],
            "middle_depths_m": [float(thing.box_camera.centre_m[2]) for thing in known],
        }
    return truth


def _text(scene: Scene, rng: np.random.Generator, rule: Thresholds) -> _Asked:
    """Objects by their labels, with letters."""
    things = _phrased(scene, rule, {"label"})
    ordered = depth_order.chosen([depths for depths, _ in things], rng, rule.depth)
    mentioned = _shuffled(ordered, rng)
    letters = naming.LETTERS[: len(mentioned)]
    listed = ", ".join(f"{letter}.{_label(each)}" for letter, each in zip(letters, mentioned, strict=True))
    return _Asked(
        ordered=ordered,
        mentioned=mentioned,
        names=list(letters),
        slots={"objects": listed},
        picture=scene.frames[0].rgb,
    )


def _sentences(scene: Scene, rng: np.random.Generator, rule: Thresholds) -> _Asked:
    """Objects by phrases, numbered."""
    things = _phrased(scene, rule, {"label", "description", "side", "height"})
    ordered = depth_order.chosen([depths for depths, _ in things], rng, rule.depth)
    mentioned = _shuffled(ordered, rng)
    options = {_object(depths).thing.instance: found for depths, found in things}
    drawn = []
    for each in mentioned:
        found = options[_object(each).thing.instance]
        drawn.append(found[int(rng.integers(len(found)))])
    listed = " ".join(f"{number}. {phrase.text}" for number, phrase in enumerate(drawn, start=1))
    return _Asked(
        ordered=ordered,
        mentioned=mentioned,
        names=[phrase.text for phrase in drawn],
        slots={"sentences": listed},
        picture=scene.frames[0].rgb,
        margin=smallest([phrase.margin for phrase in drawn]),
    )


def _visual_points(scene: Scene, rng: np.random.Generator, rule: Thresholds) -> _Asked:
    """Lettered red points on objects."""
    candidates = [depth_order.of_object(each, scene.frames[0], whole=False) for each in observe(scene, 0, rule)]
    ordered = depth_order.chosen(candidates, rng, rule.depth, fits=_points_fit(scene.frames[0]))
    return _at_points(scene.frames[0], ordered, _shuffled(ordered, rng))


def _random_points(scene: Scene, rng: np.random.Generator, rule: Thresholds) -> _Asked:
    """Two lettered red points anywhere."""
    frame = scene.frames[0]
    edge = marks.point_radius_px(frame.size_px) + 1
    pixels = rng.integers(edge, np.maximum(np.array(frame.size_px) - edge, edge + 1), (RANDOM_POINTS, 2)) + 0.5
    candidates = [depth_order.of_point((float(x), float(y)), frame) for x, y in pixels]
    known = [each for each in candidates if each is not None]
    ordered = depth_order.chosen(known, rng, rule.depth, number=2, fits=_points_fit(frame))
    return _at_points(frame, ordered, _shuffled(ordered, rng))


def _at_points(frame: Frame, ordered: Sequence[Depths], mentioned: Sequence[Depths]) -> _Asked:
    letters = naming.LETTERS[: len(mentioned)]
    names = [f"point-{letter}" for letter in letters]
    points = [each.point_px for each in mentioned]
    return _Asked(
        ordered=ordered,
        mentioned=mentioned,
        names=names,
        slots={"points": naming.joined(names)},
        picture=marks.draw_points(frame.rgb, points, ["red"] * len(points), list(letters)),
    )


def _visual_boxes(scene: Scene, rng: np.random.Generator, rule: Thresholds) -> _Asked:
    """Lettered boxes; the answer names what is in them."""
    ordered, mentioned = _boxed(scene, rng, rule)
    letters = naming.LETTERS[: len(mentioned)]
    colours = marks.object_colours(len(mentioned), rng)
    boxes = [_object(each).box_px for each in mentioned]
    return _Asked(
        ordered=ordered,
        mentioned=mentioned,
        names=[f"box-{letter} ({_label(each)})" for letter, each in zip(letters, mentioned, strict=True)],
        slots={"boxes": ", ".join(f"box-{letter}" for letter in letters)},
        picture=marks.draw_boxes(scene.frames[0].rgb, boxes, colours, list(letters)),
    )


def _coloured_boxes(scene: Scene, rng: np.random.Generator, rule: Thresholds) -> _Asked:
    """Boxes by their colours, objects by their labels, doubles with letters."""
    ordered, mentioned = _boxed(scene, rng, rule)
    names = naming.lettered([_label(each) for each in mentioned])
    colours = marks.object_colours(len(mentioned), rng)
    listed = [naming.with_box(name, colour) for name, colour in zip(names, colours, strict=True)]
    return _in_colours(scene, ordered, mentioned, names, listed, colours)


def _unlabelled_boxes(scene: Scene, rng: np.random.Generator, rule: Thresholds) -> _Asked:
    """Boxes by nothing but their colours."""
    ordered, mentioned = _boxed(scene, rng, rule)
    colours = marks.object_colours(len(mentioned), rng)
    names = [f"{colour} box" for colour in colours]
    return _in_colours(scene, ordered, mentioned, names, [f"the {name}" for name in names], colours)


def _in_colours(
    scene: Scene,
    ordered: Sequence[Depths],
    mentioned: Sequence[Depths],
    names: Sequence[str],
    listed: Sequence[str],
    colours: Sequence[str],
) -> _Asked:
    return _Asked(
        ordered=ordered,
        mentioned=mentioned,
        names=names,
        slots={"objects": naming.joined(listed), "either": naming.joined(listed, last="or")},
        picture=marks.draw_boxes(scene.frames[0].rgb, [_object(each).box_px for each in mentioned], colours),
    )


def _textual_boxes(scene: Scene, rng: np.random.Generator, rule: Thresholds) -> _Asked:
    """Boxes in pixels of the picture; the answer is JSON."""
    ordered, mentioned = _boxed(scene, rng, rule)
    boxes = [list(_object(each).box_px) for each in mentioned]
    entries = [{"bbox_2d": box, "label": _label(each)} for box, each in zip(boxes, mentioned, strict=True)]
    return _in_numbers(scene, ordered, mentioned, entries, {"boxes": " ".join(str(box) for box in boxes)})


def _textual_points(scene: Scene, rng: np.random.Generator, rule: Thresholds) -> _Asked:
    """Points in pixels of the picture; the answer is JSON."""
    candidates = [depth_order.of_object(each, scene.frames[0], whole=False) for each in _things(scene, rule)]
    ordered = depth_order.chosen(candidates, rng, rule.depth, fits=_points_fit(scene.frames[0]))
    mentioned = _shuffled(ordered, rng)
    points = [[int(each.point_px[0]), int(each.point_px[1])] for each in mentioned]
    entries = [{"point_2d": point, "label": _label(each)} for point, each in zip(points, mentioned, strict=True)]
    return _in_numbers(scene, ordered, mentioned, entries, {"points": " ".join(str(point) for point in points)})


def _in_numbers(
    scene: Scene,
    ordered: Sequence[Depths],
    mentioned: Sequence[Depths],
    entries: Sequence[Mapping[str, Any]],
    slots: Mapping[str, str],
) -> _Asked:
    return _Asked(
        ordered=ordered,
        mentioned=mentioned,
        names=[json.dumps(entry) for entry in entries],
        slots=slots,
        picture=scene.frames[0].rgb,
    )


def _boxed(scene: Scene, rng: np.random.Generator, rule: Thresholds) -> tuple[tuple[Depths, ...], tuple[Depths, ...]]:
    """Whole objects whose pixel boxes can be told apart, from near to far and in the order of a question."""
    candidates = [depth_order.of_object(each, scene.frames[0], whole=True) for each in _things(scene, rule)]
    ordered = depth_order.chosen(
        candidates, rng, rule.depth, fits=lambda some: marks.boxes_apart([_object(each).box_px for each in some])
    )
    return ordered, _shuffled(ordered, rng)


def _things(scene: Scene, rule: Thresholds) -> list[Observed]:
    return [each for each in observe(scene, 0, rule) if each.label not in STRUCTURE]


def _phrased(scene: Scene, rule: Thresholds, kinds: set[str]) -> list[tuple[Depths, list[Phrase]]]:
    """Whole objects that some phrase of the given kinds fits alone."""
    found = phrases(scene, 0, rule)
    things = []
    for each in observe(scene, 0, rule):
        fitting = [phrase for phrase in found.get(each.thing.instance, ()) if phrase.kind in kinds]
        if fitting:
            things.append((depth_order.of_object(each, scene.frames[0], whole=True), fitting))
    return things


def _points_fit(frame: Frame) -> Callable[[Sequence[Depths]], bool]:
    return lambda some: marks.points_apart([each.point_px for each in some], frame.size_px)


def _shuffled(ordered: Sequence[Depths], rng: np.random.Generator) -> tuple[Depths, ...]:
    return tuple(ordered[int(index)] for index in rng.permutation(len(ordered)))


def _object(depths: Depths) -> Observed:
    assert depths.observed is not None
    return depths.observed


def _label(depths: Depths) -> str:
    return _object(depths).label


def _place(one: Depths, among: Sequence[Depths]) -> int:
    return next(place for place, other in enumerate(among) if other is one)


_Maker = Callable[[Scene, np.random.Generator, Thresholds], _Asked]

_MAKERS: Mapping[str, _Maker] = {
    "text": _text,
    "visual_points": _visual_points,
    "visual_boxes": _visual_boxes,
    "textual_boxes": _textual_boxes,
    "textual_points": _textual_points,
    "coloured_boxes_nearer": _coloured_boxes,
    "coloured_boxes_farther": _coloured_boxes,
    "sentences": _sentences,
    "random_points_closer": _random_points,
    "random_points_farther": _random_points,
}

_UNLABELLED: Mapping[str, _Maker] = {
    **_MAKERS,
    "coloured_boxes_nearer": _unlabelled_boxes,
    "coloured_boxes_farther": _unlabelled_boxes,
}
