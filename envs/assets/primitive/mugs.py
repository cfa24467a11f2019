"""Mugs: walls to take at the rim, a handle of bars.

Sizes follow LIBERO's collision boxes and meshes of the same names (commit 8f1084e); each handle lies along x.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from envs.assets.primitive.hulls import bars, shifted, slab, wall
from envs.assets.primitive.meshes import Profile, turned_solid
from envs.assets.primitive.mjcf import Color, Material
from envs.assets.primitive.movables import Movable, Surface
from envs.assets.primitive.sweeps import moved, tube


@dataclass(frozen=True, kw_only=True)
class Ring:
    """One wall of a mug, between two circles (radius, height) in metres."""

    lower: tuple[float, float]
    upper: tuple[float, float]
    thickness: float
    count: int = 14


@dataclass(frozen=True, kw_only=True)
class Mug:
    """Numbers of one mug, in metres.

    Attributes:
        name: LIBERO's class name in snake case.
        mass_kg: Mass of LIBERO's object.
        center: The cup's axis (x, y).
        floor: Half width, bottom and top of the slab it stands on.
        rings: Walls that touch.
        handle: Path (x, z) of the handle.
        handle_half: Half width across the path, half thickness.
        outside: Profile of the outside, bottom to top.
        inside: Profile of the inside, top to bottom.
        colors: Looks of outside, inside and handle.
    """

    name: str
    mass_kg: float
    center: tuple[float, float]
    floor: tuple[float, float, float]
    rings: Sequence[Ring]
    handle: Sequence[tuple[float, float]]
    handle_half: tuple[float, float]
    outside: Profile
    inside: Profile
    colors: Mapping[str, Color]

    def movable(self) -> Movable:
        """The mug as an object of the pack."""
        cup = [wall(r.lower, r.upper, thickness=r.thickness, count=r.count) for r in self.rings]
        path = [(x, 0.0, z) for x, z in self.handle]
        width, thickness = self.handle_half
        at = (*self.center, 0.0)
        shapes = {
            "outside": moved(turned_solid([self.outside]), at),
            "inside": moved(turned_solid([[self.outside[-1], self.inside[0]], self.inside]), at),
            "handle": tube(path, width * 0.85, thickness),
        }
        return Movable(
            name=self.name,
            folder="turbosquid_objects",
            mass_kg=self.mass_kg,
            boxes=[
                *shifted([box for ring in cup for box in ring] + [slab(*self.floor)], at),
                *bars(path, half_width=width, half_thickness=thickness),
            ],
            surfaces={
                part: Surface(mesh=mesh, material=Material(rgb=self.colors[part], shine=0.5))
                for part, mesh in shapes.items()
            },
        )


def porcelain_mug() -> Movable:
    """``porcelain_mug``: white and round-bellied."""
    white = (0.95, 0.95, 0.93)
    return Mug(
        name="porcelain_mug",
        mass_kg=0.0165,
        center=(0.0158, -0.0013),
        floor=(0.0186, 0.0024, 0.0128),
        rings=[
            Ring(lower=(0.0280, 0.0045), upper=(0.0425, 0.0420), thickness=0.0030, count=12),
            Ring(lower=(0.0440, 0.0410), upper=(0.0455, 0.1085), thickness=0.0045),
        ],
        handle=[
            (-0.0242, 0.0200),
            (-0.0500, 0.0300),
            (-0.0600, 0.0420),
            (-0.0600, 0.0700),
            (-0.0500, 0.0860),
            (-0.0290, 0.0930),
        ],
        handle_half=(0.0080, 0.0038),
        outside=[
            (1e-4, 0.0022),
            (0.0290, 0.0022),
            (0.0310, 0.0045),
            (0.0380, 0.0200),
            (0.0440, 0.0420),
            (0.0462, 0.0750),
            (0.0458, 0.1090),
        ],
        inside=[(0.0425, 0.1090), (0.0425, 0.0700), (0.0390, 0.0380), (0.0260, 0.0140), (1e-4, 0.0128)],
        colors={"outside": white, "inside": (0.88, 0.88, 0.86), "handle": white},
    ).movable()


def red_coffee_mug() -> Movable:
    """``red_coffee_mug``: tall, red, widening upwards."""
    red = (0.78, 0.06, 0.05)
    return Mug(
        name="red_coffee_mug",
        mass_kg=0.0294,
        center=(-0.0175, -0.0012),
        floor=(0.0190, -0.0018, 0.0078),
        rings=[Ring(lower=(0.0300, 0.0), upper=(0.0430, 0.1308), thickness=0.0060)],
        handle=[
            (0.0130, 0.0250),
            (0.0330, 0.0450),
            (0.0560, 0.0700),
            (0.0585, 0.0950),
            (0.0510, 0.1090),
            (0.0220, 0.1110),
        ],
        handle_half=(0.0073, 0.0028),
        outside=[(1e-4, -0.0016), (0.0275, -0.0016), (0.0295, 0.0005), (0.0438, 0.1310)],
        inside=[(0.0385, 0.1310), (0.0270, 0.0120), (0.0240, 0.0090), (1e-4, 0.0080)],
        colors={"outside": red, "inside": (0.62, 0.05, 0.04), "handle": red},
    ).movable()


def white_yellow_mug() -> Movable:
    """``white_yellow_mug``: wide, yellow outside, white inside."""
    yellow = (0.95, 0.84, 0.30)
    return Mug(
        name="white_yellow_mug",
        mass_kg=0.0309,
        center=(-0.0182, 0.0),
        floor=(0.0200, -0.0001, 0.0052),
        rings=[
            Ring(lower=(0.0265, 0.0015), upper=(0.0405, 0.0175), thickness=0.0060, count=10),
            Ring(lower=(0.0405, 0.0165), upper=(0.0515, 0.1031), thickness=0.0055, count=16),
        ],
        handle=[
            (0.0180, 0.0215),
            (0.0520, 0.0240),
            (0.0640, 0.0360),
            (0.0645, 0.0700),
            (0.0540, 0.0800),
            (0.0260, 0.0775),
        ],
        handle_half=(0.0088, 0.0040),
        outside=[
            (1e-4, 0.0001),
            (0.0260, 0.0001),
            (0.0290, 0.0030),
            (0.0390, 0.0130),
            (0.0425, 0.0230),
            (0.0520, 0.1034),
        ],
        inside=[(0.0472, 0.1034), (0.0380, 0.0250), (0.0330, 0.0140), (0.0220, 0.0070), (1e-4, 0.0055)],
        colors={"outside": yellow, "inside": (0.96, 0.96, 0.93), "handle": yellow},
    ).movable()
