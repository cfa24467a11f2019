"""Boxes, trash cans, baskets, suitcases, bottles, bowls and cups."""

import itertools

import numpy as np

from envs.scenes.rooms.finishes import (
    BLACK,
    CARDBOARD,
    CLOTHS,
    GLAZES,
    METALS,
    PLASTICS,
    SHADOW,
    STEEL,
    WOODS,
    Finish,
    picked,
)
from envs.scenes.rooms.furniture.fronts import lighter
from envs.scenes.rooms.parts import Part, Piece, ball, block, piece, post, rod, tilted

Generator = np.random.Generator


def cardboard_box(rng: Generator) -> Piece:
    """Closed with tape, or open with its flaps out."""
    x, y, high = rng.uniform(0.14, 0.25), rng.uniform(0.18, 0.32), rng.uniform(0.2, 0.4)
    if rng.random() < 0.5:
        tape = Finish(word="beige", rgb=(0.86, 0.76, 0.56), shine=0.4)
        parts = [
            block((-x, x), (-y, y), (0, high), CARDBOARD),
            block((-0.03, 0.03), (-y - 0.001, y + 0.001), (high * 0.7, high + 0.001), tape),
        ]
        return piece("box", parts, word="closed brown", has_front=False)
    parts = [block((s * x, s * (x - 0.008)), (-y, y), (0, high), CARDBOARD) for s in (-1, 1)]
    parts += [block((-x + 0.008, x - 0.008), (s * y, s * (y - 0.008)), (0, high), CARDBOARD) for s in (-1, 1)]
    parts += [block((-x, x), (-y, y), (0, 0.01), CARDBOARD)]
    parts += [tilted((s * (x + 0.05), 0, high - 0.02), (0.008, 2 * y, 0.12), CARDBOARD, pitch=s * 1.1) for s in (-1, 1)]
    return piece("box", parts, word="open brown", has_front=False)


def storage_box(rng: Generator) -> Piece:
    """A plastic box with a lid."""
    paint, lid = picked(rng, PLASTICS), picked(rng, PLASTICS[:3])
    x, y, high = rng.uniform(0.13, 0.2), rng.uniform(0.18, 0.28), rng.uniform(0.14, 0.28)
    parts = [
        block((-x, x), (-y, y), (0, high - 0.03), paint),
        block((-x - 0.012, x + 0.012), (-y - 0.012, y + 0.012), (high - 0.03, high), lid),
    ]
    parts += [block((-0.05, 0.05), (s * (y + 0.012), s * y), (high - 0.09, high - 0.05), lid) for s in (-1, 1)]
    return piece("box", parts, word=paint.word, has_front=False)


def pedal_bin(rng: Generator) -> Piece:
    """A steel or plastic drum with a domed lid and a pedal."""
    paint, r, high = picked(rng, (STEEL, *PLASTICS)), rng.uniform(0.12, 0.17), rng.uniform(0.38, 0.6)
    parts = [
        post(0, 0, (0, 0.03), r + 0.005, BLACK),
        post(0, 0, (0.03, high - 0.05), r, paint),
        post(0, 0, (high - 0.05, high - 0.03), r + 0.006, BLACK),
    ]
    parts += [
        ball((0, 0, high - 0.03), (r, r, 0.05), paint),
        block((r - 0.01, r + 0.05), (-0.03, 0.03), (0.005, 0.02), BLACK),
    ]
    return piece("trash can", parts, word=paint.word)


def open_bin(rng: Generator) -> Piece:
    """A round bin, open at the top, that widens upwards."""
    paint, r, high = picked(rng, (*PLASTICS, *METALS)), rng.uniform(0.12, 0.16), rng.uniform(0.27, 0.36)
    parts = [post(0, 0, (k * high / 4, (k + 1) * high / 4), r * (0.78 + 0.05 * k), paint) for k in range(4)]
    parts += [post(0, 0, (high - 0.02, high), r, paint), post(0, 0, (high, high + 0.002), 0.9 * r, SHADOW)]
    return piece("trash can", parts, word=f"open {paint.word}", has_front=False)


def swing_bin(rng: Generator) -> Piece:
    """A tall square bin with a lid that swings."""
    paint, lid = picked(rng, PLASTICS), picked(rng, PLASTICS[:3])
    a, high = rng.uniform(0.13, 0.17), rng.uniform(0.5, 0.7)
    parts = [
        block((-a, a), (-a, a), (0, high - 0.14), paint),
        block((-a - 0.008, a + 0.008), (-a - 0.008, a + 0.008), (high - 0.15, high - 0.10), lid),
    ]
    parts += [tilted((s * 0.5 * a, 0, high - 0.06), (1.2 * a, 2 * a, 0.02), lid, pitch=s * 0.6) for s in (-1, 1)]
    return piece("trash can", parts, word=paint.word, has_front=False)


