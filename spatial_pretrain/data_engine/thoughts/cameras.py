"""Thoughts about where two cameras are and look, seen from each other."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from spatial_pretrain.data_engine.directions import EGOCENTRIC
from spatial_pretrain.data_engine.layout import Layout
from spatial_pretrain.data_engine.thoughts import ground, pictures
from spatial_pretrain.data_engine.thoughts.objects import FACING, tell_compass
from spatial_pretrain.data_engine.thoughts.prose import Prose

PAGE = (
    *("up", "up and to the right", "to the right", "down and to the right"),
    *("down", "down and to the left", "to the left", "up and to the left"),
)
"""Eighths clockwise from where the first camera looks on a plan."""


def facing(layout: Layout, truth: Mapping[str, Any], prose: Prose, *, from_above: bool) -> None:
    """Which way the second camera looks, if the first one's direction has a name."""
    _tell_pictures(layout, prose)
    premise, answer = truth["premise"], truth["answer"]
    turn = _turn(layout)
    if from_above:
        prose.say("cameras.map")
        _tell_place(layout, prose)
        prose.say("cameras.map_looks", way=PAGE[turn.step])
        prose.say("cameras.map_turn", turn=_view_turn(turn))
    else:
        prose.say("cameras.turn", turn=_view_turn(turn))
        prose.say("cameras.looks", where=FACING[turn.step])
    tell_compass(premise, turn.step, prose)
    prose.next_part()
    prose.say("cameras.facing_answer", answer=answer, letter=truth["letter"])


def position(layout: Layout, truth: Mapping[str, Any], prose: Prose, *, from_above: bool) -> None:
    """Where the first camera is for somebody who stands at the second and looks along it."""
    _tell_pictures(layout, prose)
    step = EGOCENTRIC.index(truth["answer"])
    turn = _turn(layout)
    if from_above:
        prose.say("cameras.map")
        _tell_place(layout, prose)
        if turn.sure:
            prose.say("cameras.map_looks", way=PAGE[turn.step])
        prose.say("cameras.map_back", turn=_arrow_turn(step))
    else:
        if (found := ground.way(layout.cameras[1].position_m)) is not None:
            prose.say("cameras.stands", way=found)
        if turn.sure:
            prose.say("cameras.turn", turn=_view_turn(turn))
        prose.say("cameras.look_back", where=FACING[step] if step else "roughly straight ahead")
    prose.next_part()
    prose.say("cameras.position_answer", answer=truth["answer"], letter=truth["letter"])


def slid(layout: Layout) -> list[tuple[str, str, str]]:
    """Shared objects that changed sides between the pictures as the camera's turn makes them: name, from, to."""
    clockwise = _turn(layout).step
    if clockwise in (0, 4):
        return []
    expected = ("right", "left") if clockwise < 4 else ("left", "right")
    found = []
    for each in pictures.shared(layout):
        sides = pictures.side_of(layout, each, 0), pictures.side_of(layout, each, 1)
        if sides in (expected, (expected[0], "middle"), ("middle", expected[1])):
            found.append((each.name, str(sides[0]), str(sides[1])))
    return found


def _tell_pictures(layout: Layout, prose: Prose) -> None:
    """Both pictures, and what the second tells of the camera's turn."""
    told = pictures.first(layout, prose)
    prose.next_part()
    pictures.second(layout, prose, told)
    moved = slid(layout)
    if moved:
        name, start, end = moved[int(prose.rng.integers(len(moved)))]
        prose.say("cameras.slid", name=name, start=_place(start), end=_place(end))
    prose.next_part()


def _tell_place(layout: Layout, prose: Prose) -> None:
    found = ground.way(layout.cameras[1].position_m, ground.ON_MAP)
    if found is not None:
        prose.say("cameras.map_stands", way=found)


def _turn(layout: Layout) -> ground.Eighths:
    """From the first camera's heading to the second's."""
    return ground.eighths((0, 0, 1), np.array(layout.cameras[1].R_level_camera)[:, 2])


def _view_turn(turn: ground.Eighths) -> str:
    """A turn for somebody who holds the camera."""
    if turn.step in (0, 4):
        return "hardly any turn" if turn.step == 0 else "about half a turn"
    return f"about {turn.amount} to the {turn.side}"


def _arrow_turn(step: int) -> str:
    if step in (0, 4):
        return "straight along its view" if step == 0 else "straight against its view"
    turn = ground.Eighths(step=step, sure=True)
    return f"about {turn.amount} {turn.sense} of its view"


def _place(side: str) -> str:
    return "near the middle" if side == "middle" else f"on the {side}"
