"""All files of the pack. A new LIBERO class is one more function in `MOVABLES` or `FIXTURES_AND_ROOMS`."""

import hashlib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from envs.assets import folders, robot
from envs.assets.primitive import (
    appliances,
    arena,
    books,
    bottles,
    cans,
    cartons,
    containers,
    cookware,
    furniture,
    mugs,
    packages,
    rooms,
    shelves,
    tableware,
)
from envs.assets.primitive.mjcf import Files
from envs.assets.primitive.movables import Movable

MOVABLES: tuple[Callable[[], Movable], ...] = (
    tableware.black_bowl,
    tableware.plate,
    tableware.ramekin,
    tableware.white_bowl,
    packages.cookies,
    packages.butter,
    packages.cream_cheese,
    packages.chocolate_pudding,
    bottles.ketchup,
    bottles.bbq_sauce,
    bottles.salad_dressing,
    bottles.new_salad_dressing,
    bottles.wine_bottle,
    cans.alphabet_soup,
    cans.tomato_sauce,
    cartons.milk,
    cartons.orange_juice,
    mugs.porcelain_mug,
    mugs.red_coffee_mug,
    mugs.white_yellow_mug,
    cookware.frypan,
    cookware.moka_pot,
    books.black_book,
    books.yellow_book,
    containers.basket,
    containers.wooden_tray,
    containers.desk_caddy,
    shelves.wine_rack,
    shelves.two_layer_shelf,
)

FIXTURES_AND_ROOMS: tuple[Callable[[], Files], ...] = (
    arena.tabletop,
    rooms.kitchen,
    rooms.floor,
    rooms.living_room,
    rooms.study,
    furniture.wooden_cabinet,
    furniture.white_cabinet,
    furniture.flat_stove,
    appliances.microwave,
)

MADE_FROM = ("robosuite", "fast-simplification")
"""Packages whose version decides what the light robot looks like."""


def object_files() -> Files:
    """Objects, arena and textures: path → content, the same bytes in every process and on every machine."""
    made: Files = {}
    for build in FIXTURES_AND_ROOMS:
        made |= build()
    for make in MOVABLES:
        made |= make().files()
    return dict(sorted(made.items()))


def all_files() -> Files:
    """The whole pack, robot included."""
    return object_files() | robot.light_meshes()


def generated() -> Path:
    """The pack's folder in the cache, made on first use and again whenever its generator has changed.

    Raises:
        UnavailableError: A package is missing, or the cache cannot be written.
    """
    target = folders.cache_folder() / "assets" / f"primitive-{_recipe_hash()[:16]}"
    return folders.published(target, all_files)


def _recipe_hash() -> str:
    """Hash of the generator's source and of the versions of what it takes in."""
    here = Path(__file__).resolve().parent
    sources = sorted([*here.glob("*.py"), here.parent / "robot.py", here.parent / "simplification.py"])
    total = hashlib.sha256()
    for source in sources:
        total.update(source.read_bytes())
    total.update("".join(f"{name}=={_version(name)};" for name in MADE_FROM).encode())
    return total.hexdigest()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"
