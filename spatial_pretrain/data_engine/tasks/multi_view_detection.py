"""3D boxes of a category in several pictures, in the first camera's frame: `mi_detection` (paper, appendix C)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine import box_text
from spatial_pretrain.data_engine.references import STRUCTURE, confusable
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.tasks.detection import Category
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Detection
from spatial_pretrain.data_engine.visibility import Sights, sights
from vst_robot.geometry.box3d import Box3D
from vst_robot.scenes import Scene, View

Array = np.ndarray

MAX_PICTURES = 4


@dataclass(frozen=True, kw_only=True)
class MultiViewDetection:
    """One category, or several in one conversation, in two to four pictures of one camera.

    Every picture shares an object with the first. All objects of a category are asked for that any picture shows, each
    of them clearly seen in at least one.
    """

    name: str = "mi_detection"
    view: View = "multi"

    @property
    def forms(self) -> Mapping[str, float]:
        """As for single pictures."""
        return {"single_turn": 0.4, "multi_turn": 0.6}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One conversation.

        Raises:
            Rejected: No pictures or category fit, or the text cannot describe the camera.
        """
        rule = setting.thresholds.detection
        seen = sights(scene, setting.thresholds.visibility)
        frames = _frames(scene, seen, rng)
        found = _askable(scene, seen, frames, rule)
        if not found:
            raise Rejected("no category whose objects are all clear")
        shown = [box_text.box_picture(scene.frames[frame], setting.boxes) for frame in frames]
        most = rule.max_questions if form == "multi_turn" and setting.boxes.multi_turn else 1
        labels = [list(found)[int(index)] for index in rng.permutation(len(found))[:most]]
        chosen = [_category(scene, label, found[label], frames[0]) for label in labels]
        templates = load_templates(self.name, setting.template_sets)
        turns = [
            Turn(
                question=templates.question("request", rng, label=category.label),
                answer=box_text.answer([(category.label, box) for box in category.boxes], setting.boxes),
            )
            for category in chosen
        ]
        opening = box_text.preamble(shown[0], rng, setting) + templates.question("first_camera", rng)
        first = Turn(question=f"{opening} {turns[0].question}", answer=turns[0].answer)
        return SpatialSample(
            task=self.name,
            form=form if len(turns) > 1 else "single_turn",
            type="bbox_3d",
            turns=(first, *turns[1:]),
            pictures=tuple(each.picture for each in shown),
            truth={
                "frames": frames,
                "questions": [category.truth for category in chosen],
                "box_text": setting.boxes.rotation,
                **shown[0].truth,
            },
            scene=scene.name,
            source=scene.source,
        )


def _frames(scene: Scene, seen: Sights, rng: np.random.Generator) -> list[int]:
    """A first frame and up to three that share an object with it and have the same size and intrinsics."""
    order = [int(frame) for frame in rng.permutation(len(scene.frames))]
    for first in order:
        here = scene.frames[first]
        others = [
            frame
            for frame in order
            if frame != first
            and (seen.clear[:, first] & seen.clear[:, frame]).any()
            and scene.frames[frame].size_px == here.size_px
            and np.allclose(scene.frames[frame].K, here.K, rtol=1e-3)
        ]
        if others:
            return [first, *others[: 1 + int(rng.integers(MAX_PICTURES - 1))]]
    raise Rejected("no two pictures share an object")


def _askable(scene: Scene, seen: Sights, frames: Sequence[int], rule: Detection) -> dict[str, list[int]]:
    """Labels of which everything that the pictures show is clear, none of which can be taken for another.

    Returns:
        Label → its objects' places in `Scene.objects`.
    """
    clear = {int(place) for place in np.flatnonzero(seen.clear[:, frames].any(axis=1))}
    shown = [int(place) for place in np.flatnonzero(seen.glimpsed[:, frames].any(axis=1))]
    labels = [scene.objects[place].label for place in shown]
    camera_m = scene.frames[frames[0]].T_world_camera[:3, 3]
    found = {}
    for label in dict.fromkeys(labels):
        places = [place for place, other in zip(shown, labels, strict=True) if confusable(label, other)]
        alike = all(scene.objects[place].label == label and place in clear for place in places)
        few = label not in STRUCTURE and len(places) <= rule.max_boxes
        if few and alike and all(_fits(scene.objects[place].box, camera_m, rule) for place in places):
            found[label] = places
    return found


def _fits(box: Box3D, camera_m: Float[Array, "3"], rule: Detection) -> bool:
    """Unlike in one picture a box may lie behind the first camera."""
    near = float(np.linalg.norm(box.centre_m - camera_m)) <= rule.max_depth_m
    return near and bool((np.round(box.size_m, 2) > 0).all())


def _category(scene: Scene, label: str, places: Sequence[int], frame: int) -> Category:
    """A label's objects in the frame of one camera, from near to far."""
    things = [scene.objects[place] for place in places]
    boxes = [scene.box_in_camera(thing, frame) for thing in things]
    order = sorted(range(len(places)), key=lambda index: float(boxes[index].centre_m[2]))
    return Category(
        label=label, things=tuple(things[index] for index in order), boxes=tuple(boxes[index] for index in order)
    )
