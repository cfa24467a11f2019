"""Bowls, plates and ramekins: walls of boxes to touch, turned surfaces to see.

Sizes follow the collision boxes of LIBERO's files of the same name (commit 8f1084e). The boxes are our own: a wall
is a ring of boxes between two circles, which a gripper can take at the rim (`hulls.wall`).
"""

from math import cos

from envs.assets.primitive import meshes
from envs.assets.primitive.hulls import slab, wall
from envs.assets.primitive.mjcf import Material
from envs.assets.primitive.movables import Movable, Surface

FOLDER = "stable_scanned_objects"


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


def white_bowl() -> Movable:
    """``white_bowl``: small, round and white, with a dimpled belt."""
    outer = [(0.0001, 0.0004), (0.0165, 0.0004), (0.0185, 0.0012), (0.0300, 0.0085), (0.0365, 0.0190), (0.0405, 0.0345)]
    rim = [(0.0405, 0.0345), (0.0401, 0.0353), (0.0389, 0.0350)]
    inner = [(0.0389, 0.0350), (0.0350, 0.0200), (0.0290, 0.0115), (0.0180, 0.0050), (0.0001, 0.0040)]
    belt = [(0.0350, 0.0150), (0.0377, 0.0205), (0.0392, 0.0265)]
    white, grey = Material(rgb=(0.96, 0.96, 0.96), shine=0.5), Material(rgb=(0.80, 0.82, 0.84), shine=0.3)
    return Movable(
        name="white_bowl",
        folder=FOLDER,
        mass_kg=0.0021,
        boxes=[
            *wall((0.0210, 0.0045), (0.0325, 0.0125), thickness=0.003, count=8),
            *wall((0.0322, 0.0105), (0.0403, 0.0351), thickness=0.0022),
            slab(0.0165, 0.0006, 0.0060),
        ],
        surfaces={
            "bowl": Surface(mesh=meshes.turned_solid([outer, rim, inner]), material=white),
            "belt": Surface(mesh=meshes.lathe(belt, segments=48, ripple=_dimples), material=grey),
        },
    )


def _dimples(angle_rad: float) -> float:
    return 1.004 + 0.012 * cos(16 * angle_rad)
