"""A Panda that renders quickly: its visual meshes with about a twelfth of their triangles, its physics untouched."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from envs.assets.packs import ROBOT_FOLDER, AssetPack
from envs.assets.primitive.mjcf import Files

ROBOT_FILES = ("robots/panda/robot.xml", "grippers/panda_gripper.xml", "mounts/rethink_mount.xml")
"""What LIBERO's MountedPanda is put together from, below robosuite's ``models/assets``."""


def lighten_robot(xml: str, pack: AssetPack) -> str:
    """Replaces the robot's visual meshes by the light ones of a pack.

    Mass, inertia, joints and everything that collides stay as they are: robosuite's robots state their inertia, and
    a mesh that a colliding geom uses keeps its file (visual geoms are pointed to a second mesh).

    Args:
        xml: The whole model as robosuite hands it to MuJoCo, with absolute file paths.
        pack: Where the light meshes are; a pack without them leaves `xml` as it is.

    Returns:
        The model's XML.
    """
    if not pack.lighten_robot:
        return xml
    root = ET.fromstring(xml)
    light = _light_versions(root, pack.root / ROBOT_FOLDER)
    for geom in root.iter("geom"):
        if _is_visual(geom) and geom.get("mesh") in light:
            geom.set("mesh", _light_name(geom.get("mesh", "")))
    _replace_meshes(root, light)
    return ET.tostring(root, encoding="unicode")


def light_meshes() -> Files:
    """Simplifies every visual mesh of the robot files installed with robosuite.

    Returns:
        Path inside a pack → Wavefront OBJ.

    Raises:
        UnavailableError: robosuite or fast-simplification is not installed.
    """
    # Imported late: needed once per machine.
    from envs.assets import simplification

    source = simplification.robosuite_assets()
    paths = sorted({path for name in ROBOT_FILES for path in _visual_mesh_paths(source, name)})
    return {f"{ROBOT_FOLDER}/{_light_path(path)}": simplification.simplified(source / path) for path in paths}


def _is_visual(geom: ET.Element) -> bool:
    return geom.get("contype") == "0" and geom.get("conaffinity") == "0" and geom.get("group") == "1"


def _light_name(mesh: str) -> str:
    return f"{mesh}_light"


def _light_path(path: str) -> str:
    return PurePosixPath(path).with_suffix(".obj").as_posix()


def _visual_mesh_paths(source: Path, model: str) -> set[str]:
    root = ET.parse(source / model).getroot()
    files = {mesh.get("name"): mesh.get("file", "") for mesh in root.iter("mesh")}
    used = {geom.get("mesh") for geom in root.iter("geom") if geom.get("mesh") and _is_visual(geom)}
    return {(Path(model).parent / files[mesh]).as_posix() for mesh in used}


def _light_versions(root: ET.Element, folder: Path) -> dict[str, Path]:
    """Mesh name → light file, for meshes below some ``models/assets`` that the pack has a version of."""
    found = {}
    for mesh in root.iter("mesh"):
        _, _, below = mesh.get("file", "").replace("\\", "/").rpartition("/models/assets/")
        if below and (file := folder / _light_path(below)).is_file():
            found[mesh.get("name", "")] = file
    return found


def _replace_meshes(root: ET.Element, light: Mapping[str, Path]) -> None:
    used = {geom.get("mesh") for geom in root.iter("geom")}
    for block in root.iter("asset"):
        for mesh in block.findall("mesh"):
            name = mesh.get("name", "")
            if name not in light:
                continue
            if name not in used:
                block.remove(mesh)
            # Shell inertia: thin simplified parts may enclose no volume; a visual mesh's inertia is never used.
            added = {"name": _light_name(name), "file": str(light[name]), "inertia": "shell"}
            block.append(ET.Element("mesh", added | {k: mesh.attrib[k] for k in ("scale",) if k in mesh.attrib}))
