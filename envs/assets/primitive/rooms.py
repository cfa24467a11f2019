"""Kitchen, floor, living room and study.

Names, walls and everything that things can lie on are those of LIBERO's ``scenes/libero_*_base_style.xml`` (commit
8f1084e). Of the furniture in the background only what tells one room from another is kept, as plain boxes.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

import numpy as np

from envs.assets.primitive import arena, textures
from envs.assets.primitive.arena import WALLS
from envs.assets.primitive.hulls import span
from envs.assets.primitive.mjcf import Box, Files, body, collision_box

KITCHEN_WALLS: dict[str, Box] = {
    "left": Box(center=(0.5, 3, 1.5), half=(2.5, 1.5, 0.01), quat_wxyz=(0.7071, 0.7071, 0, 0)),
    "right": Box(center=(0.5, -3, 1.5), half=(2.5, 1.5, 0.01), quat_wxyz=(0.7071, -0.7071, 0, 0)),
    "rear": Box(center=(-2, 0, 1.5), half=(3, 1.5, 0.01), quat_wxyz=(0.5, 0.5, 0.5, 0.5)),
    "front": Box(center=(3, 0, 1.5), half=(3, 1.5, 0.01), quat_wxyz=(0.5, 0.5, -0.5, -0.5)),
}

COFFEE_TABLE = [
    span((-0.6943, -0.6193, 0.41308), (0.1943, 0.7241, 0.43676)),
    span((-0.6668, 0.6980, 0.41308), (0.1668, 0.9007, 0.43676)),
    span((-0.6668, -0.8214, 0.41308), (0.1668, -0.6188, 0.43676)),
    span((0.1837, -0.6193, 0.41308), (0.3387, 0.7241, 0.43676)),
    span((-0.8242, -0.6193, 0.41308), (-0.6691, 0.7241, 0.43676)),
]
COFFEE_TABLE_FOOT = span((-0.6616, -0.1852, -0.0047), (0.1616, 0.6852, 0.41298))

DESK_TOP = span((-0.68946, -1.39273, 0.81345), (0.68946, 1.39273, 0.88513))
DESK_FRAME = [
    *(
        span((x - 0.02002, y - 0.05031, 0.0002), (x + 0.02002, y + 0.05031, 0.7884))
        for x in (-0.50048, 0.49617)
        for y in (-0.69064, 0.71220)
    ),
    *(span((-0.5175, y - 0.05031, 0.0053), (0.5077, y + 0.05031, 0.0453)) for y in (-0.69765, 0.71473)),
]


def kitchen() -> Files:
    """``libero_kitchen_tabletop_base_style``: yellow walls, grey tiles, a counter and a refrigerator."""
    looks = [
        *arena.surfaces("gray_ceramic_tile.png", "yellow_linen_wall_texture.png"),
        arena.matte("counter", rgba=(0.86, 0.85, 0.82, 1)),
        arena.matte("counter_top", rgba=(0.25, 0.24, 0.24, 1)),
        arena.matte("steel", rgba=(0.60, 0.62, 0.65, 1)),
    ]
    background = [
        arena.drawn_box(span((-1.98, -1.6, 0), (-1.40, 1.9, 0.86)), "counter"),
        arena.drawn_box(span((-1.98, -1.6, 0.86), (-1.36, 1.9, 0.90)), "counter_top"),
        arena.drawn_box(span((-1.98, -2.7, 0), (-1.40, -1.9, 1.75)), "steel"),
    ]
    content = [arena.floor(), *arena.walls(KITCHEN_WALLS), *background, arena.table()]
    pictures = {
        "gray_ceramic_tile.png": textures.tinted(textures.tiles(64, count=2, grout_px=1, seed=5), (0.56, 0.57, 0.58)),
        "yellow_linen_wall_texture.png": textures.tinted(textures.plaster(64, seed=6), (0.88, 0.80, 0.55)),
    }
    return _room("kitchen_tabletop", looks, content) | _textures(pictures) | arena.pictures()


def floor() -> Files:
    """``libero_floor_base_style``: the tiled floor itself is the workspace."""
    content = [body("floor", [arena.floor()], pos=(0, 0, 0)), *arena.walls(WALLS)]
    return _room("floor", arena.surfaces(), content) | arena.pictures()


def living_room() -> Files:
    """``libero_living_room_tabletop_base_style``: a low, dark table on planks, a cupboard behind the robot."""
    looks = [
        *arena.surfaces("seamless_wood_planks_floor.png"),
        arena.matte("table_top", rgba=(0.40, 0.27, 0.18, 1)),
        arena.matte("table_foot", rgba=(0.22, 0.15, 0.11, 1)),
        arena.matte("cupboard", rgba=(0.80, 0.77, 0.72, 1)),
    ]
    slab = [*map(collision_box, COFFEE_TABLE), *_drawn(COFFEE_TABLE, "table_top")]
    foot = [collision_box(COFFEE_TABLE_FOOT), arena.drawn_box(COFFEE_TABLE_FOOT, "table_foot")]
    content = [
        body("floor", [arena.floor()], pos=(0, 0, 0)),
        body("living_room_table", [*slab, *foot], pos=(0, 0, 0)),
        arena.drawn_box(span((-1.95, -1.1, 0), (-1.55, 1.1, 0.55)), "cupboard"),
        *arena.walls(WALLS),
    ]
    planks = textures.tinted(textures.grain(128, planks=8, seed=7, contrast=0.08), (0.55, 0.38, 0.24))
    pictures = _textures({"seamless_wood_planks_floor.png": planks})
    return _room("living_room_tabletop", looks, content) | pictures | arena.pictures()


def study() -> Files:
    """``libero_study_base_style``: a wide desk, a bookshelf behind the robot."""
    looks = [*arena.surfaces(), arena.matte("desk", texture="tex-table"), *_bookshelf_looks()]
    desk = [DESK_TOP, *DESK_FRAME]
    content = [
        arena.floor(),
        body("study_table", [*map(collision_box, desk), *_drawn(desk, "desk")], pos=(0, 0, 0)),
        *_bookshelf(),
        *arena.walls(WALLS),
    ]
    return _room("study", looks, content) | arena.pictures()


def _bookshelf_looks() -> list[ET.Element]:
    return [
        arena.matte("shelf", rgba=(0.90, 0.90, 0.89, 1)),
        arena.matte("books", rgba=(0.20, 0.25, 0.40, 1)),
    ]


def _bookshelf() -> list[ET.Element]:
    boards = [span((-1.95, -1.6, z), (-1.60, -0.3, z + 0.04)) for z in (0.0, 0.45, 0.90, 1.35)]
    books = [span((-1.90, -1.5, z + 0.04), (-1.65, -0.7, z + 0.30)) for z in (0.45, 0.90)]
    return [*_drawn(boards, "shelf"), *_drawn(books, "books")]


def _drawn(boxes: Sequence[Box], material: str) -> list[ET.Element]:
    return [arena.drawn_box(box, material) for box in boxes]


def _room(name: str, looks: list[ET.Element], content: list[ET.Element]) -> Files:
    return {f"scenes/libero_{name}_base_style.xml": arena.scene(f"{name}_arena", looks, content)}


def _textures(pictures: dict[str, np.ndarray]) -> Files:
    return {f"textures/{name}": textures.png(picture) for name, picture in pictures.items()}
