"""Refrigerators, stoves, kitchen sinks and counters, microwaves, washing machines."""

import itertools

import numpy as np

from envs.scenes.rooms.finishes import BLACK, METALS, PLASTICS, STEEL, WHITE, WOODS, Finish, picked
from envs.scenes.rooms.furniture.fronts import doors, drawers, lighter
from envs.scenes.rooms.parts import Part, Piece, Top, block, piece, post, rod

Generator = np.random.Generator
STONES = (
    Finish(word="grey", rgb=(0.48, 0.48, 0.49), pattern=("plaster", 1), shine=0.4),
    Finish(word="black", rgb=(0.17, 0.17, 0.18), pattern=("plaster", 2), shine=0.5),
    Finish(word="beige", rgb=(0.80, 0.74, 0.64), pattern=("plaster", 3), shine=0.4),
)
GLASS = Finish(word="black", rgb=(0.07, 0.08, 0.09), shine=0.9)
Looks = tuple[Finish, Finish, Finish]
"""Wood, handles and worktop."""

_DEEP, _HIGH = 0.30, 0.90
"""Half depth and height of what stands along a kitchen's wall."""


def refrigerator(rng: Generator) -> Piece:
    """A freezer door above or below a larger one, with long handles."""
    paint = picked(rng, (WHITE, STEEL, *PLASTICS[1:5]))
    x, y, high = rng.uniform(0.30, 0.35), rng.uniform(0.29, 0.38), rng.uniform(1.5, 1.95)
    split = high * float(rng.choice([0.35, 0.68]))
    side = float(rng.choice([-1, 1])) * (y - 0.06)
    handle = picked(rng, METALS)
    parts = [
        block((-x, x - 0.05), (-y, y), (0.04, high), paint),
        block((-x + 0.03, x - 0.09), (-y + 0.03, y - 0.03), (0, 0.04), BLACK),
    ]
    for low, up in ((0.06, split - 0.006), (split + 0.006, high)):
        near = up if up == split - 0.006 else low
        pull = sorted((near - 0.04 if near == up else near + 0.04, near - 0.3 if near == up else near + 0.3))
        parts += [block((x - 0.045, x), (-y, y), (low, up), paint)]
        parts += [block((x + 0.02, x + 0.04), (side - 0.012, side + 0.012), pull, handle)]
        parts += [
            block((x, x + 0.02), (side - 0.008, side + 0.008), (z, z + 0.02), handle) for z in (pull[0], pull[1] - 0.02)
        ]
    return piece("refrigerator", parts, word=paint.word)


def double_refrigerator(rng: Generator) -> Piece:
    """Two tall doors side by side."""
    paint = picked(rng, (WHITE, STEEL, PLASTICS[1]))
    x, y, high = 0.35, rng.uniform(0.42, 0.47), rng.uniform(1.7, 1.85)
    parts = [
        block((-x, x - 0.05), (-y, y), (0.03, high), paint),
        block((-x + 0.03, x - 0.09), (-y + 0.03, y - 0.03), (0, 0.03), BLACK),
    ]
    for s in (-1, 1):
        parts += [block((x - 0.045, x), (s * 0.005, s * y), (0.05, high), paint)]
        parts += [block((x + 0.02, x + 0.04), (s * 0.04, s * 0.065), (0.55, 1.45), METALS[1])]
        parts += [block((x, x + 0.02), (s * 0.045, s * 0.06), (z, z + 0.03), METALS[1]) for z in (0.58, 1.39)]
    parts += [block((x, x + 0.003), (-0.32, -0.14), (1.0, 1.3), GLASS)]
    return piece("refrigerator", parts, word=f"wide {paint.word}")


