import struct

import numpy as np
import pytest

from envs.assets import simplification
from vst_robot.errors import DataError

CUBE = np.array([[x, y, z] for x in (0.0, 1) for y in (0.0, 1) for z in (0.0, 1)])
QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def _cube_obj():
    lines = [f"v {x} {y} {z}" for x, y, z in CUBE] + ["vn 0 0 1", "# words", ""]
    return "\n".join([*lines, *("f " + " ".join(f"{i + 1}//1" for i in quad) for quad in QUADS)])


def _volume(vertices, faces):
    a, b, c = vertices[faces].transpose(1, 0, 2)
    return np.einsum("ij,ij->", a, np.cross(b, c)) / 6


def test_obj_with_quads_is_read(tmp_path):
    (tmp_path / "cube.obj").write_text(_cube_obj())
    vertices, faces = simplification.read_mesh(tmp_path / "cube.obj")
    assert faces.shape == (12, 3)
    assert _volume(vertices, faces) == pytest.approx(1)


def test_stl_is_read_and_welded(tmp_path):
    corners = CUBE[[(a, b, c) for q in QUADS for a, b, c in ((q[0], q[1], q[2]), (q[0], q[2], q[3]))]]
    rows = b"".join(struct.pack("<12fH", 0, 0, 0, *row.ravel(), 0) for row in corners)
    (tmp_path / "cube.stl").write_bytes(bytes(80) + struct.pack("<I", 12) + rows)
    vertices, faces = simplification.welded(*simplification.read_mesh(tmp_path / "cube.stl"))
    assert len(vertices) == 8 and len(faces) == 12
    assert _volume(vertices, faces) == pytest.approx(1)


def test_cut_off_and_unknown_files_are_refused(tmp_path):
    (tmp_path / "cut.stl").write_bytes(bytes(80) + struct.pack("<I", 5))
    (tmp_path / "tiny.stl").write_bytes(b"solid")
    (tmp_path / "mesh.dae").write_text("")
    for name in ("cut.stl", "tiny.stl", "mesh.dae"):
        with pytest.raises(DataError, match=name):
            simplification.read_mesh(tmp_path / name)


def test_a_sphere_keeps_its_shape_with_a_tenth_of_its_triangles(tmp_path):
    from envs.assets.primitive.meshes import lathe

    half_circle = [(np.sin(a) + 1e-4, -np.cos(a)) for a in np.linspace(0, np.pi, 41)]
    ball = lathe(half_circle, segments=80)
    (tmp_path / "ball.obj").write_bytes(ball.to_obj())
    (tmp_path / "light.obj").write_bytes(simplification.simplified(tmp_path / "ball.obj"))
    vertices, faces = simplification.read_mesh(tmp_path / "light.obj")
    assert len(faces) < 0.12 * len(ball.faces)
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 1, atol=0.02)
