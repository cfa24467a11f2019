"""3D boxes of all objects of a category: `si_detection` (paper, Table 23)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spatial_pretrain.data_engine import box_text
from spatial_pretrain.data_engine.references import STRUCTURE, confusable
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Thresholds
from spatial_pretrain.data_engine.visibility import sights
from vst_robot.geometry.box3d import Box3D
from vst_robot.scenes import Scene, SceneObject, View

NAME = "si_detection"


@dataclass(frozen=True, kw_only=True, eq=False)
class Category:
    """What is asked for in one turn.

    Attributes:
        label: The category.
        things: All of its objects that the picture shows, from near to far; none if it is absent.
        boxes: Theirs, in the camera's frame.
    """

    label: str
    things: tuple[SceneObject, ...]
    boxes: tuple[Box3D, ...]

    @property
    def truth(self) -> dict[str, Any]:
        """For `SpatialSample.truth`."""
        boxes = [dict(box_text.truth(box)) for box in self.boxes]
        return {"label": self.label, "instances": [thing.instance for thing in self.things], "boxes": boxes}


@dataclass(frozen=True, kw_only=True)
class Detection:
    """One category, or several in one conversation; a few questions ask for what is not there."""

    name: str = NAME
    view: View = "single"

    @property
    def forms(self) -> Mapping[str, float]:
        """Mostly several turns: without them the paper loses 1.8 points of AP (Table 7)."""
        return {"single_turn": 0.4, "multi_turn": 0.6}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One conversation about the scene's only frame.

        Raises:
            Rejected: No category is wholly clear, or the text cannot describe the camera.
        """
        most = setting.thresholds.detection.max_questions if form == "multi_turn" and setting.boxes.multi_turn else 1
        categories = drawn(scene, rng, setting.thresholds, most)
        shown = box_text.box_picture(scene.frames[0], setting.boxes)
        templates = load_templates(NAME, setting.template_sets)
        turns = []
        for category in categories:
            found = [(category.label, box) for box in category.boxes]
            request = templates.question("request", rng, label=category.label)
            turns.append(Turn(question=request, answer=box_text.answer(found, setting.boxes)))
        first = f"{box_text.preamble(shown, rng, setting)}{turns[0].question}"
        return SpatialSample(
            task=NAME,
            form=form if len(turns) > 1 else "single_turn",
            type="bbox_3d",
            turns=(Turn(question=first, answer=turns[0].answer), *turns[1:]),
            pictures=(shown.picture,),
            truth={
                "frame": 0,
                "questions": [category.truth for category in categories],
                "box_text": setting.boxes.rotation,
                **shown.truth,
            },
            scene=scene.name,
            source=scene.source,
        )


def drawn(scene: Scene, rng: np.random.Generator, rule: Thresholds, most: int) -> list[Category]:
    """Categories to ask for, in random order; every one may be swapped for an absent one.

    Raises:
        Rejected: No category is wholly clear.
    """
    present = categories(scene, rule)
    if not present:
        raise Rejected("no category whose objects are all clear")
    chosen = [present[int(index)] for index in rng.permutation(len(present))[:most]]
    absent = [Category(label=label, things=(), boxes=()) for label in absent_labels(scene, rule)]
    swaps = rng.random(len(chosen)) < rule.detection.absent_share
    for place in np.flatnonzero(swaps)[: len(absent)]:
        chosen[int(place)] = absent.pop(int(rng.integers(len(absent))))
    return chosen


def categories(scene: Scene, rule: Thresholds) -> list[Category]:
    """The categories of the first frame whose objects are all clearly seen and can be written.

    An object of which only a little shows would make an answer with it as doubtful as one without, so its whole
    category is left out; so is a category that another one's name contains ("table", if there is a "coffee table").
    """
    seen = sights(scene, rule.visibility)
    shown = [scene.objects[int(place)] for place in np.flatnonzero(seen.glimpsed[:, 0])]
    clear = {scene.objects[int(place)].instance for place in np.flatnonzero(seen.clear[:, 0])}
    found = []
    for label in dict.fromkeys(thing.label for thing in shown):
        things = [thing for thing in shown if confusable(label, thing.label)]
        if label not in STRUCTURE and all(thing.label == label and thing.instance in clear for thing in things):
            found.append(_category(scene, label, things))
    return [category for category in found if _fits(category, rule)]


def absent_labels(scene: Scene, rule: Thresholds) -> list[str]:
    """Labels of the scene's objects of which its first frame shows nothing.

    None without an instance map: the source may not have labelled all that the picture shows.
    """
    if scene.frames[0].instances is None:
        return []
    seen = sights(scene, rule.visibility).glimpsed[:, 0]
    shown = {thing.label for thing, glimpsed in zip(scene.objects, seen, strict=True) if glimpsed}
    labels = dict.fromkeys(thing.label for thing in scene.objects)
    return [
        label
        for label in labels
        if label not in STRUCTURE and not any(confusable(label, one) or confusable(one, label) for one in shown)
    ]


def _category(scene: Scene, label: str, things: Sequence[SceneObject]) -> Category:
    boxes = {thing.instance: scene.box_in_camera(thing) for thing in things}
    ordered = sorted(things, key=lambda thing: boxes[thing.instance].centre_m[2])
    return Category(label=label, things=tuple(ordered), boxes=tuple(boxes[thing.instance] for thing in ordered))


def _fits(category: Category, rule: Thresholds) -> bool:
    writable = all(box_text.is_writable(box, rule.detection.max_depth_m) for box in category.boxes)
    return writable and len(category.boxes) <= rule.detection.max_boxes