def stove(rng: Generator) -> Piece:
    """An oven with a window and a handle, four rings on top, knobs in a row."""
    paint, y = picked(rng, (WHITE, STEEL, PLASTICS[1])), rng.uniform(0.28, 0.32)
    parts = [
        block((-_DEEP, _DEEP), (-y, y), (0.08, _HIGH - 0.02), paint),
        block((-_DEEP + 0.02, _DEEP - 0.04), (-y + 0.02, y - 0.02), (0, 0.08), BLACK),
    ]
    parts += [block((-_DEEP, _DEEP), (-y, y), (_HIGH - 0.02, _HIGH), GLASS)]
    parts += [block((_DEEP, _DEEP + 0.012), (-y + 0.02, y - 0.02), (0.22, 0.72), lighter(paint))]
    parts += [block((_DEEP + 0.012, _DEEP + 0.015), (-y + 0.08, y - 0.08), (0.30, 0.58), GLASS)]
    parts += [rod((_DEEP + 0.04, -y + 0.06, 0.66), (_DEEP + 0.04, y - 0.06, 0.66), 0.012, STEEL)]
    parts += [
        block((_DEEP + 0.012, _DEEP + 0.04), (s * (y - 0.09), s * (y - 0.07)), (0.65, 0.67), STEEL) for s in (-1, 1)
    ]
    parts += [rod((_DEEP, k, 0.80), (_DEEP + 0.03, k, 0.80), 0.02, BLACK) for k in np.linspace(-y + 0.08, y - 0.08, 5)]
    for cx, cy, r in ((-0.14, -0.14, 0.09), (-0.14, 0.14, 0.075), (0.13, -0.14, 0.075), (0.13, 0.14, 0.10)):
        parts += [
            post(cx, cy, (_HIGH, _HIGH + 0.006), r, METALS[1]),
            post(cx, cy, (_HIGH + 0.006, _HIGH + 0.008), 0.7 * r, BLACK),
        ]
    return piece("stove", parts, word=paint.word)


def unit_looks(rng: Generator) -> Looks:
    """What the units of one kitchen have in common."""
    return picked(rng, WOODS[:6]), picked(rng, METALS), picked(rng, STONES)


def _base(y: float, looks: Looks) -> list[Part]:
    """A base unit below a worktop, with doors and a row of drawers."""
    wood, handle, _ = looks
    parts = [block((-_DEEP, _DEEP - 0.02), (-y, y), (0.10, _HIGH - 0.04), wood)]
    parts += [block((-_DEEP + 0.02, _DEEP - 0.07), (-y + 0.01, y - 0.01), (0, 0.10), BLACK)]
    count = max(1, round(2 * y / 0.45))
    low = 0.12
    parts += doors(_DEEP - 0.02, (-y, y), (low, 0.66), count, front=lighter(wood), handle=handle, grip=0.85)
    edges = np.linspace(-y, y, count + 1)
    for left, right in itertools.pairwise(edges):
        parts += drawers(_DEEP - 0.02, (left, right), (0.66, _HIGH - 0.05), 1, front=lighter(wood), handle=handle)
    return parts


def counter(rng: Generator, looks: Looks | None = None) -> Piece:
    """Base units under a stone worktop."""
    y = float(rng.choice([0.45, 0.6, 0.9]))
    looks = looks or unit_looks(rng)
    parts = _base(y, looks)
    parts += [block((-_DEEP, _DEEP + 0.02), (-y, y), (_HIGH - 0.04, _HIGH), looks[2])]
    top = Top(centre=(0, 0, _HIGH), half=(_DEEP - 0.06, y - 0.05))
    return piece("counter", parts, word=looks[0].word, tops=[top])


