"""Words that fit one object alone: its label where nothing else bears it, its description, or a coloured point."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from spatial_pretrain.data_engine import marks, naming
from spatial_pretrain.data_engine.observed import Observed, observe
from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.thresholds import Thresholds
from spatial_pretrain.data_engine.visibility import Sights
from vst_robot.scenes import Scene
from vst_robot.types import Picture

STRUCTURE = frozenset({"wall", "walls", "floor", "ceiling", "room", "object", "objects", "other", "unknown"})
"""Labels that name no single thing, or one without a place of its own."""


@lru_cache(maxsize=10_000)  # the same few labels meet in every question
def confusable(label: str, other: str) -> bool:
    """Whether "the {label}" may mean an object of another label too: "table" may mean a "coffee table"."""
    return f" {other}".endswith(f" {label}")


def unique_names(scene: Scene, sights: Sights, frames: Sequence[int]) -> dict[int, str]:
    """Object → words that fit it alone among all that some frames may show; it is clearly seen in one of them.

    Objects are numbered by their place in `Scene.objects`; those without such words are left out.
    """
    columns = list(frames)
    shown = np.flatnonzero(sights.glimpsed[:, columns].any(axis=1)).tolist()
    clear = np.flatnonzero(sights.clear[:, columns].any(axis=1)).tolist()
    names = {thing: _unique_name(scene, thing, shown) for thing in clear}
    return {thing: name for thing, name in names.items() if name is not None}


def observed_in(scene: Scene, frame: int, thresholds: Thresholds) -> dict[int, Observed]:
    """Object → where the frame shows it, for objects on which a point can be drawn."""
    places = {thing.instance: number for number, thing in enumerate(scene.objects)}
    found = {places[each.thing.instance]: each for each in observe(scene, frame, thresholds)}
    return {number: each for number, each in found.items() if each.label not in STRUCTURE}


def with_points(
    scene: Scene,
    frames: Sequence[int],
    shown: Mapping[int, Observed],
    where: Mapping[int, int],
    rng: np.random.Generator,
) -> tuple[tuple[Picture, ...], dict[int, str]]:
    """Draws a coloured point on each object.

    Args:
        scene: The scene.
        frames: The frames that are shown, in this order.
        shown: Object → where its frame shows it.
        where: Object → its place in `frames`.
        rng: Draws the colours.

    Returns:
        The pictures, and what each object is called.

    Raises:
        Rejected: Two points of one picture are too close to be told apart.
    """
    colours = dict(zip(where, marks.object_colours(len(where), rng), strict=True))
    drawn = []
    for place, frame in enumerate(frames):
        here = [thing for thing in where if where[thing] == place]
        points = [shown[thing].point_px for thing in here]
        if not marks.points_apart(points, scene.frames[frame].size_px):
            raise Rejected("points too close to each other")
        drawn.append(marks.draw_points(scene.frames[frame].rgb, points, [colours[thing] for thing in here]))
    return tuple(drawn), {thing: naming.with_point(shown[thing].label, colours[thing]) for thing in where}


def _unique_name(scene: Scene, thing: int, shown: Sequence[int]) -> str | None:
    this = scene.objects[thing]
    if this.label in STRUCTURE:
        return None
    if not any(confusable(this.label, scene.objects[other].label) for other in shown if other != thing):
        return this.label
    if this.description is None or any(this.description == scene.objects[o].description for o in shown if o != thing):
        return None
    return this.description.removeprefix("the ")  # the questions' own words have the article
