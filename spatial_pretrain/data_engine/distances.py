"""Distances between points and oriented boxes: between centres for single pictures, closest points for videos."""

import numpy as np
from jaxtyping import Float

from vst_robot.geometry.box3d import Box3D

Array = np.ndarray

# Corner numbers (`box3d.CORNER_SIGNS`) at both ends of the twelve edges.
_EDGE_STARTS = [0, 3, 4, 7, 0, 1, 4, 5, 0, 1, 2, 3]
_EDGE_ENDS = [1, 2, 5, 6, 3, 2, 7, 6, 4, 5, 6, 7]
_CROSS = np.cross(np.eye(3)[:, None], np.eye(3)[None])  # np.cross itself takes ten times as long on a few vectors


def centre_distance_m(first: Box3D, second: Box3D) -> float:
    """Between the middles of two boxes."""
    return float(np.linalg.norm(first.centre_m - second.centre_m))


def point_distance_m(points_m: Float[Array, "*batch 3"], box: Box3D) -> Float[Array, "*batch"]:
    """From points to the nearest point of a box, 0 inside."""
    local = np.abs((points_m - box.centre_m) @ box.R_frame_box)
    return np.linalg.norm(np.maximum(local - box.size_m / 2, 0), axis=-1)


def box_distance_m(first: Box3D, second: Box3D) -> float:
    """Between the closest points of two boxes, exact; 0 if they touch or overlap.

    Two convex polyhedra apart are closest at a corner of one and any point of the other, or at two edges.
    """
    if overlap(first, second):
        return 0.0
    corners = min(
        float(point_distance_m(first.corners_m, second).min()), float(point_distance_m(second.corners_m, first).min())
    )
    return min(corners, _edge_distance_m(first, second))


def overlap(first: Box3D, second: Box3D) -> bool:
    """Whether two boxes touch or overlap."""
    # Separating axes: the boxes' faces and the cross products of their edges.
    crossed = np.einsum("ia,jb,ijk->abk", first.R_frame_box, second.R_frame_box, _CROSS).reshape(-1, 3)
    # Parallel edges give no axis of their own; those of the faces stand in.
    axes = np.concatenate([first.R_frame_box.T, second.R_frame_box.T, crossed[np.linalg.norm(crossed, axis=1) > 1e-6]])
    gap = np.abs(axes @ (second.centre_m - first.centre_m)) - _reach_m(first, axes) - _reach_m(second, axes)
    return bool((gap <= 0).all())


def _reach_m(box: Box3D, axes: Float[Array, "n 3"]) -> Float[Array, " n"]:
    return np.abs(axes @ box.R_frame_box) @ (box.size_m / 2)


def _edge_distance_m(first: Box3D, second: Box3D) -> float:
    """Smallest distance at the inside of two edges; the edges' ends are corners and not looked at here."""
    a, u = first.corners_m[_EDGE_STARTS], first.corners_m[_EDGE_ENDS] - first.corners_m[_EDGE_STARTS]
    b, v = second.corners_m[_EDGE_STARTS], second.corners_m[_EDGE_ENDS] - second.corners_m[_EDGE_STARTS]
    between = (b[None] - a[:, None]).reshape(-1, 3)
    u, v = np.repeat(u, len(b), axis=0), np.tile(v, (len(a), 1))
    uu, uv, vv = (u * u).sum(1), (u * v).sum(1), (v * v).sum(1)
    ru, rv = (between * u).sum(1), (between * v).sum(1)
    determinant = uu * vv - uv**2
    skew = determinant > 1e-12 * uu * vv
    safe = np.where(skew, determinant, 1.0)
    s, t = (ru * vv - rv * uv) / safe, (ru * uv - rv * uu) / safe
    inside = skew & (s >= 0) & (s <= 1) & (t >= 0) & (t <= 1)
    reach = between - s[:, None] * u + t[:, None] * v
    return float(np.linalg.norm(reach[inside], axis=1).min(initial=np.inf))
