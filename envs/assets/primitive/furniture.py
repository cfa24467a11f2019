"""Cabinet and stove: fixed things with joints.

Bodies, joints, sites and outer sizes are those of LIBERO's ``articulated_objects/wooden_cabinet.xml`` and
``flat_stove.xml`` (commit 8f1084e); the boxes between them are our own.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, replace

from envs.assets.primitive import meshes, textures
from envs.assets.primitive.hulls import span
from envs.assets.primitive.meshes import Mesh
from envs.assets.primitive.mjcf import (
    Box,
    Files,
    Material,
    ObjectFile,
    Offsets,
    body,
    collision_box,
    element,
    site,
    turned,
    visual_mesh,
)

FIXTURE_OFFSETS = Offsets(bottom=-0.045, top=0.045, radius=0.045)
LYING = (0.70711, 0.0, 0.70711, 0.0)
"""Orientation of the drawer regions: their box's first axis points down."""


@dataclass(frozen=True, kw_only=True)
class Drawer:
    """One drawer: level name and the heights of LIBERO's parts in metres.

    Attributes:
        level: Prefix of body, joint and region.
        floor_z: Centre of the drawer's floor.
        side_z: Centre of sides and back.
        region_z: Centre of the region site.
        handle_z: Centre of the handle.
    """

    level: str
    floor_z: float
    side_z: float
    region_z: float
    handle_z: float


DRAWERS = (
    Drawer(level="top", floor_z=0.1551, side_z=0.1836, region_z=0.18563, handle_z=0.1839),
    Drawer(level="middle", floor_z=0.0854, side_z=0.1139, region_z=0.1169, handle_z=0.1104),
    Drawer(level="bottom", floor_z=0.0168, side_z=0.0452, region_z=0.04701, handle_z=0.0411),
)


@dataclass(frozen=True, kw_only=True)
class CabinetLooks:
    """Materials of a cabinet: carcass, drawer fronts, insides of the drawers, handles."""

    carcass: Material
    front: Material
    inside: Material
    handle: Material

    def named(self) -> dict[str, Material]:
        """Material name → looks."""
        return {part: getattr(self, part) for part in ("carcass", "front", "inside", "handle")}


@dataclass(frozen=True, kw_only=True)
class Part:
    """Boxes of one material that move together.

    Attributes:
        name: Name of the mesh.
        material: Name of the material.
        boxes: What touches and is seen.
        shape: What is seen, if that is not the boxes.
    """

    name: str
    material: str
    boxes: Sequence[Box] = ()
    shape: Mesh | None = None

    def geoms(self) -> list[ET.Element]:
        """Collision boxes and the drawn mesh."""
        return [*map(collision_box, self.boxes), visual_mesh(self.name, self.material)]

    def mesh(self) -> Mesh:
        """What is drawn."""
        return self.shape or meshes.blocks(self.boxes)


def fixture(
    name: str,
    materials: dict[str, Material],
    parts: Sequence[Part],
    content: Sequence[ET.Element],
    offsets: Offsets = FIXTURE_OFFSETS,
) -> Files:
    """MJCF file and meshes of a fixed thing whose bodies are `content`."""
    xml = ObjectFile(
        name=name,
        materials=materials,
        meshes={part.name: f"{name}/{part.name}.obj" for part in parts},
        content=list(content),
        offsets=offsets,
    )
    made = {f"articulated_objects/{name}/{part.name}.obj": part.mesh().to_obj() for part in parts}
    return {f"articulated_objects/{name}.xml": xml.to_bytes()} | made


def _carcass() -> Part:
    """Sides, back, bottom, shelves and top; the front, at negative y, is open."""
    panels = [
        span((-0.1174, -0.0792, 0.0085), (-0.1070, 0.1116, 0.2201)),
        span((0.1138, -0.0792, 0.0085), (0.1242, 0.1116, 0.2201)),
        span((-0.1070, 0.1073, 0.0085), (0.1138, 0.1116, 0.2201)),
        span((-0.1189, -0.0734, 0.0046), (0.1269, 0.1062, 0.0092)),
        *(span((-0.1070, -0.0600, z - 0.0011), (0.1138, 0.1073, z + 0.0011)) for z in (0.0793, 0.1494)),
    ]
    top = span((-0.1234, -0.0783, 0.2201), (0.1312, 0.1099, 0.2230))
    return Part(name="carcass", material="carcass", boxes=[*panels, top])


