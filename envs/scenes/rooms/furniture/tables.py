"""Tables, desks, nightstands and counters."""

import numpy as np

from envs.scenes.rooms.finishes import BRASS, METALS, WOODS, picked
from envs.scenes.rooms.furniture.fronts import drawers, lighter
from envs.scenes.rooms.parts import Piece, Top, block, legs, piece, post, rod, splayed_legs

Generator = np.random.Generator


def _top(x: float, y: float, z: float, *, inset: float = 0.04) -> Top:
    return Top(centre=(0, 0, z), half=(x - inset, y - inset))


def four_legged_table(rng: Generator) -> Piece:
    """A dining table: a board on an apron and four legs."""
    wood = picked(rng, WOODS)
    x, y, high = rng.uniform(0.38, 0.48), rng.uniform(0.55, 0.95), rng.uniform(0.72, 0.77)
    parts = [block((-x, x), (-y, y), (high - 0.035, high), wood)]
    parts += legs(x - 0.04, y - 0.04, high - 0.035, rng.uniform(0.05, 0.08), wood, round_=bool(rng.random() < 0.4))
    parts += [
        block((-x + 0.06, x - 0.06), (s * (y - 0.07), s * (y - 0.09)), (high - 0.12, high - 0.035), wood)
        for s in (-1, 1)
    ]
    parts += [
        block((s * (x - 0.07), s * (x - 0.09)), (-y + 0.09, y - 0.09), (high - 0.12, high - 0.035), wood)
        for s in (-1, 1)
    ]
    return piece("table", parts, word=wood.word, has_front=False, tops=[_top(x, y, high)])


def round_table(rng: Generator) -> Piece:
    """A round board on a column or on splayed legs."""
    wood, leg = picked(rng, WOODS), picked(rng, (*WOODS, *METALS))
    r, high = rng.uniform(0.40, 0.60), rng.uniform(0.71, 0.77)
    parts = [post(0, 0, (high - 0.03, high), r, wood)]
    if rng.random() < 0.5:
        parts += [post(0, 0, (0, 0.03), r * 0.55, leg), post(0, 0, (0.03, high - 0.03), 0.05, leg)]
    else:
        parts += splayed_legs((0.25 * r, 0.25 * r), (0.62 * r, 0.62 * r), high - 0.03, 0.025, leg)
    return piece("table", parts, word=f"round {wood.word}", has_front=False, tops=[_top(r * 0.7, r * 0.7, high)])


def trestle_table(rng: Generator) -> Piece:
    """A board on two trestles of crossed beams."""
    wood, leg = picked(rng, WOODS), picked(rng, (*WOODS, *METALS))
    x, y, high = rng.uniform(0.38, 0.46), rng.uniform(0.65, 0.95), rng.uniform(0.73, 0.77)
    parts = [block((-x, x), (-y, y), (high - 0.04, high), wood)]
    for side in (-(y - 0.2), y - 0.2):
        for s in (-1, 1):
            parts += [rod((s * (x - 0.06), side, 0.02), (-s * (x - 0.06), side, high - 0.05), 0.025, leg)]
    parts += [rod((0, -y + 0.2, high / 2), (0, y - 0.2, high / 2), 0.02, leg)]
    return piece("table", parts, word=wood.word, has_front=False, tops=[_top(x, y, high)])


def coffee_table(rng: Generator) -> Piece:
    """A low table, with a shelf below the board or a box of drawers' look."""
    wood, leg = picked(rng, WOODS), picked(rng, (*WOODS, *METALS))
    x, y, high = rng.uniform(0.25, 0.35), rng.uniform(0.40, 0.62), rng.uniform(0.38, 0.48)
    parts = [block((-x, x), (-y, y), (high - 0.035, high), wood)]
    parts += legs(x - 0.01, y - 0.01, high - 0.035, 0.05, leg)
    if rng.random() < 0.6:
        parts += [block((-x + 0.03, x - 0.03), (-y + 0.03, y - 0.03), (0.12, 0.14), wood)]
    return piece("table", parts, word=f"low {wood.word}", has_front=False, tops=[_top(x, y, high)])


def low_round_table(rng: Generator) -> Piece:
    """A small low round table on three legs."""
    wood = picked(rng, WOODS)
    r, high = rng.uniform(0.24, 0.40), rng.uniform(0.40, 0.55)
    parts = [post(0, 0, (high - 0.03, high), r, wood)]
    for k in range(3):
        x, y = np.cos(k * 2.0944), np.sin(k * 2.0944)
        parts += [rod((r * 0.9 * x, r * 0.9 * y, 0.02), (r * 0.5 * x, r * 0.5 * y, high - 0.03), 0.02, wood)]
    return piece("table", parts, word=f"low round {wood.word}", has_front=False, tops=[_top(r * 0.7, r * 0.7, high)])


