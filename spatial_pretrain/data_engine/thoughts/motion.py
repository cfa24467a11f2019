"""Thoughts about how the camera turned and moved: contents that shift, and parallax (paper, Tables 34 to 37)."""

from collections.abc import Mapping, Sequence
from typing import Any

from spatial_pretrain.data_engine.camera_motion import WORDS
from spatial_pretrain.data_engine.layout import Layout, LayoutObject
from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.tasks.camera_motions import TURNS
from spatial_pretrain.data_engine.thoughts import evidence, ground, pictures
from spatial_pretrain.data_engine.thoughts.evidence import Evidence
from spatial_pretrain.data_engine.thoughts.prose import Prose, the

MAX_TOLD = 3
"""Pieces of evidence for one turn or one axis of a movement."""

_TURN_WORDS = tuple(word for pair in TURNS.values() for word in pair)
_MOVE_WORDS = tuple(word for pair in WORDS for word in pair)


def motion(layout: Layout, truth: Mapping[str, Any], prose: Prose, *, from_above: bool) -> None:
    """Names each turn and each axis of the movement with what speaks for it.

    Raises:
        Rejected: Nothing in the pictures speaks for a part of the answer.
    """
    answer = truth["answer"]
    turns = [word for word in _TURN_WORDS if word in answer]
    moves = [word for word in _MOVE_WORDS if word in answer.split(" while ")[0] and "moving" in answer]
    found = {word: evidence.of_turn(layout, word) for word in turns} | {
        word: evidence.of_move(layout, word) for word in moves
    }
    if not all(found.values()):
        raise Rejected("nothing in the pictures speaks for the camera's movement")
    told = pictures.first(layout, prose)
    prose.next_part()
    pictures.second(layout, prose, told, camera=False)
    for word in found:
        _tell(_drawn(found[word], told, prose), prose)
    prose.next_part()
    for word in found:
        prose.say(f"motion.rule_{word.replace(' ', '_')}")
        prose.say("motion.so_turn" if word in turns else "motion.so_move", word=word)
    if from_above and moves and (way := ground.way(layout.cameras[1].position_m, ground.ON_MAP)) is not None:
        prose.say("motion.map", way=way)
    prose.next_part()
    prose.say("motion.answer", answer=answer, letter=truth["letter"])


def _drawn(found: Sequence[Evidence], told: Sequence[LayoutObject], prose: Prose) -> list[Evidence]:
    """A few pieces, those about objects that the reader knows first."""
    return sorted(found, key=lambda each: (sum(thing not in told for thing in each.things), prose.rng.random()))[
        :MAX_TOLD
    ]


def _tell(found: Sequence[Evidence], prose: Prose) -> None:
    for each in found:
        slots = {"thing": each.things[0]} if each.things else {}
        other = {"other": the(each.things[1])} if len(each.things) > 1 else {}
        prose.say(f"motion.{each.form}", **slots, **other, side=each.side)
