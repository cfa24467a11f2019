"""Beds and pillows."""

import itertools

import numpy as np

from envs.scenes.rooms.finishes import CLOTHS, METALS, WHITE, WOODS, Finish, patterned, picked
from envs.scenes.rooms.parts import Part, Piece, Top, ball, block, legs, piece, post, rod

Generator = np.random.Generator


def _mattress(rng: Generator, x: float, y: float, z: float) -> tuple[list[Part], Finish]:
    """Sheet and blanket on a mattress whose underside is at z; the head lies at -x."""
    blanket = patterned(rng, "patchwork", word="striped") if rng.random() < 0.35 else picked(rng, CLOTHS)
    sheet = picked(rng, (WHITE, CLOTHS[-1], CLOTHS[3]))
    fold = -x + rng.uniform(0.55, 0.75)
    parts = [block((-x, x), (-y, y), (z, z + 0.20), sheet)]
    parts += [block((fold, x + 0.012), (-y - 0.012, y + 0.012), (z + 0.03, z + 0.225), blanket)]
    return parts, blanket


def _head(x: float, y: float, z: float) -> Top:
    """Where pillows lie: two thirds of a pillow's length in front of the headboard."""
    return Top(centre=(-x + 0.27, 0, z + 0.20), half=(0.25, y - 0.02))


def panel_bed(rng: Generator) -> Piece:
    """A wooden frame with a headboard, for one or two."""
    wood, x, y = picked(rng, WOODS), 1.0, float(rng.choice([0.5, 0.7, 0.9]))
    low, head = rng.uniform(0.16, 0.22), rng.uniform(0.85, 1.15)
    parts = [
        *legs(x + 0.02, y + 0.04, low, 0.07, wood),
        block((-x, x + 0.04), (-y - 0.04, y + 0.04), (low, low + 0.13), wood),
    ]
    parts += [block((-x - 0.06, -x), (-y - 0.05, y + 0.05), (0, head), wood)]
    made, blanket = _mattress(rng, x, y, low + 0.10)
    return piece("bed", parts + made, word=blanket.word, tops=[_head(x, y, low + 0.10)])


def padded_bed(rng: Generator) -> Piece:
    """A bed in cloth with a headboard of cushions."""
    cloth, x, y = picked(rng, CLOTHS), 1.0, float(rng.choice([0.7, 0.9]))
    low, head = 0.08, rng.uniform(0.95, 1.2)
    parts = [block((-x, x + 0.03), (-y - 0.03, y + 0.03), (low, low + 0.24), cloth), *legs(x, y, low, 0.06, WOODS[2])]
    parts += [block((-x - 0.10, -x), (-y - 0.05, y + 0.05), (low, head), cloth)]
    count = int(rng.integers(2, 5))
    edges = np.linspace(-y, y, count + 1)
    parts += [
        block((-x, -x + 0.035), (left + 0.02, right - 0.02), (0.55, head - 0.05), cloth)
        for left, right in itertools.pairwise(edges)
    ]
    made, blanket = _mattress(rng, x, y, low + 0.20)
    return piece(
        "bed", parts + made, word=blanket.word, tops=[Top(centre=(-x + 0.31, 0, low + 0.40), half=(0.25, y - 0.02))]
    )


def metal_bed(rng: Generator) -> Piece:
    """Bars at head and foot, for one."""
    metal, x, y = picked(rng, METALS), 1.0, float(rng.choice([0.47, 0.7]))
    low, head, foot = 0.30, rng.uniform(0.9, 1.1), rng.uniform(0.55, 0.7)
    parts = [block((-x, x), (-y, y), (low - 0.04, low), metal)]
    for end, high in ((-x - 0.03, head), (x + 0.03, foot)):
        parts += [post(end, s * y, (0, high), 0.02, metal) for s in (-1, 1)]
        parts += [rod((end, -y, z), (end, y, z), 0.016, metal) for z in (high - 0.02, low)]
        parts += [post(end, k, (low, high - 0.02), 0.009, metal) for k in np.linspace(-y, y, 8)[1:-1]]
    made, blanket = _mattress(rng, x - 0.02, y - 0.02, low)
    return piece("bed", parts + made, word=blanket.word, tops=[_head(x - 0.02, y - 0.02, low)])


def pillow(rng: Generator) -> Piece:
    """A flat soft pillow that lies."""
    cloth = patterned(rng, "patchwork", word="striped") if rng.random() < 0.3 else picked(rng, CLOTHS)
    x, y, h = rng.uniform(0.16, 0.20), rng.uniform(0.24, 0.33), rng.uniform(0.05, 0.075)
    parts = [
        block((-0.86 * x, 0.86 * x), (-0.9 * y, 0.9 * y), (0.35 * h, 1.4 * h), cloth),
        ball((0, 0, h), (x, y, h), cloth),
    ]
    parts += [
        ball((sx * 0.8 * x, sy * 0.84 * y, 0.9 * h), (0.2 * x, 0.16 * y, 0.4 * h), cloth)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    return piece("pillow", parts, word=cloth.word, has_front=False)


def cushion(rng: Generator) -> Piece:
    """A square cushion."""
    cloth = patterned(rng, "patchwork", word="striped") if rng.random() < 0.4 else picked(rng, CLOTHS)
    a, h = rng.uniform(0.17, 0.22), rng.uniform(0.055, 0.075)
    parts = [
        block((-0.92 * a, 0.92 * a), (-0.92 * a, 0.92 * a), (0.4 * h, 1.4 * h), cloth),
        ball((0, 0, h), (a, a, h), cloth),
    ]
    return piece("pillow", parts, word=cloth.word, has_front=False)


BEDS = (panel_bed, padded_bed, metal_bed)
PILLOWS = (pillow, cushion)
