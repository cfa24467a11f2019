"""Things without joints of their own: boxes to touch, meshes to see."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal

import numpy as np

from envs.assets.primitive.meshes import Mesh
from envs.assets.primitive.mjcf import (
    MOVABLE_OFFSETS,
    STIFF_S,
    Box,
    Files,
    Material,
    ObjectFile,
    Offsets,
    Quaternion,
    collision_boxes,
    visual_mesh,
)
from envs.assets.primitive.sweeps import rotated

Z_TO_Y: Quaternion = (sqrt(0.5), -sqrt(0.5), 0.0, 0.0)
"""A quarter turn about x that lays what stands down along y."""


@dataclass(frozen=True, kw_only=True)
class Surface:
    """One visible surface: a mesh and its looks."""

    mesh: Mesh
    material: Material


@dataclass(frozen=True, kw_only=True)
class Movable:
    """An object to which LIBERO adds a free joint, or none where a task names it as a fixture.

    Attributes:
        name: LIBERO's class name in snake case.
        folder: LIBERO's asset folder of the class.
        mass_kg: Mass of LIBERO's object.
        boxes: What touches; near LIBERO's collision boxes in size and origin.
        surfaces: Name → what is seen.
        stiffness_s: Contact time constant in seconds.
        offsets: Size sites.
        regions: Sites that predicates read.
        up: Axis of LIBERO's file that points up when the object stands. Boxes and surfaces are given with z up; for
            ``"y"`` they are laid down.
    """

    name: str
    folder: str
    mass_kg: float
    boxes: Sequence[Box]
    surfaces: Mapping[str, Surface]
    stiffness_s: float = STIFF_S
    offsets: Offsets = MOVABLE_OFFSETS
    regions: Sequence[ET.Element] = ()
    up: Literal["y", "z"] = "z"

    def files(self) -> Files:
        """MJCF file and meshes."""
        folder = f"{self.folder}/{self.name}"
        xml = ObjectFile(
            name=self.name,
            materials={part: surface.material for part, surface in self.surfaces.items()},
            meshes={part: f"{part}.obj" for part in self.surfaces},
            content=[
                *self.regions,
                *collision_boxes(self._placed_boxes(), mass_kg=self.mass_kg, stiffness_s=self.stiffness_s),
                *(visual_mesh(part, part) for part in self.surfaces),
            ],
            offsets=self.offsets,
        )
        made = {f"{folder}/{part}.obj": self._placed(surface.mesh).to_obj() for part, surface in self.surfaces.items()}
        return {f"{folder}/{self.name}.xml": xml.to_bytes()} | made

    def _placed_boxes(self) -> list[Box]:
        return list(self.boxes) if self.up == "z" else [_laid_down(box) for box in self.boxes]

    def _placed(self, mesh: Mesh) -> Mesh:
        return mesh if self.up == "z" else rotated(mesh, np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]))


def _laid_down(box: Box) -> Box:
    x, y, z = box.center
    return replace(box, center=(x, z, -y), quat_wxyz=_product(Z_TO_Y, box.quat_wxyz))


def _product(a: Quaternion, b: Quaternion) -> Quaternion:
    """The rotation `b` followed by `a`, both wxyz."""
    (aw, ax, ay, az), (bw, bx, by, bz) = a, b
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )
