"""Books, standing with the spine towards positive y. Sizes follow LIBERO's collision boxes (commit 8f1084e)."""

from envs.assets.primitive.hulls import span
from envs.assets.primitive.meshes import blocks
from envs.assets.primitive.mjcf import Color, Material, Vector
from envs.assets.primitive.movables import Movable, Surface

COVER_M = 0.0022
"""Thickness of covers and spine."""


def _book(name: str, mass_kg: float, low: Vector, high: Vector, cover: Color) -> Movable:
    """A closed book between two corners."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    boards = [
        span((x0, y0, z0), (x0 + COVER_M, y1, z1)),
        span((x1 - COVER_M, y0, z0), (x1, y1, z1)),
        span((x0, y1 - COVER_M, z0), (x1, y1, z1)),
    ]
    pages = span((x0 + COVER_M, y0 + 0.004, z0 + 0.003), (x1 - COVER_M, y1 - COVER_M, z1 - 0.003))
    return Movable(
        name=name,
        folder="turbosquid_objects",
        mass_kg=mass_kg,
        boxes=[span(low, high)],
        surfaces={
            "cover": Surface(mesh=blocks(boards), material=Material(rgb=cover, shine=0.3)),
            "pages": Surface(mesh=blocks([pages]), material=Material(rgb=(0.95, 0.93, 0.86), shine=0.0)),
        },
    )


def black_book() -> Movable:
    """``black_book``."""
    return _book("black_book", 0.0425, (-0.0148, -0.0673, 0.0022), (0.0138, 0.0430, 0.1366), (0.06, 0.06, 0.07))


def yellow_book() -> Movable:
    """``yellow_book``."""
    return _book("yellow_book", 0.0281, (-0.0102, -0.0488, 0.0020), (0.0134, 0.0490, 0.1242), (0.86, 0.72, 0.26))
