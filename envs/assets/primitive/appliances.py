"""Microwave oven. Boxes, hinge and regions are those of LIBERO's ``articulated_objects/microwave.xml`` (8f1084e)."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from envs.assets.primitive.furniture import Part, fixture
from envs.assets.primitive.hulls import bars, span
from envs.assets.primitive.meshes import blocks
from envs.assets.primitive.mjcf import Box, Files, Material, Offsets, Vector, body, collision_boxes, element, site
from envs.assets.primitive.sweeps import tube

HINGE: Vector = (-0.1725, -0.088, 0.096)
"""Where the door's body sits on the oven."""

CASE = [
    span((-0.1725, -0.0880, 0.0), (-0.1435, 0.1110, 0.1870)),
    span((0.0635, -0.0880, 0.0), (0.1725, 0.1110, 0.1870)),
    span((-0.1440, 0.0805, 0.0), (0.0630, 0.1105, 0.1870)),
    span((-0.1435, -0.0880, 0.1680), (0.0635, 0.0810, 0.1870)),
    span((-0.1435, -0.0880, 0.0), (0.0635, 0.0800, 0.0240)),
    span((0.0875, -0.1105, 0.0), (0.1725, -0.0865, 0.1870)),
]
DOOR = span((0.0, -0.0250, -0.0925), (0.2590, -0.0010, 0.0925))
HANDLE: list[Vector] = [
    (0.2375, -0.0240, 0.0650),
    (0.2375, -0.0540, 0.0650),
    (0.2375, -0.0540, -0.0650),
    (0.2375, -0.0240, -0.0650),
]
CASE_KG, DOOR_KG = 3.0, 0.26
OFFSETS = Offsets(bottom=-0.06, top=0.06, radius=0.015)


def _touching(boxes: Sequence[Box], mass_kg: float) -> list[ET.Element]:
    """Boxes that meet the robot and other things, but not each other: the door lies close to the case.

    Contact as soft as in LIBERO's file; it states no friction, so MuJoCo's own holds. Its contact margin of 1 mm is
    left out: for our bowl's leaning boxes within that margin, MuJoCo 3.8.1 reports contacts 0.27 m deep.
    """
    geoms = collision_boxes(boxes, mass_kg=mass_kg)
    for geom in geoms:
        geom.attrib |= {"contype": "0", "conaffinity": "1", "solref": "0.02 1"}
        geom.attrib |= {"solimp": "0.8 0.9 0.01", "friction": "1 0.005 0.0001"}
    return geoms


def _case_parts() -> list[Part]:
    feet = [
        span((x - 0.012, y - 0.012, -0.0001), (x + 0.012, y + 0.012, 0.004))
        for x in (-0.15, 0.15)
        for y in (-0.08, 0.09)
    ]
    buttons = [
        span((x - 0.010, -0.1115, z - 0.007), (x + 0.010, -0.1100, z + 0.007))
        for x in (0.117, 0.145)
        for z in (0.040, 0.064, 0.088)
    ]
    clock = span((0.102, -0.1113, 0.135), (0.160, -0.1100, 0.162))
    inside = span((-0.1430, 0.0795, 0.0245), (0.0630, 0.0800, 0.1675))
    return [
        Part(name="case", material="dark", shape=blocks([*CASE, *feet])),
        Part(name="inside", material="grey", shape=blocks([inside])),
        Part(name="buttons", material="metal", shape=blocks(buttons)),
        Part(name="clock", material="clock", shape=blocks([clock])),
    ]


def _door_parts() -> list[Part]:
    window = span((0.0350, -0.0256, -0.0620), (0.2050, -0.0249, 0.0620))
    return [
        Part(name="door", material="dark", shape=blocks([DOOR])),
        Part(name="window", material="glass", shape=blocks([window])),
        Part(name="handle", material="metal", shape=tube(HANDLE, 0.008, 0.008)),
    ]


def microwave() -> Files:
    """``microwave``: dark, its door hinged at negative x and opening towards negative y."""
    case, door = _case_parts(), _door_parts()
    hinge = element(
        "joint", name="microjoint", type="hinge", axis=(0.0, 0, 1), limited="true", range=(-2.094, 0.0), damping=0.5
    )
    touched = [DOOR, *bars(HANDLE, half_width=0.0095, half_thickness=0.0095)]
    leaf = [hinge, *_touching(touched, DOOR_KG), *(geom for part in door for geom in part.geoms())]
    content = [
        site("top_side", (0, 0.01, 0.2), (0.12, 0.0835, 0.005)),
        site("heating_region", (0, 0.01, 0.096), (0.12, 0.0835, 0.08)),
        *_touching(CASE, CASE_KG),
        *(geom for part in case for geom in part.geoms()),
        body("microdoorroot", leaf, pos=HINGE),
    ]
    looks = {
        "dark": Material(rgb=(0.20, 0.20, 0.21), shine=0.4),
        "grey": Material(rgb=(0.55, 0.56, 0.57)),
        "glass": Material(rgb=(0.42, 0.45, 0.48), shine=0.7),
        "metal": Material(rgb=(0.72, 0.73, 0.75), shine=0.7),
        "clock": Material(rgb=(0.10, 0.55, 0.30)),
    }
    return fixture("microwave", looks, [*case, *door], content, offsets=OFFSETS)
