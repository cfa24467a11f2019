"""Bottles: boxes stacked from foot to cap, and a turned surface, flattened where the bottle is.

Sizes are those of LIBERO's collision boxes in the files of the same names (commit 8f1084e): a gripper takes a bottle
across its narrow side, or at the cap or neck.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from envs.assets.primitive import meshes
from envs.assets.primitive.hulls import column, shifted, span
from envs.assets.primitive.meshes import Profile
from envs.assets.primitive.mjcf import MOVABLE_OFFSETS, Box, Material, Offsets, Vector
from envs.assets.primitive.movables import Movable, Surface
from envs.assets.primitive.sweeps import moved, stretched


@dataclass(frozen=True, kw_only=True)
class Tier:
    """One height of a bottle, in metres: a box of these half widths, or a round column."""

    half_x: float
    half_y: float
    bottom: float
    top: float
    round: bool = False

    def boxes(self) -> list[Box]:
        """What touches."""
        if self.round:
            return column(self.half_x, self.bottom, self.top)
        return [span((-self.half_x, -self.half_y, self.bottom), (self.half_x, self.half_y, self.top))]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One colour of a bottle.

    Attributes:
        profile: Points (radius along x, height) in metres.
        material: Looks.
        flatness: Width along y over width along x.
    """

    profile: Profile
    material: Material
    flatness: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Bottle:
    """Numbers of one bottle.

    Attributes:
        name: LIBERO's class name in snake case.
        folder: LIBERO's asset folder of the class.
        mass_kg: Mass of LIBERO's object.
        axis: Where the bottle's axis meets the height of the body's origin, standing; in metres.
        tiers: What touches.
        layers: Name → what is seen.
        up: As in `Movable`.
        offsets: Size sites.
    """

    name: str
    folder: str = "stable_hope_objects"
    mass_kg: float
    axis: Vector = (0.0, 0.0, 0.0)
    tiers: Sequence[Tier]
    layers: dict[str, Layer]
    up: Literal["y", "z"] = "y"
    offsets: Offsets = MOVABLE_OFFSETS

    def movable(self) -> Movable:
        """The bottle as an object of the pack."""
        return Movable(
            name=self.name,
            folder=self.folder,
            mass_kg=self.mass_kg,
            boxes=shifted([box for tier in self.tiers for box in tier.boxes()], self.axis),
            surfaces={name: self._surface(layer) for name, layer in self.layers.items()},
            offsets=self.offsets,
            up=self.up,
        )

    def _surface(self, layer: Layer) -> Surface:
        turned = meshes.lathe(layer.profile, segments=24)
        return Surface(mesh=moved(stretched(turned, (1, layer.flatness, 1)), self.axis), material=layer.material)


def _cap(radius: float, bottom: float, top: float) -> Profile:
    """A closed cap with a rounded edge."""
    return [(radius * 0.96, bottom), (radius, bottom + 0.002), (radius, top - 0.003), (radius * 0.85, top), (1e-4, top)]


def ketchup() -> Movable:
    """``ketchup``: a flat red bottle with a white cap and a yellow label."""
    foot = [(1e-4, -0.0724), (0.0265, -0.0724), (0.0290, -0.0695), (0.0305, -0.0550)]
    shoulder = [(0.0300, -0.0160), (0.0250, 0.0020), (0.0190, 0.0220), (0.0165, 0.0365)]
    red = Material(rgb=(0.78, 0.06, 0.04), shine=0.5)
    return Bottle(
        name="ketchup",
        mass_kg=0.0232,
        axis=(0.0005, -0.0007, 0.0),
        tiers=[
            Tier(half_x=0.0281, half_y=0.0169, bottom=-0.0725, top=-0.0063),
            Tier(half_x=0.0205, half_y=0.0140, bottom=-0.0063, top=0.0362),
            Tier(half_x=0.0170, half_y=0.0170, bottom=0.0362, top=0.0731, round=True),
        ],
        layers={
            "sauce": Layer(profile=[*foot, (0.0308, -0.035), *shoulder], material=red, flatness=0.62),
            "label": Layer(
                profile=[(0.0310, -0.0540), (0.0314, -0.035), (0.0308, -0.0170)],
                material=Material(rgb=(0.98, 0.80, 0.12), shine=0.3),
                flatness=0.63,
            ),
            "cap": Layer(profile=_cap(0.0172, 0.0355, 0.0735), material=Material(rgb=(0.93, 0.93, 0.92), shine=0.5)),
        },
    ).movable()


