"""A picture of every object class, the same classes of several packs one below the other."""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

import os
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import mujoco
import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from envs import rendering
from envs.assets.packs import TABLES, AssetPack, class_file
from envs.problems import SCENES, asset_names
from envs.suites import SUITES
from vst_robot.types import Picture

LYING_FILES = frozenset(
    ("alphabet_soup", "ketchup", "milk", "new_salad_dressing", "orange_juice", "salad_dressing", "tomato_sauce")
)
"""Classes whose files have y upwards; LIBERO's init states stand them up."""

STAND_UP = (0.7071068, 0.7071068, 0.0, 0.0)
EYE_DIRECTION = (-0.45, -0.75, 0.55)
"""From the object towards the camera: fronts of cabinets and microwaves face negative y."""

BACKGROUND = (0.80, 0.83, 0.86)
LABEL_PX = 26
GAP_PX = 6


def object_names() -> list[str]:
    """All object and fixture classes that LIBERO's suites name, alphabetically; rooms and tables aside."""
    tasks = [task for suite in SUITES.values() for task in suite.tasks()]
    return sorted(asset_names(tasks) - TABLES - set(SCENES.values()))


def write(
    path: Path, packs: Sequence[AssetPack], names: Sequence[str], *, columns: int = 11, cell_px: int = 112
) -> None:
    """Draws as `draw` does into a PNG file.

    Raises:
        UnavailableError: As in `draw`.
    """
    picture = Image.fromarray(draw(packs, names, columns=columns, cell_px=cell_px))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as space:
        picture.save(Path(space) / "sheet.png", optimize=True)
        os.replace(Path(space) / "sheet.png", path)


def draw(packs: Sequence[AssetPack], names: Sequence[str], *, columns: int = 11, cell_px: int = 112) -> Picture:
    """Draws every class once per pack, labelled, each filling its cell.

    Args:
        packs: One row of cells per pack, below each other.
        names: Object classes by LIBERO's snake-case names.
        columns: Classes side by side.
        cell_px: Width and height of a cell.

    Raises:
        UnavailableError: A pack lacks a class, or no off-screen OpenGL works.
    """
    parts = [names[i : i + columns] for i in range(0, len(names), columns)]
    rows = [np.concatenate([_column(packs, name, cell_px) for name in part], axis=1) for part in parts]
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, GAP_PX), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
    return np.concatenate(padded)


def portrait(pack: AssetPack, name: str, size_px: int) -> Picture:
    """One object, upright, seen from its front and above.

    Raises:
        UnavailableError: The pack lacks the class, or no off-screen OpenGL works.
    """
    model = _studio(pack, name).compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    low, high = _bounds(model, data)
    _aim(model, (low + high) / 2, float(np.linalg.norm(high - low)) / 2)
    mujoco.mj_forward(model, data)
    renderer = rendering.Renderer(model, size_px, "libero")
    try:
        return renderer.render(data, 0)
    finally:
        renderer.close()


def _column(packs: Sequence[AssetPack], name: str, cell_px: int) -> Picture:
    return np.concatenate([_label(name, cell_px), *(portrait(pack, name, cell_px) for pack in packs)])


def _label(name: str, width_px: int) -> Picture:
    words = name.split("_")
    half = (len(words) + 1) // 2
    lines = [" ".join(words)] if len(name) < 17 else [" ".join(words[:half]), " ".join(words[half:])]
    picture = Image.new("RGB", (width_px, LABEL_PX), "white")
    place = (width_px / 2, LABEL_PX / 2)
    ImageDraw.Draw(picture).text(
        place, "\n".join(lines), "black", ImageFont.load_default(10), anchor="mm", align="center"
    )
    return np.asarray(picture)


def _studio(pack: AssetPack, name: str) -> mujoco.MjSpec:
    """The object's own file with lights, a plain background and a camera."""
    spec = mujoco.MjSpec.from_string(_as_robosuite_reads(class_file(pack, name)))
    spec.compiler.degree = False
    spec.compiler.inertiagrouprange = (0, 0)
    if name in LYING_FILES:
        spec.worldbody.first_body().quat = STAND_UP
    sky = {"rgb1": BACKGROUND, "rgb2": BACKGROUND, "width": 8, "height": 8}
    spec.add_texture(
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX, builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT, name="sky", **sky
    )
    lamp = {"ambient": (0.22,) * 3, "diffuse": (0.38,) * 3, "specular": (0.15,) * 3, "castshadow": False}
    for place in ((-2, -2, 4), (2, -3, 4)):
        spec.worldbody.add_light(pos=place, dir=tuple(-x for x in place), **lamp)
    spec.worldbody.add_camera(name="eye", fovy=20)
    spec.visual.headlight.active = 0
    return spec


def _as_robosuite_reads(file: Path) -> str:
    """A file's XML with absolute paths and without the second asset of a name, which MuJoCo would refuse."""
    root, known = ET.parse(file).getroot(), set()
    for block in root.findall("asset"):
        for node in list(block):
            if (node.tag, node.get("name", node.get("file"))) in known:
                block.remove(node)
            known.add((node.tag, node.get("name", node.get("file"))))
            if path := node.get("file"):
                node.set("file", str((file.parent / path).absolute()))
    return ET.tostring(root, encoding="unicode")


def _bounds(model: mujoco.MjModel, data: mujoco.MjData) -> tuple[Float[np.ndarray, " 3"], Float[np.ndarray, " 3"]]:
    """Corners of the box around everything that is drawn, in metres in the world."""
    seen = np.flatnonzero(model.geom_group == 1).tolist()
    points = np.concatenate([data.geom_xpos[i] + _outline(model, i) @ data.geom_xmat[i].reshape(3, 3).T for i in seen])
    return points.min(axis=0), points.max(axis=0)


def _outline(model: mujoco.MjModel, geom: int) -> Float[np.ndarray, "n 3"]:
    """Points that span a geom, in its own frame: a mesh's vertices, anything else's box."""
    if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_MESH:
        mesh = model.geom_dataid[geom]
        start = model.mesh_vertadr[mesh]
        return model.mesh_vert[start : start + model.mesh_vertnum[mesh]]
    signs = np.array(np.meshgrid(*[(-1, 1)] * 3)).reshape(3, -1).T
    return model.geom_aabb[geom, :3] + signs * model.geom_aabb[geom, 3:]


def _aim(model: mujoco.MjModel, center_m: Float[np.ndarray, " 3"], radius_m: float) -> None:
    """Puts the camera where a ball of this radius fills the picture."""
    back = np.array(EYE_DIRECTION) / np.linalg.norm(EYE_DIRECTION)
    right = np.cross([0, 0, 1], back)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(back, right), back], axis=1)
    model.cam_pos[0] = center_m + back * radius_m * 0.95 / np.sin(np.radians(model.cam_fovy[0] / 2))
    mujoco.mju_mat2Quat(model.cam_quat[0], rotation.flatten())
    model.vis.map.znear = 0.01
    model.stat.extent = 1.0
