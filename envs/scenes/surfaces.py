"""Triangles of MuJoCo's geoms: what boxes are drawn around and surface points are taken from."""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

import mujoco
import numpy as np
from jaxtyping import Float
from scipy.spatial import ConvexHull, QhullError

Array = np.ndarray

_SLICES = 48
"""Of round geoms: a polygon of so many sides misses 0.2 % of the radius, 0.1 mm at 5 cm."""

_FACES = np.array([[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]])
_BOX_FACES = np.concatenate([_FACES, [[2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]])
_PLANE_FACES = np.array([[0, 4, 6], [0, 6, 2]])
_BOX_CORNERS = np.stack(np.meshgrid([-1, 1], [-1, 1], [-1, 1], indexing="ij"), axis=-1).reshape(8, 3).astype(float)


def triangles(model: mujoco.MjModel, geom: int) -> Float[Array, "n 3 3"]:
    """Triangles of a geom's surface in its own frame, metres, as drawn; none for an endless plane or height field."""
    kind, size = int(model.geom_type[geom]), np.array(model.geom_size[geom])
    if kind == mujoco.mjtGeom.mjGEOM_MESH:
        return _mesh(model, int(model.geom_dataid[geom]))
    if kind == mujoco.mjtGeom.mjGEOM_BOX:
        return (_BOX_CORNERS * size)[_BOX_FACES]
    if kind == mujoco.mjtGeom.mjGEOM_PLANE:
        return (_BOX_CORNERS * [*size[:2], 0])[_PLANE_FACES] if size[:2].min() > 0 else _none()
    return _round(kind, size)


def convex_points(points_m: Float[Array, "n 3"]) -> Float[Array, "m 3"]:
    """Those points that lie on the convex hull: they alone decide about boxes and outlines."""
    points = np.unique(points_m.round(7), axis=0)
    try:
        return points[ConvexHull(points).vertices]
    except QhullError:  # flat, or fewer than four
        return points


def sample(rng: np.random.Generator, faces_m: Float[Array, "n 3 3"], count: int) -> Float[Array, "count 3"]:
    """Points on triangles, evenly by area."""
    edges = faces_m[:, 1:] - faces_m[:, :1]
    area = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
    chosen = rng.choice(len(faces_m), size=count, p=area / area.sum())
    weights = rng.random((count, 2))
    beyond = weights.sum(axis=1) > 1
    weights[beyond] = 1 - weights[beyond]
    return faces_m[chosen, 0] + (weights[..., None] * edges[chosen]).sum(axis=1)


def _mesh(model: mujoco.MjModel, mesh: int) -> Array:
    vertices = model.mesh_vert[model.mesh_vertadr[mesh] :][: model.mesh_vertnum[mesh]]
    faces = model.mesh_face[model.mesh_faceadr[mesh] :][: model.mesh_facenum[mesh]]
    return vertices[faces].astype(np.float64)


def _round(kind: int, size: Array) -> Array:
    """Bodies of revolution about z, as a profile of (radius, height) that is turned."""
    turn = np.linspace(-np.pi / 2, np.pi / 2, _SLICES // 2 + 1)
    cap = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        return _turned(np.array([[0, -1], [1, -1], [1, 1], [0, 1]]) * size[:2])
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        return _turned(cap * size[0] + np.where(cap[:, 1:] < 0, -1, 1) * [0, size[1]])
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        return _turned(cap) * size[0]
    return _turned(cap) * size if kind == mujoco.mjtGeom.mjGEOM_ELLIPSOID else _none()


def _turned(profile: Array) -> Array:
    angle = np.linspace(0, 2 * np.pi, _SLICES + 1)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    grid = np.concatenate(
        [profile[:, None, :1] * ring, np.broadcast_to(profile[:, None, 1:], (len(profile), len(ring), 1))], axis=-1
    )
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:]
    return np.concatenate(
        [np.stack([a, b, d], axis=2).reshape(-1, 3, 3), np.stack([a, d, c], axis=2).reshape(-1, 3, 3)]
    )


def _none() -> Array:
    return np.zeros((0, 3, 3))
