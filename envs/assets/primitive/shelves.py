"""Wine rack and shelf: fixed things without joints.

Boards and regions are those of LIBERO's files of the same names (commit 8f1084e).
"""

from math import cos, sin

from envs.assets.primitive.hulls import span
from envs.assets.primitive.meshes import blocks
from envs.assets.primitive.mjcf import Box, Material, Vector, site
from envs.assets.primitive.movables import Movable, Surface

BOARD_TILT = 0.5464
"""Radians by which the rack's boards rise towards positive y."""
LIP_TILT = -1.0594
POST_TILT = -0.2775
WING_TILT = 0.1305


def _rolled(center: Vector, half: Vector, roll_rad: float) -> Box:
    """A box turned about x."""
    return Box(center=center, half=half, quat_wxyz=(cos(roll_rad / 2), sin(roll_rad / 2), 0.0, 0.0))


def wine_rack() -> Movable:
    """``wine_rack``: two pale boards with a lip in front, leaning on a dark post with a foot."""
    boards = [
        _rolled((0, -0.0061, 0.2512), (0.1344, 0.0789, 0.0045), BOARD_TILT),
        _rolled((0, -0.0427, 0.1273), (0.1344, 0.0789, 0.0045), BOARD_TILT),
    ]
    lips = [
        _rolled((0, -0.0748, 0.2207), (0.1322, 0.0087, 0.0011), LIP_TILT),
        _rolled((0, -0.1091, 0.0974), (0.1322, 0.0087, 0.0011), LIP_TILT),
    ]
    foot = [
        span((-0.0930, -0.0665, 0.0021), (0.0930, 0.0665, 0.0111)),
        _rolled((0, 0.0693, 0.0101), (0.0900, 0.0600, 0.0045), -WING_TILT),
        _rolled((0, -0.0643, 0.0126), (0.0900, 0.0600, 0.0045), WING_TILT),
        span((-0.0905, -0.0141, 0.0160), (0.0905, 0.0141, 0.0250)),
    ]
    post = _rolled((0, 0.0089, 0.1703), (0.0076, 0.0091, 0.1616), POST_TILT)
    return Movable(
        name="wine_rack",
        folder="turbosquid_objects",
        mass_kg=0.1527,
        boxes=[*boards, *lips, *foot, post],
        surfaces={
            "boards": Surface(mesh=blocks(boards), material=Material(rgb=(0.88, 0.70, 0.47), shine=0.2)),
            "lips": Surface(mesh=blocks(lips), material=Material(rgb=(0.70, 0.48, 0.27), shine=0.2)),
            "stand": Surface(mesh=blocks([*foot, post]), material=Material(rgb=(0.36, 0.13, 0.07), shine=0.3)),
        },
        regions=[site("top_region", (0, -0.08003, 0.21745), (0.10087, 0.022, 0.00251), (0.8549119, -0.5187733, 0, 0))],
    )


def two_layer_shelf() -> Movable:
    """``wooden_two_layer_shelf``: a dark open shelf; its lower layer is the table."""
    frame = [
        span((-0.1609, -0.0791, 0.0002), (-0.1467, 0.1117, 0.2090)),
        span((0.1560, -0.0791, 0.0002), (0.1702, 0.1117, 0.2090)),
        span((-0.1467, 0.1071, 0.0002), (0.1560, 0.1117, 0.2065)),
    ]
    top = span((-0.1706, -0.0788, 0.2061), (0.1806, 0.1114, 0.2103))
    shelf = span((-0.1480, -0.0706, 0.0680), (0.1584, 0.1080, 0.0709))
    return Movable(
        name="wooden_two_layer_shelf",
        folder="turbosquid_objects",
        mass_kg=0.2063,
        boxes=[*frame, top, shelf],
        surfaces={
            "frame": Surface(mesh=blocks([*frame, top]), material=Material(rgb=(0.30, 0.18, 0.11), shine=0.2)),
            "shelf": Surface(mesh=blocks([shelf]), material=Material(rgb=(0.48, 0.31, 0.19), shine=0.2)),
        },
        regions=[
            site("top_side", (0.00496, 0.01567, 0.20688), (0.17557, 0.09438, 0.00147)),
            site("top_region", (0.00538, 0.01687, 0.13672), (0.06739, 0.08564, 0.15093), (0.70711, 0, -0.70711, 0)),
            site("bottom_region", (0.00555, 0.01687, 0.01407), (0.03528, 0.08564, 0.15580), (0.70711, 0, 0.70711, 0)),
        ],
    )
