"""What two pictures show of the camera's movement: contents that shift, enter and leave, and parallax.

After the definitions in the paper's prompts (Tables 34 and 35): a turn shifts the whole content the other way; a
movement shifts near things more than far ones and makes what it approaches larger.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spatial_pretrain.data_engine import camera_motion
from spatial_pretrain.data_engine.layout import Layout, LayoutObject
from spatial_pretrain.data_engine.thoughts import pictures

MIN_SHIFT_SHARE = 0.06
"""Of the picture's side: a smaller shift is not told of."""

MIN_SIZE_RATIO = 1.15
"""Between the distances to an object that is called larger or smaller than before."""

MIN_STEEPER_DEG = 5.0
"""By which an object is seen more from above or below, or more from one side."""

MIN_LEAN_DEG = 8.0
"""From which upright things are said to lean in a picture; upright are those under half of it."""

MIN_WENT_M = 0.03
"""By which the camera has gone up, down or sideways if a sentence says so."""

EDGE_SHARE = 0.15
"""Of the picture's side, from its middle: what enters or leaves beyond that has come or gone over this side's edge."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One sentence's worth.

    Attributes:
        form: Form of its wordings in `thought_motion.toml`.
        things: Whom it tells of, in the order of the sentence.
        side: Direction in the picture, or of the lean.
    """

    form: str
    things: tuple[LayoutObject, ...] = ()
    side: str = ""


def of_turn(layout: Layout, word: str) -> list[Evidence]:
    """What speaks for a turn ("panning to the left", ...)."""
    if word.startswith("rolling"):
        return list(_leans(layout, word))
    axis, content = {
        "panning to the right": (0, -1),
        "panning to the left": (0, 1),
        "tilting upward": (1, 1),
        "tilting downward": (1, -1),
    }[word]
    sides = (("left", "right"), ("up", "down"))[axis]
    edges = (("left", "right"), ("top", "bottom"))[axis]
    shifts = [
        Evidence(form="shift", things=(each,), side=sides[int(content > 0)])
        for each in pictures.shared(layout)
        if (shift := _shift(layout, each, axis)) is not None and shift * content >= MIN_SHIFT_SHARE
    ]
    # Content that moves right comes in over the left edge and leaves over the right one.
    enters = _at_edge(layout, "enter", 1, axis, -content, edges)
    return [*shifts, *enters, *_at_edge(layout, "leave", 0, axis, content, edges)]


def of_move(layout: Layout, word: str) -> list[Evidence]:
    """What speaks for a movement along one axis ("forward", ...)."""
    seen = pictures.shared(layout)
    if word in ("forward", "backward"):
        return [*_sizes(layout, seen, word), *_outpaces(layout, seen, word)]
    axis = 0 if word in ("leftward", "rightward") else 1
    content = -1 if word in ("rightward", "downward") else 1
    sides = (("left", "right"), ("up", "down"))[axis]
    shifts = [
        Evidence(form="parallax", things=(near, far), side=sides[int(content > 0)])
        for near, far in _near_and_far(layout, seen)
        if (shift := _relative_shift(layout, near, far, axis)) is not None and shift * content >= MIN_SHIFT_SHARE
    ]
    return [*shifts, *_viewpoints(layout, seen, word)]


def _shift(layout: Layout, thing: LayoutObject, axis: int) -> float | None:
    """How far the middle of what is seen of an object has gone, as a share of the picture's side."""
    before, after = thing.points_px
    if before is None or after is None:
        return None
    sizes = [camera.size_px[axis] for camera in layout.cameras]
    return float(after[axis] / sizes[1] - before[axis] / sizes[0])


def _relative_shift(layout: Layout, near: LayoutObject, far: LayoutObject, axis: int) -> float | None:
    shifts = [_shift(layout, each, axis) for each in (near, far)]
    if shifts[0] is None or shifts[1] is None:
        return None
    return shifts[0] - shifts[1]


def _at_edge(
    layout: Layout, form: str, picture: int, axis: int, sign: int, edges: tuple[str, str]
) -> Iterator[Evidence]:
    """Objects that only one picture shows, and there towards one edge."""
    for each in pictures.only_in(layout, picture):
        point = each.points_px[picture]
        if point is not None and sign * (point[axis] / layout.cameras[picture].size_px[axis] - 0.5) > EDGE_SHARE:
            yield Evidence(form=form, things=(each,), side=edges[int(sign > 0)])


