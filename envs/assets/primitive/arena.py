"""What rooms are made of, floor, walls, table, lights, cameras, and the plainest room.

Poses, sizes and names are those of LIBERO's ``scenes/libero_tabletop_base_style.xml`` (commit 8f1084e). LIBERO
resizes the table from Python and opens floor and wall textures by name in ``textures/``.
"""

import xml.etree.ElementTree as ET
from typing import Any

from envs.assets.primitive import textures
from envs.assets.primitive.mjcf import Box, Files, Quaternion, Vector, body, element, to_bytes

WALLS: dict[str, Box] = {
    "leftcorner": Box(
        center=(-1.25, 2.25, 1.5), half=(1.06, 1.5, 0.01), quat_wxyz=(0.653282, 0.653282, 0.270598, 0.270598)
    ),
    "rightcorner": Box(
        center=(-1.25, -2.25, 1.5), half=(1.06, 1.5, 0.01), quat_wxyz=(0.653282, 0.653282, -0.270598, -0.270598)
    ),
    "left": Box(center=(1.25, 3, 1.5), half=(1.75, 1.5, 0.01), quat_wxyz=(0.7071, 0.7071, 0, 0)),
    "right": Box(center=(1.25, -3, 1.5), half=(1.75, 1.5, 0.01), quat_wxyz=(0.7071, -0.7071, 0, 0)),
    "rear": Box(center=(-2, 0, 1.5), half=(1.5, 1.5, 0.01), quat_wxyz=(0.5, 0.5, 0.5, 0.5)),
    "front": Box(center=(3, 0, 1.5), half=(3, 1.5, 0.01), quat_wxyz=(0.5, 0.5, -0.5, -0.5)),
}

CAMERAS: dict[str, tuple[Vector, Quaternion]] = {
    "frontview": ((1.0, 0, 1.45), (0.56, 0.43, 0.43, 0.56)),
    "birdview": ((-0.2, 0, 3.0), (0.7071, 0, 0, 0.7071)),
    "agentview": ((0.5, 0, 1.35), (0.653, 0.271, 0.271, 0.653)),
    "sideview": ((-0.056518, 1.276122, 1.487957), (0.009905, 0.006878, 0.591223, 0.806418)),
}


def tabletop() -> Files:
    """``libero_tabletop_base_style``: a wooden table on grey tiles, between plastered walls."""
    content = [floor(), *walls(WALLS), table()]
    return {"scenes/libero_tabletop_base_style.xml": scene("table_arena", surfaces(), content)} | pictures()


def scene(model: str, looks: list[ET.Element], content: list[ET.Element]) -> bytes:
    """The MJCF file of a room with lights and cameras."""
    root = element("mujoco", model=model)
    root.append(element("asset", children=looks))
    root.append(element("worldbody", children=[*content, *_lights(), *_cameras()]))
    return to_bytes(root)


def pictures() -> Files:
    """Textures that LIBERO opens by name, and the table's wood."""
    wood = textures.tinted(textures.grain(128, planks=4, seed=0), (0.72, 0.56, 0.38))
    tiles = textures.tinted(textures.tiles(64, count=2, grout_px=1, seed=1), (0.75, 0.75, 0.76))
    plaster = textures.tinted(textures.plaster(64, seed=3), (0.93, 0.92, 0.89))
    return {
        "textures/table_wood.png": textures.png(wood),
        "textures/light-gray-floor-tile.png": textures.png(tiles),
        "textures/light-gray-plaster.png": textures.png(plaster),
    }


def surfaces(
    floor: str = "light-gray-floor-tile.png", wall: str = "light-gray-plaster.png", wood: str = "table_wood.png"
) -> list[ET.Element]:
    """Sky and materials. LIBERO's Python puts its own file names into ``texplane`` and ``tex-wall``.

    Args:
        floor: File that LIBERO opens for the room's floor.
        wall: File that LIBERO opens for its walls.
        wood: The table's picture.
    """
    return [
        element(
            "texture", type="skybox", builtin="gradient", rgb1=(0.9, 0.9, 1), rgb2=(0.2, 0.3, 0.4), width=64, height=64
        ),
        element("texture", name="texplane", type="2d", file=f"../textures/{floor}"),
        element("texture", name="tex-wall", type="2d", file=f"../textures/{wall}"),
        element("texture", name="tex-table", type="cube", file=f"../textures/{wood}"),
        matte("floorplane", texture="texplane", texrepeat=(2, 2), texuniform="true"),
        matte("walls_mat", texture="tex-wall", texrepeat=(3, 3), texuniform="true"),
        matte("table_texture", texture="tex-table"),
        matte("table_legs", rgba=(0.35, 0.27, 0.2, 1)),
    ]


def matte(name: str, **attributes: Any) -> ET.Element:
    """A material without highlights."""
    return element("material", name=name, specular=0, shininess=0, reflectance=0, **attributes)


def floor() -> ET.Element:
    """The ground plane."""
    return element("geom", name="floor", type="plane", group=1, condim=3, size=(3.0, 3, 0.125), material="floorplane")


def walls(places: dict[str, Box]) -> list[ET.Element]:
    """Walls that are seen and never touched."""
    return [drawn_box(wall, "walls_mat", f"wall_{name}_visual") for name, wall in places.items()]


def drawn_box(box: Box, material: str, name: str | None = None) -> ET.Element:
    """A box that is seen and never touched."""
    return element(
        "geom",
        name=name,
        type="box",
        pos=box.center,
        quat=box.quat_wxyz,
        size=box.half,
        group=1,
        contype=0,
        conaffinity=0,
        material=material,
    )


def table() -> ET.Element:
    """LIBERO's resizable table. Sizes and the height are placeholders: LIBERO's arena class sets them."""
    size = (0.4, 0.4, 0.4)
    seen: dict[str, Any] = {"group": 1, "contype": 0, "conaffinity": 0}
    parts = [
        element("geom", name="table_collision", type="box", size=size, group=0, friction=(1, 0.005, 0.0001)),
        element("geom", name="table_visual", type="box", size=size, material="table_texture", **seen),
        element("site", name="table_top", pos=(0, 0, 0.4), size=0.001, rgba=(0, 0, 0, 0)),
        *(
            element(
                "geom", name=f"table_leg{i}_visual", type="cylinder", size=(0.05, 0.1), material="table_legs", **seen
            )
            for i in range(1, 5)
        ),
    ]
    return body("table", parts, pos=(0, 0, 0.4))


def _lights() -> list[ET.Element]:
    return [
        element(
            "light",
            name=f"light{i}",
            pos=pos,
            dir=(0, -0.15, -1),
            directional="false",
            castshadow="false",
            ambient=(0.26, 0.26, 0.26),
            diffuse=(0.55, 0.55, 0.55),
            specular=(0.3, 0.3, 0.3),
        )
        for i, pos in enumerate([(1, 1, 4), (-3, -3, 4)], start=1)
    ]


def _cameras() -> list[ET.Element]:
    return [element("camera", name=name, mode="fixed", pos=pos, quat=quat) for name, (pos, quat) in CAMERAS.items()]
