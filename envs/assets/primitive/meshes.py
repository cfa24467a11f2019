"""Surfaces that are drawn: blocks and profiles turned around the z axis, written as Wavefront OBJ.

Blocks as meshes rather than MuJoCo's own boxes and cylinders, which take 192 and about a thousand triangles each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.transform import Rotation

from envs.assets.primitive.mjcf import Box, number

Profile = Sequence[tuple[float, float]]
"""Points (radius, height) in metres, ordered so that the outside lies to the right of the walk."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Mesh:
    """Triangles with one normal per vertex: metres, counter-clockwise seen from outside."""

    vertices: Float[np.ndarray, "v 3"]
    normals: Float[np.ndarray, "v 3"]
    faces: Int[np.ndarray, "f 3"]

    def to_obj(self) -> bytes:
        """Wavefront OBJ text."""
        lines = ["v " + " ".join(map(number, row)) for row in self.vertices]
        lines += ["vn " + " ".join(map(number, row)) for row in self.normals]
        lines += ["f " + " ".join(f"{i}//{i}" for i in row + 1) for row in self.faces]
        return ("\n".join(lines) + "\n").encode()


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh out of several; their vertices stay apart, so edges between them stay sharp."""
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes[:-1]])
    return Mesh(
        vertices=np.concatenate([mesh.vertices for mesh in meshes]),
        normals=np.concatenate([mesh.normals for mesh in meshes]),
        faces=np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]),
    )


def lathe(profile: Profile, *, segments: int = 32, ripple: Callable[[float], float] | None = None) -> Mesh:
    """Turns a smooth profile around the z axis.

    Args:
        profile: Points (radius, height). Walking bottom to top makes the outside face outwards.
        segments: Number of steps around.
        ripple: Factor on the radius as a function of the angle in radians, for ribs.
    """
    angles = np.arange(segments) * (2 * np.pi / segments)
    factor = np.array([ripple(angle) if ripple else 1.0 for angle in angles])
    points, normals = np.array(profile, float), _profile_normals(np.array(profile, float))
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    radii = points[:, 0, None] * factor
    vertices = _around(circle, radii, points[:, 1])
    directions = _around(circle, np.broadcast_to(normals[:, :1], radii.shape), normals[:, 1])
    return Mesh(vertices=vertices, normals=directions, faces=_grid_faces(len(points), segments))


def turned_solid(outlines: Sequence[Profile], *, segments: int = 32) -> Mesh:
    """Several profiles turned into one mesh, with sharp edges where one ends and the next begins."""
    return joined([lathe(outline, segments=segments) for outline in outlines])


def ring(inner: float, outer: float, bottom: float, top: float, *, segments: int = 40) -> Mesh:
    """A flat-topped ring without an underside."""
    middle = (inner + outer) / 2
    rounded = [(outer, bottom), (outer, top * 0.7 + bottom * 0.3), (middle, top)]
    return lathe([*rounded, (inner, top * 0.7 + bottom * 0.3), (inner, bottom)], segments=segments)


def disc(radius: float, bottom: float, top: float, *, center: tuple[float, float] = (0, 0), segments: int = 32) -> Mesh:
    """A short cylinder without an underside, its axis at `center`."""
    outlines = [[(radius, bottom), (radius, top)], [(radius, top), (0.0001, top)]]
    mesh = turned_solid(outlines, segments=segments)
    return replace(mesh, vertices=mesh.vertices + np.array([*center, 0]))


def blocks(boxes: Sequence[Box]) -> Mesh:
    """Oriented boxes as one mesh."""
    return joined([_block(box) for box in boxes])


def _block(box: Box) -> Mesh:
    w, x, y, z = box.quat_wxyz
    rotation = Rotation.from_quat([x, y, z, w]).as_matrix()
    sides = [(axis, sign) for axis in range(3) for sign in (-1, 1)]
    corners, normals = zip(*(_side(axis, sign) for axis, sign in sides), strict=True)
    vertices = np.concatenate(corners) * np.array(box.half)
    return Mesh(
        vertices=vertices @ rotation.T + np.array(box.center),
        normals=np.repeat(np.array(normals), 4, axis=0) @ rotation.T,
        faces=np.concatenate([np.array([(0, 1, 2), (0, 2, 3)]) + 4 * i for i in range(6)]),
    )


def _side(axis: int, sign: int) -> tuple[Float[np.ndarray, "4 3"], Float[np.ndarray, " 3"]]:
    """Corners of one side of the cube [-1, 1]³, counter-clockwise from outside, and its normal."""
    right, up = np.eye(3)[(axis + 1) % 3] * sign, np.eye(3)[(axis + 2) % 3]
    normal = np.eye(3)[axis] * sign
    return np.array([normal + a * right + b * up for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]), normal


def _profile_normals(points: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
    steps = np.diff(points, axis=0)
    sides = np.stack([steps[:, 1], -steps[:, 0]], axis=-1)
    sides /= np.linalg.norm(sides, axis=-1, keepdims=True)
    smooth = np.concatenate([sides[:1], sides[:-1] + sides[1:], sides[-1:]])
    return smooth / np.linalg.norm(smooth, axis=-1, keepdims=True)


def _around(
    circle: Float[np.ndarray, "s 2"], radii: Float[np.ndarray, "n s"], heights: Float[np.ndarray, " n"]
) -> Float[np.ndarray, "v 3"]:
    flat = circle[None] * radii[..., None]
    tall = np.broadcast_to(heights[:, None, None], (*radii.shape, 1))
    return np.concatenate([flat, tall], axis=-1).reshape(-1, 3)


def _grid_faces(rows: int, segments: int) -> Int[np.ndarray, "f 3"]:
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(segments), indexing="ij")
    right = (column + 1) % segments
    a, b = row * segments + column, row * segments + right
    c, d = a + segments, b + segments
    return np.concatenate([np.stack([a, b, d], -1), np.stack([a, d, c], -1)]).reshape(-1, 3)
