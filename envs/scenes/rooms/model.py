"""A room and what stands in it as a MuJoCo model: nothing moves or collides, everything is drawn and hit by rays."""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from jaxtyping import Float, Int32

from envs.assets.primitive.mjcf import Vector, body, element
from envs.scenes.rooms import patterns
from envs.scenes.rooms.finishes import Finish
from envs.scenes.rooms.parts import Part
from envs.scenes.rooms.placing import Placed

FLOOR_TILE_M, WALL_TILE_M = 1.2, 1.0
"""Width that one copy of a pattern covers."""

_SEAM_M = 0.02
_SOLID_SIZES = {"box": 3, "ellipsoid": 3}
"""How many numbers give a geom's size; cylinders and capsules: radius and half length."""


@dataclass(frozen=True, kw_only=True)
class Shell:
    """Floor, walls, ceiling and light of a room.

    Attributes:
        size_m: Width (x), depth (y) and height of the rectangle.
        floor: Looks of the floor.
        walls: Looks of the four walls.
        ceiling: Looks of the ceiling.
        skirting: Looks of the strip along the foot of the walls.
        lamps: Position and colour of each light.
        ambient: Brightness of what no lamp reaches.
    """

    size_m: tuple[float, float, float]
    floor: Finish
    walls: Finish
    ceiling: Finish
    skirting: Finish
    lamps: Sequence[tuple[Vector, Vector]]
    ambient: float

    @property
    def floor_area_m2(self) -> float:
        """Width times depth."""
        return self.size_m[0] * self.size_m[1]


@dataclass(frozen=True, kw_only=True, eq=False)
class RoomModel:
    """A compiled room.

    Attributes:
        model: The model.
        data: Its only state, kinematics and lights up to date.
        instance_of_geom: 0 for floor, walls and ceiling, else the number of the thing, from 1, in the order given.
    """

    model: mujoco.MjModel
    data: mujoco.MjData
    instance_of_geom: Int32[np.ndarray, " geoms"]

    def in_sight(self, eye_m: Float[np.ndarray, "3"], thing: int, point_m: Float[np.ndarray, "3"]) -> bool:
        """Whether nothing but the thing itself (counted from 0) comes between a place and a point of it."""
        hit, way = np.zeros(1, dtype=np.int32), np.ascontiguousarray(point_m - eye_m)
        share = mujoco.mj_ray(self.model, self.data, np.ascontiguousarray(eye_m), way, None, 1, -1, hit)
        return not 0 <= share < 1 or int(self.instance_of_geom[hit[0]]) == thing + 1


def compiled(shell: Shell, things: Sequence[Placed]) -> RoomModel:
    """Builds the model of a room."""
    looks = _Looks()
    content = [*_surfaces(shell, looks), *_lights(shell)]
    content += [_thing(number, placed, looks) for number, placed in enumerate(things, start=1)]
    root = element("mujoco", model="room")
    root.append(element("compiler", angle="radian", boundmass=0.001, boundinertia=0.001))
    root.append(element("visual", children=_quality(shell)))
    # No collisions: the constraint solver would only cost time and memory.
    root.append(element("option", children=[element("flag", contact="disable", constraint="disable")]))
    root.append(element("asset", children=looks.assets))
    root.append(element("worldbody", children=content))
    model = mujoco.MjModel.from_xml_string(ET.tostring(root, encoding="unicode"), looks.files)
    data = mujoco.MjData(model)
    for update in (mujoco.mj_kinematics, mujoco.mj_comPos, mujoco.mj_camlight):
        update(model, data)
    return RoomModel(model=model, data=data, instance_of_geom=_instances(model))


def _instances(model: mujoco.MjModel) -> Int32[np.ndarray, " geoms"]:
    """Bodies are made in the order of the things, and body 0 is the world with floor and walls."""
    return np.array(model.geom_bodyid, dtype=np.int32)