def kitchen_sink(rng: Generator, looks: Looks | None = None) -> Piece:
    """A steel basin sunk into a worktop, with a tap."""
    y = rng.uniform(0.40, 0.5)
    looks = looks or unit_looks(rng)
    parts = _base(y, looks)
    stone, bx, by = looks[2], 0.19, 0.28
    z = (_HIGH - 0.04, _HIGH)
    parts += [block((bx, _DEEP + 0.02), (-y, y), z, stone), block((-_DEEP, -bx), (-y, y), z, stone)]
    parts += [block((-bx, bx), (s * by, s * y), z, stone) for s in (-1, 1)]
    parts += [block((-bx, bx), (-by, by), (_HIGH - 0.04, _HIGH - 0.035), STEEL)]
    rim = (_HIGH - 0.04, _HIGH + 0.008)
    parts += [block((s * bx, s * (bx - 0.02)), (-by, by), rim, STEEL) for s in (-1, 1)]
    parts += [block((-bx + 0.02, bx - 0.02), (s * by, s * (by - 0.02)), rim, STEEL) for s in (-1, 1)]
    parts += [post(0, 0, (_HIGH - 0.035, _HIGH - 0.033), 0.03, BLACK), *tap(-bx - 0.04, _HIGH, 0.26, STEEL)]
    return piece("sink", parts, word=looks[0].word)


def tap(x: float, z: float, high: float, metal: Finish) -> list[Part]:
    """A tap that stands at (x, 0, z) and reaches forwards, with two handles."""
    parts = [
        rod((x, 0, z), (x, 0, z + high), 0.014, metal),
        rod((x, 0, z + high), (x + 0.15, 0, z + high), 0.012, metal, solid="capsule"),
    ]
    parts += [rod((x + 0.15, 0, z + high), (x + 0.15, 0, z + high - 0.04), 0.012, metal, solid="capsule")]
    return parts + [post(x, s * 0.08, (z, z + 0.05), 0.016, metal) for s in (-1, 1)]


def microwave(rng: Generator) -> Piece:
    """A box with a dark window, a handle and buttons."""
    paint = picked(rng, (WHITE, STEEL, PLASTICS[1]))
    x, y, high = rng.uniform(0.16, 0.2), rng.uniform(0.23, 0.27), rng.uniform(0.26, 0.31)
    split = -y + 0.11
    parts = [
        block((-x, x), (-y, y), (0.01, high), paint),
        block((x, x + 0.012), (split, y), (0.015, high), lighter(paint)),
    ]
    parts += [block((-x + 0.02, x - 0.02), (-y + 0.02, y - 0.02), (0, 0.01), BLACK)]
    parts += [block((x + 0.012, x + 0.014), (split + 0.06, y - 0.03), (0.05, high - 0.05), GLASS)]
    parts += [block((x + 0.012, x + 0.04), (split + 0.015, split + 0.035), (0.05, high - 0.05), METALS[1])]
    parts += [block((x, x + 0.004), (-y + 0.02, split - 0.015), (high - 0.07, high - 0.03), GLASS)]
    rows = [(cy, cz) for cy in (-y + 0.035, -y + 0.065) for cz in np.linspace(0.04, high - 0.1, 4)]
    parts += [block((x, x + 0.005), (cy - 0.01, cy + 0.01), (cz - 0.008, cz + 0.008), METALS[1]) for cy, cz in rows]
    return piece("microwave", parts, word=paint.word)


def washing_machine(rng: Generator) -> Piece:
    """A cube with a round window and a dial."""
    paint, rim = picked(rng, (WHITE, WHITE, PLASTICS[2], STEEL)), picked(rng, METALS)
    x, y, high = rng.uniform(0.26, 0.30), 0.30, 0.85
    parts = [
        block((-x, x), (-y, y), (0.02, high), paint),
        block((-x + 0.03, x - 0.03), (-y + 0.03, y - 0.03), (0, 0.02), BLACK),
    ]
    parts += [
        rod((x, 0, 0.42), (x + 0.025, 0, 0.42), 0.20, rim),
        rod((x + 0.025, 0, 0.42), (x + 0.035, 0, 0.42), 0.15, GLASS),
    ]
    parts += [block((x, x + 0.006), (-y + 0.02, y - 0.02), (0.72, 0.82), lighter(PLASTICS[2]))]
    parts += [
        rod((x, -0.16, 0.77), (x + 0.03, -0.16, 0.77), 0.035, rim),
        block((x + 0.006, x + 0.008), (0.05, 0.22), (0.75, 0.80), GLASS),
    ]
    return piece("washing machine", parts, word=paint.word, tops=[Top(centre=(0, 0, high), half=(x - 0.06, y - 0.06))])


