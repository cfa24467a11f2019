"""Thoughts about one picture: which object is closest to another, and which is nearer to the camera."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from spatial_pretrain.data_engine.layout import Layout, LayoutObject
from spatial_pretrain.data_engine.thoughts import ground, pictures
from spatial_pretrain.data_engine.thoughts.objects import tell_lengths, tell_ways
from spatial_pretrain.data_engine.thoughts.prose import Prose, the

LOWER_SHARE = 0.05
"""Of the picture's height: how much lower one object must reach than another."""

MIN_STEP_M = 0.04
"""Between two objects of which one is called lower on the plan."""


def distance(layout: Layout, truth: Mapping[str, Any], prose: Prose, *, from_above: bool) -> None:
    """Which of some candidates is closest to, or farthest from, an object.

    Args:
        layout: Its roles are `thing` and `candidates`, the answer first.
        truth: Of the question: word and answer.
        prose: Gets the sentences.
        from_above: Reconstruct a map seen from above.
    """
    _tell_picture(layout, prose)
    (thing,), candidates = layout.of("thing"), layout.of("candidates")
    if from_above:
        prose.say("single.map")
    tell_ways(thing, candidates, prose, from_above=from_above)
    tell_lengths(thing, candidates, truth["word"], prose, from_above=from_above)
    prose.next_part()
    prose.say("single.distance_answer", thing=candidates[0], other=the(thing), word=truth["word"])


def depth(layout: Layout, truth: Mapping[str, Any], prose: Prose, *, from_above: bool) -> None:
    """The order of objects from near to far.

    Args:
        layout: Its role `ordered` has the objects from near to far.
        truth: Of the question: its answer.
        prose: Gets the sentences.
        from_above: Reconstruct a map seen from above.
    """
    _tell_picture(layout, prose)
    ordered = layout.of("ordered")
    if from_above:
        prose.say("single.map")
        for each in ordered:
            if (found := ground.way(each.centre_m, ground.ON_MAP)) is not None:
                prose.say("objects.on_map", thing=each, way=found, camera="the camera")
    for near, far in pairwise(ordered):
        if from_above and _is_lower_on_map(layout, near, far):
            prose.say("single.lower_on_map", thing=near, other=the(far))
        elif _reaches_lower(layout, near, far):
            prose.say("single.lower", thing=near, other=the(far))
        prose.say("single.before", thing=near, other=the(far))
    if len(ordered) > 2:
        prose.say("single.order", first=the(ordered[0]), last=the(ordered[-1]))
    prose.next_part()
    _conclude(ordered, str(truth["answer"]), prose)


def _tell_picture(layout: Layout, prose: Prose) -> None:
    prose.say("view.open_single")
    told = pictures.chosen(layout, [each for each in layout.objects if each.in_frames[0]], prose.rng)
    pictures.tell_sides(layout, told, 0, prose)
    prose.next_part()


def _conclude(ordered: Sequence[LayoutObject], answer: str, prose: Prose) -> None:
    """One object for questions that want one, else the whole order."""
    for form, thing in (("nearest_answer", ordered[0]), ("farthest_answer", ordered[-1])):
        if answer == thing.name:
            prose.say(f"single.{form}", thing=thing)
            return
    prose.say("single.order_answer", order=", ".join(the(each) for each in ordered))


def _reaches_lower(layout: Layout, near: LayoutObject, far: LayoutObject) -> bool:
    boxes = near.boxes_px[0], far.boxes_px[0]
    if boxes[0] is None or boxes[1] is None:
        return False
    return boxes[0][3] - boxes[1][3] >= LOWER_SHARE * layout.cameras[0].size_px[1]


def _is_lower_on_map(layout: Layout, near: LayoutObject, far: LayoutObject) -> bool:
    step = ground.between(near, far)
    return bool(step[2] >= max(MIN_STEP_M, ground.CLEAR_SHARE * ground.ground_m(step)))
