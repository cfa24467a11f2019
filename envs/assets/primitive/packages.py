"""Packed food: a box to touch, printed with raised shapes to see. Sizes are those of LIBERO's collision boxes."""

from collections.abc import Mapping

from envs.assets.primitive.hulls import span
from envs.assets.primitive.meshes import Mesh, blocks, disc, joined
from envs.assets.primitive.mjcf import Box, Material, Offsets, Vector
from envs.assets.primitive.movables import Movable, Surface
from envs.assets.primitive.sweeps import moved, stretched


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


def _pack(
    name: str,
    mass_kg: float,
    half: Vector,
    surfaces: Mapping[str, Surface],
    offsets: Offsets,
    center: Vector = (0, 0, 0),
) -> Movable:
    """A box full of food; surfaces are given around the box's centre."""
    return Movable(
        name=name,
        folder="stable_hope_objects",
        mass_kg=mass_kg,
        boxes=[Box(center=center, half=half)],
        surfaces={key: Surface(mesh=moved(it.mesh, center), material=it.material) for key, it in surfaces.items()},
        offsets=offsets,
    )


def _sleeve(half: Vector, low: float, high: float, raised: float = 0.0003) -> Mesh:
    """A stripe around a box, between two places on x."""
    y, z = half[1] + raised, half[2] + raised
    return blocks([span((low, -y, -z), (high, y, z))])


def _oval(x: float, y: float, height: float, center: tuple[float, float] = (0, 0)) -> Mesh:
    """An oval on top of a box, of these half widths."""
    return moved(stretched(disc(1, 0, 1, segments=24), (x, y, height)), (*center, 0))


def butter() -> Movable:
    """``butter``: yellow, red at one end, with a white line between."""
    half = (0.0381, 0.0198, 0.0087)
    surfaces = {
        "paper": Surface(mesh=_sleeve(half, -half[0], half[0], 0), material=Material(rgb=(0.98, 0.83, 0.20))),
        "line": Surface(mesh=_sleeve(half, -0.0020, 0.0040), material=Material(rgb=(0.97, 0.96, 0.90))),
        "end": Surface(mesh=_sleeve(half, -0.0384, -0.0020, 0.0004), material=Material(rgb=(0.80, 0.13, 0.07))),
    }
    return _pack("butter", 0.0052, half, surfaces, Offsets(bottom=-0.02, top=0.02, radius=0.02))


def cream_cheese() -> Movable:
    """``cream_cheese``: silvery blue with a white oval ringed in blue."""
    half = (0.0406, 0.0213, 0.0089)
    surfaces = {
        "paper": Surface(
            mesh=_sleeve(half, -half[0], half[0], 0), material=Material(rgb=(0.60, 0.70, 0.86), shine=0.4)
        ),
        "ends": Surface(
            mesh=joined([_sleeve(half, -0.0409, -0.0330), _sleeve(half, 0.0330, 0.0409)]),
            material=Material(rgb=(0.30, 0.42, 0.72), shine=0.4),
        ),
        "ring": Surface(mesh=_oval(0.026, 0.0155, half[2] + 0.0005), material=Material(rgb=(0.12, 0.22, 0.58))),
        "oval": Surface(mesh=_oval(0.023, 0.0125, half[2] + 0.0008), material=Material(rgb=(0.96, 0.97, 0.98))),
    }
    return _pack("cream_cheese", 0.0062, half, surfaces, Offsets(bottom=-0.025, top=0.025, radius=0.03))


def chocolate_pudding() -> Movable:
    """``chocolate_pudding``: dark brown, with a cream cup of pudding and a red corner."""
    half = (0.0401, 0.0232, 0.0137)
    y, z = half[1] + 0.0004, half[2] + 0.0004
    surfaces = {
        "card": Surface(mesh=_sleeve(half, -half[0], half[0], 0), material=Material(rgb=(0.27, 0.12, 0.06))),
        "corner": Surface(
            mesh=blocks([span((-0.0404, -y, 0.004), (-0.020, 0.004, z))]), material=Material(rgb=(0.75, 0.10, 0.08))
        ),
        "cup": Surface(mesh=_oval(0.0190, 0.0150, z, (0.013, 0)), material=Material(rgb=(0.93, 0.83, 0.66))),
        "pudding": Surface(
            mesh=_oval(0.0140, 0.0105, z + 0.0004, (0.013, 0)), material=Material(rgb=(0.45, 0.23, 0.11))
        ),
        "front": Surface(
            mesh=blocks([span((-0.012, -y, -0.006), (0.034, y, 0.006))]), material=Material(rgb=(0.93, 0.83, 0.66))
        ),
    }
    center = (-0.0005, 0.0, 0.0006)
    return _pack("chocolate_pudding", 0.0102, half, surfaces, Offsets(bottom=-0.06, top=0.04, radius=0.025), center)
