"""Thoughts of the form `num` (Table 10): the same answers by arithmetic with the layout's numbers.

Every number is rounded once, from the layout, and everything after is computed from the rounded numbers, so that the
arithmetic can be followed. Where rounding would change what follows, the answer's margin, which is at least a
centimetre and a degree, has kept the question from being asked.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine.directions import EGOCENTRIC
from spatial_pretrain.data_engine.layout import Layout, LayoutObject
from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.thoughts import ground
from spatial_pretrain.data_engine.thoughts.prose import Prose, the

Array = np.ndarray

NEAR_M = 3.0
"""Where everything is within it, lengths are written in millimetres, else in centimetres."""


def bearing(layout: Layout, truth: Mapping[str, Any], prose: Prose) -> None:
    """The angle between two vectors on the ground, in eighths of a turn."""
    (known,), (asked,) = layout.of("known"), layout.of("asked")
    at = next(iter(layout.of("at")), None)
    prose.say("num.frame")
    digits = _digits(layout)
    origin = np.zeros(2) if at is None else _tell_ground(at, digits, prose)
    spans = [_tell_ground(each, digits, prose) - origin for each in (known, asked)]
    prose.next_part()
    start = "the first camera" if at is None else the(at)
    for end, span in zip((known, asked), spans, strict=True):
        prose.say("num.vector", start=start, end=the(end), vector=_pair(span, digits))
    first, second = (np.degrees(np.arctan2(span[0], span[1])) for span in spans)
    _tell_turn(truth, float(first), float(second), prose)
    prose.next_part()
    prose.say("num.answer", answer=truth["answer"], letter=truth["letter"])


def nearest(layout: Layout, truth: Mapping[str, Any], prose: Prose) -> None:
    """All distances between centres; candidates with the answer first."""
    (thing,), candidates = layout.of("thing"), layout.of("candidates")
    digits = _digits(layout)
    prose.say("num.frame_3d")
    origin = _tell_centre(thing, digits, prose)
    centres = [_tell_centre(each, digits, prose) for each in candidates]
    prose.next_part()
    lengths = [round(float(np.linalg.norm(centre - origin)), digits) for centre in centres]
    for each, length in zip(candidates, lengths, strict=True):
        prose.say("num.length", start=the(thing), end=the(each), length=f"{length:.{digits}f}")
    sign = 1 if truth["word"] == "closest" else -1
    if sign * lengths[0] >= min(sign * length for length in lengths[1:]):
        raise Rejected("rounded numbers do not tell the answer")
    extreme = "smallest" if truth["word"] == "closest" else "largest"
    prose.say("num.extreme", extreme=extreme, length=f"{lengths[0]:.{digits}f}", thing=candidates[0])
    prose.next_part()
    letter = f", option {truth['letter']}" if "letter" in truth else ""
    prose.say("num.chosen", thing=candidates[0], letter=letter)


def depth(layout: Layout, truth: Mapping[str, Any], prose: Prose) -> None:
    """Depths of the boxes' middles, sorted."""
    ordered = layout.of("ordered")
    digits = _digits(layout)
    depths = [round(float(layout.cameras[0].local_m(each.centre_m)[2]), digits) for each in ordered]
    if any(near >= far for near, far in pairwise(depths)):
        raise Rejected("rounded numbers do not tell the answer")
    prose.say("num.depths")
    for index in prose.rng.permutation(len(ordered)):
        prose.say("num.depth", thing=ordered[int(index)], length=f"{depths[int(index)]:.{digits}f}")
    prose.next_part()
    prose.say("num.sorted", lengths=" < ".join(f"{each:.{digits}f}" for each in depths))
    prose.next_part()
    prose.say("single.order_answer", order=", ".join(the(each) for each in ordered))


def facing(layout: Layout, truth: Mapping[str, Any], prose: Prose) -> None:
    """Both cameras' headings on the ground."""
    heading = layout.cameras[1].heading_deg
    prose.say("num.frame")
    prose.say("num.heading", heading=f"{heading:.0f}")
    prose.next_part()
    _tell_turn(truth, 0.0, heading, prose)
    prose.next_part()
    prose.say("num.answer", answer=truth["answer"], letter=truth["letter"])