def drawer_desk(rng: Generator) -> Piece:
    """A desk with a block of drawers on one side; one sits at its front."""
    wood, handle = picked(rng, WOODS), picked(rng, METALS)
    x, y, high, side = (
        rng.uniform(0.30, 0.37),
        rng.uniform(0.55, 0.75),
        rng.uniform(0.72, 0.76),
        float(rng.choice([-1, 1])),
    )
    parts = [block((-x, x), (-y, y), (high - 0.03, high), wood)]
    inner, outer = sorted((side * (y - 0.40), side * (y - 0.02)))
    parts += [block((-x + 0.02, x - 0.05), (inner, outer), (0.04, high - 0.03), wood)]
    parts += drawers(x - 0.05, (inner, outer), (0.06, high - 0.04), 3, front=lighter(wood), handle=handle)
    parts += [block((-x + 0.02, x - 0.04), (-side * (y - 0.02), -side * (y - 0.05)), (0, high - 0.03), wood)]
    parts += [block((-x + 0.03, x - 0.08), (inner + 0.03, outer - 0.03), (0, 0.04), wood)]
    parts += [block((-x + 0.02, -x + 0.04), (-y + 0.05, y - 0.05), (high - 0.4, high - 0.03), wood)]
    return piece("desk", parts, word=wood.word, tops=[_top(x, y, high)])


def steel_desk(rng: Generator) -> Piece:
    """A board on a steel frame, with a modesty panel and one flat drawer."""
    wood, metal = picked(rng, WOODS), picked(rng, METALS)
    x, y, high = rng.uniform(0.32, 0.40), rng.uniform(0.60, 0.80), rng.uniform(0.72, 0.76)
    parts = [block((-x, x), (-y, y), (high - 0.03, high), wood)]
    for s in (-1, 1):
        edge = s * (y - 0.06)
        parts += [block((-x + 0.04, x - 0.04), (edge - 0.025, edge + 0.025), (0, 0.03), metal)]
        parts += [block((-0.04, 0.04), (edge - 0.025, edge + 0.025), (0.03, high - 0.03), metal)]
    parts += [block((-0.02, 0.0), (-y + 0.08, y - 0.08), (high - 0.35, high - 0.06), metal)]
    parts += [block((0.03, x - 0.03), (-0.25, 0.25), (high - 0.11, high - 0.03), wood)]
    parts += [block((x - 0.03, x - 0.015), (-0.05, 0.05), (high - 0.075, high - 0.06), metal)]
    return piece("desk", parts, word=wood.word, tops=[_top(x, y, high)])


def shelf_desk(rng: Generator) -> Piece:
    """A desk between two side panels, with a raised shelf along its back."""
    wood = picked(rng, WOODS)
    x, y, high = rng.uniform(0.30, 0.36), rng.uniform(0.50, 0.65), rng.uniform(0.72, 0.75)
    parts = [block((-x, x), (-y, y), (high - 0.03, high), wood)]
    parts += [block((-x, x - 0.04), (s * y, s * (y - 0.03)), (0, high - 0.03), wood) for s in (-1, 1)]
    parts += [block((-x, -x + 0.02), (-y + 0.03, y - 0.03), (0.3, high - 0.03), wood)]
    shelf = high + rng.uniform(0.28, 0.36)
    parts += [block((-x, -x + 0.16), (s * y, s * (y - 0.025)), (high, shelf), wood) for s in (-1, 1)]
    parts += [block((-x, -x + 0.16), (-y, y), (shelf, shelf + 0.025), wood)]
    front = Top(centre=(0.09, 0, high), half=(x - 0.13, y - 0.05))
    return piece("desk", parts, word=wood.word, tops=[front])


def drawer_nightstand(rng: Generator) -> Piece:
    """A small chest with one to three drawers on short legs."""
    wood, handle = picked(rng, WOODS), picked(rng, METALS)
    x, y, high, low = rng.uniform(0.18, 0.22), rng.uniform(0.20, 0.25), rng.uniform(0.48, 0.60), rng.uniform(0.04, 0.15)
    parts = [block((-x, x), (-y, y), (low, high - 0.025), wood)]
    parts += [block((-x - 0.01, x + 0.02), (-y - 0.01, y + 0.01), (high - 0.025, high), wood)]
    parts += legs(x - 0.01, y - 0.01, low, 0.035, wood)
    parts += drawers(x, (-y, y), (low + 0.01, high - 0.03), int(rng.integers(1, 4)), front=lighter(wood), handle=handle)
    return piece("nightstand", parts, word=wood.word, tops=[_top(x, y, high)])


def open_nightstand(rng: Generator) -> Piece:
    """A drawer above an open shelf."""
    wood = picked(rng, WOODS)
    x, y, high = rng.uniform(0.18, 0.22), rng.uniform(0.20, 0.25), rng.uniform(0.48, 0.58)
    parts = [*legs(x, y, high - 0.02, 0.035, wood), block((-x, x), (-y, y), (high - 0.02, high), wood)]
    parts += [block((-x + 0.01, x - 0.015), (-y + 0.01, y - 0.01), (high - 0.17, high - 0.02), wood)]
    parts += drawers(x - 0.015, (-y + 0.03, y - 0.03), (high - 0.17, high - 0.02), 1, front=lighter(wood), handle=BRASS)
    parts += [block((-x + 0.01, x - 0.01), (-y + 0.01, y - 0.01), (0.12, 0.14), wood)]
    return piece("nightstand", parts, word=wood.word, tops=[_top(x, y, high)])


TABLES = (four_legged_table, round_table, trestle_table)
LOW_TABLES = (coffee_table, low_round_table)
DESKS = (drawer_desk, steel_desk, shelf_desk)
NIGHTSTANDS = (drawer_nightstand, open_nightstand)
