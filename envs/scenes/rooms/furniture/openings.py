"""Doors and windows. They stand on the wall's face, 4 to 6 cm deep, with their back at the wall."""

import numpy as np

from envs.scenes.rooms.finishes import METALS, WHITE, WOODS, Finish, patterned, picked
from envs.scenes.rooms.furniture.fronts import frame, lighter
from envs.scenes.rooms.parts import Part, Piece, block, piece, rod

Generator = np.random.Generator
FROSTED = Finish(word="white", rgb=(0.84, 0.89, 0.91), shine=0.6)


def _door(rng: Generator) -> tuple[list[Part], Finish, float, float]:
    """Leaf, casing and handle; also the leaf's finish, half width and height."""
    leaf, handle = picked(rng, WOODS[:6]), picked(rng, METALS)
    y, high, side = rng.uniform(0.40, 0.46), rng.uniform(2.0, 2.1), float(rng.choice([-1, 1]))
    casing, z = picked(rng, (WHITE, leaf)), 1.02
    parts = [block((0, 0.06), (s * y, s * (y + 0.07)), (0, high + 0.07), casing) for s in (-1, 1)]
    parts += [block((0, 0.06), (-y, y), (high, high + 0.07), casing), block((0, 0.04), (-y, y), (0.005, high), leaf)]
    grip = side * (y - 0.07)
    parts += [
        rod((0.04, grip, z), (0.09, grip, z), 0.01, handle),
        block((0.04, 0.046), (grip - 0.022, grip + 0.022), (z - 0.1, z + 0.1), handle),
    ]
    return [*parts, rod((0.09, grip, z), (0.09, grip - side * 0.11, z), 0.01, handle, solid="capsule")], leaf, y, high


def plain_door(rng: Generator) -> Piece:
    """A flat leaf."""
    parts, leaf, *_ = _door(rng)
    return piece("door", parts, word=leaf.word)


def panelled_door(rng: Generator) -> Piece:
    """Raised panels in two columns, or one above the other."""
    parts, leaf, y, high = _door(rng)
    columns, rows = int(rng.integers(1, 3)), int(rng.integers(2, 4))
    wide, tall = 2 * (y - 0.08) / columns, (high - 0.2) / rows
    for column in range(columns):
        for row in range(rows):
            y0, z0 = -y + 0.08 + column * wide, 0.12 + row * tall
            parts += frame(
                (0.04, 0.052), (y0 + 0.03, y0 + wide - 0.03), (z0 + 0.03, z0 + tall - 0.03), 0.035, lighter(leaf)
            )
    return piece("door", parts, word=leaf.word)


def glazed_door(rng: Generator) -> Piece:
    """A long pane of frosted glass in the leaf."""
    parts, leaf, y, high = _door(rng)
    parts += [block((0.04, 0.045), (-y + 0.14, y - 0.14), (0.9, high - 0.15), FROSTED)]
    parts += [block((0.045, 0.052), (-y + 0.14, y - 0.14), (z - 0.012, z + 0.012), leaf) for z in (1.3, 1.65)]
    return piece("door", parts, word=leaf.word)


def barred_window(rng: Generator) -> Piece:
    """Panes between bars, a sill below, sky behind."""
    rim = picked(rng, (WHITE, WHITE, *WOODS[:3], WOODS[6]))
    y, high = rng.uniform(0.4, 0.8), rng.uniform(1.0, 1.4)
    columns, rows = int(rng.integers(2, 4)), int(rng.integers(1, 4))
    view = patterned(rng, "sky", glow=0.8)
    parts = [
        *frame((0, 0.05), (-y, y), (0, high), 0.06, rim),
        block((0, 0.02), (-y + 0.06, y - 0.06), (0.06, high - 0.06), view),
    ]
    for k in range(1, columns):
        at = -y + 2 * y * k / columns
        parts += [block((0.02, 0.04), (at - 0.02, at + 0.02), (0.06, high - 0.06), rim)]
    for k in range(1, rows):
        parts += [block((0.02, 0.04), (-y + 0.06, y - 0.06), (high * k / rows - 0.015, high * k / rows + 0.015), rim)]
    parts += [block((0, 0.12), (-y - 0.04, y + 0.04), (-0.04, 0), rim)]
    return piece("window", parts, word=f"{rim.word}-framed")


def wide_window(rng: Generator) -> Piece:
    """One large pane and a narrow one."""
    rim = picked(rng, (WHITE, WOODS[4], WOODS[6]))
    y, high = rng.uniform(0.7, 1.1), rng.uniform(1.0, 1.3)
    view, at = patterned(rng, "sky", glow=0.8), rng.uniform(-0.4, 0.4) * y
    parts = [
        *frame((0, 0.05), (-y, y), (0, high), 0.05, rim),
        block((0, 0.02), (-y + 0.05, y - 0.05), (0.05, high - 0.05), view),
    ]
    parts += [block((0.02, 0.045), (at - 0.025, at + 0.025), (0.05, high - 0.05), rim)]
    parts += [block((0, 0.10), (-y - 0.03, y + 0.03), (-0.03, 0), rim)]
    return piece("window", parts, word=f"wide {rim.word}-framed")


DOORS = (plain_door, panelled_door, glazed_door)
WINDOWS = (barred_window, wide_window)
