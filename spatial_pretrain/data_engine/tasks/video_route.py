"""The turns of a walk from one object to another (VSI-Bench's and VLM-3R's route plan)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine import directions
from spatial_pretrain.data_engine.clips import Asked, Clip, clip_of, clip_sample
from spatial_pretrain.data_engine.distances import overlap
from spatial_pretrain.data_engine.margins import is_sound, smallest
from spatial_pretrain.data_engine.options import Options
from spatial_pretrain.data_engine.references import STRUCTURE
from spatial_pretrain.data_engine.samples import Margin, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Video
from vst_robot.geometry.box3d import Box3D
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
    ways = _ways(clip)
    for _ in range(ROUTES_LOOKED_AT):
        start, facing = (clip.things[int(index)] for index in rng.permutation(len(clip.things))[:2])
        stops = _walk(ways, start, facing, turns, rng)
        route = None if stops is None else _judged(clip, start, facing, stops, rule)
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


def _judged(clip: Clip, start: int, facing: int, stops: Sequence[int], rule: Video) -> _Route | None:
    """The route's turns; None if one is not sure, or two places are too close."""
    places_m = [clip.box(thing).centre_m for thing in (start, *stops)]
    legs_m = [clip.box(facing).centre_m - places_m[0], *(later - earlier for earlier, later in pairwise(places_m))]
    if min(directions.ground_length(leg_m, clip.down) for leg_m in legs_m) < 2 * rule.min_distance_m:
        return None
    angles = [directions.clockwise_deg(before, after, clip.down) for before, after in pairwise(legs_m)]
    borders = [min(abs(abs(angle) - STRAIGHT_DEG), abs(abs(angle) - rule.back_deg)) for angle in angles]
    margins = [
        directions.angle_margin(border, clip.down, spans_m=pair)
        for border, pair in zip(borders, pairwise(legs_m), strict=True)
    ]
    margin = smallest(margins)
    if min(abs(angle) for angle in angles) < STRAIGHT_DEG or min(borders) < rule.direction_border_deg:
        return None
    turns = tuple(_turn(angle, rule) for angle in angles)
    if not is_sound(margin):
        return None
    return _Route(start=start, facing=facing, stops=tuple(stops), turns=turns, angles_deg=tuple(angles), margin=margin)


def _turn(angle_deg: float, rule: Video) -> str:
    if abs(angle_deg) >= rule.back_deg:
        return "turn back"
    return "turn right" if angle_deg > 0 else "turn left"


@lru_cache(maxsize=2)  # all forms ask about the same clip one after the other
def _ways(clip: Clip) -> Mapping[int, Sequence[int]]:
    """Of every named object the others that a walker reaches in a straight line."""
    obstacles = [(number, thing) for number, thing in enumerate(clip.scene.objects) if thing.label not in PASSABLE]
    lowest_m = max(float((thing.box.corners_m @ clip.down).max()) for _, thing in obstacles)
    ways: dict[int, list[int]] = {thing: [] for thing in clip.things}
    for first, second in combinations(clip.things, 2):
        corridor = _corridor(clip.box(first).centre_m, clip.box(second).centre_m, clip.down, lowest_m)
        third = [thing.box for number, thing in obstacles if number not in (first, second)]
        if corridor is not None and not any(overlap(box, corridor) for box in third if _near(box, corridor)):
            ways[first].append(second)
            ways[second].append(first)
    return ways


def _near(first: Box3D, second: Box3D) -> bool:
    """Whether the spheres around two boxes meet."""
    reach_m = float(np.linalg.norm(first.size_m) + np.linalg.norm(second.size_m)) / 2
    return float(np.linalg.norm(first.centre_m - second.centre_m)) <= reach_m


def _corridor(
    start_m: Float[Array, "3"], goal_m: Float[Array, "3"], down: Float[Array, "3"], lowest_m: float
) -> Box3D | None:
    """The space of a walk between two places, y downwards and x along the way; None if one is above the other."""
    width_m, height_m = WALKER_M
    way = directions.level(goal_m - start_m, down)
    length_m = float(np.linalg.norm(way))
    if length_m == 0:
        return None
    along = way / length_m
    middle_m = directions.level((start_m + goal_m) / 2, down) + (lowest_m - 0.1 - height_m / 2) * down
    return Box3D(
        centre_m=middle_m,
        size_m=np.array([length_m, height_m, width_m]),
        R_frame_box=np.stack([along, down, np.cross(along, down)], axis=1),
    )
