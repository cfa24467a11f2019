"""Finding an asset pack by name or folder."""

import importlib.util
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from envs.assets import folders
from vst_robot.errors import InputError, UnavailableError, unknown_name

OFFICIAL_VARIABLE = "VST_ROBOT_LIBERO_ASSETS"
"""Environment variable that names the folder of LIBERO's own assets."""

CLASS_PATHS = (
    "stable_scanned_objects/{name}/{name}.xml",
    "stable_hope_objects/{name}/{name}.xml",
    "turbosquid_objects/{name}/{name}.xml",
    "articulated_objects/{name}.xml",
    "scenes/{name}.xml",
)
"""Where LIBERO 0.1.4 looks for the file of a class or scene."""

TABLES = frozenset({"table", "kitchen_table", "living_room_table", "study_table", "coffee_table", "floor"})
"""Fixture categories of BDDL files that are part of the scene and have no file."""


@dataclass(frozen=True, kw_only=True)
class AssetPack:
    """A folder in LIBERO's layout.

    Attributes:
        name: ``"primitive"``, ``"official"`` or the folder's name.
        root: The folder, absolute.
        sha256: Hash over the names and contents of all files, part of every fingerprint.
        lighten_robot: Whether `envs.assets.robot.lighten_robot` has low-poly robot meshes in this pack.
    """

    name: str
    root: Path
    sha256: str
    lighten_robot: bool


def resolve(assets: str) -> AssetPack:
    """Finds a pack, making the primitive one if this machine does not have it yet.

    Args:
        assets: ``"primitive"``, ``"official"`` or the path of a folder in LIBERO's layout.

    Raises:
        InputError: Neither a known name nor such a folder.
        UnavailableError: The official assets, or a package that makes the primitive ones, are missing.
    """
    if assets == "primitive":
        # Imported late: official users never need the generator or its packages.
        from envs.assets.primitive import pack

        root = pack.generated()
        return AssetPack(name=assets, root=root, sha256=folders.recorded_hash(root), lighten_robot=True)
    if assets == "official":
        return _existing(assets, _official_folder())
    folder = Path(assets).expanduser()
    if not folder.is_dir():
        if os.sep in assets:
            raise InputError(f"no asset folder '{assets}': give 'primitive', 'official' or an existing folder")
        raise unknown_name("asset pack", assets, ["primitive", "official"])
    return _existing(folder.resolve().name, folder)


def missing_classes(pack: AssetPack, names: Iterable[str]) -> list[str]:
    """Those object classes or scenes, by LIBERO's snake-case names, that a pack has no file for."""
    return sorted({name for name in names if name not in TABLES and not _has_class(pack.root, name)})


def _has_class(root: Path, name: str) -> bool:
    return any((root / path.format(name=name)).is_file() for path in CLASS_PATHS)


def _existing(name: str, folder: Path) -> AssetPack:
    if not (folder / "scenes").is_dir():
        raise InputError(f"'{folder}' is no LIBERO asset folder: it has no folder 'scenes' in it")
    root = folder.resolve()
    return AssetPack(name=name, root=root, sha256=folders.hash_folder(root), lighten_robot=False)


def _official_folder() -> Path:
    if named := os.environ.get(OFFICIAL_VARIABLE):
        if Path(named).is_dir():
            return Path(named)
        raise UnavailableError(f"{OFFICIAL_VARIABLE} names '{named}', which is no folder: correct or unset it")
    spec = importlib.util.find_spec("libero")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (folder := Path(place) / "libero" / "assets").is_dir():
            return folder
    raise UnavailableError(
        f"LIBERO's own assets are not on this machine: set {OFFICIAL_VARIABLE} to their folder, "
        "or use --assets primitive"
    )