def basket(rng: Generator) -> Piece:
    """Woven rings that widen upwards, with two handles."""
    straw = Finish(word="light brown", rgb=(0.72, 0.55, 0.34), pattern=("cloth", 1), shine=0.0)
    cane, r, high = picked(rng, (straw, straw, CLOTHS[0], WOODS[2])), rng.uniform(0.17, 0.24), rng.uniform(0.22, 0.45)
    rings = 6
    parts = [
        post(
            0,
            0,
            (k * high / rings, (k + 1) * high / rings - 0.004),
            r * (0.8 + 0.2 * k / rings - 0.02 * (k % 2)),
            cane if k % 2 else lighter(cane),
        )
        for k in range(rings)
    ]
    parts += [post(0, 0, (0, high - 0.004), 0.76 * r, cane), post(0, 0, (high - 0.004, high - 0.002), 0.86 * r, SHADOW)]
    for s in (-1, 1):
        arch = [(0.07 * np.cos(a), s * 0.97 * r, high - 0.01 + 0.07 * np.sin(a)) for a in np.linspace(0, np.pi, 7)]
        parts += [rod(p, q, 0.01, cane, solid="capsule") for p, q in itertools.pairwise(arch)]
    return piece("basket", parts, word=cane.word, has_front=False)


def suitcase(rng: Generator) -> Piece:
    """Upright on wheels, with ribs and a handle pulled out."""
    paint, y, high = picked(rng, PLASTICS), rng.uniform(0.19, 0.25), rng.uniform(0.5, 0.68)
    x, low = 0.12, 0.05
    parts = [block((-x, x), (-y, y), (low, low + high), paint)]
    parts += [
        block((x, x + 0.01), (k - 0.015, k + 0.015), (low + 0.04, low + high - 0.04), lighter(paint))
        for k in np.linspace(-y + 0.05, y - 0.05, 5)
    ]
    parts += [ball((sx * (x - 0.03), sy * (y - 0.04), 0.026), 0.026, BLACK) for sx in (-1, 1) for sy in (-1, 1)]
    up = low + high + float(rng.choice([0.05, 0.35]))
    parts += [rod((-x + 0.03, s * 0.08, low + high), (-x + 0.03, s * 0.08, up), 0.008, STEEL) for s in (-1, 1)]
    return piece(
        "suitcase",
        [*parts, rod((-x + 0.03, -0.09, up), (-x + 0.03, 0.09, up), 0.012, BLACK, solid="capsule")],
        word=paint.word,
    )


def bottle(rng: Generator) -> Piece:
    """A body with a label, shoulders and a neck."""
    glass, paper = picked(rng, GLAZES[1:]), picked(rng, (PLASTICS[0], PLASTICS[6], CLOTHS[10]))
    r, high = rng.uniform(0.033, 0.045), rng.uniform(0.22, 0.32)
    body = 0.6 * high
    parts: list[Part] = [post(0, 0, (0, body), r, glass), ball((0, 0, body), (r, r, 0.14 * high), glass)]
    parts += [post(0, 0, (body, high - 0.015), 0.36 * r, glass), post(0, 0, (high - 0.015, high), 0.42 * r, BLACK)]
    return piece(
        "bottle", [*parts, post(0, 0, (0.2 * body, 0.75 * body), 1.02 * r, paper)], word=glass.word, has_front=False
    )


def bowl(rng: Generator) -> Piece:
    """Rings that widen upwards, dark inside, with fruit or empty."""
    glaze, r = picked(rng, GLAZES), rng.uniform(0.09, 0.14)
    high = 0.5 * r
    parts = [post(0, 0, (k * high / 5, (k + 1) * high / 5), r * np.sqrt(0.3 + 0.14 * (k + 1)), glaze) for k in range(5)]
    parts += [post(0, 0, (high, high + 0.002), 0.92 * r, lighter(glaze) if glaze.word != "white" else PLASTICS[2])]
    if rng.random() < 0.5:
        fruit = picked(rng, PLASTICS[3:8])
        parts += [
            ball((0.5 * r * np.cos(a), 0.5 * r * np.sin(a), high + 0.2 * r), 0.32 * r, fruit) for a in (0.3, 2.4, 4.5)
        ]
    return piece("bowl", parts, word=glaze.word, has_front=False)


def cup(rng: Generator) -> Piece:
    """A mug with a handle."""
    glaze, r, high = picked(rng, (*GLAZES, *PLASTICS[3:8])), rng.uniform(0.036, 0.044), rng.uniform(0.085, 0.11)
    parts = [post(0, 0, (0, high), r, glaze), post(0, 0, (high, high + 0.001), 0.86 * r, SHADOW)]
    arch = [(r + 0.024 * np.sin(a) - 0.002, 0, high / 2 + 0.03 * np.cos(a)) for a in np.linspace(0, np.pi, 7)]
    parts += [rod(p, q, 0.005, glaze, solid="capsule") for p, q in itertools.pairwise(arch)]
    return piece("cup", parts, word=glaze.word, has_front=False)


