"""Things to put other things into: basket, tray, desk caddy.

Walls, floors and regions are those of LIBERO's files of the same names (commit 8f1084e), with fewer boxes.
"""

from math import pi

from envs.assets.primitive.hulls import span
from envs.assets.primitive.meshes import blocks, joined
from envs.assets.primitive.mjcf import Box, Material, Quaternion, site, turned
from envs.assets.primitive.movables import Movable, Surface
from envs.assets.primitive.sweeps import prism

HALF_TURN_Y: Quaternion = (0.0, 0.0, 1.0, 0.0)
HALF_TURN_Z: Quaternion = (0.0, 0.0, 0.0, 1.0)


def _side(yaw: float, distance: float, z: float, half_height: float, tilt: float) -> Box:
    """One side of the basket, `distance` from the middle, leaning outwards by `tilt` radians."""
    center = {0: (distance, 0, z), 1: (0, distance, z), 2: (-distance, 0, z), 3: (0, -distance, z)}[
        round(yaw / (pi / 2))
    ]
    return Box(center=center, half=(0.0067, 0.0724, half_height), quat_wxyz=turned(yaw, tilt))


def _basket_sides(z: float, half_height: float, out: float = 0.0) -> list[Box]:
    """Four leaning sides; `z` and `half_height` choose a stripe of them, `out` moves it outwards."""
    lean = {0.0: (0.0742, 0.0793, 0.077), pi / 2: (0.0688, 0.0818, 0.047)}
    return [
        _side(yaw, distance + (z - middle) * tilt + out, z, half_height, tilt)
        for base, (distance, middle, tilt) in lean.items()
        for yaw in (base, base + pi)
    ]


def basket() -> Movable:
    """``basket``: an open square basket of brown wicker."""
    floor = span((-0.0740, -0.0700, 0.0042), (0.0740, 0.0700, 0.0216))
    sides = _basket_sides(0.0800, 0.0640)
    stripes = [stripe for z in (0.030, 0.065, 0.100) for stripe in _basket_sides(z, 0.0035, out=0.0012)]
    rim = _basket_sides(0.1390, 0.0065, out=0.0006)
    brown, dark = Material(rgb=(0.72, 0.46, 0.22), shine=0.1), Material(rgb=(0.50, 0.29, 0.12), shine=0.1)
    return Movable(
        name="basket",
        folder="stable_scanned_objects",
        mass_kg=0.1361,
        boxes=[floor, *sides],
        surfaces={
            "wicker": Surface(mesh=blocks([floor, *sides]), material=brown),
            "stripes": Surface(mesh=blocks([*stripes, *rim]), material=dark),
        },
        regions=[site("contain_region", (0, 0, 0.07185), (0.06108, 0.06108, 0.06949), HALF_TURN_Z)],
    )


def wooden_tray() -> Movable:
    """``wooden_tray``: a shallow crate with a handle bar above each end."""
    floor = span((-0.1362, -0.0851, -0.0002), (0.1518, 0.0748, 0.0071))
    long_sides = [span((-0.1362, y - 0.0023, 0.0040), (0.1518, y + 0.0023, 0.0610)) for y in (-0.0848, 0.0761)]
    ends = [span((x - 0.0023, -0.0833, 0.0040), (x + 0.0023, 0.0723, 0.0545)) for x in (-0.1392, 0.1532)]
    posts = [
        span((x - 0.0062, y - 0.0050, 0.0016), (x + 0.0062, y + 0.0050, 0.0790))
        for x in (-0.1328, 0.1465)
        for y in (-0.0780, 0.0690)
    ]
    grips = [span((x - 0.0062, -0.0835, 0.0740), (x + 0.0062, 0.0737, 0.0809)) for x in (-0.1334, 0.1470)]
    wood, dark = Material(rgb=(0.80, 0.55, 0.28), shine=0.1), Material(rgb=(0.62, 0.39, 0.18), shine=0.1)
    return Movable(
        name="wooden_tray",
        folder="turbosquid_objects",
        mass_kg=0.0572,
        boxes=[floor, *long_sides, *ends, *posts, *grips],
        surfaces={
            "boards": Surface(mesh=blocks([floor, *long_sides, *ends]), material=wood),
            "frame": Surface(mesh=blocks([*posts, *grips]), material=dark),
        },
        regions=[
            site("contain_region", (0.00863, -0.00471, 0.04255), (0.04038, 0.07839, 0.13549), (0.70711, 0, 0.70711, 0))
        ],
    )


def _caddy_plates() -> list[Box]:
    """Everything but the two sides that slope."""
    base, back = span((-0.0755, -0.2169, 0.0014), (0.0755, 0.2169, 0.0138)), (0.0628, 0.0708)
    right = [span((-0.0706, y - 0.0062, 0.0026), (0.0706, y + 0.0062, 0.1674)) for y in (-0.2094, -0.0680)]
    return [
        base,
        span((back[0], -0.2098, 0.0053), (back[1], 0.2098, 0.1683)),
        span((-0.0709, -0.2098, 0.0050), (-0.0629, 0.2098, 0.0740)),
        span((-0.0709, -0.2098, 0.0740), (-0.0629, -0.0602, 0.1643)),
        span((-0.0056, -0.0680, 0.0118), (0.0024, 0.0706, 0.0986)),
        *right,
    ]


def desk_caddy() -> Movable:
    """``desk_caddy``: three compartments side by side, the middle one parted; low fronts face negative x."""
    steps = [
        ((-0.0706, 0.0119), (0.0706, 0.0785)),
        ((-0.0022, 0.0785), (0.0706, 0.1047)),
        ((0.0360, 0.1047), (0.0706, 0.1400)),
    ]
    sides = [span((x0, y - 0.0036, z0), (x1, y + 0.0036, z1)) for y in (0.0706, 0.2084) for (x0, z0), (x1, z1) in steps]
    slope = [(0.0138, -0.0706), (0.0800, -0.0706), (0.1560, 0.0600), (0.1560, 0.0706), (0.0138, 0.0706)]
    drawn = [prism(slope, y - 0.0036, y + 0.0036, axis=1) for y in (0.0706, 0.2084)]
    regions = {
        "right_contain_region": ((0.00631, -0.14339, 0.06558), (0.06196, 0.06216, 0.06046), HALF_TURN_Y),
        "left_contain_region": ((0.00631, 0.14551, 0.06558), (0.06196, 0.06216, 0.06046), HALF_TURN_Y),
        "back_contain_region": ((0.03364, -0.00064, 0.08558), (0.02775, 0.06216, 0.06046), HALF_TURN_Y),
        "front_contain_region": ((-0.03102, -0.00064, 0.04054), (0.02775, 0.03595, 0.06216), (0, 0, 0.70711, -0.70711)),
    }
    return Movable(
        name="desk_caddy",
        folder="turbosquid_objects",
        mass_kg=0.2780,
        boxes=[*_caddy_plates(), *sides],
        surfaces={
            "wood": Surface(
                mesh=joined([blocks(_caddy_plates()), *drawn]), material=Material(rgb=(0.50, 0.36, 0.24), shine=0.1)
            )
        },
        regions=[site(name, *place) for name, place in regions.items()],
    )
