"""Fronts of drawers and doors, with handles."""

from collections.abc import Sequence

from envs.scenes.rooms.finishes import Finish
from envs.scenes.rooms.parts import Part, block

Bounds = tuple[float, float]
GAP_M, THICK_M = 0.008, 0.012


def drawers(x: float, y: Bounds, z: Bounds, count: int, *, front: Finish, handle: Finish) -> list[Part]:
    """Drawers one above the other on the plane at x, each with a bar to pull."""
    step, middle, wide = (z[1] - z[0]) / count, (y[0] + y[1]) / 2, min(0.08, (y[1] - y[0]) / 4)
    parts: list[Part] = []
    for k in range(count):
        low, high = z[0] + k * step + GAP_M, z[0] + (k + 1) * step - GAP_M
        level = (low + high) / 2
        parts += [block((x, x + THICK_M), (y[0] + GAP_M, y[1] - GAP_M), (low, high), front)]
        parts += [
            block((x + THICK_M, x + 0.035), (middle - wide, middle + wide), (level - 0.008, level + 0.008), handle)
        ]
    return parts


def doors(
    x: float, y: Bounds, z: Bounds, count: int, *, front: Finish, handle: Finish, grip: float = 0.5
) -> list[Part]:
    """Doors side by side on the plane at x, hinged outwards in pairs; `grip` is the height of the handles in [0, 1]."""
    step = (y[1] - y[0]) / count
    level, long = z[0] + grip * (z[1] - z[0]), min(0.12, 0.15 * (z[1] - z[0]))
    parts: list[Part] = []
    for k in range(count):
        left, right = y[0] + k * step + GAP_M, y[0] + (k + 1) * step - GAP_M
        pull = right - 0.045 if k % 2 == 0 else left + 0.045
        parts += [block((x, x + THICK_M), (left, right), (z[0] + GAP_M, z[1] - GAP_M), front)]
        parts += [block((x + THICK_M, x + 0.035), (pull - 0.009, pull + 0.009), (level - long, level + long), handle)]
    return parts


def frame(x: Bounds, y: Bounds, z: Bounds, width: float, finish: Finish) -> list[Part]:
    """Four beams around a rectangle in the plane of y and z."""
    sides: Sequence[tuple[Bounds, Bounds]] = (
        ((y[0], y[0] + width), z),
        ((y[1] - width, y[1]), z),
        ((y[0] + width, y[1] - width), (z[0], z[0] + width)),
        ((y[0] + width, y[1] - width), (z[1] - width, z[1])),
    )
    return [block(x, across, tall, finish) for across, tall in sides]


def lighter(finish: Finish) -> Finish:
    """The same surface, a little paler."""
    r, g, b = (min(1.0, 0.88 * value + 0.1) for value in finish.rgb)
    return Finish(word=finish.word, rgb=(r, g, b), pattern=finish.pattern, shine=finish.shine)
