"""What questions about a clip share: named objects, distances between them, several turns about one clip."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine import directions, references
from spatial_pretrain.data_engine.distances import box_distance_m
from spatial_pretrain.data_engine.margins import smallest
from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.thresholds import Visibility
from spatial_pretrain.data_engine.visibility import Sights, sights
from vst_robot.geometry.box3d import Box3D
from vst_robot.scenes import Scene

Array = np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Clip:
    """A video scene, and what its questions can speak of.

    Attributes:
        scene: The scene.
        sights: What each frame shows.
        names: Object (place in `Scene.objects`) → a name that fits it alone in the whole clip.
        down: Unit vector to the ground.
        known_distances_m: What `distance_m` has found so far.
    """

    scene: Scene
    sights: Sights
    names: Mapping[int, str]
    down: Float[Array, "3"]
    known_distances_m: dict[tuple[int, int], float] = field(default_factory=dict)

    @property
    def things(self) -> list[int]:
        """The objects that have a name."""
        return list(self.names)

    def distance_m(self, first: int, second: int) -> float:
        """Between the closest points of two objects' boxes."""
        key = (min(first, second), max(first, second))
        if key not in self.known_distances_m:
            self.known_distances_m[key] = box_distance_m(self.box(first), self.box(second))
        return self.known_distances_m[key]

    def box(self, thing: int) -> Box3D:
        """An object's box in the world."""
        return self.scene.objects[thing].box

    def instance(self, thing: int) -> int:
        """An object's number for `truth`."""
        return self.scene.objects[thing].instance

    def at(self, frame: int) -> float:
        """When a frame was taken, seconds."""
        return self.scene.frames[frame].time_s


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question about a clip with its answer, truth and margin."""

    turn: Turn
    truth: Mapping[str, Any]
    margin: Margin = field(default_factory=Margin)


@lru_cache(maxsize=2)  # the tasks of a build ask about the same clip one after the other
def clip_of(scene: Scene, rule: Visibility) -> Clip:
    """The clip of a video scene."""
    seen = sights(scene, rule)
    names = references.unique_names(scene, seen, range(len(scene.frames)))
    return Clip(scene=scene, sights=seen, names=names, down=directions.down(scene))


def frame_rate_hz(scene: Scene) -> float:
    """Frames per second.

    Raises:
        Rejected: The frames do not follow each other in time.
    """
    steps = np.diff([frame.time_s for frame in scene.frames])
    if len(steps) == 0 or (steps <= 0).any():
        raise Rejected("frames without a steady time")
    return float(1 / np.median(steps))


def clip_sample(scene: Scene, task: str, form: str, asked: Sequence[Asked]) -> SpatialSample:
    """A conversation about all frames of a clip; `truth` has one entry per question."""
    return SpatialSample(
        task=task,
        form=form,
        turns=tuple(each.turn for each in asked),
        pictures=tuple(frame.rgb for frame in scene.frames),
        frame_rate_hz=frame_rate_hz(scene),
        type="video",
        truth={"questions": [dict(each.truth) for each in asked]},
        margin=smallest([each.margin for each in asked]),
        scene=scene.name,
        source=scene.source,
    )


def distinct(asked: Iterable[Asked]) -> list[Asked]:
    """Without questions that ask once more for what was asked before, in other words or with other options."""
    known: dict[str, Asked] = {}
    for each in asked:
        key = {name: value for name, value in each.truth.items() if name not in ("options", "letter")}
        known.setdefault(repr(key), each)
    return list(known.values())
