"""Cabinets, wardrobes, dressers and bookshelves."""

import itertools

import numpy as np

from envs.scenes.rooms.finishes import GLAZES, METALS, WOODS, Finish, patterned, picked
from envs.scenes.rooms.furniture.fronts import doors, drawers, lighter
from envs.scenes.rooms.parts import Part, Piece, Top, ball, block, legs, piece, post

Generator = np.random.Generator


def _top(x: float, y: float, z: float) -> Top:
    return Top(centre=(0, 0, z), half=(x - 0.04, y - 0.04))


def low_cabinet(rng: Generator) -> Piece:
    """A sideboard with doors, on legs or on the ground."""
    wood, handle = picked(rng, WOODS), picked(rng, METALS)
    x, high, low, count = (
        rng.uniform(0.20, 0.25),
        rng.uniform(0.65, 0.90),
        float(rng.choice([0.03, 0.14])),
        int(rng.integers(2, 5)),
    )
    y = 0.23 * count
    parts = [block((-x, x), (-y, y), (low, high - 0.03), wood)]
    parts += [block((-x, x + 0.02), (-y - 0.01, y + 0.01), (high - 0.03, high), wood)]
    parts += legs(x - 0.02, y - 0.02, low, 0.04, wood)
    parts += doors(x, (-y, y), (low + 0.01, high - 0.03), count, front=lighter(wood), handle=handle, grip=0.75)
    return piece("cabinet", parts, word=wood.word, tops=[_top(x, y, high)])


def media_cabinet(rng: Generator) -> Piece:
    """A long low cabinet with an open shelf in the middle, such as televisions stand on."""
    wood, handle = picked(rng, WOODS), picked(rng, METALS)
    x, y, high = rng.uniform(0.20, 0.23), rng.uniform(0.65, 0.90), rng.uniform(0.45, 0.58)
    third = y / 3
    parts = [block((-x, x), (-y, y), (high - 0.03, high), wood), block((-x, x), (-y, y), (0.06, 0.09), wood)]
    parts += [block((-x, -x + 0.02), (-y, y), (0.09, high - 0.03), wood)]
    parts += [block((-x, x - 0.02), (-third, third), (high / 2, high / 2 + 0.02), wood)]
    for s in (-1, 1):
        outer, inner = s * y, s * third
        low, up = min(outer, inner), max(outer, inner)
        parts += [block((-x + 0.02, x), (low, up), (0.09, high - 0.03), wood)]
        parts += doors(x, (low, up), (0.09, high - 0.03), 1, front=lighter(wood), handle=handle)
    parts += legs(x - 0.02, y - 0.02, 0.06, 0.05, wood)
    return piece("cabinet", parts, word=f"low {wood.word}", tops=[_top(x, y, high)])


def tall_cabinet(rng: Generator) -> Piece:
    """A filing cabinet or a cupboard of two pairs of doors."""
    wood, handle = picked(rng, WOODS), picked(rng, METALS)
    x, y, high = rng.uniform(0.20, 0.28), rng.uniform(0.25, 0.42), rng.uniform(1.1, 1.5)
    half = high * rng.uniform(0.45, 0.6)
    parts = [block((-x, x), (-y, y), (0.05, high), wood), block((-x, x - 0.03), (-y + 0.02, y - 0.02), (0, 0.05), wood)]
    parts += doors(x, (-y, y), (0.06, half), 2, front=lighter(wood), handle=handle, grip=0.7)
    parts += doors(x, (-y, y), (half, high - 0.01), 2, front=lighter(wood), handle=handle, grip=0.3)
    return piece("cabinet", parts, word=f"tall {wood.word}")


def wardrobe(rng: Generator) -> Piece:
    """As high as a door, with two or three doors."""
    wood, handle = picked(rng, WOODS), picked(rng, METALS)
    count = int(rng.integers(2, 5))
    x, y, high = rng.uniform(0.27, 0.32), 0.25 * count, rng.uniform(1.9, 2.2)
    parts = [
        block((-x, x), (-y, y), (0.06, high), wood),
        block((-x + 0.01, x - 0.03), (-y + 0.02, y - 0.02), (0, 0.06), wood),
    ]
    parts += doors(x, (-y, y), (0.08, high - 0.03), count, front=lighter(wood), handle=handle)
    parts += [block((-x, x + 0.03), (-y - 0.02, y + 0.02), (high, high + 0.04), wood)]
    return piece("wardrobe", parts, word=wood.word)


def drawer_wardrobe(rng: Generator) -> Piece:
    """Doors above, two wide drawers below."""
    wood, handle = picked(rng, WOODS), picked(rng, METALS)
    x, y, high = rng.uniform(0.28, 0.32), rng.uniform(0.45, 0.6), rng.uniform(1.85, 2.1)
    parts = [
        block((-x, x), (-y, y), (0.05, high), wood),
        block((-x + 0.02, x - 0.02), (-y + 0.02, y - 0.02), (0, 0.05), wood),
    ]
    parts += drawers(x, (-y, y), (0.06, 0.5), 2, front=lighter(wood), handle=handle)
    parts += doors(x, (-y, y), (0.5, high - 0.02), 2, front=lighter(wood), handle=handle, grip=0.4)
    return piece("wardrobe", parts, word=wood.word)