def bbq_sauce() -> Movable:
    """``bbq_sauce``: a small dark brown bottle with an orange cap and an orange label."""
    sauce = [(1e-4, -0.0545), (0.0215, -0.0545), (0.0240, -0.0520), (0.0245, -0.0120), (0.0215, 0.0020)]
    return Bottle(
        name="bbq_sauce",
        mass_kg=0.0122,
        tiers=[
            Tier(half_x=0.0235, half_y=0.0145, bottom=-0.0546, top=-0.0010),
            Tier(half_x=0.0146, half_y=0.0143, bottom=-0.0010, top=0.0257),
            Tier(half_x=0.0134, half_y=0.0134, bottom=0.0257, top=0.0525, round=True),
        ],
        layers={
            "sauce": Layer(
                profile=[*sauce, (0.0160, 0.0150), (0.0128, 0.0270)],
                material=Material(rgb=(0.24, 0.07, 0.03), shine=0.5),
                flatness=0.63,
            ),
            "label": Layer(
                profile=[(0.0246, -0.0420), (0.0250, -0.0280), (0.0249, -0.0150)],
                material=Material(rgb=(0.93, 0.45, 0.05), shine=0.3),
                flatness=0.64,
            ),
            "cap": Layer(profile=_cap(0.0136, 0.0250, 0.0528), material=Material(rgb=(0.90, 0.38, 0.04), shine=0.5)),
        },
        up="z",
        offsets=Offsets(bottom=-0.06, top=0.06, radius=0.015),
    ).movable()


def _salad_dressing(name: str, lift: float) -> Movable:
    """A white, waisted bottle with a dark green cap and label."""
    body = [(1e-4, -0.0725), (0.0185, -0.0725), (0.0225, -0.0700), (0.0285, -0.0480), (0.0290, -0.0330)]
    neck = [(0.0265, -0.0120), (0.0200, 0.0060), (0.0155, 0.0200), (0.0150, 0.0360)]
    green = Material(rgb=(0.05, 0.30, 0.13), shine=0.4)
    return Bottle(
        name=name,
        mass_kg=0.0218,
        axis=(-0.0010, -0.0002, lift),
        tiers=[
            Tier(half_x=0.0200, half_y=0.0165, bottom=-0.0727, top=-0.0580),
            Tier(half_x=0.0264, half_y=0.0178, bottom=-0.0580, top=-0.0100),
            Tier(half_x=0.0200, half_y=0.0155, bottom=-0.0100, top=0.0040),
            Tier(half_x=0.0149, half_y=0.0129, bottom=0.0040, top=0.0356),
            Tier(half_x=0.0168, half_y=0.0168, bottom=0.0356, top=0.0728, round=True),
        ],
        layers={
            "bottle": Layer(profile=[*body, *neck], material=Material(rgb=(0.92, 0.93, 0.90), shine=0.5), flatness=0.7),
            "label": Layer(
                profile=[(0.0287, -0.0475), (0.0295, -0.0330), (0.0281, -0.0190)], material=green, flatness=0.71
            ),
            "cap": Layer(profile=_cap(0.0170, 0.0350, 0.0732), material=green),
        },
    ).movable()


def salad_dressing() -> Movable:
    """``salad_dressing``."""
    return _salad_dressing("salad_dressing", lift=0.0)


def new_salad_dressing() -> Movable:
    """``new_salad_dressing``: the same bottle, 5 cm higher above its body's origin."""
    return _salad_dressing("new_salad_dressing", lift=0.05)


def wine_bottle() -> Movable:
    """``wine_bottle``: a slender green bottle with a white label and a cork."""
    glass = [(1e-4, 0.0010), (0.0195, 0.0010), (0.0215, 0.0030), (0.0215, 0.0640), (0.0190, 0.0740), (0.0120, 0.0860)]
    return Bottle(
        name="wine_bottle",
        folder="turbosquid_objects",
        mass_kg=0.0154,
        axis=(0.0003, 0.0001, 0.0),
        tiers=[
            Tier(half_x=0.0150, half_y=0.0150, bottom=0.0011, top=0.0035),
            Tier(half_x=0.0206, half_y=0.0206, bottom=0.0035, top=0.0650, round=True),
            Tier(half_x=0.0130, half_y=0.0130, bottom=0.0650, top=0.0860),
            Tier(half_x=0.0076, half_y=0.0076, bottom=0.0860, top=0.1581, round=True),
        ],
        layers={
            "glass": Layer(
                profile=[*glass, (0.0085, 0.0980), (0.0075, 0.1480), (0.0085, 0.1490)],
                material=Material(rgb=(0.04, 0.22, 0.08), shine=0.7),
            ),
            "label": Layer(
                profile=[(0.0218, 0.0180), (0.0218, 0.0500)], material=Material(rgb=(0.93, 0.90, 0.80), shine=0.2)
            ),
            "cork": Layer(profile=_cap(0.0082, 0.1485, 0.1585), material=Material(rgb=(0.80, 0.55, 0.30), shine=0.1)),
        },
        up="z",
    ).movable()
