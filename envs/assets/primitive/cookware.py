"""Frying pan and moka pot. Sizes follow LIBERO's collision boxes of the same names (commit 8f1084e)."""

from envs.assets.primitive.hulls import bars, column, shifted, slab, span, wall
from envs.assets.primitive.meshes import blocks, joined, lathe, turned_solid
from envs.assets.primitive.mjcf import Box, Material, Vector
from envs.assets.primitive.movables import Movable, Surface
from envs.assets.primitive.sweeps import moved, tube

PAN_AXIS: Vector = (0.0050, 0.0, 0.0)
PAN_NECK: list[Vector] = [(0.0980, 0.0, 0.0210), (0.1270, 0.0, 0.0335)]
PAN_HANDLE: list[Vector] = [(0.1250, 0.0, 0.0345), (0.2590, 0.0, 0.0520)]


def frypan() -> Movable:
    """``chefmate_8_frypan``: a black pan with a steel neck and a long black handle along x."""
    outer = [(1e-4, 0.0008), (0.0740, 0.0008), (0.0800, 0.0035), (0.1000, 0.0400), (0.1020, 0.0425)]
    inner = [(0.1020, 0.0425), (0.0985, 0.0425), (0.0770, 0.0090), (0.0730, 0.0062), (1e-4, 0.0060)]
    iron, coating = Material(rgb=(0.07, 0.07, 0.08), shine=0.4), Material(rgb=(0.20, 0.20, 0.21), shine=0.3)
    return Movable(
        name="chefmate_8_frypan",
        folder="stable_scanned_objects",
        mass_kg=0.0502,
        boxes=[
            *shifted(wall((0.0790, 0.0030), (0.1000, 0.0425), thickness=0.0050), PAN_AXIS),
            *shifted([slab(0.0550, 0.0008, 0.0090), *column(0.0760, 0.0016, 0.0090, count=2)], PAN_AXIS),
            *bars(PAN_NECK, half_width=0.0100, half_thickness=0.0060),
            *bars(PAN_HANDLE, half_width=0.0127, half_thickness=0.0062),
        ],
        surfaces={
            "outside": Surface(mesh=moved(lathe(outer, segments=40), PAN_AXIS), material=iron),
            "inside": Surface(
                mesh=moved(turned_solid([inner[:2], inner[1:]], segments=40), PAN_AXIS), material=coating
            ),
            "neck": Surface(mesh=tube(PAN_NECK, 0.0100, 0.0045), material=Material(rgb=(0.65, 0.66, 0.68), shine=0.7)),
            "handle": Surface(mesh=tube(PAN_HANDLE, 0.0127, 0.0065), material=iron),
        },
    )


MOKA_HANDLE: list[Vector] = [
    (0.0, 0.0360, 0.0540),
    (0.0, 0.0640, 0.0615),
    (0.0, 0.0810, 0.0510),
    (0.0, 0.0730, 0.0280),
    (0.0, 0.0600, -0.0020),
]


def _spout() -> list[Box]:
    return [
        span((-0.0150, -0.0420, 0.0240), (0.0150, -0.0300, 0.0620)),
        span((-0.0080, -0.0563, 0.0380), (0.0080, -0.0420, 0.0600)),
    ]


def moka_pot() -> Movable:
    """``moka_pot``: eight-sided, silver, waisted, with a black handle towards positive y and a black knob."""
    boiler = [(1e-4, -0.0655), (0.0385, -0.0655), (0.0395, -0.0630), (0.0350, -0.0050)]
    belt = [(0.0365, -0.0050), (0.0375, -0.0020), (0.0375, 0.0040), (0.0330, 0.0060)]
    jug = [(0.0320, 0.0060), (0.0375, 0.0560)]
    lid = [(0.0380, 0.0560), (0.0380, 0.0590), (0.0150, 0.0665), (1e-4, 0.0670)]
    silver, black = Material(rgb=(0.80, 0.81, 0.83), shine=0.7), Material(rgb=(0.06, 0.06, 0.07), shine=0.4)
    knob = lathe([(0.0055, 0.0640), (0.0070, 0.0780), (0.0075, 0.0830), (0.0050, 0.0857), (1e-4, 0.0857)], segments=12)
    return Movable(
        name="moka_pot",
        folder="turbosquid_objects",
        mass_kg=0.0682,
        boxes=[
            *column(0.0350, -0.0655, 0.0669),
            slab(0.0250, -0.0661, -0.0600),
            slab(0.0056, 0.0669, 0.0857),
            *_spout(),
            *bars(MOKA_HANDLE, half_width=0.0068, half_thickness=0.0068),
        ],
        surfaces={
            "pot": Surface(mesh=turned_solid([boiler, jug, lid], segments=8), material=silver),
            "belt": Surface(mesh=lathe(belt, segments=16), material=Material(rgb=(0.50, 0.51, 0.53), shine=0.6)),
            "spout": Surface(mesh=blocks(_spout()), material=silver),
            "black": Surface(mesh=joined([tube(MOKA_HANDLE, 0.0075, 0.0068), knob]), material=black),
        },
    )
