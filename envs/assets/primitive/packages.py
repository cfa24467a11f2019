"""Packed food: a box to touch, printed boxes and discs to see."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

from envs.assets.primitive.mjcf import (
    MOVABLE_OFFSETS,
    Box,
    Files,
    Material,
    ObjectFile,
    Offsets,
    collision_boxes,
    visual_box,
    visual_cylinder,
)


@dataclass(frozen=True, kw_only=True)
class Package:
    """A cardboard box with its print.

    Attributes:
        name: LIBERO's class name in snake case.
        mass_kg: Mass of LIBERO's object.
        half: Half sizes in metres, of LIBERO's collision box.
        materials: Material name → looks; ``card`` is the box itself.
        print: Geoms drawn on top.
    """

    name: str
    mass_kg: float
    half: tuple[float, float, float]
    materials: dict[str, Material]
    print: Sequence[ET.Element]
    offsets: Offsets = MOVABLE_OFFSETS
    folder: str = "stable_hope_objects"

    def files(self) -> Files:
        """The MJCF file."""
        card = Box(center=(0, 0, 0), half=self.half)
        geoms = [*collision_boxes([card], mass_kg=self.mass_kg), visual_box(card, "card"), *self.print]
        xml = ObjectFile(name=self.name, materials=self.materials, content=geoms, offsets=self.offsets)
        return {f"{self.folder}/{self.name}/{self.name}.xml": xml.to_bytes()}


def cookies() -> Package:
    """``cookies``: a flat red box with a white band and two chocolate chip cookies on it."""
    half = (0.031, 0.0413, 0.0094)
    band = Box(center=(0.019, 0, 0), half=(0.0075, half[1] + 0.0002, half[2] + 0.0002))
    places = [(-0.0085, 0.019), (-0.0085, -0.019)]
    chips = [(0.006, 0.003), (-0.006, 0.005), (0.001, -0.007), (-0.001, 0.0)]
    top = half[2]
    drawn = [visual_box(band, "label")]
    for x, y in places:
        drawn.append(visual_cylinder((x, y, top), 0.0155, 0.0005, "cookie"))
        drawn += [visual_cylinder((x + a, y + b, top), 0.0026, 0.0008, "chip") for a, b in chips]
    looks = {
        "card": Material(rgb=(0.80, 0.10, 0.10)),
        "label": Material(rgb=(0.97, 0.93, 0.80)),
        "cookie": Material(rgb=(0.82, 0.60, 0.32)),
        "chip": Material(rgb=(0.25, 0.13, 0.07)),
    }
    return Package(name="cookies", mass_kg=0.0096, half=half, materials=looks, print=drawn)
