"""Packed food: a box to touch, printed with raised shapes to see. Sizes are those of LIBERO's collision boxes."""

from envs.assets.primitive.meshes import blocks, disc, joined
from envs.assets.primitive.mjcf import Box, Material
from envs.assets.primitive.movables import Movable, Surface


def cookies() -> Movable:
    """``cookies``: a flat red box with a white band and two chocolate chip cookies on it."""
    y, z = 0.0413, 0.0094
    card = Box(center=(0, 0, 0), half=(0.031, y, z))
    band = Box(center=(0.019, 0, 0), half=(0.0075, y + 0.0002, z + 0.0002))
    places = [(-0.0085, 0.019), (-0.0085, -0.019)]
    crumbs = [(0.006, 0.003), (-0.006, 0.005), (0.001, -0.007), (-0.001, 0.0)]
    chips = [(a + c, b + d) for a, b in places for c, d in crumbs]
    cookie = joined([disc(0.0155, z, z + 0.0005, center=place, segments=20) for place in places])
    chip = joined([disc(0.0026, z, z + 0.0009, center=place, segments=8) for place in chips])
    return Movable(
        name="cookies",
        folder="stable_hope_objects",
        mass_kg=0.0096,
        boxes=[card],
        surfaces={
            "card": Surface(mesh=blocks([card]), material=Material(rgb=(0.80, 0.10, 0.10))),
            "band": Surface(mesh=blocks([band]), material=Material(rgb=(0.97, 0.93, 0.80))),
            "cookie": Surface(mesh=cookie, material=Material(rgb=(0.82, 0.60, 0.32))),
            "chip": Surface(mesh=chip, material=Material(rgb=(0.25, 0.13, 0.07))),
        },
    )
