"""Pictures on surfaces, made of numbers: grain, weave, tiles, books in a row, paintings, views out of windows."""

from collections.abc import Callable
from functools import cache

import numpy as np
from jaxtyping import Float, UInt8
from scipy.ndimage import gaussian_filter

from envs.assets.primitive import textures

Array = np.ndarray
Shade = Float[Array, "s s"]
Colours = UInt8[Array, "s s 3"]

SIZE_PX = 64
_UPRIGHT = frozenset(("art", "books", "screen", "sky"))


@cache
def png(kind: str, variant: int) -> bytes:
    """The picture of a pattern as PNG; a pattern of one colour is light grey, to be tinted."""
    return textures.png(picture(kind, variant))


def picture(kind: str, variant: int) -> Colours:
    """The picture of a pattern, rows from top to bottom; what has an upper edge lies on its left side.

    MuJoCo draws a cube map on the front (+x) of a box turned clockwise by a quarter.
    """
    drawn = _KINDS[kind](np.random.default_rng([variant, *kind.encode()]))
    return np.ascontiguousarray(np.rot90(drawn)) if kind in _UPRIGHT else drawn


def kinds() -> tuple[str, ...]:
    """All kinds of patterns."""
    return tuple(_KINDS)


def _grey(shade: Shade) -> Colours:
    return textures.tinted(shade, (0.9, 0.9, 0.9))


def _grid(size: int = SIZE_PX) -> tuple[Shade, Shade]:
    """Column and row of each pixel's centre, in [0, 1], from the upper left."""
    along = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(along, along)
    return x, y


def _noise(rng: np.random.Generator, reach_px: float, *, size: int = SIZE_PX) -> Shade:
    """Smooth noise of unit variance that wraps at the borders."""
    noise = gaussian_filter(rng.standard_normal((size, size)), reach_px, mode="wrap")
    return (noise - noise.mean()) / noise.std()


def _bytes(colours: Float[Array, "s s 3"]) -> Colours:
    return np.clip(np.rint(colours * 255), 0, 255).astype(np.uint8)


def _wood(rng: np.random.Generator) -> Colours:
    return _grey(textures.grain(SIZE_PX, planks=1, seed=int(rng.integers(1 << 30)), contrast=0.12))


def _planks(rng: np.random.Generator) -> Colours:
    return _grey(textures.grain(128, planks=8, seed=int(rng.integers(1 << 30)), contrast=0.09))


def _tiles(rng: np.random.Generator) -> Colours:
    count = int(rng.choice([2, 4]))
    return _grey(textures.tiles(SIZE_PX, count=count, grout_px=1, seed=int(rng.integers(1 << 30))))


def _chequer(rng: np.random.Generator) -> Colours:
    x, y = _grid()
    odd = (np.floor(x * 4) + np.floor(y * 4)) % 2
    return _grey(np.where(odd == 1, float(rng.uniform(0.45, 0.8)), 1.05))


def _cloth(rng: np.random.Generator) -> Colours:
    x, y = _grid()
    weave = np.sin(x * np.pi * 32) * np.sin(y * np.pi * 32)
    return _grey(1 + 0.05 * weave + 0.03 * _noise(rng, 1.0))


def _carpet(rng: np.random.Generator) -> Colours:
    return _grey(1 + 0.07 * _noise(rng, 0.7))


def _plaster(rng: np.random.Generator) -> Colours:
    return _grey(1 + 0.02 * _noise(rng, 1.2) + 0.015 * _noise(rng, 8.0))


def _stripes(rng: np.random.Generator) -> Colours:
    x, _ = _grid()
    return _grey(np.where(np.floor(x * 8) % 2 == 0, 1.04, float(rng.uniform(0.8, 0.93))))


def _leaves(rng: np.random.Generator) -> Colours:
    return _grey(1 + 0.16 * _noise(rng, 1.5))


def _bricks(rng: np.random.Generator) -> Colours:
    x, y = _grid()
    row = np.floor(y * 8)
    across = (x * 4 + 0.5 * (row % 2)) % 1
    mortar = (across < 0.06) | ((y * 8) % 1 < 0.12)
    tone = 1 + 0.08 * rng.standard_normal((8, 5))[row.astype(int), np.floor(x * 4 + 0.5 * (row % 2)).astype(int)]
    return _grey(np.where(mortar, 1.1, 0.8 * tone))


def _books(rng: np.random.Generator) -> Colours:
    """Spines side by side, some lower than others, on a dark ground."""
    pixels = np.full((SIZE_PX, SIZE_PX, 3), 0.12)
    column = 0
    while column < SIZE_PX:
        wide = int(rng.integers(3, 7))
        high = int(rng.uniform(0.66, 1.0) * SIZE_PX)
        colour = rng.uniform(0.15, 0.85, 3)
        pixels[SIZE_PX - high :, column : column + wide - 1] = colour
        pixels[SIZE_PX - int(high * 0.8) : SIZE_PX - int(high * 0.7), column : column + wide - 1] = 1 - colour / 2
        column += wide
    return _bytes(pixels)