def _leans(layout: Layout, word: str) -> Iterator[Evidence]:
    """Upright things lean the other way than the camera rolls."""
    if not layout.levelled:
        return
    before, after = (camera_motion.angles(camera.R).roll_deg for camera in layout.cameras)
    side = "left" if word == "rolling clockwise" else "right"
    sign = 1 if side == "left" else -1
    if abs(before) <= MIN_LEAN_DEG / 2 and sign * after >= MIN_LEAN_DEG:
        yield Evidence(form="lean_now", side=side)
    if abs(after) <= MIN_LEAN_DEG / 2 and sign * before <= -MIN_LEAN_DEG:
        yield Evidence(form="lean_before", side="right" if side == "left" else "left")
    if sign * before <= -MIN_LEAN_DEG and sign * after >= MIN_LEAN_DEG:
        yield Evidence(form="lean_over", side=side)


def _sizes(layout: Layout, seen: list[LayoutObject], word: str) -> Iterator[Evidence]:
    """Objects that the camera came nearer to, or left behind."""
    for each in seen:
        ratio = _nearness(layout, each)
        if (ratio if word == "forward" else 1 / ratio) >= MIN_SIZE_RATIO:
            yield Evidence(form="larger" if word == "forward" else "smaller", things=(each,))


def _outpaces(layout: Layout, seen: list[LayoutObject], word: str) -> Iterator[Evidence]:
    """Near objects that grow or shrink more than far ones."""
    for near, far in _near_and_far(layout, seen):
        ratios = [_nearness(layout, each) for each in (near, far)]
        near_ratio, far_ratio = ratios if word == "forward" else [1 / ratio for ratio in ratios]
        if near_ratio >= MIN_SIZE_RATIO and near_ratio >= MIN_SIZE_RATIO * far_ratio:
            form = "grows_more" if word == "forward" else "shrinks_more"
            yield Evidence(form=form, things=(near, far))


def _viewpoints(layout: Layout, seen: list[LayoutObject], word: str) -> Iterator[Evidence]:
    """Objects seen more from above or below, or further from one side, than before."""
    eye = np.array(layout.cameras[1].position_m)
    for each in seen:
        centre = np.array(each.centre_m)
        sights = [centre, centre - eye]
        down = [float(np.degrees(np.arctan2(sight[1], np.hypot(sight[0], sight[2])))) for sight in sights]
        # Lines of sight to one object turn counterclockwise (seen from above) when the camera goes to the right.
        bearings = [np.degrees(np.arctan2(sight[0], sight[2])) for sight in sights]
        turned = (bearings[0] - bearings[1] + 180) % 360 - 180
        gain = {"upward": down[1] - down[0], "downward": down[0] - down[1], "rightward": turned, "leftward": -turned}
        if MIN_STEEPER_DEG <= gain[word] <= 90 and _stays_clear(sights) and _went(eye, word):
            yield Evidence(form=f"seen_{word}", things=(each,))


def _stays_clear(sights: list[np.ndarray]) -> bool:
    """Whether an object is not so near, or so steeply above or below, that its bearing means little."""
    return min(float(np.hypot(sight[0], sight[2]) / max(np.linalg.norm(sight), 1e-9)) for sight in sights) > 0.5


def _went(eye_m: np.ndarray, word: str) -> bool:
    """Whether the camera moved that way in its levelled axes, too, by more than ground truth may be wrong."""
    axis = next(axis for axis, pair in enumerate(camera_motion.WORDS) if word in pair)
    return float(eye_m[axis]) * (1 if word == camera_motion.WORDS[axis][1] else -1) >= MIN_WENT_M


def _nearness(layout: Layout, thing: LayoutObject) -> float:
    """Apparent size after over that before: distances, and how much of the picture a lens fills."""
    zooms = [camera.K[0][0] / camera.size_px[0] for camera in layout.cameras]
    before = float(np.linalg.norm(thing.centre_m))
    after = float(np.linalg.norm(np.array(thing.centre_m) - layout.cameras[1].position_m))
    return before / max(after, 1e-9) * zooms[1] / zooms[0]


def _near_and_far(layout: Layout, seen: list[LayoutObject]) -> Iterator[tuple[LayoutObject, LayoutObject]]:
    for near in seen:
        for far in seen:
            if near is not far and all(pictures.is_nearer(layout, near, far, picture) for picture in (0, 1)):
                yield near, far
