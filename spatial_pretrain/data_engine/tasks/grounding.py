"""From a phrase to a 3D box and back: `si_grounding`. The paper prints no example; the forms are our own reading."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from spatial_pretrain.data_engine import box_text
from spatial_pretrain.data_engine.margins import sound
from spatial_pretrain.data_engine.referring import phrases
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from vst_robot.scenes import Scene, View

NAME = "si_grounding"


@dataclass(frozen=True, kw_only=True)
class Grounding:
    """The box of one described object, or a phrase for a given box."""

    name: str = NAME
    view: View = "single"

    @property
    def forms(self) -> Mapping[str, float]:
        """Mostly towards the box."""
        return {"phrase_to_box": 0.75, "box_to_phrase": 0.25}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One question about one object of the scene's only frame.

        Raises:
            Rejected: No phrase fits an object alone, or the text cannot describe the camera or the box.
        """
        most_m = setting.thresholds.detection.max_depth_m
        boxes = {thing.instance: scene.box_in_camera(thing) for thing in scene.seen_in(0)}
        found = {
            instance: named
            for instance, named in phrases(scene, 0, setting.thresholds).items()
            if box_text.is_writable(boxes[instance], most_m)
        }
        if not found:
            raise Rejected("no object that a phrase fits alone")
        instance = list(found)[int(rng.integers(len(found)))]
        phrase = found[instance][int(rng.integers(len(found[instance])))]
        thing = next(thing for thing in scene.objects if thing.instance == instance)
        shown = box_text.box_picture(scene.frames[0], setting.boxes)
        written = box_text.numbers_text(boxes[instance], setting.boxes)
        templates = load_templates(NAME, setting.template_sets)
        request = templates.question(form, rng, phrase=phrase.text, box=written)
        reply = (
            phrase.text if form == "box_to_phrase" else box_text.answer([(thing.label, boxes[instance])], setting.boxes)
        )
        return SpatialSample(
            task=NAME,
            form=form,
            type="bbox_3d",
            turns=(Turn(question=f"{box_text.preamble(shown, rng, setting)}{request}", answer=reply),),
            pictures=(shown.picture,),
            truth={
                "frame": 0,
                "instance": instance,
                "label": thing.label,
                "phrase": phrase.text,
                "phrase_kind": phrase.kind,
                "box": dict(box_text.truth(boxes[instance])),
                "box_text": setting.boxes.rotation,
                **shown.truth,
            },
            margin=sound(phrase.margin),
            scene=scene.name,
            source=scene.source,
        )
