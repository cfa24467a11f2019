"""Questions about plain shapes: counting, colours, places, sizes, and what geometry says about them."""

from itertools import permutations

import numpy as np

from spatial_pretrain.data_engine import naming
from spatial_pretrain.data_engine.drawn.queries import Maker, Query, pick
from spatial_pretrain.data_engine.drawn.shapes import CORNERS, KINDS, Shape, ShapeSheet, shape_sheet
from spatial_pretrain.data_engine.reward_facts import MULTIPLE_CHOICE, NUMBER, WORDS, RewardFacts
from spatial_pretrain.data_engine.samples import Rejected

Size = tuple[int, int]

MIN_STEP_SHARE = 0.15
"""How far two shapes must be apart along an axis, as a share of the shorter side, to be called left or above."""

MIN_RATIO = 1.25
"""Of the radii of the largest shape and the next."""

SIDES = ("to the left of", "to the right of", "above", "below")


def count(rng: np.random.Generator, size_px: Size) -> Query:
    """How many shapes are of a colour, of a kind, of both, or there at all."""
    sheet = shape_sheet(rng, size_px)
    colour, kind = pick(rng, [shape.colour for shape in sheet.shapes]), pick(rng, [s.kind for s in sheet.shapes])
    groups: dict[str, list[Shape]] = {
        "shapes": list(sheet.shapes),
        f"{colour} shapes": [s for s in sheet.shapes if s.colour == colour],
        naming.plural(kind): [s for s in sheet.shapes if s.kind == kind],
        naming.plural(f"{colour} {kind}"): [s for s in sheet.shapes if (s.colour, s.kind) == (colour, kind)],
    }
    things, counted = pick(rng, [(things, group) for things, group in groups.items() if group])
    return _query(sheet, str(len(counted)), NUMBER, things=things)


def colour(rng: np.random.Generator, size_px: Size) -> Query:
    """The colour of the only shape of a kind."""
    sheet = shape_sheet(rng, size_px)
    shape = pick(rng, _only_of_kind(sheet))
    return _query(sheet, shape.colour, WORDS, thing=shape.kind)


def position(rng: np.random.Generator, size_px: Size) -> Query:
    """On which side of a shape another one is."""
    sheet = shape_sheet(rng, size_px)
    pairs = [(a, b, side) for a, b in permutations(sheet.unique(), 2) if (side := _side(a, b, size_px))]
    if not pairs:
        raise Rejected("no shape is clearly beside another")
    wanted = pick(rng, sorted({side for _, _, side in pairs}))
    first, second, side = pick(rng, [pair for pair in pairs if pair[2] == wanted])
    wrong = tuple(other for other in SIDES if other != side)
    return _query(sheet, side, MULTIPLE_CHOICE, wrong, first=first.name, second=second.name)


def largest(rng: np.random.Generator, size_px: Size) -> Query:
    """Which of the shapes of a kind, each in a colour of its own, is the largest."""
    sheet = shape_sheet(rng, size_px, once="name")
    unique = set(sheet.unique())
    of_kinds = [[shape for shape in sheet.shapes if shape.kind == kind] for kind in KINDS]
    able = [sorted(group, key=lambda s: -s.radius_px) for group in of_kinds if len(group) > 1 and unique >= set(group)]
    clear = [group for group in able if group[0].radius_px >= MIN_RATIO * group[1].radius_px]
    if not clear:
        raise Rejected("no shape is clearly larger than others of its kind")
    first, *others = pick(rng, clear)
    wrong = tuple(shape.name for shape in others)
    return _query(sheet, first.name, MULTIPLE_CHOICE, wrong, things=naming.plural(first.kind))


def total(rng: np.random.Generator, size_px: Size) -> Query:
    """How many shapes two colours have together."""
    sheet = shape_sheet(rng, size_px)
    inks = sorted({shape.colour for shape in sheet.shapes})
    if len(inks) < 2:
        raise Rejected("all shapes have one colour")
    first, second = (inks[int(k)] for k in rng.permutation(len(inks))[:2])
    counts = [sum(shape.colour == ink for shape in sheet.shapes) for ink in (first, second)]
    slots = {"first": first, "second": second, "first_listed": _listed(sheet, first)}
    slots |= {"second_listed": _listed(sheet, second), "sum": f"{counts[0]} + {counts[1]} = {sum(counts)}"}
    return _query(sheet, str(sum(counts)), NUMBER, **slots)


