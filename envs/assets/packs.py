"""Finding an asset pack by name or folder."""

import importlib.util
import os
import xml.etree.ElementTree as ET
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

ROBOT_FOLDER = "robot"
"""Folder of the light robot meshes inside a pack; below it they lie as in robosuite's ``models/assets``."""

TABLES = frozenset({"table", "kitchen_table", "living_room_table", "study_table", "coffee_table", "floor"})
"""Fixture categories of BDDL files that are part of the scene and have no file."""


@dataclass(frozen=True, kw_only=True)
class AssetPack:
    """A folder in LIBERO's layout.

    Attributes:
        name: ``"primitive"``, ``"official"`` or the folder's name.
        root: The folder, absolute.
        sha256: Hash over the names and contents of all files.
        lighten_robot: Whether `envs.assets.robot.lighten_robot` has low-poly robot meshes in this pack.
        grows: Whether releases of ours add classes to it.
    """

    name: str
    root: Path
    sha256: str
    lighten_robot: bool
    grows: bool = False

    def sha256_of(self, names: Iterable[str]) -> str:
        """Hash over the files that worlds with these classes and scenes are made of, part of every fingerprint.

        A pack that grows is hashed class by class, with the robot, so that a new class changes the fingerprint of
        those suites alone that use it. A folder that somebody else made is hashed whole: what its files name is not
        all that LIBERO opens, and it does not grow.

        Raises:
            UnavailableError: A name has no file in this pack.
        """
        if not self.grows:
            return self.sha256
        paths = set().union(*(files_of(self, name) for name in set(names) - TABLES), robot_files(self))
        files = {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}
        return folders.hash_files(files)


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
        return AssetPack(name=assets, root=root, sha256=folders.recorded_hash(root), lighten_robot=True, grows=True)
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
    return sorted({name for name in names if name not in TABLES and _class_file(pack.root, name) is None})


def class_file(pack: AssetPack, name: str) -> Path:
    """The MJCF file of an object class or scene.

    Raises:
        UnavailableError: The pack has none.
    """
    if file := _class_file(pack.root, name):
        return file
    raise UnavailableError(f"the asset pack '{pack.name}' has no file for '{name}': use another pack")


def files_of(pack: AssetPack, name: str) -> set[Path]:
    """The MJCF file of an object class or scene and every file that it names.

    Raises:
        UnavailableError: The pack has no such class.
    """
    file = class_file(pack, name)
    named = {node.get("file") for node in ET.parse(file).iter() if node.get("file")}
    return {file, *(Path(os.path.normpath(file.parent / path)) for path in named if path)}


def robot_files(pack: AssetPack) -> set[Path]:
    """The low-poly robot's meshes."""
    return {path for path in (pack.root / ROBOT_FOLDER).rglob("*") if path.is_file()}


def _class_file(root: Path, name: str) -> Path | None:
    return next((file for path in CLASS_PATHS if (file := root / path.format(name=name)).is_file()), None)


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
