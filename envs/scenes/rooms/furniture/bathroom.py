"""Bathtubs, toilets, washbasins, radiators and towels."""

import numpy as np

from envs.scenes.rooms.finishes import BLACK, CERAMIC, CLOTHS, METALS, STEEL, WATER, WHITE, WOODS, Finish, picked
from envs.scenes.rooms.furniture.fronts import doors, lighter
from envs.scenes.rooms.furniture.kitchen import STONES, tap
from envs.scenes.rooms.parts import Part, Piece, ball, block, legs, piece, post, rod, tilted

Generator = np.random.Generator


def panel_bathtub(rng: Generator) -> Piece:
    """A white tub behind a panel, empty or with water, its long side at the wall."""
    x, y, high, rim = rng.uniform(0.35, 0.42), rng.uniform(0.75, 0.9), rng.uniform(0.52, 0.6), 0.07
    panel = picked(rng, (CERAMIC, CERAMIC, *STONES))
    parts = [block((s * x, s * (x - rim)), (-y, y), (0, high - 0.03), panel) for s in (-1, 1)]
    parts += [block((-x + rim, x - rim), (s * y, s * (y - rim)), (0, high - 0.03), panel) for s in (-1, 1)]
    parts += [block((s * (x + 0.01), s * (x - rim - 0.02)), (-y, y), (high - 0.03, high), CERAMIC) for s in (-1, 1)]
    inner = x - rim - 0.02
    parts += [block((-inner, inner), (s * y, s * (y - rim - 0.02)), (high - 0.03, high), CERAMIC) for s in (-1, 1)]
    parts += [block((-x + rim, x - rim), (-y + rim, y - rim), (0, 0.14), CERAMIC)]
    parts += [tilted((0, -y + rim + 0.06, 0.32), (2 * (x - rim), 0.04, 0.4), CERAMIC)]
    if rng.random() < 0.4:
        parts += [block((-x + rim, x - rim), (-y + rim, y - rim), (0.14, high - 0.15), WATER)]
    return piece("bathtub", parts + _bath_tap(y, high), word=panel.word)


def _bath_tap(y: float, high: float) -> list[Part]:
    metal, end = STEEL, y - 0.04
    parts = [post(s * 0.07, end, (high, high + 0.06), 0.018, metal) for s in (-1, 1)]
    parts += [post(0, end, (high, high + 0.1), 0.014, metal)]
    return [*parts, rod((0, end, high + 0.1), (0, end - 0.13, high + 0.08), 0.014, metal, solid="capsule")]