def _art(rng: np.random.Generator) -> Colours:
    """A landscape, a few discs, or fields of colour."""
    return _bytes((_landscape, _discs, _fields)[int(rng.integers(3))](rng))


def _landscape(rng: np.random.Generator) -> Float[Array, "s s 3"]:
    x, y = _grid()
    low, high = rng.uniform(0.35, 0.9, 3), rng.uniform(0.5, 1.0, 3)
    pixels = low + (high - low) * y[..., None]
    for layer in range(3):
        waves = rng.uniform(1, 4), rng.uniform(0, 6.28)
        ridge = 0.45 + 0.18 * layer + 0.08 * np.sin(waves[0] * np.pi * x + waves[1])
        pixels = np.where((y > ridge)[..., None], rng.uniform(0.1, 0.7, 3), pixels)
    return pixels


def _discs(rng: np.random.Generator) -> Float[Array, "s s 3"]:
    x, y = _grid()
    pixels = np.ones((SIZE_PX, SIZE_PX, 3)) * rng.uniform(0.6, 1.0, 3)
    for _ in range(6):
        centre, radius = rng.random(2), rng.uniform(0.08, 0.28)
        inside = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 < radius**2
        pixels = np.where(inside[..., None], rng.random(3), pixels)
    return pixels


def _fields(rng: np.random.Generator) -> Float[Array, "s s 3"]:
    x, y = _grid()
    columns, rows = np.sort(rng.random(3)), np.sort(rng.random(3))
    cell = np.searchsorted(columns, x) * 4 + np.searchsorted(rows, y)
    return rng.random((16, 3))[cell]


def _screen(rng: np.random.Generator) -> Colours:
    """Windows and lines of text on a desktop."""
    x, y = _grid()
    pixels = np.ones((SIZE_PX, SIZE_PX, 3)) * rng.uniform(0.1, 0.6, 3)
    left, top = rng.uniform(0.05, 0.4, 2)
    window = (x > left) & (x < left + 0.5) & (y > top) & (y < top + 0.5)
    pixels = np.where(window[..., None], 0.93, pixels)
    lines = window & (np.floor(y * 32) % 3 == 0) & (x > left + 0.04) & (x < left + 0.3 + 0.12 * np.sin(y * 90))
    pixels = np.where(lines[..., None], rng.uniform(0.1, 0.5, 3), pixels)
    return _bytes(np.where((y > 0.94)[..., None], 0.2, pixels))


def _sky(rng: np.random.Generator) -> Colours:
    """A bright sky above trees and roofs, paler towards the horizon."""
    x, y = _grid()
    pixels = np.array([0.55, 0.75, 0.97]) + np.array([0.40, 0.22, 0.03]) * np.clip(y * 1.4, 0, 1)[..., None]
    trees = 0.72 + 0.05 * _noise(rng, 4.0)[0][None] * np.ones_like(x)
    pixels = np.where((y > trees)[..., None], np.array([0.42, 0.55, 0.36]) * rng.uniform(0.8, 1.2), pixels)
    return _bytes(pixels)


def _mirror(rng: np.random.Generator) -> Colours:
    """Pale glass with slanting bands of light."""
    x, y = _grid()
    phase = rng.uniform(0, 1)
    band = np.exp(-(((x + y + phase) % 1 - 0.5) ** 2) / 0.01) + 0.6 * np.exp(
        -(((x + y + phase) % 1 - 0.75) ** 2) / 0.002
    )
    return _bytes(np.array([0.66, 0.74, 0.78]) + 0.25 * band[..., None])


def _rug(rng: np.random.Generator) -> Colours:
    """A border and stripes, rings or lozenges inside."""
    x, y = _grid()
    edge = np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y))
    shapes = (np.abs(x - 0.5) + np.abs(y - 0.5), x, np.hypot(x - 0.5, y - 0.5))
    field = shapes[int(rng.integers(3))]
    colours = rng.uniform(0.15, 0.9, (3, 3))
    pixels = np.where((np.floor(field * 10) % 2 == 0)[..., None], colours[0], colours[1])
    pixels = np.where((edge < 0.14)[..., None], colours[2], pixels)
    return _bytes(np.where((edge < 0.05)[..., None], colours[0], pixels) + 0.03 * _noise(rng, 0.7)[..., None])


def _patchwork(rng: np.random.Generator) -> Colours:
    """Bands of related colours, for blankets, cushions and curtains."""
    x, _ = _grid()
    base, other = rng.uniform(0.3, 0.9, 3), rng.uniform(0.3, 0.9, 3)
    count = int(rng.choice([4, 8]))
    return _bytes(np.where((np.floor(x * count) % 2 == 0)[..., None], base, other))


_KINDS: dict[str, Callable[[np.random.Generator], Colours]] = {
    "wood": _wood,
    "planks": _planks,
    "tiles": _tiles,
    "chequer": _chequer,
    "cloth": _cloth,
    "carpet": _carpet,
    "plaster": _plaster,
    "stripes": _stripes,
    "bricks": _bricks,
    "leaves": _leaves,
    "books": _books,
    "art": _art,
    "screen": _screen,
    "sky": _sky,
    "mirror": _mirror,
    "rug": _rug,
    "patchwork": _patchwork,
}
