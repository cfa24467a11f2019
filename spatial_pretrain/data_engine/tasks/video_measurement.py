"""How large the objects of a clip are."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from spatial_pretrain.data_engine.clips import Asked, Clip, clip_of, clip_sample
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Measurement
from vst_robot.scenes import Scene, View

UPRIGHT = float(np.cos(np.radians(5)))
"""Only of a box that stands this straight is the extent along its own y axis the height."""


@dataclass(frozen=True, kw_only=True)
class VideoMeasurement:
    """Heights and longest dimensions, several per clip, in centimetres or metres."""

    name: str = "video_measurement"
    view: View = "video"

    @property
    def forms(self) -> Mapping[str, float]:
        """`longest` is VSI-Bench's object size."""
        return {"longest": 0.6, "height": 0.4}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One question per object, up to the profile's number.

        Raises:
            Rejected: No object has a name of its own and a plausible size.
        """
        clip = clip_of(scene, setting.thresholds.visibility)
        rule = setting.thresholds.measurement
        sizes_m = {thing: size_m for thing in clip.things if (size_m := _size_m(clip, thing, form, rule)) is not None}
        if not sizes_m:
            raise Rejected("no object of a plausible size")
        templates = load_templates(self.name, setting.template_sets)
        asked = []
        for index in rng.permutation(len(sizes_m))[: 1 + int(rng.integers(rule.max_questions))]:
            thing = list(sizes_m)[int(index)]
            unit = ("centimeters", "meters")[int(rng.integers(2))]
            question = templates.question(form, rng, thing=clip.names[thing], unit=unit)
            answer = templates.answer(form, rng, answer=written(sizes_m[thing], unit))
            truth = {"kind": form, "instance": clip.instance(thing), "size_m": sizes_m[thing], "unit": unit}
            asked.append(Asked(turn=Turn(question=question, answer=answer), truth=truth))
        return clip_sample(scene, self.name, form, asked)


def written(size_m: float, unit: str) -> str:
    """A length as the paper writes it: ``"71 cm"``, ``"0.97 m"``."""
    return f"{size_m * 100:.0f} cm" if unit == "centimeters" else f"{size_m:.2f} m"


def _size_m(clip: Clip, thing: int, kind: str, rule: Measurement) -> float | None:
    box = clip.box(thing)
    if kind == "height" and abs(float(box.R_frame_box[:, 1] @ clip.down)) < UPRIGHT:
        return None
    size_m = float(box.size_m[1] if kind == "height" else box.size_m.max())
    return size_m if rule.min_m <= size_m <= rule.max_m else None
