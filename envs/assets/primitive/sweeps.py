"""Surfaces that are drawn, continued: bent tubes, prisms, and meshes that are moved about."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from envs.assets.primitive.meshes import Mesh, joined
from envs.assets.primitive.mjcf import Vector

Outline = Sequence[tuple[float, float]]
"""Corners of a convex polygon in metres, counter-clockwise."""


def tube(path: Sequence[Vector], half_width: float, half_thickness: float, *, sides: int = 8) -> Mesh:
    """A closed tube of elliptic section along a path in a vertical plane, `half_width` across that plane."""
    points = np.array(path, float)
    steps = np.diff(points, axis=0)
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    along = np.concatenate([steps[:1], steps[:-1] + steps[1:], steps[-1:]])
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = _across(points)
    up = np.cross(along, across)
    angles = np.arange(sides) * (2 * np.pi / sides)
    c, s = np.cos(angles)[None, :, None], np.sin(angles)[None, :, None]
    vertices = points[:, None] + half_width * c * across + half_thickness * s * up[:, None]
    normals = half_thickness * c * across + half_width * s * up[:, None]
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return joined([_skin(vertices, normals), _lid(vertices[0][::-1], -along[0]), _lid(vertices[-1], along[-1])])


def prism(outline: Outline, low: float, high: float, *, axis: int) -> Mesh:
    """A convex polygon pulled along an axis.

    Args:
        outline: Corners in the plane of the two axes that follow `axis` cyclically (y, z for x; z, x for y).
        low: Where the prism begins on the axis, in metres.
        high: Where it ends.
        axis: 0, 1 or 2.
    """
    near, far = (_in_space(outline, height, axis) for height in (low, high))
    sides = [np.array([near[i - 1], near[i], far[i], far[i - 1]]) for i in range(len(near))]
    normal = np.eye(3)[axis]
    quads = [_lid(side, _normal(side)) for side in sides]
    return joined([*quads, _lid(near[::-1], -normal), _lid(far, normal)])


def moved(mesh: Mesh, offset: Vector) -> Mesh:
    """The same mesh elsewhere."""
    return replace(mesh, vertices=mesh.vertices + np.array(offset))


def stretched(mesh: Mesh, factors: Vector) -> Mesh:
    """The mesh with every axis scaled by a positive factor."""
    normals = mesh.normals / np.array(factors)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return replace(mesh, vertices=mesh.vertices * np.array(factors), normals=normals)


def rotated(mesh: Mesh, matrix: Float[np.ndarray, "3 3"]) -> Mesh:
    """The mesh turned about the origin."""
    return replace(mesh, vertices=mesh.vertices @ matrix.T, normals=mesh.normals @ matrix.T)


def _across(points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, " 3"]:
    """Unit normal of the vertical plane that holds the path."""
    reach = points[:, :2] - points[0, :2]
    x, y = reach[np.linalg.norm(reach, axis=1).argmax()]
    return np.array([-y, x, 0]) / np.hypot(x, y)


def _skin(vertices: Float[np.ndarray, "n s 3"], normals: Float[np.ndarray, "n s 3"]) -> Mesh:
    rows, sides = vertices.shape[:2]
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(sides), indexing="ij")
    right = (column + 1) % sides
    a, b, c, d = row * sides + column, row * sides + right, (row + 1) * sides + column, (row + 1) * sides + right
    faces = np.concatenate([np.stack([a, b, d], -1), np.stack([a, d, c], -1)]).reshape(-1, 3)
    return Mesh(vertices=vertices.reshape(-1, 3), normals=normals.reshape(-1, 3), faces=faces)


def _lid(corners: Float[np.ndarray, "n 3"], normal: Float[np.ndarray, " 3"]) -> Mesh:
    """A convex polygon, counter-clockwise seen from where its normal points."""
    count = len(corners)
    faces = np.array([(0, i, i + 1) for i in range(1, count - 1)])
    return Mesh(vertices=np.array(corners), normals=np.tile(normal, (count, 1)), faces=faces)


def _in_space(outline: Outline, height: float, axis: int) -> Float[np.ndarray, "n 3"]:
    flat = np.array(outline, float)
    points = np.empty((len(flat), 3))
    points[:, axis], points[:, (axis + 1) % 3], points[:, (axis + 2) % 3] = height, flat[:, 0], flat[:, 1]
    return points


def _normal(corners: Float[np.ndarray, "4 3"]) -> Float[np.ndarray, " 3"]:
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    return normal / np.linalg.norm(normal)
