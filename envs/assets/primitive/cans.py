"""Tin cans. Sizes are those of LIBERO's collision boxes in the files of the same names (commit 8f1084e)."""

from envs.assets.primitive.hulls import column, shifted, slab
from envs.assets.primitive.meshes import Profile, lathe, turned_solid
from envs.assets.primitive.mjcf import Color, Material, Offsets, Vector
from envs.assets.primitive.movables import Movable, Surface
from envs.assets.primitive.sweeps import moved

BOTTOM, TOP = -0.0386, 0.0376
RIM = [(0.0310, 0.0355), (0.0322, 0.0368), (0.0318, 0.0380), (0.0300, 0.0380), (0.0294, 0.0366)]
LID = [[(0.0294, 0.0366), (0.0225, 0.0366)], [(0.0225, 0.0366), (0.0215, 0.0370), (1e-4, 0.0370)]]
FOOT = [(1e-4, -0.0384), (0.0300, -0.0384), (0.0322, -0.0374), (0.0312, -0.0358)]
TIN, LID_TIN = Material(rgb=(0.72, 0.73, 0.75), shine=0.7), Material(rgb=(0.50, 0.51, 0.54), shine=0.1)


def _band(bottom: float, top: float) -> Profile:
    return [(0.0314, bottom), (0.0314, top)]


def _can(
    name: str, mass_kg: float, axis: Vector, bands: dict[str, tuple[float, float, Color]], offsets: Offsets
) -> Movable:
    """A can with printed bands, each given by its bottom, top and colour."""
    printed = {
        band: Surface(mesh=moved(lathe(_band(low, high), segments=24), axis), material=Material(rgb=rgb, shine=0.3))
        for band, (low, high, rgb) in bands.items()
    }
    tin, lid = (moved(turned_solid(outlines, segments=24), axis) for outlines in ([FOOT, RIM], LID))
    return Movable(
        name=name,
        folder="stable_hope_objects",
        mass_kg=mass_kg,
        boxes=shifted([*column(0.0306, BOTTOM + 0.0006, TOP), slab(0.0215, BOTTOM, BOTTOM + 0.01)], axis),
        surfaces={**printed, "tin": Surface(mesh=tin, material=TIN), "lid": Surface(mesh=lid, material=LID_TIN)},
        offsets=offsets,
        up="y",
    )


def alphabet_soup() -> Movable:
    """``alphabet_soup``: blue above, a white line, yellow below."""
    bands = {
        "upper": (-0.0080, 0.0358, (0.13, 0.36, 0.78)),
        "line": (-0.0140, -0.0080, (0.96, 0.96, 0.94)),
        "lower": (-0.0362, -0.0140, (0.97, 0.74, 0.12)),
    }
    offsets = Offsets(bottom=-0.04, top=0.04, radius=0.025)
    return _can("alphabet_soup", 0.0259, (-0.0001, 0.0037, 0.0), bands, offsets)


def tomato_sauce() -> Movable:
    """``tomato_sauce``: red with a green belt between white lines."""
    red, green, white = (0.80, 0.10, 0.06), (0.10, 0.45, 0.14), (0.96, 0.96, 0.94)
    bands = {
        "upper": (0.0150, 0.0358, red),
        "line": (0.0120, 0.0150, white),
        "belt": (-0.0120, 0.0120, green),
        "second_line": (-0.0150, -0.0120, white),
        "lower": (-0.0362, -0.0150, red),
    }
    return _can("tomato_sauce", 0.0266, (-0.0001, 0.0033, 0.0), bands, Offsets(bottom=-0.06, top=0.04, radius=0.025))
