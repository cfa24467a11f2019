"""Gable-top cartons. Sizes are those of LIBERO's collision boxes in the files of the same names (commit 8f1084e)."""

from collections.abc import Mapping
from math import atan2, cos, hypot, sin

import numpy as np

from envs.assets.primitive.hulls import span
from envs.assets.primitive.meshes import Mesh, blocks, disc, joined
from envs.assets.primitive.mjcf import Box, Material, Offsets
from envs.assets.primitive.movables import Movable, Surface
from envs.assets.primitive.sweeps import prism, rotated

HALF = 0.0262
FOOT, EAVES, RIDGE, FIN = -0.0698, 0.0398, 0.0560, 0.0614
FIN_HALF = 0.0030

Z_TO_X = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
QUARTER_TURN = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])


def _roof() -> list[Box]:
    """Two slopes under a ridge along x."""
    rise, run, thickness = RIDGE - EAVES, HALF - FIN_HALF, 0.0044
    angle, length = atan2(rise, run), hypot(rise, run)
    slopes = []
    for side in (-1, 1):
        y = side * ((HALF + FIN_HALF) / 2 - sin(angle) * thickness / 2)
        z = (EAVES + RIDGE) / 2 - cos(angle) * thickness / 2
        quat = (cos(angle / 2), -side * sin(angle / 2), 0.0, 0.0)
        slopes.append(Box(center=(0, y, z), half=(HALF, length / 2, thickness / 2), quat_wxyz=quat))
    return slopes


def _boxes() -> list[Box]:
    fin = span((-0.0265, -FIN_HALF, RIDGE - 0.004), (0.0265, FIN_HALF, FIN))
    return [span((-HALF, -HALF, FOOT), (HALF, HALF, EAVES)), *_roof(), fin]


def _gable() -> Mesh:
    outline = [(-HALF, EAVES), (HALF, EAVES), (FIN_HALF, RIDGE), (-FIN_HALF, RIDGE)]
    return joined(
        [prism(outline, -HALF, HALF, axis=0), blocks([span((-HALF, -0.0022, RIDGE - 0.002), (HALF, 0.0022, FIN))])]
    )


def _belt(bottom: float, top: float, raised: float = 0.0003) -> Mesh:
    half = HALF + raised
    return blocks([span((-half, -half, bottom), (half, half, top))])


def _spots(radius: float, z: float, *, aside: float = 0.0, raised: float = 0.0006) -> Mesh:
    """A round spot on each of the four sides, `aside` of the middle; in metres."""
    lying = rotated(disc(radius, 0, HALF + raised, center=(-z, aside), segments=16), Z_TO_X)
    return joined([rotated(lying, np.linalg.matrix_power(QUARTER_TURN, count)) for count in range(4)])


def _carton(name: str, mass_kg: float, surfaces: Mapping[str, Surface], radius: float) -> Movable:
    return Movable(
        name=name,
        folder="stable_hope_objects",
        mass_kg=mass_kg,
        boxes=_boxes(),
        surfaces=surfaces,
        offsets=Offsets(bottom=-0.06, top=0.04, radius=radius),
        up="y",
    )


def milk() -> Movable:
    """``milk``: white with black spots, a red gable and a red belt."""
    white, red = Material(rgb=(0.95, 0.95, 0.94)), Material(rgb=(0.82, 0.10, 0.10))
    spots = [(0.0085, -0.0540, 0.010), (0.0060, -0.0420, -0.012), (0.0045, -0.0580, -0.014), (0.0050, -0.0330, 0.006)]
    surfaces = {
        "carton": Surface(mesh=_belt(FOOT, EAVES), material=white),
        "gable": Surface(mesh=_gable(), material=red),
        "belt": Surface(
            mesh=joined([_belt(0.0330, EAVES + 0.0003, 0.0006), _belt(-0.0200, 0.0180, 0.0006)]), material=red
        ),
        "spots": Surface(
            mesh=joined([_spots(r, z, aside=y) for r, z, y in spots]), material=Material(rgb=(0.08, 0.08, 0.09))
        ),
    }
    return _carton("milk", 0.0317, surfaces, radius=0.03)


def orange_juice() -> Movable:
    """``orange_juice``: orange, with a white gable, a green foot and an orange fruit on white."""
    surfaces = {
        "carton": Surface(mesh=_belt(FOOT, EAVES), material=Material(rgb=(0.96, 0.60, 0.10))),
        "gable": Surface(mesh=_gable(), material=Material(rgb=(0.95, 0.95, 0.92))),
        "foot": Surface(mesh=_belt(FOOT - 0.0001, -0.0500, 0.0006), material=Material(rgb=(0.25, 0.55, 0.15))),
        "halo": Surface(mesh=_spots(0.0190, -0.0080), material=Material(rgb=(0.98, 0.96, 0.88))),
        "fruit": Surface(mesh=_spots(0.0150, -0.0080, raised=0.0010), material=Material(rgb=(0.93, 0.38, 0.03))),
        "leaf": Surface(
            mesh=_spots(0.0050, 0.0110, aside=0.006, raised=0.0012), material=Material(rgb=(0.15, 0.45, 0.12))
        ),
    }
    return _carton("orange_juice", 0.0317, surfaces, radius=0.025)
