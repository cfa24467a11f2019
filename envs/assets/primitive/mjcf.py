"""Typed pieces of MJCF and the file layout that LIBERO reads.

The contract of an object file, as LIBERO 0.1.4 and robosuite 1.4.0 read it:

- ``worldbody > body (unnamed) > body "object"``; the three size sites are children of the unnamed body.
- Every geom states its ``group``: 0 collides and gives mass, 1 is seen and weightless.
- A region site states ``type``, ``pos``, ``quat`` and ``size``; it is found only if every body before its own,
  in document order, holds a site too; the joint of a region is a child of the same body as its site.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import cos, sin
from typing import Any

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
Color = tuple[float, float, float]
Files = dict[str, bytes]
"""Path inside the pack → content."""

UPRIGHT: Quaternion = (1.0, 0.0, 0.0, 0.0)
FRICTION = (0.95, 0.3, 0.1)
STIFF_S = 0.001
SOLIMP = (0.998, 0.998, 0.001)
"""Friction, contact time constant and impedance of LIBERO's object files, e.g. ``plate/plate.xml``."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """An oriented box in its body's frame: centre and half sizes in metres."""

    center: Vector
    half: Vector
    quat_wxyz: Quaternion = UPRIGHT

    @property
    def volume_m3(self) -> float:
        """Volume in cubic metres."""
        return 8 * self.half[0] * self.half[1] * self.half[2]


@dataclass(frozen=True, kw_only=True)
class Material:
    """How a surface looks. Nothing reflects: a reflection renders the whole scene once more.

    Attributes:
        rgb: Colour, or tint of the texture, each in [0, 1].
        shine: Strength of the highlight in [0, 1].
        texture: File name of a picture, relative to the MJCF file, wrapped around as a cube map.
    """

    rgb: Color
    shine: float = 0.2
    texture: str | None = None


@dataclass(frozen=True, kw_only=True)
class Offsets:
    """The size sites from which LIBERO's samplers place an object, in metres."""

    bottom: float
    top: float
    radius: float


MOVABLE_OFFSETS = Offsets(bottom=-0.06, top=0.04, radius=0.025)
"""Size sites of most of LIBERO's movable objects."""


@dataclass(kw_only=True)
class ObjectFile:
    """Everything that one object's MJCF file says.

    Attributes:
        name: LIBERO's class name in snake case.
        materials: Material name → looks.
        meshes: Mesh name → file, relative to the MJCF file.
        content: Children of the body ``object``.
        offsets: Size sites.
    """

    name: str
    materials: dict[str, Material]
    meshes: dict[str, str] = field(default_factory=dict)
    content: list[ET.Element] = field(default_factory=list)
    offsets: Offsets = MOVABLE_OFFSETS

    def to_bytes(self) -> bytes:
        """The MJCF file."""
        root = element("mujoco", model=self.name)
        root.append(element("asset", children=assets(self.materials, self.meshes)))
        outer = body(None, [body("object", self.content), *_size_sites(self.offsets)])
        root.append(element("worldbody", children=[outer]))
        return to_bytes(root)


def number(value: float) -> str:
    """Six decimals at most, so that the last bit of a platform's sine never reaches a file."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(tag: str, *, children: Iterable[ET.Element] = (), **attributes: Any) -> ET.Element:
    """An XML element; numbers and tuples of numbers are formatted, ``None`` is left out."""
    made = ET.Element(tag, {key: _text(value) for key, value in attributes.items() if value is not None})
    made.extend(children)
    return made


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(number(item) for item in value)
    return number(value) if isinstance(value, float | int) else str(value)


def to_bytes(root: ET.Element) -> bytes:
    """Indented UTF-8 text of an XML tree."""
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8") + b"\n"


def body(name: str | None, children: Iterable[ET.Element], **attributes: Any) -> ET.Element:
    """A body with its sites, joints, geoms and child bodies."""
    return element("body", name=name, children=children, **attributes)


def site(name: str, center: Vector, half: Vector, quat_wxyz: Quaternion = UPRIGHT) -> ET.Element:
    """An invisible box region that LIBERO's predicates read."""
    return element("site", name=name, type="box", pos=center, quat=quat_wxyz, size=half, group=0, rgba=(0.0, 0, 0, 0))


def collision_box(box: Box, *, density: float = 100.0, stiffness_s: float = STIFF_S) -> ET.Element:
    """A box that touches and weighs, never drawn; density in kg/m³, contact time constant in seconds."""
    return element(
        "geom",
        type="box",
        group=0,
        pos=box.center,
        quat=box.quat_wxyz,
        size=box.half,
        density=density,
        friction=FRICTION,
        solref=(stiffness_s, 1),
        solimp=SOLIMP,
    )


def collision_boxes(boxes: Iterable[Box], *, mass_kg: float, stiffness_s: float = STIFF_S) -> list[ET.Element]:
    """Boxes that together weigh `mass_kg`, of one density."""
    boxes = list(boxes)
    density = mass_kg / sum(box.volume_m3 for box in boxes)
    return [collision_box(box, density=density, stiffness_s=stiffness_s) for box in boxes]


def visual_mesh(mesh: str, material: str) -> ET.Element:
    """A mesh that is drawn only."""
    return element("geom", type="mesh", mesh=mesh, material=material, group=1, contype=0, conaffinity=0, mass=0)


def assets(materials: dict[str, Material], meshes: dict[str, str]) -> list[ET.Element]:
    """Textures, materials and meshes of an ``<asset>`` block."""
    made = []
    for name, material in materials.items():
        if material.texture:
            made.append(element("texture", name=f"tex-{name}", type="cube", file=material.texture))
        made.append(_material(name, material))
    # Shell inertia: a thin or open mesh has no volume, and nothing here weighs anyway.
    made += [element("mesh", name=name, file=file, inertia="shell") for name, file in meshes.items()]
    return made


def _material(name: str, material: Material) -> ET.Element:
    return element(
        "material",
        name=name,
        texture=f"tex-{name}" if material.texture else None,
        rgba=(*material.rgb, 1.0),
        specular=material.shine,
        shininess=material.shine,
        reflectance=0,
    )


def _size_sites(offsets: Offsets) -> list[ET.Element]:
    places = {
        "bottom_site": (0.0, 0.0, offsets.bottom),
        "top_site": (0.0, 0.0, offsets.top),
        "horizontal_radius_site": (offsets.radius, offsets.radius, 0.0),
    }
    return [element("site", name=name, pos=pos, size=0.005, rgba=(0.0, 0, 0, 0)) for name, pos in places.items()]


def turned(yaw_rad: float, pitch_rad: float = 0.0) -> Quaternion:
    """Orientation wxyz of a pitch about y followed by a yaw about z."""
    c, s = cos(yaw_rad / 2), sin(yaw_rad / 2)
    C, S = cos(pitch_rad / 2), sin(pitch_rad / 2)
    return (c * C, -s * S, c * S, s * C)