def laundry_basket(rng: Generator) -> Piece:
    """A square basket of slats, cloth heaped inside."""
    cane, cloth = picked(rng, (*PLASTICS[:3], *WOODS[:3])), picked(rng, CLOTHS)
    x, y, high = rng.uniform(0.16, 0.2), rng.uniform(0.2, 0.27), rng.uniform(0.3, 0.5)
    parts = [block((-x, x), (-y, y), (0, 0.02), cane), ball((0, 0, 0.8 * high), (0.85 * x, 0.85 * y, 0.12), cloth)]
    for z in np.arange(0.04, high - 0.02, 0.06):
        parts += [block((s * x, s * (x - 0.01)), (-y, y), (z, z + 0.045), cane) for s in (-1, 1)]
        parts += [block((-x + 0.01, x - 0.01), (s * y, s * (y - 0.01)), (z, z + 0.045), cane) for s in (-1, 1)]
    corners = [(sx * (x - 0.012), sy * (y - 0.012)) for sx in (-1, 1) for sy in (-1, 1)]
    parts += [post(cx, cy, (0.02, high), 0.012, cane) for cx, cy in corners]
    return piece("basket", parts, word=f"square {cane.word}", has_front=False)


def strapped_suitcase(rng: Generator) -> Piece:
    """An old case that stands on its long edge, with two straps and a handle on top."""
    leather, strap = picked(rng, (*CLOTHS[1:6], CLOTHS[11], WOODS[1])), picked(rng, (WOODS[2], CLOTHS[10]))
    x, y, high = rng.uniform(0.08, 0.11), rng.uniform(0.26, 0.36), rng.uniform(0.36, 0.5)
    parts = [block((-x, x), (-y, y), (0, high), leather)]
    for s in (-1, 1):
        parts += [block((-x - 0.005, x + 0.005), (s * 0.5 * y - 0.02, s * 0.5 * y + 0.02), (0, high + 0.005), strap)]
        parts += [
            block((x + 0.005, x + 0.012), (s * 0.5 * y - 0.025, s * 0.5 * y + 0.025), (0.6 * high, 0.68 * high), STEEL)
        ]
        parts += [rod((0, s * 0.07, high), (0, s * 0.07, high + 0.03), 0.01, strap)]
    parts += [rod((0, -0.07, high + 0.03), (0, 0.07, high + 0.03), 0.012, strap, solid="capsule")]
    return piece("suitcase", parts, word=f"strapped {leather.word}")


def square_bottle(rng: Generator) -> Piece:
    """A square body with round shoulders and a wide cap."""
    glass, cap = picked(rng, PLASTICS[3:]), picked(rng, PLASTICS[:3])
    a, high = rng.uniform(0.03, 0.042), rng.uniform(0.18, 0.26)
    body = 0.74 * high
    parts = [block((-a, a), (-a, a), (0, body), glass), ball((0, 0, body), (a, a, 0.1 * high), glass)]
    parts += [post(0, 0, (body, high - 0.03), 0.45 * a, glass), post(0, 0, (high - 0.03, high), 0.55 * a, cap)]
    return piece("bottle", parts, word=f"square {glass.word}", has_front=False)


def tall_cup(rng: Generator) -> Piece:
    """A cup that widens upwards on a saucer, with a handle."""
    glaze, plate = picked(rng, GLAZES), picked(rng, (GLAZES[0], GLAZES[1]))
    r, high = rng.uniform(0.036, 0.046), rng.uniform(0.06, 0.075)
    parts = [post(0, 0, (0, 0.008), 1.8 * r, plate), post(0, 0, (0.008, 0.02), 0.6 * r, glaze)]
    parts += [
        post(0, 0, (0.008 + k * high / 4, 0.008 + (k + 1) * high / 4), r * (0.7 + 0.1 * k), glaze) for k in range(4)
    ]
    top = 0.008 + high
    parts += [
        post(0, 0, (top, top + 0.001), 0.85 * r, SHADOW),
        rod((r - 0.005, 0, 0.4 * top), (r + 0.02, 0, 0.6 * top), 0.005, glaze),
    ]
    parts += [rod((r + 0.02, 0, 0.6 * top), (r - 0.002, 0, 0.85 * top), 0.005, glaze)]
    return piece("cup", parts, word=glaze.word, has_front=False)


BOXES = (cardboard_box, storage_box)
TRASH_CANS = (pedal_bin, open_bin, swing_bin)
BASKETS = (basket, laundry_basket)
SUITCASES = (suitcase, strapped_suitcase)
BOTTLES = (bottle, square_bottle)
BOWLS = (bowl,)
CUPS = (cup, tall_cup)
