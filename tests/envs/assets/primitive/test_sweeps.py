import numpy as np
import pytest

from envs.assets.primitive import meshes, sweeps

PATH = [(0.0, 0.1, 0.0), (0.0, 0.3, 0.1), (0.0, 0.35, 0.4)]
SHAPES = {
    "tube": sweeps.tube(PATH, 0.05, 0.03),
    "prism x": sweeps.prism([(0, 0), (1, 0), (0.5, 1)], -1, 2, axis=0),
    "prism y": sweeps.prism([(0, 0), (1, 0), (1, 1), (0, 2)], 0, 1, axis=1),
}


def _volume(mesh):
    """Signed volume by the divergence theorem: positive if the surface is closed and faces outwards."""
    a, b, c = mesh.vertices[mesh.faces].transpose(1, 0, 2)
    return np.einsum("fi,fi->", a, np.cross(b, c)) / 6


@pytest.mark.parametrize("mesh", SHAPES.values(), ids=SHAPES)
def test_surfaces_are_closed_and_face_outwards(mesh):
    elsewhere = sweeps.moved(mesh, (3, -2, 5))
    assert _volume(mesh) > 0 and _volume(elsewhere) == pytest.approx(_volume(mesh))
    a, b, c = mesh.vertices[mesh.faces].transpose(1, 0, 2)
    assert np.einsum("fi,fi->f", np.cross(b - a, c - a), mesh.normals[mesh.faces[:, 0]]).min() > 0


def test_prism_volumes():
    assert _volume(SHAPES["prism x"]) == pytest.approx(1.5)
    assert _volume(SHAPES["prism y"]) == pytest.approx(1.5)


def test_stretching_keeps_normals_upright():
    ball = meshes.lathe([(0.5, -0.5), (0.7, 0.0), (0.5, 0.5)])
    flat = sweeps.stretched(ball, (1, 0.5, 1))
    assert flat.vertices[:, 1].max() == pytest.approx(0.35)
    np.testing.assert_allclose(np.linalg.norm(flat.normals, axis=1), 1)
    a, b, c = flat.vertices[flat.faces].transpose(1, 0, 2)
    assert np.einsum("fi,fi->f", np.cross(b - a, c - a), flat.normals[flat.faces[:, 0]]).min() > 0
