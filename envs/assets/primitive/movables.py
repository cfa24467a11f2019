"""Things that are picked up: boxes to touch, meshes to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from envs.assets.primitive.meshes import Mesh
from envs.assets.primitive.mjcf import (
    MOVABLE_OFFSETS,
    STIFF_S,
    Box,
    Files,
    Material,
    ObjectFile,
    Offsets,
    collision_boxes,
    visual_mesh,
)


@dataclass(frozen=True, kw_only=True)
class Surface:
    """One visible surface: a mesh and its looks."""

    mesh: Mesh
    material: Material


@dataclass(frozen=True, kw_only=True)
class Movable:
    """An object with a free joint, which LIBERO adds.

    Attributes:
        name: LIBERO's class name in snake case.
        folder: LIBERO's asset folder of the class.
        mass_kg: Mass of LIBERO's object.
        boxes: What touches; near LIBERO's collision boxes in size and origin.
        surfaces: Name → what is seen.
        stiffness_s: Contact time constant in seconds.
        offsets: Size sites.
    """

    name: str
    folder: str
    mass_kg: float
    boxes: Sequence[Box]
    surfaces: Mapping[str, Surface]
    stiffness_s: float = STIFF_S
    offsets: Offsets = MOVABLE_OFFSETS

    def files(self) -> Files:
        """MJCF file and meshes."""
        folder = f"{self.folder}/{self.name}"
        xml = ObjectFile(
            name=self.name,
            materials={part: surface.material for part, surface in self.surfaces.items()},
            meshes={part: f"{part}.obj" for part in self.surfaces},
            content=collision_boxes(self.boxes, mass_kg=self.mass_kg, stiffness_s=self.stiffness_s)
            + [visual_mesh(part, part) for part in self.surfaces],
            offsets=self.offsets,
        )
        made = {f"{folder}/{part}.obj": surface.mesh.to_obj() for part, surface in self.surfaces.items()}
        return {f"{folder}/{self.name}.xml": xml.to_bytes()} | made
