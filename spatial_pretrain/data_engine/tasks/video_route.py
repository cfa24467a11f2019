"""The turns of a walk from one object to another (VSI-Bench's and VLM-3R's route plan)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

import numpy as np
from jaxtyping import Bool, Float, Int

from spatial_pretrain.data_engine import directions
from spatial_pretrain.data_engine.clips import Asked, Clip, clip_of, clip_sample
from spatial_pretrain.data_engine.distances import Boxes, overlaps
from spatial_pretrain.data_engine.margins import is_sound, smallest
from spatial_pretrain.data_engine.options import Options
from spatial_pretrain.data_engine.references import STRUCTURE
from spatial_pretrain.data_engine.samples import Margin, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Video
from vst_robot.scenes import Scene, View

Array = np.ndarray

ROUTES_LOOKED_AT = 250
MOST_OPTIONS = 4
STRAIGHT_DEG = 45.0
"""A smaller change of direction is no turn; routes with one are not asked for."""

PASSABLE = STRUCTURE - {"wall", "walls"}
"""Labels of boxes that nobody walks into: the floor, the ceiling, the whole room."""

WALKER_M = (0.3, 1.0)
"""Width and height of the space that a walk needs, from 10 cm above the lowest thing on."""


@dataclass(frozen=True, kw_only=True)
class _Route:
    """From the first object, facing the second, to all others in order."""

    start: int
    facing: int
    stops: tuple[int, ...]
    turns: tuple[str, ...]
    angles_deg: tuple[float, ...]
    margin: Margin


@dataclass(frozen=True, kw_only=True, eq=False)
class _Ground:
    """Where a clip can be walked.

    Attributes:
        ways: Of every named object the others that a walker reaches in a straight line.
        lengths_m: Ground between the middles of any two objects of the scene.
    """

    ways: Mapping[int, Sequence[int]]
    lengths_m: Float[Array, "n n"]


@dataclass(frozen=True, kw_only=True)
class VideoRoutePlan:
    """A walk in straight lines from object to object, with the turns to be filled in.

    Every change of direction is a clear turn to the left, to the right or back, and no other object stands in the way.
    """

    name: str = "video_route_plan"
    view: View = "video"

    @property
    def forms(self) -> Mapping[str, float]:
        """By the number of turns."""
        return {"one_turn": 0.2, "two_turns": 0.5, "three_turns": 0.3}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One question with three or four options.

        Raises:
            Rejected: The clip has too few routes that can be walked.
        """
        clip = clip_of(scene, setting.thresholds.visibility)
        turns = {"one_turn": 1, "two_turns": 2, "three_turns": 3}[form]
        pool: dict[str, list[_Route]] = {}
        for route in _routes(clip, turns, rng, setting.thresholds.video):
            pool.setdefault(", ".join(route.turns).capitalize(), [route])
            if len(pool) == min(MOST_OPTIONS, 3**turns):
                break
        options, route = Options.drawn(rng, pool, least=3, style="A. x B. y")
        templates = load_templates(self.name, setting.template_sets)
        start, facing, goal = (clip.names[thing] for thing in (route.start, route.facing, route.stops[-1]))
        question = templates.question(
            form, rng, start=start, facing=facing, goal=goal, steps=_steps(clip, route), options=options.listed
        )
        truth = {
            "start_instance": clip.instance(route.start),
            "facing_instance": clip.instance(route.facing),
            "stop_instances": [clip.instance(stop) for stop in route.stops],
            "turns_deg": list(route.angles_deg),
            **options.truth,
        }
        turn = Turn(question=question, answer=templates.answer(form, rng, answer=options.answer))
        return clip_sample(scene, self.name, form, [Asked(turn=turn, truth=truth, margin=route.margin)])


def _steps(clip: Clip, route: _Route) -> str:
    """The walk with gaps: ``"1. [please fill in] 2. Go forward until the table."``."""
    lines = [line for stop in route.stops for line in ("[please fill in]", f"Go forward until the {clip.names[stop]}")]
    return " ".join(f"{number}. {line}" for number, line in enumerate(lines, 1)) + "."


def _routes(clip: Clip, turns: int, rng: np.random.Generator, rule: Video) -> Iterator[_Route]:
    """Random routes on free ways with clear turns."""
    if len(clip.things) < turns + 2:
        return
    ground = _ground(clip)
    for _ in range(ROUTES_LOOKED_AT):
        start, facing = (clip.things[int(index)] for index in rng.permutation(len(clip.things))[:2])
        stops = _walk(ground.ways, start, facing, turns, rng)
        route = None if stops is None else _judged(clip, ground, start, facing, stops, rule)
        if route is not None:
            yield route


