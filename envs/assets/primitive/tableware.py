"""Bowls, plates and ramekins: walls of boxes to touch, turned surfaces to see.

Sizes follow the collision boxes of LIBERO's files of the same name (commit 8f1084e). The boxes are our own: a wall
is a ring of boxes between two circles, which a gripper can take at the rim.
"""

from math import atan2, cos, hypot, pi, sin, tan

from envs.assets.primitive import meshes
from envs.assets.primitive.mjcf import Box, Material, turned
from envs.assets.primitive.movables import Movable, Surface

FOLDER = "stable_scanned_objects"


def wall(lower: tuple[float, float], upper: tuple[float, float], *, thickness: float, count: int = 16) -> list[Box]:
    """A ring of boxes whose outer faces span two circles, given as (radius, height) in metres."""
    rise, reach = upper[1] - lower[1], upper[0] - lower[0]
    tilt, length = atan2(reach, rise), hypot(reach, rise)
    radius = (lower[0] + upper[0]) / 2 - cos(tilt) * thickness / 2
    height = (lower[1] + upper[1]) / 2 + sin(tilt) * thickness / 2
    half = (thickness / 2, max(lower[0], upper[0]) * tan(pi / count), length / 2)
    angles = [2 * pi * i / count for i in range(count)]
    return [
        Box(center=(radius * cos(a), radius * sin(a), height), half=half, quat_wxyz=turned(a, tilt)) for a in angles
    ]


def slab(half: float, bottom: float, top: float) -> Box:
    """A flat square. One box touches in four points where a finer disc would touch in dozens."""
    return Box(center=(0, 0, (bottom + top) / 2), half=(half, half, (top - bottom) / 2))


BLACK_BOWL_BOXES = [
    *wall((0.028, 0.0021), (0.0415, 0.018), thickness=0.005, count=8),
    *wall((0.0425, 0.018), (0.052, 0.052), thickness=0.0025),
    slab(0.020, 0.0016, 0.0062),
]
"""A rim of 16 thin boxes to grasp above a narrow foot of 8 thick ones that enters a ramekin and stays there."""


def black_bowl() -> Movable:
    """``akita_black_bowl``: the thing that every task of `libero_spatial` moves."""
    outer = [(0.0001, 0.0016), (0.026, 0.0016), (0.0285, 0.0022), (0.0355, 0.0085), (0.0415, 0.016)]
    outer += [(0.0445, 0.024), (0.0478, 0.036), (0.0522, 0.0512)]
    rim = [(0.0522, 0.0512), (0.0519, 0.0523), (0.0508, 0.0524), (0.0500, 0.0516)]
    inner = [(0.0500, 0.0516), (0.0453, 0.036), (0.0420, 0.024), (0.0385, 0.016)]
    inner += [(0.032, 0.0095), (0.024, 0.0068), (0.0001, 0.0064)]
    black, edge = Material(rgb=(0.035, 0.035, 0.04), shine=0.5), Material(rgb=(0.22, 0.22, 0.24), shine=0.5)
    dark = Material(rgb=(0.075, 0.075, 0.085), shine=0.4)
    return Movable(
        name="akita_black_bowl",
        folder=FOLDER,
        mass_kg=0.0056,
        boxes=BLACK_BOWL_BOXES,
        surfaces={
            "outside": Surface(mesh=meshes.lathe(outer), material=black),
            "rim": Surface(mesh=meshes.lathe(rim), material=edge),
            "inside": Surface(mesh=meshes.lathe(inner), material=dark),
        },
    )


PLATE_STIFFNESS_S = 0.02
"""In some published states of `libero_spatial` a bowl and the plate overlap by up to 9 mm. LIBERO's stiff contact
(0.001 s) then throws its bowl up to 103 mm; with a soft plate ours moves 30 mm at most."""


def plate() -> Movable:
    """``plate``: white, with a red line inside the rim."""
    outer = [(0.0001, 0.0002), (0.030, 0.0002), (0.048, 0.006), (0.0685, 0.0148)]
    rim = [(0.0685, 0.0148), (0.0688, 0.0162), (0.0676, 0.0168)]
    well = [(0.034, 0.0062), (0.029, 0.0055), (0.0001, 0.0054)]
    border = [(0.0676, 0.0168), (0.0625, 0.0150)]
    line = [(0.0625, 0.0150), (0.0585, 0.0136)]
    inside = [(0.0585, 0.0136), (0.048, 0.0100), (0.034, 0.0062)]
    white, red = Material(rgb=(0.93, 0.93, 0.91), shine=0.4), Material(rgb=(0.72, 0.16, 0.12), shine=0.4)
    return Movable(
        name="plate",
        folder=FOLDER,
        mass_kg=0.0115,
        boxes=[
            *wall((0.0285, 0.0005), (0.0665, 0.0140), thickness=0.0045, count=12),
            slab(0.028, 0.0002, 0.0054),
        ],
        stiffness_s=PLATE_STIFFNESS_S,
        surfaces={
            "dish": Surface(mesh=meshes.turned_solid([outer, rim, border, inside + well[1:]]), material=white),
            "line": Surface(mesh=meshes.lathe(line), material=red),
        },
    )


def _ribs(angle_rad: float) -> float:
    return 1 + 0.018 * cos(24 * angle_rad)


def ramekin() -> Movable:
    """``glazed_rim_porcelain_ramekin``: a ribbed white cup with a glazed rim, wide enough for a bowl's foot."""
    foot = [(0.0001, 0.0007), (0.0335, 0.0007), (0.0352, 0.0022)]
    side = [(0.0355, 0.0025), (0.0418, 0.0355)]
    band = [(0.0424, 0.0355), (0.0436, 0.0415)]
    rim = [(0.0436, 0.0415), (0.0434, 0.0427), (0.0400, 0.0427), (0.0388, 0.0415)]
    inner = [(0.0388, 0.0415), (0.0340, 0.0110), (0.031, 0.0078), (0.0001, 0.0073)]
    white, glaze = Material(rgb=(0.95, 0.94, 0.90), shine=0.6), Material(rgb=(0.55, 0.36, 0.18), shine=0.6)
    return Movable(
        name="glazed_rim_porcelain_ramekin",
        folder=FOLDER,
        mass_kg=0.0097,
        boxes=[
            *wall((0.0378, 0.0010), (0.0442, 0.0427), thickness=0.0052),
            slab(0.026, 0.0007, 0.0073),
        ],
        surfaces={
            "side": Surface(mesh=meshes.lathe(side, segments=96, ripple=_ribs), material=white),
            "cup": Surface(mesh=meshes.turned_solid([foot, inner]), material=white),
            "rim": Surface(mesh=meshes.turned_solid([band, rim]), material=glaze),
        },
    )