class _Looks:
    """Materials and textures of one model, each written once."""

    def __init__(self) -> None:
        self.assets: list[ET.Element] = []
        self.files: dict[str, bytes] = {}
        self._names: dict[tuple[Finish, float], str] = {}

    def material(self, finish: Finish, *, tile_m: float = 0.0) -> str:
        """Name of the material; `tile_m` > 0 repeats the pattern on a plane, else it is drawn on every side once."""
        key = (finish, tile_m)
        if key not in self._names:
            self._names[key] = f"look-{len(self._names)}"
            self._add(self._names[key], finish, tile_m)
        return self._names[key]

    def _add(self, name: str, finish: Finish, tile_m: float) -> None:
        texture = self._texture(*finish.pattern, flat=tile_m > 0) if finish.pattern else None
        repeat = (1 / tile_m, 1 / tile_m) if tile_m else None
        self.assets.append(
            element(
                "material",
                name=name,
                texture=texture,
                texuniform="true" if tile_m else "false",
                texrepeat=repeat,
                rgba=(*finish.rgb, 1.0),
                specular=finish.shine,
                shininess=finish.shine,
                emission=finish.glow,
            )
        )

    def _texture(self, kind: str, variant: int, *, flat: bool) -> str:
        file, sort = f"{kind}-{variant}.png", "2d" if flat else "cube"
        name = f"{sort}-{kind}-{variant}"
        known = any(asset.tag == "texture" and asset.get("name") == name for asset in self.assets)
        if not known:
            self.files[file] = patterns.png(kind, variant)
            self.assets.append(element("texture", name=name, type=sort, file=file))
        return name


def _quality(shell: Shell) -> list[ET.Element]:
    light = (shell.ambient, shell.ambient, shell.ambient)
    return [
        # Light that comes from the camera keeps shapes readable in dark corners.
        element("headlight", ambient=light, diffuse=(0.3, 0.3, 0.3), specular=(0.1, 0.1, 0.1)),
        # The near plane is a multiple of the model's extent in MuJoCo's own cameras; ours bring their own.
        element("quality", shadowsize=0, numslices=24, numstacks=12),
    ]


def _surfaces(shell: Shell, looks: _Looks) -> list[ET.Element]:
    """Floor, ceiling and walls as planes that face inwards, and skirting boards."""
    w, d, h = shell.size_m
    floor, walls = looks.material(shell.floor, tile_m=FLOOR_TILE_M), looks.material(shell.walls, tile_m=WALL_TILE_M)
    made = [_plane((w / 2, d / 2, 0), (w / 2, d / 2), (1, 0, 0, 0, 1, 0), floor)]
    made += [_plane((w / 2, d / 2, h), (w / 2, d / 2), (1, 0, 0, 0, -1, 0), looks.material(shell.ceiling, tile_m=2.0))]
    for (x, y), half, along in (
        ((w / 2, 0), w / 2, (-1, 0, 0)),
        ((w / 2, d), w / 2, (1, 0, 0)),
        ((0, d / 2), d / 2, (0, 1, 0)),
        ((w, d / 2), d / 2, (0, -1, 0)),
    ):
        made.append(_plane((x, y, h / 2), (half, h / 2), (*along, 0, 0, 1), walls))
    return made + _skirting(shell, looks)


def _plane(centre: Vector, half: tuple[float, float], axes: Sequence[float], material: str) -> ET.Element:
    """A rectangle whose own x and y axes are given; it is seen from where x cross y points to.

    It reaches a little behind its neighbours, or pixels between the two would show the outside.
    """
    xyaxes = tuple(float(value) for value in axes)
    size = (half[0] + _SEAM_M, half[1] + _SEAM_M, 1.0)
    return element("geom", type="plane", group=1, pos=centre, size=size, xyaxes=xyaxes, material=material)


def _skirting(shell: Shell, looks: _Looks) -> list[ET.Element]:
    w, d, _ = shell.size_m
    t, z = 0.006, 0.04
    material = looks.material(shell.skirting)
    strips = [((w / 2, y, z), (w / 2, t, z)) for y in (t, d - t)] + [((x, d / 2, z), (t, d / 2, z)) for x in (t, w - t)]
    return [element("geom", type="box", group=1, pos=pos, size=size, material=material) for pos, size in strips]


def _lights(shell: Shell) -> list[ET.Element]:
    return [
        element(
            "light",
            pos=position,
            dir=(0.0, 0, -1),
            type="point",
            castshadow="false",
            diffuse=colour,
            specular=tuple(0.3 * value for value in colour),
            attenuation=(1.0, 0, 0.015),
        )
        for position, colour in shell.lamps
    ]


def _thing(number: int, placed: Placed, looks: _Looks) -> ET.Element:
    geoms = [_geom(part, looks) for part in placed.piece.parts]
    pos, yaw = (placed.x_m, placed.y_m, placed.z_m), placed.yaw_rad
    return body(f"thing-{number}", geoms, pos=pos, quat=(float(np.cos(yaw / 2)), 0.0, 0.0, float(np.sin(yaw / 2))))


def _geom(part: Part, looks: _Looks) -> ET.Element:
    count = _SOLID_SIZES.get(part.solid, 0)
    return element(
        "geom",
        type=part.solid,
        group=1,
        pos=part.centre,
        quat=part.quat_wxyz,
        size=part.half if count else (part.half[0], part.half[2]),
        material=looks.material(part.finish),
    )