def _drawer_parts(drawer: Drawer) -> list[Part]:
    """Tray, front panel and handle."""
    z, level = drawer.side_z, drawer.level
    tray = [
        Box(center=(0.0035, 0.0105, drawer.floor_z), half=(0.107, 0.081, 0.004)),
        Box(center=(-0.1019, 0.0111, z), half=(0.0027, 0.0815, 0.0316)),
        Box(center=(0.1089, 0.0111, z), half=(0.0027, 0.0815, 0.0313)),
        Box(center=(0.0033, 0.0908, z), half=(0.1068, 0.0036, 0.0321)),
        Box(center=(0.0033, -0.0684, z), half=(0.1068, 0.0036, 0.0321)),
    ]
    front = Box(center=(0.0033, -0.0752, z - 0.0005), half=(0.1093, 0.0027, 0.0343))
    # Drawn a little smaller than it touches, so that dark gaps part the three fronts.
    panel = meshes.blocks([replace(front, half=(0.1075, 0.0027, 0.0322))])
    return [
        Part(name=f"{level}_tray", material="inside", boxes=tray),
        Part(name=f"{level}_front", material="front", boxes=[front], shape=panel),
        Part(name=f"{level}_handle", material="handle", boxes=_handle(drawer.handle_z)),
    ]


def _drawer_body(drawer: Drawer, parts: Sequence[Part]) -> ET.Element:
    region = site(f"{drawer.level}_region", (0.00328, 0.01128, drawer.region_z), (0.02993, 0.07561, 0.10224), LYING)
    weight = element("inertial", pos=(0.0, 0, 0), mass=3, diaginertia=(1.0, 1, 1))
    geoms = [geom for part in parts for geom in part.geoms()]
    return body(f"cabinet_{drawer.level}", [region, weight, _slide(f"{drawer.level}_level"), *geoms])


def _handle(z: float) -> list[Box]:
    bar = Box(center=(-0.0028, -0.1016, z), half=(0.0445, 0.0077, 0.0082))
    posts = [Box(center=(x, -0.0835, z), half=(0.0051, 0.0106, 0.0055)) for x in (0.0292, -0.0356)]
    return [bar, *posts]


def _slide(name: str) -> ET.Element:
    return element("joint", name=name, type="slide", axis=(0.0, 1, 0), limited="true", range=(-0.16, 0.01), damping=50)


def cabinet(name: str, looks: CabinetLooks) -> Files:
    """A chest of three drawers that slide towards negative y."""
    carcass, drawers = _carcass(), {drawer: _drawer_parts(drawer) for drawer in DRAWERS}
    top_side = site("top_side", (0.00354, 0.01567, 0.22152), (0.12534, 0.09438, 0.00147))
    bodies = [_drawer_body(drawer, parts) for drawer, parts in drawers.items()]
    base = body("base", [top_side, *carcass.geoms(), *bodies])
    parts = [carcass, *(part for parts in drawers.values() for part in parts)]
    wood = textures.tinted(textures.grain(64, planks=1, seed=2, contrast=0.12), (0.9, 0.9, 0.9))
    return fixture(name, looks.named(), parts, [base]) | {f"articulated_objects/{name}/wood.png": textures.png(wood)}


def wooden_cabinet() -> Files:
    """``wooden_cabinet``: dark carcass, brown fronts, brass handles."""
    wood = "wooden_cabinet/wood.png"
    looks = CabinetLooks(
        carcass=Material(rgb=(0.40, 0.23, 0.13), texture=wood),
        front=Material(rgb=(0.70, 0.42, 0.22), texture=wood),
        inside=Material(rgb=(0.78, 0.60, 0.40)),
        handle=Material(rgb=(0.80, 0.72, 0.50), shine=0.7),
    )
    return cabinet("wooden_cabinet", looks)