def dresser(rng: Generator) -> Piece:
    """A chest of drawers: one wide column or two."""
    wood, handle = picked(rng, WOODS), picked(rng, METALS)
    columns, rows = int(rng.integers(1, 3)), int(rng.integers(3, 6))
    x, y, low = rng.uniform(0.21, 0.26), 0.38 * columns, 0.08
    high = low + 0.2 * rows + 0.03
    parts = [block((-x, x), (-y, y), (low, high - 0.025), wood), *legs(x - 0.01, y - 0.01, low, 0.05, wood)]
    parts += [block((-x, x + 0.02), (-y - 0.01, y + 0.01), (high - 0.025, high), wood)]
    edges = np.linspace(-y, y, columns + 1)
    for left, right in itertools.pairwise(edges):
        parts += drawers(x, (left, right), (low + 0.01, high - 0.03), rows, front=lighter(wood), handle=handle)
    return piece("dresser", parts, word=wood.word, tops=[_top(x, y, high)])


def bookshelf(rng: Generator) -> Piece:
    """An open shelf full of books."""
    wood = picked(rng, WOODS)
    rows = int(rng.integers(3, 7))
    x, y, high = rng.uniform(0.14, 0.17), rng.uniform(0.35, 0.6), 0.1 + 0.33 * rows
    parts = _open_shelves(x, y, high, rows, wood)
    for k in range(rows):
        parts += _row_of_books(rng, (x, y), 0.03 + k * (high - 0.03) / rows + 0.025)
    return piece("bookshelf", parts, word=wood.word)


def _open_shelves(x: float, y: float, high: float, rows: int, wood: Finish) -> list[Part]:
    parts = [block((-x, x), (s * y, s * (y - 0.025)), (0, high), wood) for s in (-1, 1)]
    parts += [block((-x, -x + 0.012), (-y + 0.025, y - 0.025), (0, high), wood)]
    levels = [0.03 + k * (high - 0.03) / rows for k in range(rows)] + [high - 0.025]
    return parts + [block((-x + 0.012, x - 0.004), (-y + 0.025, y - 0.025), (z, z + 0.025), wood) for z in levels]


def _row_of_books(rng: Generator, half: tuple[float, float], z: float) -> list[Part]:
    """Books up to somewhere along the shelf, in runs of different height."""
    x, y = half[0], half[1] - 0.03
    parts: list[Part] = []
    left, end = -y, rng.uniform(-0.1, 1.0) * y
    while left < end:
        wide, tall, deep = rng.uniform(0.15, 0.35), rng.uniform(0.17, 0.26), rng.uniform(0.10, 0.2)
        right = min(left + wide, y)
        parts += [block((-x + 0.012, -x + 0.012 + deep), (left, right), (z, z + tall), patterned(rng, "books"))]
        left = right + 0.002
    return parts


def ladder_shelf(rng: Generator) -> Piece:
    """A frame of posts with boards that carry books and pots."""
    wood, metal = picked(rng, WOODS), picked(rng, METALS)
    x, y, rows = 0.16, rng.uniform(0.32, 0.5), int(rng.integers(3, 6))
    high = 0.36 * rows + 0.1
    parts = legs(x, y, high, 0.025, metal)
    for k in range(rows):
        z = 0.1 + 0.36 * k
        parts += [block((-x + 0.005, x - 0.005), (-y + 0.005, y - 0.005), (z, z + 0.02), wood)]
        parts += _row_of_books(rng, (x, 0.6 * y), z + 0.02)
        if rng.random() < 0.5:
            parts += [post(0, y - 0.1, (z + 0.02, z + 0.14), 0.05, picked(rng, GLAZES))]
    return piece("bookshelf", parts, word=wood.word)


def slim_dresser(rng: Generator) -> Piece:
    """A slim chest of many shallow drawers on high legs, with knobs."""
    wood, handle, rows = picked(rng, WOODS), picked(rng, METALS), int(rng.integers(4, 7))
    x, y, low = rng.uniform(0.19, 0.23), rng.uniform(0.24, 0.32), rng.uniform(0.15, 0.25)
    high = low + 0.16 * rows + 0.02
    parts = [block((-x, x), (-y, y), (low, high - 0.02), wood), *legs(x, y, low, 0.04, wood, round_=True)]
    parts += [block((-x, x + 0.02), (-y - 0.015, y + 0.015), (high - 0.02, high), wood)]
    for k in range(rows):
        z0 = low + 0.01 + k * 0.16
        parts += [block((x, x + 0.012), (-y + 0.015, y - 0.015), (z0, z0 + 0.145), lighter(wood))]
        parts += [ball((x + 0.022, s * 0.5 * y, z0 + 0.073), 0.014, handle) for s in (-1, 1)]
    return piece("dresser", parts, word=f"slim {wood.word}", tops=[_top(x, y, high)])


CABINETS = (low_cabinet, tall_cabinet, media_cabinet)
WARDROBES = (wardrobe, drawer_wardrobe)
DRESSERS = (dresser, slim_dresser)
BOOKSHELVES = (bookshelf, ladder_shelf)
