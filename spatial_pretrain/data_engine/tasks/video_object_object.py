"""Distances and directions between the objects of a clip (paper, Table 31; rules from VLM-3R's generators)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import combinations, pairwise, permutations

import numpy as np

from spatial_pretrain.data_engine import directions
from spatial_pretrain.data_engine.clips import Asked, Clip, clip_of, clip_sample, distinct
from spatial_pretrain.data_engine.directions import EGOCENTRIC
from spatial_pretrain.data_engine.margins import is_sound
from spatial_pretrain.data_engine.naming import joined
from spatial_pretrain.data_engine.options import Options, even, first_of_each, pooled
from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import Templates, load_templates
from spatial_pretrain.data_engine.thresholds import Video
from vst_robot.scenes import Scene, View

MAX_TURNS = 4
LOOKED_AT = 120
"""So many triples of a clip, drawn evenly, are looked at."""

CANDIDATES, GROUPS_LOOKED_AT = 4, 12
"""Candidates for the closest, at most, and groups of them that are tried for one each of which can be the answer."""

MIN_CORNERS = 6
"""Corners of the asked object's box that must lie in the answer's sector."""

Sector = tuple[str, float]
"""What a direction is called, and the angle to the nearest border in degrees."""


Naming = Callable[[float, Video], Sector]
"""From the clockwise angle in degrees to its sector."""


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """At one object, facing another, asked for a third."""

    at: int
    facing: int
    asked: int
    angle_deg: float
    margin: Margin


@dataclass(frozen=True, kw_only=True)
class _Contest:
    """Candidates for the closest to a thing, the closest first."""

    thing: int
    candidates: tuple[int, ...]
    distances_m: tuple[float, ...]
    margin: Margin


@dataclass(frozen=True, kw_only=True)
class VideoObjectObjectRelation:
    """Up to four questions about one clip, about objects whose labels nothing else in the clip bears.

    `closest`: which of some objects is closest to another, between closest points. The others: standing at one object
    and facing another, where is a third? `direction` has eight answers, `quadrants` four, `left_right_back` three,
    `left_right` two. `mixed` asks for anything.
    """

    name: str = "video_object_object_relation"
    view: View = "video"

    @property
    def forms(self) -> Mapping[str, float]:
        """Distances and directions."""
        return {
            "closest": 0.25,
            "direction": 0.25,
            "quadrants": 0.1,
            "left_right_back": 0.1,
            "left_right": 0.1,
            "mixed": 0.2,
        }

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One to four questions.

        Raises:
            Rejected: The clip allows none.
        """
        clip = clip_of(scene, setting.thresholds.visibility)
        templates = load_templates(self.name, setting.template_sets)
        wanted = 1 + int(rng.integers(MAX_TURNS))
        kinds = [kind for kind in self.forms if kind != "mixed"] if form == "mixed" else [form]
        asked: list[Asked] = []
        for kind in (kinds[int(index)] for index in rng.integers(len(kinds), size=wanted)):
            pool = _contests if kind == "closest" else _standings
            asked += pool(clip, kind, rng, setting.thresholds.video, templates)
        if not asked:
            raise Rejected("no objects whose distances and directions are sure")
        return clip_sample(scene, self.name, form, distinct(asked))


def _contests(clip: Clip, kind: str, rng: np.random.Generator, rule: Video, templates: Templates) -> list[Asked]:
    """A question for the closest of two to four objects, if there is a sound one."""
    del kind
    contest = _contest(clip, rng, rule)
    if contest is None:
        return []
    names = [clip.names[candidate] for candidate in contest.candidates]
    options = Options.shuffled(rng, names[0], names[1:])
    mentioned = [names[int(index)] for index in rng.permutation(len(names))]
    thing = clip.names[contest.thing]
    question = templates.question(
        "closest", rng, candidates=joined(mentioned, last="or"), thing=thing, options=options.listed
    )
    truth = {
        "kind": "closest",
        "instance": clip.instance(contest.thing),
        "candidate_instances": [clip.instance(candidate) for candidate in contest.candidates],
        "candidates": names,
        "box_distances_m": list(contest.distances_m),
        **options.truth,
    }
    answer = templates.answer("closest", rng, answer=options.answer)
    return [Asked(turn=Turn(question=question, answer=answer), truth=truth, margin=contest.margin)]


def _contest(clip: Clip, rng: np.random.Generator, rule: Video) -> _Contest | None:
    """Candidates each of which is the closest to something, and one of these things; None if there are none.

    A candidate that is the closest to nothing would be an option that is never right: a help for who sees nothing.
    """
    count = min(CANDIDATES, len(clip.things) - 2)
    closest: Mapping[int, Sequence[int]] = {}
    for _ in range(GROUPS_LOOKED_AT if count > 1 else 0):
        drawn = [clip.things[index] for index in rng.permutation(len(clip.things)).tolist()]
        contests = [_judged(clip, thing, drawn[:count], rule) for thing in drawn[count:]]
        found = pooled((contest.candidates[0], contest.thing) for contest in contests if contest is not None)
        closest = max(closest, found, key=len)
        if len(closest) == count:
            break
    return _judged(clip, even(rng, closest)[1], list(closest), rule) if len(closest) > 1 else None


def _judged(clip: Clip, thing: int, candidates: Sequence[int], rule: Video) -> _Contest | None:
    """The candidates from the closest on, if their distances differ clearly."""
    distances_m, ordered = zip(*sorted((clip.distance_m(thing, each), each) for each in candidates), strict=True)
    gaps_m = [later - earlier for earlier, later in pairwise(distances_m)]
    apart = distances_m[0] >= rule.min_distance_gap_m and min(gaps_m) > rule.min_distance_gap_m
    if not apart or distances_m[-1] > 2 * rule.max_distance_m:
        return None
    margin = _lead_margin(clip, thing, ordered, distances_m)
    if not is_sound(margin):
        return None
    return _Contest(thing=thing, candidates=ordered, distances_m=distances_m, margin=margin)