def white_cabinet() -> Files:
    """``white_cabinet``: white, with grey handles."""
    wood = "white_cabinet/wood.png"
    looks = CabinetLooks(
        carcass=Material(rgb=(0.92, 0.92, 0.93), texture=wood),
        front=Material(rgb=(1.0, 1.0, 1.0), texture=wood),
        inside=Material(rgb=(0.80, 0.80, 0.82)),
        handle=Material(rgb=(0.45, 0.46, 0.48), shine=0.7),
    )
    return cabinet("white_cabinet", looks)


STOVE_TOP_Z = 0.0255
"""Height of LIBERO's collision plate; the coils reach up to it."""


def _burner(parts: Sequence[Part]) -> ET.Element:
    glow = element(
        "site",
        name="burner",
        type="cylinder",
        pos=(0.0, 0, 0.022),
        size=(0.0625, 0.0005),
        rgba=(0.9, 0.05, 0.05, 1),
    )
    cook_region = site("cook_region", (0, 0, 0), (0.075, 0.075, 0.0025))
    return body("burner", [cook_region, *(geom for part in parts for geom in part.geoms()), glow], pos=(0.15, 0.0, 0))


def _burner_parts() -> list[Part]:
    """LIBERO's plate, drawn up to the foot of the coils; the glow lies between the coils."""
    touched = span((-0.095, -0.095, -0.02), (0.095, 0.095, STOVE_TOP_Z))
    plate = meshes.blocks([Box(center=(0, 0, 0), half=(0.095, 0.095, 0.02))])
    coils = [meshes.ring(r - 0.0045, r + 0.0045, 0.0205, STOVE_TOP_Z) for r in (0.018, 0.036, 0.054)]
    return [
        Part(name="plate", material="steel", boxes=[touched], shape=plate),
        Part(name="pan", material="pan", shape=meshes.disc(0.068, 0.02, 0.0208)),
        Part(name="coils", material="iron", shape=meshes.joined(coils)),
    ]


def _button_parts() -> list[Part]:
    """A disc with a ridge and a white mark."""
    squares = [
        Box(center=(0.0013, 0.0046, 0.0066), half=(0.037, 0.037, 0.0062), quat_wxyz=turned(yaw)) for yaw in (0, 0.7854)
    ]
    ridge = Box(center=(0.0013, 0.0, 0.0254), half=(0.009, 0.040, 0.0126))
    mark = Box(center=(0.0013, 0.030, 0.0254), half=(0.002, 0.0095, 0.0130))
    round_knob = meshes.disc(0.046, 0.0004, 0.0128, center=(0.0013, 0.0046))
    return [
        Part(
            name="knob",
            material="knob",
            boxes=[*squares, ridge],
            shape=meshes.joined([round_knob, meshes.blocks([ridge])]),
        ),
        Part(name="mark", material="mark", shape=meshes.blocks([mark])),
    ]


def _button(parts: Sequence[Part]) -> ET.Element:
    """The knob turns about z from off (0 rad) to on (from 0.5 rad)."""
    weight = element("inertial", pos=(0.0, 0, 0), mass=3, diaginertia=(1.0, 1, 1))
    hinge = element(
        "joint", name="button", type="hinge", axis=(0.0, 0, 1), limited="true", range=(-0.005, 2.1), damping=1
    )
    geoms = [geom for part in parts for geom in part.geoms()]
    return body("button", [weight, hinge, *geoms], quat=(0.7071068, 0.0, 0, 0.7071068))


def flat_stove() -> Files:
    """``flat_stove``: a steel plate with a coil burner and a knob that turns."""
    burner, button = _burner_parts(), _button_parts()
    panel = Part(name="panel", material="steel", boxes=[span((-0.052, -0.060, -0.02), (0.055, 0.060, 0.0))])
    base = body("base", [_burner(burner), _button(button), *panel.geoms()])
    looks = {
        "steel": Material(rgb=(0.62, 0.64, 0.67), shine=0.6),
        "pan": Material(rgb=(0.13, 0.13, 0.14)),
        "iron": Material(rgb=(0.30, 0.30, 0.32), shine=0.5),
        "knob": Material(rgb=(0.08, 0.08, 0.09), shine=0.4),
        "mark": Material(rgb=(0.95, 0.95, 0.95)),
    }
    return fixture("flat_stove", looks, [*burner, *button, panel], [base])
