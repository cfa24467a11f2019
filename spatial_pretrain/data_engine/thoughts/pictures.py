"""What the pictures of a question show: the first two parts of a thought."""

from collections.abc import Sequence

import numpy as np

from spatial_pretrain.data_engine import naming
from spatial_pretrain.data_engine.layout import Layout, LayoutObject
from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.tasks.multi_view_caption import MIDDLE_SHARE, SIDE_SHARE
from spatial_pretrain.data_engine.thoughts.prose import Prose

MAX_TOLD = 6
"""Objects that a part tells of; those of the question come first."""

MIN_DEPTH_RATIO = 1.25
"""Between the distances of two objects of which one is called nearer."""

_PHRASES = {
    "panning to the left": "turned to the left",
    "panning to the right": "turned to the right",
    "tilting upward": "tipped upward",
    "tilting downward": "tipped downward",
    "rolling clockwise": "rolled clockwise",
    "rolling counterclockwise": "rolled counterclockwise",
}


def first(layout: Layout, prose: Prose) -> list[LayoutObject]:
    """Objects of the first picture by their sides, and which of two is nearer; returns those that were told of.

    Raises:
        Rejected: None has a name.
    """
    prose.say("view.open_first")
    told = chosen(layout, [each for each in layout.objects if each.in_frames[0]], prose.rng)
    if not told:
        raise Rejected("nothing in a picture can be named")
    tell_sides(layout, told, 0, prose)
    _tell_depth(layout, told, 0, prose)
    return told


def second(layout: Layout, prose: Prose, known: Sequence[LayoutObject], *, camera: bool = True) -> None:
    """Objects of the second picture: what stays, what is new, what is gone, and how the camera changed.

    Args:
        layout: Of two pictures.
        prose: Gets the sentences.
        known: What the first part told of.
        camera: Whether to tell of the camera's turn and movement.

    Raises:
        Rejected: No object of it has a name.
    """
    prose.say("view.open_second")
    kept, gone = ([each for each in things if each in known] for things in (shared(layout), only_in(layout, 0)))
    new = chosen(layout, only_in(layout, 1), prose.rng)
    if not kept and not new:
        raise Rejected("nothing in a picture can be named")
    if kept:
        prose.say("view.shared", those=kept)
    if new:
        prose.say("view.new", things=new)
    if gone:
        prose.say("view.gone", those=gone)
    tell_sides(layout, [*kept, *new], 1, prose)
    if camera and (changes := changes_of(layout)):
        prose.say("view.camera", changes=changes)


def shared(layout: Layout) -> list[LayoutObject]:
    """Objects that both pictures clearly show."""
    return [each for each in layout.objects if all(each.in_frames)]


def only_in(layout: Layout, picture: int) -> list[LayoutObject]:
    """Objects that one picture clearly shows and the other not at all."""
    return [each for each in layout.objects if each.in_frames[picture] and not each.glimpsed[1 - picture]]


def chosen(layout: Layout, things: Sequence[LayoutObject], rng: np.random.Generator) -> list[LayoutObject]:
    """A few of them, those of the question first."""
    order = sorted(things, key=lambda each: (each.instance not in layout.in_question, rng.random()))
    return order[:MAX_TOLD]


def side_of(layout: Layout, thing: LayoutObject, picture: int) -> str | None:
    """`left`, `right` or `middle`, where the middle of what is seen of an object clearly is in a picture."""
    point = thing.points_px[picture]
    if point is None:
        return None
    off = point[0] / layout.cameras[picture].size_px[0] - 0.5
    if abs(off) > SIDE_SHARE:
        return "left" if off < 0 else "right"
    return "middle" if abs(off) < MIDDLE_SHARE else None


def tell_sides(layout: Layout, told: Sequence[LayoutObject], picture: int, prose: Prose) -> None:
    """Tells on which side of a picture objects are; in the first picture also of those that are on none.

    Args:
        layout: Of the pictures.
        told: Objects that are clearly seen in the picture.
        picture: 0 or 1; objects of the second are known to the reader.
        prose: Gets the sentences.
    """
    form, slot = ("", "things") if picture == 0 else ("_again", "those")
    for side in ("left", "middle", "right"):
        here = [each for each in told if side_of(layout, each, picture) == side]
        if here:
            prose.say(f"view.{side}{form}", **{slot: here})
    rest = [each for each in told if side_of(layout, each, picture) is None]
    if rest and picture == 0:
        prose.say("view.also", things=rest)


def is_nearer(layout: Layout, near: LayoutObject, far: LayoutObject, picture: int) -> bool:
    """Whether one is nearer to a camera than the other in every sense: depth, distance, and no box reaches past."""
    camera = layout.cameras[picture]
    spans = []
    for each in (near, far):
        depths = [camera.local_m(corner)[2] for corner in each.box.corners_m]
        spans.append((min(depths), camera.local_m(each.centre_m)[2], max(depths)))
    if spans[0][1] <= 0 or spans[0][2] >= spans[1][1] or spans[1][0] <= spans[0][1]:
        return False
    reach = [float(np.linalg.norm(camera.local_m(each.centre_m))) for each in (near, far)]
    return reach[1] >= MIN_DEPTH_RATIO * reach[0] and spans[1][1] >= MIN_DEPTH_RATIO * spans[0][1]


def changes_of(layout: Layout) -> str:
    """How the camera turned and moved, in one phrase; empty if nothing is sure."""
    camera = layout.cameras[-1]
    words = [_PHRASES[turn] for turn in camera.turns]
    words += [f"moved {naming.joined(list(camera.moves))}"] if camera.moves else []
    return naming.joined(words) if words else ""


def _tell_depth(layout: Layout, told: Sequence[LayoutObject], picture: int, prose: Prose) -> None:
    pairs = [(one, other) for one in told for other in told if is_nearer(layout, one, other, picture)]
    if pairs:
        near, far = pairs[int(prose.rng.integers(len(pairs)))]
        prose.say("view.nearer", thing=near, other=far)