def footed_bathtub(rng: Generator) -> Piece:
    """A free tub with round ends on four feet."""
    outside = picked(rng, (CERAMIC, CERAMIC, *CLOTHS[2:5], METALS[1]))
    paint = Finish(word=outside.word, rgb=outside.rgb, shine=0.6)
    y, x, high = rng.uniform(0.5, 0.6), 0.36, rng.uniform(0.55, 0.62)
    parts: list[Part] = []
    for k in range(-8, 9):
        angle = k / 8 * np.pi / 2
        for s in (-1, 1):
            cx, cy = x * np.sin(angle), s * (y + (x - 0.05) * np.cos(angle))
            yaw = float(np.arctan2(s * np.cos(angle), np.sin(angle)))
            parts += [tilted((cx, cy, 0.12 + high / 2), (0.035, 0.085, high - 0.1), paint, yaw=yaw)]
    parts += [block((s * x, s * (x - 0.035)), (-y, y), (0.17, 0.07 + high), paint) for s in (-1, 1)]
    parts += [block((-x + 0.03, x - 0.03), (-y, y), (0.15, 0.2), CERAMIC)]
    parts += [post(0, s * y, (0.15, 0.2), x - 0.06, CERAMIC) for s in (-1, 1)]
    parts += [
        rod((sx * 0.28, sy * y, 0.03), (sx * 0.2, sy * y, 0.18), 0.03, METALS[2], solid="capsule")
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    return piece("bathtub", parts, word=outside.word)


def toilet(rng: Generator) -> Piece:
    """A bowl with a seat, a lid that is up or down, a cistern behind."""
    lid = picked(rng, (CERAMIC, CERAMIC, WOODS[0], BLACK))
    high, long = rng.uniform(0.38, 0.42), rng.uniform(0.22, 0.25)
    parts = [ball((0, 0, high - 0.06), (long, 0.18, 0.16), CERAMIC), post(-0.02, 0, (0, 0.06), 0.14, CERAMIC)]
    parts += [
        block((-0.15, 0.06), (-0.09, 0.09), (0, high - 0.12), CERAMIC),
        post(0.02, 0, (0.0, high - 0.1), 0.105, CERAMIC),
    ]
    parts += [ball((0, 0, high), (long + 0.015, 0.195, 0.03), lid)]
    parts += [
        block((-0.40, -0.20), (-0.2, 0.2), (high + 0.02, high + 0.38), CERAMIC),
        block((-0.40, -0.18), (-0.12, 0.12), (0, high + 0.02), CERAMIC),
    ]
    parts += [
        block((-0.41, -0.19), (-0.21, 0.21), (high + 0.38, high + 0.41), CERAMIC),
        post(-0.3, 0, (high + 0.41, high + 0.425), 0.025, STEEL),
    ]
    if rng.random() < 0.5:
        parts += [ball((0, 0, high + 0.012), (long - 0.05, 0.14, 0.03), BLACK)]
        parts += [tilted((-0.175, 0, high + 0.2), (0.025, 0.36, 0.38), lid, pitch=-0.06)]
    else:
        parts += [ball((0, 0, high + 0.02), (long + 0.01, 0.19, 0.03), lid)]
    return piece("toilet", parts, word=lid.word)


def _basin(x: float, y: float, z: float) -> list[Part]:
    """An open white basin: four walls around a floor, upper rim at z."""
    parts = [block((s * x, s * (x - 0.03)), (-y, y), (z - 0.14, z), CERAMIC) for s in (-1, 1)]
    parts += [block((-x + 0.03, x - 0.03), (s * y, s * (y - 0.03)), (z - 0.14, z), CERAMIC) for s in (-1, 1)]
    return [
        *parts,
        block((-x + 0.03, x - 0.03), (-y + 0.03, y - 0.03), (z - 0.14, z - 0.10), CERAMIC),
        post(0, 0, (z - 0.10, z - 0.097), 0.025, STEEL),
    ]


def pedestal_sink(rng: Generator) -> Piece:
    """A washbasin on a column."""
    x, y, high = rng.uniform(0.19, 0.23), rng.uniform(0.24, 0.3), rng.uniform(0.80, 0.86)
    parts = [*_basin(x, y, high), block((-x - 0.06, -x), (-y, y), (high - 0.14, high + 0.01), CERAMIC)]
    parts += [
        post(-0.03, 0, (0.03, high - 0.14), 0.075, CERAMIC),
        post(-0.03, 0, (0, 0.03), 0.11, CERAMIC),
        *tap(-x - 0.03, high + 0.01, 0.12, STEEL),
    ]
    return piece("sink", parts, word="white")


def cabinet_sink(rng: Generator) -> Piece:
    """A washbasin on a small cupboard."""
    wood = picked(rng, WOODS)
    x, y, high = 0.22, rng.uniform(0.3, 0.42), rng.uniform(0.78, 0.84)
    parts = [block((-x, x), (-y, y), (0.12, high - 0.14), wood), *legs(x - 0.02, y - 0.02, 0.12, 0.04, wood)]
    parts += doors(x, (-y, y), (0.14, high - 0.15), 2, front=lighter(wood), handle=STEEL, grip=0.7)
    parts += [*_basin(x, y, high), block((-x - 0.06, -x), (-y, y), (high - 0.14, high + 0.01), CERAMIC)]
    return piece("sink", [*parts, *tap(-x - 0.03, high + 0.01, 0.13, STEEL)], word=wood.word)


def panel_radiator(rng: Generator) -> Piece:
    """Ribs in a row between two pipes, at the wall."""
    paint = picked(rng, (WHITE, WHITE, METALS[1]))
    y, low, high = rng.uniform(0.3, 0.55), 0.12, rng.uniform(0.55, 0.7)
    ribs = np.arange(-y + 0.02, y, 0.05)
    parts = [block((0.03, 0.09), (k - 0.016, k + 0.016), (low, high), paint) for k in ribs]
    parts += [rod((0.06, -y, z), (0.06, y, z), 0.018, paint) for z in (low + 0.04, high - 0.04)]
    parts += [post(0.06, s * (y - 0.03), (0, low), 0.012, paint) for s in (-1, 1)]
    return piece("radiator", parts, word=paint.word)


def towel(rng: Generator) -> Piece:
    """A towel over a bar at the wall."""
    cloth, metal, y = picked(rng, CLOTHS), picked(rng, METALS), rng.uniform(0.18, 0.26)
    long = rng.uniform(0.4, 0.6)
    parts = [rod((0.06, -y - 0.06, 0), (0.06, y + 0.06, 0), 0.01, metal)]
    parts += [rod((0, s * (y + 0.05), 0), (0.06, s * (y + 0.05), 0), 0.01, metal) for s in (-1, 1)]
    parts += [
        block((0.07, 0.085), (-y, y), (-long, 0.014), cloth),
        block((0.035, 0.05), (-y, y), (-0.8 * long, 0.014), cloth),
    ]
    parts += [
        block((0.035, 0.085), (-y, y), (0.01, 0.022), cloth),
        block((0.085, 0.088), (-y, y), (-long + 0.05, -long + 0.09), lighter(cloth)),
    ]
    return piece("towel", parts, word=cloth.word)


def flat_radiator(rng: Generator) -> Piece:
    """A smooth panel with a grille on top and a valve."""
    paint = picked(rng, (WHITE, WHITE, METALS[1], CLOTHS[0]))
    y, low, high = rng.uniform(0.35, 0.7), 0.12, rng.uniform(0.5, 0.65)
    parts = [block((0.02, 0.10), (-y, y), (low, high), Finish(word=paint.word, rgb=paint.rgb, shine=0.3))]
    parts += [
        block((0.10, 0.104), (-y + 0.02, y - 0.02), (z, z + 0.012), lighter(paint))
        for z in np.arange(low + 0.04, high - 0.04, 0.06)
    ]
    parts += [
        block((0.03, 0.09), (k, k + 0.02), (high, high + 0.006), BLACK) for k in np.arange(-y + 0.03, y - 0.04, 0.04)
    ]
    parts += [post(0.06, s * (y - 0.04), (0, low), 0.012, paint) for s in (-1, 1)]
    return piece(
        "radiator",
        [*parts, rod((0.06, y, high - 0.06), (0.06, y + 0.06, high - 0.06), 0.02, WHITE)],
        word=f"flat {paint.word}",
    )


def boxed_toilet(rng: Generator) -> Piece:
    """A bowl that hangs on a box in front of the wall, a plate to press above it."""
    box, lid = picked(rng, (CERAMIC, *STONES)), picked(rng, (CERAMIC, CERAMIC, BLACK))
    high, wide = rng.uniform(0.38, 0.42), rng.uniform(0.28, 0.4)
    parts = [
        block((-0.42, -0.22), (-wide, wide), (0, 1.05), box),
        block((-0.22, -0.214), (-0.11, 0.11), (0.8, 0.93), STEEL),
    ]
    parts += [
        ball((0.04, 0, high - 0.07), (0.26, 0.18, 0.15), CERAMIC),
        block((-0.22, -0.02), (-0.15, 0.15), (high - 0.24, high - 0.02), CERAMIC),
    ]
    parts += [
        ball((0.04, 0, high), (0.27, 0.19, 0.03), lid),
        block((-0.2, 0.03), (-0.175, 0.175), (high - 0.02, high + 0.02), lid),
    ]
    return piece("toilet", parts, word=f"hung {lid.word}")


def towel_ring(rng: Generator) -> Piece:
    """A folded towel on a hook."""
    cloth, metal, y = picked(rng, CLOTHS), picked(rng, METALS), rng.uniform(0.09, 0.14)
    long = rng.uniform(0.35, 0.55)
    parts = [
        rod((0, 0, 0), (0.05, 0, 0), 0.025, metal),
        rod((0.05, 0, 0), (0.05, 0, 0.04), 0.012, metal, solid="capsule"),
    ]
    folds = np.linspace(-0.7 * y, 0.7 * y, 4)
    parts += [rod((0.05, 0.25 * k, -0.02), (0.05, float(k), -long), 0.28 * y, cloth) for k in folds]
    return piece("towel", parts, word=f"hanging {cloth.word}")


BATHTUBS = (panel_bathtub, footed_bathtub)
TOILETS = (toilet, boxed_toilet)
BASINS = (pedestal_sink, cabinet_sink)
RADIATORS = (panel_radiator, flat_radiator)
TOWELS = (towel, towel_ring)
