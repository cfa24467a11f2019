"""Reading triangle meshes and taking most of their triangles away."""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from envs.assets.primitive.mjcf import number
from vst_robot.errors import DataError, missing_extra

KEPT_SHARE = 0.1
"""Share of a part's triangles that stays."""

SMALLEST_PART = 300
"""Parts are not reduced below this number of triangles."""

Vertices = Float[np.ndarray, "v 3"]
Faces = Int[np.ndarray, "f 3"]


def robosuite_assets() -> Path:
    """Folder ``models/assets`` of the installed robosuite, found without importing it."""
    spec = importlib.util.find_spec("robosuite")
    if spec is None or not spec.submodule_search_locations:
        raise missing_extra("robosuite", "sim", "making the primitive asset pack")
    return Path(spec.submodule_search_locations[0]) / "models" / "assets"


def simplified(path: Path) -> bytes:
    """A mesh file with few triangles, as Wavefront OBJ.

    Args:
        path: A Wavefront OBJ or binary STL file.

    Raises:
        UnavailableError: fast-simplification is not installed.
        DataError: Another kind of file.
    """
    try:
        import fast_simplification
    except ImportError as error:
        raise missing_extra("fast-simplification", "sim", "making the primitive asset pack") from error
    vertices, faces = welded(*read_mesh(path))
    target = max(int(len(faces) * KEPT_SHARE), SMALLEST_PART)
    if target < len(faces):
        reduction = 1 - target / len(faces)
        vertices, faces = fast_simplification.simplify(vertices, faces, target_reduction=reduction)[:2]
    return _obj(np.asarray(vertices), np.asarray(faces))


def read_mesh(path: Path) -> tuple[Vertices, Faces]:
    """Vertices in the file's unit and triangles as vertex indices."""
    if path.suffix == ".obj":
        return _read_obj(path.read_text())
    if path.suffix == ".stl":
        return _read_stl(path)
    raise DataError(f"'{path}' is neither OBJ nor STL: it cannot be simplified")


def welded(vertices: Vertices, faces: Faces) -> tuple[Vertices, Faces]:
    """The same surface with equal vertices shared (within 1 µm) and empty triangles dropped."""
    unique, index = np.unique(np.round(vertices, 6), axis=0, return_inverse=True)
    faces = index.reshape(-1)[faces]
    kept = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    return unique, faces[kept]


def _read_obj(text: str) -> tuple[Vertices, Faces]:
    vertices, faces = [], []
    for line in text.splitlines():
        kind, *fields = line.split() or [""]
        if kind == "v":
            vertices.append([float(field) for field in fields[:3]])
        elif kind == "f":
            corners = [int(field.split("/")[0]) - 1 for field in fields]
            faces += [(corners[0], b, c) for b, c in pairwise(corners[1:])]
    return np.array(vertices), np.array(faces)


def _read_stl(path: Path) -> tuple[Vertices, Faces]:
    row = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("extra", "<u2")])
    data = path.read_bytes()
    count = int.from_bytes(data[80:84], "little")
    if len(data) < 84 + count * row.itemsize:
        raise DataError(f"'{path}' is no binary STL file, or is cut off: reinstall robosuite")
    corners = np.frombuffer(data, row, count=count, offset=84)["corners"].astype(float)
    return corners.reshape(-1, 3), np.arange(3 * count).reshape(-1, 3)


def _obj(vertices: Vertices, faces: Faces) -> bytes:
    lines = ["v " + " ".join(map(number, row)) for row in vertices]
    lines += ["f " + " ".join(map(str, row + 1)) for row in faces]
    return ("\n".join(lines) + "\n").encode()