def top_loader(rng: Generator) -> Piece:
    """A narrow machine with a lid on top and a panel at the back."""
    paint = picked(rng, (WHITE, PLASTICS[2], STEEL))
    x, y, high = 0.28, rng.uniform(0.22, 0.27), 0.88
    parts = [
        block((-x, x), (-y, y), (0.02, high), paint),
        block((-x + 0.03, x - 0.03), (-y + 0.03, y - 0.03), (0, 0.02), BLACK),
    ]
    parts += [block((-x + 0.14, x - 0.01), (-y + 0.02, y - 0.02), (high, high + 0.015), lighter(PLASTICS[2]))]
    parts += [
        block((-x, -x + 0.12), (-y, y), (high, high + 0.11), paint),
        rod((-x + 0.12, 0.1, high + 0.06), (-x + 0.14, 0.1, high + 0.06), 0.03, METALS[1]),
    ]
    parts += [block((-x + 0.12, -x + 0.123), (-0.15, 0.04), (high + 0.04, high + 0.08), GLASS)]
    parts += [block((x, x + 0.006), (-y + 0.04, y - 0.04), (0.06, 0.16), lighter(PLASTICS[2]))]
    return piece("washing machine", parts, word=f"narrow {paint.word}")


def hob_stove(rng: Generator) -> Piece:
    """An older stove: a raised back with knobs, iron plates, a drawer below the oven."""
    paint, y = picked(rng, (WHITE, PLASTICS[6], PLASTICS[3], PLASTICS[5])), rng.uniform(0.26, 0.30)
    parts = [
        block((-_DEEP, _DEEP), (-y, y), (0.05, _HIGH), paint),
        block((-_DEEP + 0.02, _DEEP - 0.03), (-y + 0.02, y - 0.02), (0, 0.05), BLACK),
    ]
    parts += [block((-_DEEP, -_DEEP + 0.05), (-y, y), (_HIGH, _HIGH + 0.14), paint)]
    parts += [
        rod((-_DEEP + 0.05, k, _HIGH + 0.07), (-_DEEP + 0.08, k, _HIGH + 0.07), 0.022, BLACK)
        for k in np.linspace(-y + 0.06, y - 0.06, 5)
    ]
    parts += [block((_DEEP, _DEEP + 0.015), (-y + 0.03, y - 0.03), (0.30, 0.78), lighter(paint))]
    parts += [block((_DEEP + 0.015, _DEEP + 0.018), (-y + 0.1, y - 0.1), (0.40, 0.60), GLASS)]
    parts += [block((_DEEP + 0.015, _DEEP + 0.045), (-y + 0.06, y - 0.06), (0.70, 0.72), METALS[1])]
    parts += drawers(_DEEP, (-y + 0.02, y - 0.02), (0.07, 0.28), 1, front=lighter(paint), handle=METALS[1])
    plates = [(sx * 0.13 + 0.02, sy * 0.13) for sx in (-1, 1) for sy in (-1, 1)]
    parts += [post(cx, cy, (_HIGH, _HIGH + 0.012), 0.085, BLACK) for cx, cy in plates]
    return piece("stove", parts, word=f"old {paint.word}")


REFRIGERATORS = (refrigerator, double_refrigerator)
STOVES = (stove, hob_stove)
COUNTERS = (counter,)
KITCHEN_SINKS = (kitchen_sink,)
MICROWAVES = (microwave,)
WASHING_MACHINES = (washing_machine, top_loader)