def _lead_margin(clip: Clip, thing: int, ordered: Sequence[int], distances_m: Sequence[float]) -> Margin:
    """All boxes may move, or turn about their middles, before another candidate could be closest."""
    lead_m = distances_m[1] - distances_m[0]
    radii_m = {each: float(np.linalg.norm(clip.box(each).size_m)) / 2 for each in (thing, *ordered)}
    reach_m = 2 * radii_m[thing] + radii_m[ordered[0]] + max(radii_m[each] for each in ordered[1:])
    return Margin(metres=lead_m / 4, degrees=float(np.degrees(2 * np.arcsin(min(1.0, lead_m / (2 * reach_m))))))


def _standings(clip: Clip, kind: str, rng: np.random.Generator, rule: Video, templates: Templates) -> list[Asked]:
    """A question for a direction, if there is a sound one; all answers are equally frequent."""
    pool = first_of_each(_candidates(clip, _NAMES[kind], rng, rule), enough=_ANSWERS[kind])
    try:
        options, chosen = Options.drawn(rng, pool, least=2)
    except Rejected:
        return []
    slots = {"at": chosen.at, "facing": chosen.facing, "asked": chosen.asked}
    words = {slot: clip.names[thing] for slot, thing in slots.items()}
    truth = {
        "kind": kind,
        "clockwise_deg": chosen.angle_deg,
        **{f"{slot}_instance": clip.instance(thing) for slot, thing in slots.items()},
        **options.truth,
    }
    question = templates.question(kind, rng, options=options.listed, **words)
    answer = templates.answer(kind, rng, answer=options.answer)
    return [Asked(turn=Turn(question=question, answer=answer), truth=truth, margin=chosen.margin)]


def _candidates(
    clip: Clip, name_of: Naming, rng: np.random.Generator, rule: Video
) -> Iterator[tuple[str, Callable[[], _Standing | None]]]:
    """Triples in random order: the answer, and what judges it."""
    triples = _triples(clip)
    for index in rng.permutation(len(triples))[:LOOKED_AT]:
        at, facing, asked = triples[int(index)]
        ahead_m, there_m = (clip.box(thing).centre_m - clip.box(at).centre_m for thing in (facing, asked))
        angle = directions.clockwise_deg(ahead_m, there_m, clip.down)
        answer, border_deg = name_of(angle, rule)
        if border_deg >= rule.direction_border_deg:
            yield answer, partial(_standing, clip, (at, facing, asked), angle, name_of, rule)


@lru_cache(maxsize=2)  # several questions follow each other
def _triples(clip: Clip) -> Sequence[tuple[int, int, int]]:
    return list(permutations(clip.things, 3))


def _standing(
    clip: Clip, triple: tuple[int, int, int], angle_deg: float, name_of: Naming, rule: Video
) -> _Standing | None:
    """A triple whose objects are neither too close nor too far apart, and whose answer is sure; else None."""
    at, facing, asked = triple
    if any(
        not rule.min_distance_m <= clip.distance_m(*pair) <= rule.max_distance_m for pair in combinations(triple, 2)
    ):
        return None
    ahead_m, there_m = (clip.box(thing).centre_m - clip.box(at).centre_m for thing in (facing, asked))
    if min(directions.ground_length(span_m, clip.down) for span_m in (ahead_m, there_m)) < rule.min_distance_m:
        return None
    answer, border_deg = name_of(angle_deg, rule)
    corners_m = clip.box(asked).corners_m - clip.box(at).centre_m
    corners_deg = directions.all_clockwise_deg(ahead_m, corners_m, clip.down)
    agreeing = [name_of(float(corner_deg), rule)[0] for corner_deg in corners_deg].count(answer)
    margin = directions.angle_margin(border_deg, clip.down, spans_m=[ahead_m, there_m])
    if agreeing < MIN_CORNERS or not is_sound(margin):
        return None
    return _Standing(at=at, facing=facing, asked=asked, angle_deg=angle_deg, margin=margin)


def _eighth(angle_deg: float, rule: Video) -> Sector:
    sector = directions.sector(angle_deg)
    return EGOCENTRIC[sector.index].replace(" ", "-"), sector.border_deg


def _quadrant(angle_deg: float, rule: Video) -> Sector:
    ahead = "front" if abs(angle_deg) < 90 else "back"
    side = "right" if angle_deg > 0 else "left"
    return f"{ahead}-{side}", min(abs(angle_deg), abs(abs(angle_deg) - 90), 180 - abs(angle_deg))


def _left_right_back(angle_deg: float, rule: Video) -> Sector:
    if abs(angle_deg) >= rule.back_deg:
        return "back", abs(angle_deg) - rule.back_deg
    return "right" if angle_deg > 0 else "left", min(abs(angle_deg), rule.back_deg - abs(angle_deg))


def _left_right(angle_deg: float, rule: Video) -> Sector:
    return "right" if angle_deg > 0 else "left", min(abs(angle_deg), 180 - abs(angle_deg))


_NAMES: Mapping[str, Naming] = {
    "direction": _eighth,
    "quadrants": _quadrant,
    "left_right_back": _left_right_back,
    "left_right": _left_right,
}

_ANSWERS = {"direction": 4, "quadrants": 4, "left_right_back": 3, "left_right": 2}
"""So many options are listed, if the clip allows."""