def position(layout: Layout, truth: Mapping[str, Any], prose: Prose) -> None:
    """The angle from the second camera's heading to the vector back to the first camera."""
    digits = _digits(layout)
    place = _ground(layout.cameras[1].position_m, digits)
    prose.say("num.frame")
    prose.say("num.heading", heading=f"{layout.cameras[1].heading_deg:.0f}")
    prose.say("num.place", place=_pair(place, digits))
    prose.next_part()
    prose.say("num.back", vector=_pair(-place, digits))
    back = float(np.degrees(np.arctan2(-place[0], -place[1])))
    _tell_turn({"premise": "front", **truth}, layout.cameras[1].heading_deg, back, prose)
    prose.next_part()
    prose.say("num.answer", answer=truth["answer"], letter=truth["letter"])


def motion(layout: Layout, truth: Mapping[str, Any], prose: Prose) -> None:
    """Pan, tilt and roll, and the movement's components, as the truth has them."""
    level: Sequence[float] = truth["level_pan_tilt_roll_deg"] or truth["own_pan_tilt_roll_deg"]
    own_axes = truth.get("own_axes", False) or truth["level_move_xyz_m"] is None
    move: Sequence[float] = truth["own_move_xyz_m" if own_axes else "level_move_xyz_m"]
    digits = _digits(layout)
    prose.say("num.signs")
    if "moving" in truth["answer"]:
        right, down, forward = (f"{value + 0.0:+.{digits}f}" for value in move)
        prose.say("num.move", right=right, down=down, forward=forward)
    if "moving" not in truth["answer"] or " while " in truth["answer"]:
        pan, tilt, roll = (f"{value + 0.0:+.0f}" for value in level)
        prose.say("num.turns", pan=pan, tilt=tilt, roll=roll)
    prose.next_part()
    prose.say("num.largest")
    prose.next_part()
    prose.say("num.answer", answer=truth["answer"], letter=truth["letter"])


def _tell_turn(truth: Mapping[str, Any], first_deg: float, second_deg: float, prose: Prose) -> None:
    """From whole degrees to eighths of a turn and a word.

    Raises:
        Rejected: Whole degrees lead to another word.
    """
    first, second = round(first_deg), round(second_deg)
    turn = (second - first + 180) % 360 - 180
    steps = round(turn / 45)
    words = EGOCENTRIC if truth["premise"] == "front" else None
    reached = words[steps % 8] if words else ground.compass_after(truth["premise"], steps)
    if reached != truth["answer"]:
        raise Rejected("rounded numbers do not tell the answer")
    slots = {"first": str(first), "second": str(second), "turn": str(turn)}
    prose.say("num.turn", **slots)
    prose.say("num.steps", nearest=str(45 * steps), premise=str(truth["premise"]), answer=reached)


def _tell_ground(thing: LayoutObject, digits: int, prose: Prose) -> Float[Array, "2"]:
    place = _ground(thing.centre_m, digits)
    prose.say("num.at", thing=thing, place=_pair(place, digits))
    return place


def _tell_centre(thing: LayoutObject, digits: int, prose: Prose) -> Float[Array, "3"]:
    centre = np.round(np.array(thing.centre_m), digits) + 0.0
    prose.say("num.at", thing=thing, place=_pair(centre, digits))
    return centre


def _ground(point_m: tuple[float, float, float], digits: int) -> Float[Array, "2"]:
    return np.round(np.array([point_m[0], point_m[2]]), digits) + 0.0


def _pair(values: Float[Array, " n"], digits: int) -> str:
    return f"({', '.join(f'{value + 0.0:.{digits}f}' for value in np.round(values, digits) + 0.0)})"


def _digits(layout: Layout) -> int:
    reach = [np.linalg.norm(each.centre_m) for each in layout.objects if each.instance in layout.in_question]
    return 3 if max(reach, default=0.0) < NEAR_M else 2
