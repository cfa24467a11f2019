"""Thoughts about directions and distances between objects that no single picture shows together."""

from collections.abc import Mapping
from typing import Any

from spatial_pretrain.data_engine.directions import COMPASS
from spatial_pretrain.data_engine.layout import Layout, LayoutObject
from spatial_pretrain.data_engine.naming import joined
from spatial_pretrain.data_engine.thoughts import ground, pictures
from spatial_pretrain.data_engine.thoughts.prose import Prose, the

FACING = (
    "roughly straight ahead, in the same direction",
    "ahead and to the right",
    "to my right",
    "behind me and to the right",
    "directly behind me",
    "behind me and to the left",
    "to my left",
    "ahead and to the left",
)
"""Eighths clockwise from where I look."""

_PLACES = (
    *("straight ahead", "ahead on the right", "on the right", "behind on the right"),
    *("behind the camera", "behind on the left", "on the left", "ahead on the left"),
)
"""Where something is, seen from a camera that looks ahead."""

FIRST_CAMERA = "the first camera"
MIN_LENGTH_RATIO = 1.15
"""Between two arrows of which one is called longer."""


def bearing(layout: Layout, truth: Mapping[str, Any], prose: Prose, *, from_above: bool) -> None:
    """Which way something lies, if the direction to another thing has a name.

    Args:
        layout: Its roles are `known`, `at` (missing for the first camera) and `asked`.
        truth: Of the question: premise, answer and letter.
        prose: Gets the sentences.
        from_above: Reconstruct a map seen from above; else imagine standing there.
    """
    told = pictures.first(layout, prose)
    prose.next_part()
    pictures.second(layout, prose, told)
    prose.next_part()
    (known,), (asked,) = layout.of("known"), layout.of("asked")
    at = next(iter(layout.of("at")), None)
    turn = ground.eighths(ground.between(at, known), ground.between(at, asked))
    # Seen from the first camera, places and ways are the same.
    _tell_layout([] if at is None else [known, at, asked], prose, from_above=from_above)
    for end in (known, asked):
        tell_way(at, end, prose, from_above=from_above)
    premise, answer = truth["premise"], truth["answer"]
    if from_above:
        prose.say("objects.arrows", turn=_arrow_turn(turn))
        prose.say("objects.map_compass", premise=premise, answer=answer, turn=_arrow_turn(turn))
    else:
        place = "where the first image was taken" if at is None else f"at {the(at)}"
        prose.say("objects.stand", known=the(known), place=place)
        prose.say("objects.where", thing=asked, where=FACING[turn.step])
        tell_compass(premise, turn.step, prose)
    prose.next_part()
    start = FIRST_CAMERA if at is None else the(at)
    prose.say("objects.direction_answer", thing=asked, at=start, answer=answer, letter=truth["letter"])


def nearest(layout: Layout, truth: Mapping[str, Any], prose: Prose, *, from_above: bool) -> None:
    """Which of some candidates is closest to, or farthest from, an object.

    Args:
        layout: Its roles are `thing` and `candidates`, the answer first.
        truth: Of the question: word, answer and letter.
        prose: Gets the sentences.
        from_above: Reconstruct a map seen from above.
    """
    told = pictures.first(layout, prose)
    prose.next_part()
    pictures.second(layout, prose, told)
    prose.next_part()
    (thing,), candidates = layout.of("thing"), layout.of("candidates")
    _tell_layout([thing, *candidates], prose, from_above=from_above)
    tell_ways(thing, candidates, prose, from_above=from_above)
    tell_lengths(thing, candidates, truth["word"], prose, from_above=from_above)
    prose.next_part()
    prose.say(
        "objects.distance_answer", thing=candidates[0], other=the(thing), word=truth["word"], letter=truth["letter"]
    )


def tell_ways(
    start: LayoutObject, ends: tuple[LayoutObject, ...], prose: Prose, *, from_above: bool, most: int = 3
) -> None:
    """The ways to some objects, in random order."""
    for index in prose.rng.permutation(len(ends))[:most]:
        tell_way(start, ends[int(index)], prose, from_above=from_above)


def tell_way(start: LayoutObject | None, end: LayoutObject, prose: Prose, *, from_above: bool) -> None:
    """How one gets from an object, or from the first camera, to another; nothing if they are too close."""
    found = ground.way(ground.between(start, end), ground.ON_MAP if from_above else ground.AS_SEEN)
    if found is not None:
        origin = FIRST_CAMERA if start is None else the(start)
        prose.say(f"objects.{'arrow' if from_above else 'way'}", start=origin, end=the(end), way=found)


def tell_lengths(
    thing: LayoutObject, candidates: tuple[LayoutObject, ...], word: str, prose: Prose, *, from_above: bool
) -> None:
    """That the first candidate is closest (or farthest); on the map only where the arrows' lengths say so, too."""
    first, *others = candidates
    listed = joined([the(each) for each in others])
    lengths = [ground.ground_m(ground.between(thing, each)) for each in candidates]
    sign = 1 if word == "closest" else -1
    drawn = all((length / max(lengths[0], 1e-9)) ** sign >= MIN_LENGTH_RATIO for length in lengths[1:])
    if from_above and drawn:
        prose.say(f"objects.{word}_arrow", end=the(first), others=listed)
    elif from_above:
        prose.say("objects.heights")
    prose.say(f"objects.{word}", thing=first, other=the(thing), others=listed)


def tell_compass(premise: str, step: int, prose: Prose) -> None:
    """From the compass word of what is ahead to that of what is so many eighths clockwise."""
    answer = ground.compass_after(premise, step)
    side, across = ("right", 2) if step <= 4 else ("left", 6)
    words = {"premise": premise, "answer": answer, "side": side, "sideways": ground.compass_after(premise, across)}
    words["back"] = ground.compass_after(premise, len(COMPASS) // 2)
    form = {0: "same", 1: "ahead", 2: "side", 3: "behind", 4: "back"}[min(step, 8 - step)]
    prose.say(f"objects.compass_{form}", **words)


def _tell_layout(things: list[LayoutObject], prose: Prose, *, from_above: bool) -> None:
    """Where each is from the first camera."""
    prose.say("objects.map" if from_above else "objects.together")
    if from_above:
        for each in things:
            if (found := ground.way(each.centre_m, ground.ON_MAP)) is not None:
                prose.say("objects.on_map", thing=each, way=found, camera=FIRST_CAMERA)
        return
    for each in things:
        place = ground.eighths((0, 0, 1), each.centre_m)
        if place.sure and ground.ground_m(each.centre_m) >= ground.MIN_WAY_M:
            prose.say("objects.placed", thing=each, where=_PLACES[place.step])


def _arrow_turn(turn: ground.Eighths) -> str:
    return turn.amount if turn.step in (0, 4) else f"about {turn.amount} {turn.sense}"