def corners(rng: np.random.Generator, size_px: Size) -> Query:
    """How many corners the only polygon of a colour has."""
    sheet = shape_sheet(rng, size_px, once="colour")
    shape = pick(rng, _only_polygons_of_colour(sheet))
    return _query(
        sheet,
        str(CORNERS[shape.kind]),
        NUMBER,
        colour=shape.colour,
        kind=shape.kind,
        a_kind=naming.with_article(shape.kind),
    )


def angle_sum(rng: np.random.Generator, size_px: Size) -> Query:
    """What the interior angles of the only polygon of a colour add up to, in degrees."""
    sheet = shape_sheet(rng, size_px, once="colour")
    shape = pick(rng, _only_polygons_of_colour(sheet))
    number = CORNERS[shape.kind]
    degrees = (number - 2) * 180
    slots = {"colour": shape.colour, "kind": shape.kind, "corners": str(number)}
    slots["a_kind"] = naming.with_article(shape.kind)
    slots["product"] = f"({number} - 2) × 180 = {degrees}"
    return _query(sheet, str(degrees), NUMBER, **slots)


def more_corners(rng: np.random.Generator, size_px: Size) -> Query:
    """Which of two polygons, known by their colours, has more corners."""
    sheet = shape_sheet(rng, size_px, once="colour")
    alone = _only_polygons_of_colour(sheet)
    pairs = [(a, b) for a, b in permutations(alone, 2) if a.kind != b.kind]
    if not pairs:
        raise Rejected("no two polygons of different kinds")
    first, second = pick(rng, pairs)
    winner, loser = sorted((first, second), key=lambda shape: -CORNERS[shape.kind])
    slots = {"first": f"{first.colour} shape", "second": f"{second.colour} shape"}
    slots |= {"first_kind": naming.with_article(first.kind), "first_corners": str(CORNERS[first.kind])}
    slots |= {"second_kind": naming.with_article(second.kind), "second_corners": str(CORNERS[second.kind])}
    return _query(sheet, f"the {winner.colour} shape", MULTIPLE_CHOICE, (f"the {loser.colour} shape",), **slots)


SEEING: dict[str, Maker] = {"count": count, "colour": colour, "position": position, "largest": largest}
KNOWING: dict[str, Maker] = {"corners": corners, "angle_sum": angle_sum, "more_corners": more_corners}


def listed(sheet: ShapeSheet) -> str:
    """All shapes with their numbers, e.g. ``"two red circles and a blue square"``."""
    return _listed(sheet, None)


def _query(sheet: ShapeSheet, answer: str, reward: RewardFacts, wrong: tuple[str, ...] = (), /, **slots: str) -> Query:
    slots |= {"answer": answer, "listed": listed(sheet)}
    return Query(
        picture=sheet.draw(), truth=sheet.truth(), slots=slots, answer=answer, reward=reward, distractors=wrong
    )


_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def _listed(sheet: ShapeSheet, ink: str | None) -> str:
    counts: dict[str, int] = {}
    for shape in sheet.shapes:
        if ink in (None, shape.colour):
            counts[shape.name] = counts.get(shape.name, 0) + 1
    parts = [naming.with_article(n) if k == 1 else f"{_WORDS[k]} {naming.plural(n)}" for n, k in counts.items()]
    return naming.joined(parts)


def _only_of_kind(sheet: ShapeSheet) -> list[Shape]:
    kinds = [shape.kind for shape in sheet.shapes]
    alone = [shape for shape in sheet.shapes if kinds.count(shape.kind) == 1]
    if not alone:
        raise Rejected("no kind of shape is there only once")
    return alone


def _only_polygons_of_colour(sheet: ShapeSheet) -> list[Shape]:
    inks = [shape.colour for shape in sheet.shapes]
    alone = [shape for shape in sheet.shapes if inks.count(shape.colour) == 1 and shape.kind in CORNERS]
    if not alone:
        raise Rejected("no polygon has a colour of its own")
    return alone


def _side(first: Shape, second: Shape, size_px: Size) -> str | None:
    """Where the first lies, seen from the second; None if that is not clear."""
    step = np.subtract(first.centre_px, second.centre_px)
    along = int(np.abs(step).argmax())
    if np.abs(step[along]) < MIN_STEP_SHARE * min(size_px) or np.abs(step[1 - along]) > 0.5 * np.abs(step[along]):
        return None
    return SIDES[2 * along + int(step[along] > 0)]
