"""Distances between points and oriented boxes: between centres for single pictures, closest points for videos."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from vst_robot.geometry.box3d import Box3D

Array = np.ndarray

# Corner numbers (`box3d.CORNER_SIGNS`) at both ends of the twelve edges.
_EDGE_STARTS = [0, 3, 4, 7, 0, 1, 4, 5, 0, 1, 2, 3]
_EDGE_ENDS = [1, 2, 5, 6, 3, 2, 7, 6, 4, 5, 6, 7]
_CROSS = np.cross(np.eye(3)[:, None], np.eye(3)[None])  # np.cross itself takes ten times as long on a few vectors


@dataclass(frozen=True, kw_only=True, eq=False)
class Boxes:
    """Many boxes of one frame, as arrays; attributes as those of `Box3D`."""

    centres_m: Float[Array, "n 3"]
    sizes_m: Float[Array, "n 3"]
    R_frame_boxes: Float[Array, "n 3 3"]

    @staticmethod
    def of(boxes: Sequence[Box3D]) -> "Boxes":
        """Of at least one box."""
        return Boxes(
            centres_m=np.array([box.centre_m for box in boxes]),
            sizes_m=np.array([box.size_m for box in boxes]),
            R_frame_boxes=np.array([box.R_frame_box for box in boxes]),
        )

    @property
    def radii_m(self) -> Float[Array, " n"]:
        """Of the spheres around them."""
        return np.linalg.norm(self.sizes_m, axis=1) / 2

    def at(self, places: Int[Array, " m"]) -> "Boxes":
        """The boxes at some places, in that order."""
        return Boxes(
            centres_m=self.centres_m[places], sizes_m=self.sizes_m[places], R_frame_boxes=self.R_frame_boxes[places]
        )


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
    corners_m, other_corners_m = first.corners_m, second.corners_m
    nearest_m = min(point_distance_m(corners_m, second).min(), point_distance_m(other_corners_m, first).min())
    return min(float(nearest_m), _edge_distance_m(corners_m, other_corners_m))


def overlap(first: Box3D, second: Box3D) -> bool:
    """Whether two boxes touch or overlap."""
    return bool(overlaps(Boxes.of([first]), Boxes.of([second]))[0])


def overlaps(first: Boxes, second: Boxes) -> Bool[Array, " n"]:
    """`overlap` of every box of one row with the box at the same place of another."""
    # Separating axes: the boxes' faces and the cross products of their edges.
    ours, theirs = first.R_frame_boxes.swapaxes(1, 2), second.R_frame_boxes.swapaxes(1, 2)
    crossing = (ours @ _CROSS.reshape(3, 9)).reshape(-1, 3, 3, 3)
    crossed = (theirs[:, None] @ crossing).reshape(-1, 9, 3)
    axes = np.concatenate([ours, theirs, crossed], axis=1)
    between = np.abs(axes @ (second.centres_m - first.centres_m)[:, :, None])[:, :, 0]
    apart = between - _reaches_m(first, axes) - _reaches_m(second, axes) > 0
    # Parallel edges give no axis of their own; those of the faces stand in.
    apart[:, 6:] &= (crossed * crossed).sum(axis=2) > 1e-12
    return np.asarray(~apart.any(axis=1))


def _reaches_m(boxes: Boxes, axes: Float[Array, "n a 3"]) -> Float[Array, "n a"]:
    return (np.abs(axes @ boxes.R_frame_boxes) @ (boxes.sizes_m[:, :, None] / 2))[:, :, 0]


def _edge_distance_m(first_m: Float[Array, "8 3"], second_m: Float[Array, "8 3"]) -> float:
    """Smallest distance at the inside of two boxes' edges; the edges' ends are corners and not looked at here."""
    a, u = first_m[_EDGE_STARTS], first_m[_EDGE_ENDS] - first_m[_EDGE_STARTS]
    b, v = second_m[_EDGE_STARTS], second_m[_EDGE_ENDS] - second_m[_EDGE_STARTS]
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