def _walk(
    ways: Mapping[int, Sequence[int]], start: int, facing: int, length: int, rng: np.random.Generator
) -> list[int] | None:
    """So many stops, each once, each by a free way from the one before; None at a dead end."""
    stops: list[int] = []
    for _ in range(length):
        here = stops[-1] if stops else start
        onward = [stop for stop in ways[here] if stop not in (start, facing, *stops)]
        if not onward:
            return None
        stops.append(onward[int(rng.integers(len(onward)))])
    return stops


def _judged(clip: Clip, ground: _Ground, start: int, facing: int, stops: Sequence[int], rule: Video) -> _Route | None:
    """The route's turns; None if one is not sure, or two places are too close."""
    ends = [(start, facing), *pairwise((start, *stops))]
    if min(ground.lengths_m[pair] for pair in ends) < 2 * rule.min_distance_m:
        return None
    legs_m = [clip.box(later).centre_m - clip.box(earlier).centre_m for earlier, later in ends]
    turns_deg = []
    for before_m, after_m in pairwise(legs_m):
        turns_deg.append(directions.clockwise_deg(before_m, after_m, clip.down))
        if abs(turns_deg[-1]) < STRAIGHT_DEG or _border_deg(turns_deg[-1], rule) < rule.direction_border_deg:
            return None
    margins = [
        directions.angle_margin(_border_deg(turn_deg, rule), clip.down, spans_m=pair)
        for turn_deg, pair in zip(turns_deg, pairwise(legs_m), strict=True)
    ]
    margin = smallest(margins)
    if not is_sound(margin):
        return None
    turns = tuple(_turn(turn_deg, rule) for turn_deg in turns_deg)
    return _Route(
        start=start, facing=facing, stops=tuple(stops), turns=turns, angles_deg=tuple(turns_deg), margin=margin
    )


def _border_deg(turn_deg: float, rule: Video) -> float:
    """To the nearest border of "left", "right" and "back"."""
    return min(abs(abs(turn_deg) - STRAIGHT_DEG), abs(abs(turn_deg) - rule.back_deg))


def _turn(angle_deg: float, rule: Video) -> str:
    if abs(angle_deg) >= rule.back_deg:
        return "turn back"
    return "turn right" if angle_deg > 0 else "turn left"


@lru_cache(maxsize=2)  # all forms ask about the same clip one after the other
def _ground(clip: Clip) -> _Ground:
    boxes = Boxes.of([thing.box for thing in clip.scene.objects])
    places_m = directions.level(boxes.centres_m, clip.down)
    lengths_m = np.linalg.norm(places_m[:, None] - places_m[None], axis=2)
    pairs = np.array([pair for pair in combinations(clip.things, 2) if lengths_m[pair] > 0], dtype=int).reshape(-1, 2)
    ways: dict[int, list[int]] = {thing: [] for thing in clip.things}
    for first, second in pairs[_free(clip, boxes, pairs)].tolist():
        ways[first].append(second)
        ways[second].append(first)
    return _Ground(ways=ways, lengths_m=lengths_m)


def _free(clip: Clip, boxes: Boxes, pairs: Int[Array, "n 2"]) -> Bool[Array, " n"]:
    """Whether nothing stands between the two objects of each pair."""
    obstacles = [thing for thing in clip.scene.objects if thing.label not in PASSABLE]
    lowest_m = max(float((thing.box.corners_m @ clip.down).max()) for thing in obstacles)
    corridors = _corridors(boxes.centres_m[pairs[:, 0]], boxes.centres_m[pairs[:, 1]], clip.down, lowest_m)
    apart_m = np.linalg.norm(corridors.centres_m[:, None] - boxes.centres_m[None], axis=2)
    solid = np.array([thing.label not in PASSABLE for thing in clip.scene.objects])
    near = solid & (apart_m <= corridors.radii_m[:, None] + boxes.radii_m)
    near[np.arange(len(pairs))[:, None], pairs] = False  # the objects themselves
    way, thing = np.nonzero(near)
    blocked = way[overlaps(boxes.at(thing), corridors.at(way))]
    return ~np.isin(np.arange(len(pairs)), blocked)


def _corridors(
    starts_m: Float[Array, "n 3"], goals_m: Float[Array, "n 3"], down: Float[Array, "3"], lowest_m: float
) -> Boxes:
    """The spaces of walks between two places each, not one above the other; y downwards and x along the way."""
    width_m, height_m = WALKER_M
    ways = directions.level(goals_m - starts_m, down)
    lengths_m = np.linalg.norm(ways, axis=1)
    along = ways / lengths_m[:, None]
    downs = np.broadcast_to(down, along.shape)
    return Boxes(
        centres_m=directions.level((starts_m + goals_m) / 2, down) + (lowest_m - 0.1 - height_m / 2) * down,
        sizes_m=np.stack([lengths_m, np.full_like(lengths_m, height_m), np.full_like(lengths_m, width_m)], axis=1),
        R_frame_boxes=np.stack([along, downs, np.cross(along, downs)], axis=2),
    )
