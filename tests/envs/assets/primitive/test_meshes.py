import numpy as np
import pytest

from envs.assets.primitive import meshes

CYLINDER = [(0.5, 0.0), (0.5, 1.0)]


def _face_normals(mesh):
    a, b, c = mesh.vertices[mesh.faces].transpose(1, 0, 2)
    normals = np.cross(b - a, c - a)
    return normals / np.linalg.norm(normals, axis=-1, keepdims=True)


@pytest.mark.parametrize("profile", [CYLINDER, [(0.2, 0.0), (0.5, 0.3)], [(0.01, 0.0), (0.5, 0.0)], CYLINDER[::-1]])
def test_winding_and_normals_agree(profile):
    mesh = meshes.lathe(profile, segments=48)
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=-1), 1)
    agreement = np.einsum("fi,fi->f", _face_normals(mesh), mesh.normals[mesh.faces[:, 0]])
    assert agreement.min() > 0.98


@pytest.mark.parametrize(("profile", "sign"), [(CYLINDER, 1), (CYLINDER[::-1], -1)])
def test_walking_up_faces_outwards(profile, sign):
    mesh = meshes.lathe(profile)
    assert (sign * np.einsum("vi,vi->v", mesh.vertices[:, :2], mesh.normals[:, :2])).min() > 0


def test_ripple_changes_the_radius():
    mesh = meshes.lathe(CYLINDER, segments=4, ripple=lambda angle: 1 + angle)
    radii = np.linalg.norm(mesh.vertices[:4, :2], axis=-1)
    np.testing.assert_allclose(radii, 0.5 * (1 + np.arange(4) * np.pi / 2))


def test_joined_meshes_keep_their_triangles():
    parts = [meshes.lathe(CYLINDER, segments=8), meshes.ring(0.1, 0.2, 0, 0.1, segments=6)]
    both = meshes.joined(parts)
    assert len(both.faces) == sum(len(part.faces) for part in parts)
    assert both.faces.max() == len(both.vertices) - 1


def test_obj_text_counts_from_one():
    lines = meshes.lathe(CYLINDER, segments=3).to_obj().decode().splitlines()
    kinds = [line.split()[0] for line in lines]
    assert (kinds.count("v"), kinds.count("vn"), kinds.count("f")) == (6, 6, 6)
    assert lines[-6] == "f 1//1 2//2 5//5"
