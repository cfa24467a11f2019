"""Numbers about a clip that no other task asks for: distances, the room's size, the way from the camera to a thing.

The paper's Figure 2 names this bucket "others" and does not say what is in it; these are the remaining numeric
questions of VSI-Bench and of VLM-3R's generators.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from spatial_pretrain.data_engine.clips import Asked, Clip, clip_of, clip_sample
from spatial_pretrain.data_engine.distances import point_distance_m
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import Templates, load_templates
from spatial_pretrain.data_engine.thresholds import Distance
from vst_robot.scenes import Scene, View

MAX_TURNS = 4


@dataclass(frozen=True, kw_only=True)
class VideoOthers:
    """`absolute_distance` between two objects' closest points, `room_size`, `camera_distance` at an end of the clip."""

    name: str = "video_others"
    view: View = "video"

    @property
    def forms(self) -> Mapping[str, float]:
        """Mostly distances."""
        return {"absolute_distance": 0.5, "room_size": 0.2, "camera_distance": 0.3}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One to four questions; one for the room's size.

        Raises:
            Rejected: The clip allows none.
        """
        clip = clip_of(scene, setting.thresholds.visibility)
        templates = load_templates(self.name, setting.template_sets)
        make = {"absolute_distance": _between, "room_size": _room, "camera_distance": _from_camera}[form]
        found = list(make(clip, rng, setting.thresholds.distance, templates))
        if not found:
            raise Rejected("nothing to measure")
        return clip_sample(scene, self.name, form, found[: 1 + int(rng.integers(MAX_TURNS))])


def _between(clip: Clip, rng: np.random.Generator, rule: Distance, templates: Templates) -> Iterator[Asked]:
    pairs = list(combinations(clip.things, 2))
    for index in rng.permutation(len(pairs))[: 2 * MAX_TURNS]:
        first, second = (pairs[int(index)][int(place)] for place in rng.permutation(2))
        distance_m = clip.distance_m(first, second)
        if not rule.min_m <= distance_m <= rule.max_m:
            continue
        question = templates.question("absolute_distance", rng, first=clip.names[first], second=clip.names[second])
        answer = templates.answer("absolute_distance", rng, answer=f"{distance_m:.2f}")
        truth = {
            "kind": "absolute_distance",
            "instances": [clip.instance(first), clip.instance(second)],
            "box_distance_m": distance_m,
        }
        yield Asked(turn=Turn(question=question, answer=answer), truth=truth)


def _room(clip: Clip, rng: np.random.Generator, rule: Distance, templates: Templates) -> Iterator[Asked]:
    area_m2 = clip.scene.floor_area_m2
    if area_m2 is None:
        raise Rejected("floor area not known")
    answer = templates.answer("room_size", rng, answer=f"{area_m2:.1f}")
    question = templates.question("room_size", rng)
    yield Asked(turn=Turn(question=question, answer=answer), truth={"kind": "room_size", "floor_area_m2": area_m2})


def _from_camera(clip: Clip, rng: np.random.Generator, rule: Distance, templates: Templates) -> Iterator[Asked]:
    """Of objects that the first or the last frame clearly shows."""
    last = len(clip.scene.frames) - 1
    moments = [(thing, frame) for thing in clip.things for frame in (0, last) if clip.sights.clear[thing, frame]]
    for index in rng.permutation(len(moments)):
        thing, frame = moments[int(index)]
        place_m = clip.scene.frames[frame].T_world_camera[:3, 3].astype(np.float64)
        distance_m = float(point_distance_m(place_m, clip.box(thing)))
        if not rule.min_m <= distance_m <= rule.max_m:
            continue
        moment = "last" if frame else "first"
        question = templates.question("camera_distance", rng, thing=clip.names[thing], moment=moment)
        answer = templates.answer("camera_distance", rng, answer=f"{distance_m:.2f}")
        truth = {
            "kind": "camera_distance",
            "instance": clip.instance(thing),
            "frame": frame,
            "camera_distance_m": distance_m,
        }
        yield Asked(turn=Turn(question=question, answer=answer), truth=truth)
