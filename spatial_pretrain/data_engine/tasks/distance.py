"""Which object is closest to or farthest from another: `si_distance` (paper, Table 22)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from spatial_pretrain.data_engine import marks, naming
from spatial_pretrain.data_engine.distances import box_distance_m, centre_distance_m
from spatial_pretrain.data_engine.margins import is_sound
from spatial_pretrain.data_engine.observed import Observed, observe
from spatial_pretrain.data_engine.references import STRUCTURE
from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Distance
from vst_robot.scenes import Frame, Scene, View
from vst_robot.types import Picture

NAME = "si_distance"

Word = Literal["closest", "farthest"]

_TRIES = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class _Contest:
    """Candidates, in the order of the question, and their distances from an object.

    Attributes:
        word: Who wins.
        thing: The object.
        candidates: At least two.
        distances_m: Between the middles of the boxes.
    """

    word: Word
    thing: Observed
    candidates: tuple[Observed, ...]
    distances_m: tuple[float, ...]

    @property
    def winner(self) -> int:
        """Place of the answer among the candidates."""
        return int(np.argmin(self.distances_m) if self.word == "closest" else np.argmax(self.distances_m))

    @property
    def lead_m(self) -> float:
        """How far the winner is ahead."""
        return _lead(self.distances_m, self.word)

    @property
    def margin(self) -> Margin:
        """Both leading candidates and the object may move; the object's movement counts twice."""
        return Margin(metres=self.lead_m / 4)

    def is_clear(self, rule: Distance) -> bool:
        """Whether the winner is the same, and clearly, between middles and between closest points."""
        if not all(rule.min_m <= each <= rule.max_m for each in self.distances_m):
            return False
        if self.lead_m < max(rule.min_gap_m, rule.min_gap_share * min(self.distances_m)) or not is_sound(self.margin):
            return False
        between = [box_distance_m(each.box_camera, self.thing.box_camera) for each in self.candidates]
        best = np.argmin(between) if self.word == "closest" else np.argmax(between)
        return bool(best == self.winner) and _lead(between, self.word) >= rule.min_gap_m / 2


@dataclass(frozen=True, kw_only=True)
class DistanceComparison:
    """Bare answers, and explicit ones that first state every distance; objects by coloured boxes or points.

    Distances are between the middles of boxes. Questions whose answer would be another one between closest points are
    not asked. Closest and farthest are asked equally often, so that no label is right more often than another.

    Attributes:
        name: Of the task.
        view: Kind of its scenes.
        labelled: Whether things are called by their labels beside their marks, or by the marks' colours alone.
    """

    name: str = NAME
    view: View = "single"
    labelled: bool = True

    @property
    def forms(self) -> Mapping[str, float]:
        """All four in equal shares."""
        return {"bare_boxes": 0.25, "bare_points": 0.25, "explicit_boxes": 0.25, "explicit_points": 0.25}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One question about the scene's only frame.

        Raises:
            Rejected: No object has candidates whose distances differ clearly.
        """
        wording, kind = form.split("_")
        contest = _contest(scene, rng, setting.thresholds.distance, observe(scene, 0, setting.thresholds), kind)
        picture, names, called = _marked(scene.frames[0], contest, kind, rng, labelled=self.labelled)
        templates = load_templates(NAME, setting.template_sets)
        winner = names[1 + contest.winner]
        question = templates.question(
            f"{wording}_{contest.word}",
            rng,
            thing=f"the {called[0]}",
            candidates=naming.joined([f"the {name}" for name in called[1:]], last="or"),
        )
        answer = templates.answer(f"{wording}_{contest.word}", rng, answer=winner, distances=_listed(contest, names))
        return SpatialSample(
            task=NAME,
            form=form,
            turns=(Turn(question=question, answer=answer),),
            pictures=(picture,),
            truth=_truth(contest, names, winner),
            margin=contest.margin,
            scene=scene.name,
            source=scene.source,
        )


def _contest(scene: Scene, rng: np.random.Generator, rule: Distance, seen: Sequence[Observed], kind: str) -> _Contest:
    things = [each for each in seen if each.label not in STRUCTURE]
    if len(things) < 3:
        raise Rejected("fewer than three objects")
    word: Word = "closest" if rng.random() < 0.5 else "farthest"
    for _ in range(_TRIES):
        number = int(rng.integers(2, min(rule.max_candidates, len(things) - 1) + 1))
        thing, *candidates = (things[int(index)] for index in rng.permutation(len(things))[: number + 1])
        distances_m = tuple(centre_distance_m(each.box_camera, thing.box_camera) for each in candidates)
        contest = _Contest(word=word, thing=thing, candidates=tuple(candidates), distances_m=distances_m)
        if _can_be_marked([thing, *candidates], kind) and contest.is_clear(rule):
            return contest
    raise Rejected("no distances that differ clearly")


def _lead(distances_m: Sequence[float], word: Word) -> float:
    first, second, *_ = sorted(distances_m, reverse=word == "farthest")
    return abs(second - first)


def _can_be_marked(things: Sequence[Observed], kind: str) -> bool:
    if kind == "points":
        return marks.points_apart([each.point_px for each in things], things[0].size_px)
    return marks.boxes_apart([each.box_px for each in things])


def _marked(
    frame: Frame, contest: _Contest, kind: str, rng: np.random.Generator, *, labelled: bool
) -> tuple[Picture, Sequence[str], Sequence[str]]:
    """The picture with marks, the names of object and candidates, and the same with their marks."""
    things = [contest.thing, *contest.candidates]
    colours = marks.object_colours(len(things), rng)
    if kind == "points":
        picture = marks.draw_points(frame.rgb, [each.point_px for each in things], colours)
        name, with_mark = "point", naming.with_point
    else:
        picture = marks.draw_boxes(frame.rgb, [each.box_px for each in things], colours)
        name, with_mark = "box", naming.with_box
    if not labelled:
        coloured = [f"{colour} {name}" for colour in colours]
        return picture, coloured, coloured
    names = naming.lettered([each.label for each in things])
    return picture, names, [with_mark(*pair) for pair in zip(names, colours, strict=True)]


def _listed(contest: _Contest, names: Sequence[str]) -> str:
    thing, *candidates = names
    pairs = zip(candidates, contest.distances_m, strict=True)
    return " ".join(f"Distance[{thing}, {candidate}]={distance_m:.2f}m" for candidate, distance_m in pairs)


def _truth(contest: _Contest, names: Sequence[str], winner: str) -> dict[str, Any]:
    things = [contest.thing, *contest.candidates]
    return {
        "frame": 0,
        "word": contest.word,
        "names": list(names),
        "instances": [each.thing.instance for each in things],
        "centres_camera_m": [each.box_camera.centre_m.tolist() for each in things],
        "points_px": [list(each.point_px) for each in things],
        "boxes_px": [list(each.box_px) for each in things],
        "centre_distances_m": list(contest.distances_m),
        "answer": winner,
    }
