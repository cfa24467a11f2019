"""Collision geometry as a batch of oriented boxes: how much room there is around a point, how high things stand."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Point = Float[np.ndarray, " 3"]
Points = Float[np.ndarray, "p 3"]

_CORRIDOR_STEP_M = 0.02


@dataclass(frozen=True, kw_only=True, eq=False)
class OrientedBoxes:
    """A batch of n boxes in the world frame, in metres.

    Attributes:
        centres: float64 (n, 3).
        R_world_box: float64 (n, 3, 3).
        half_sizes: float64 (n, 3).
    """

    centres: Float[np.ndarray, "n 3"]
    R_world_box: Float[np.ndarray, "n 3 3"]
    half_sizes: Float[np.ndarray, "n 3"]

    def __len__(self) -> int:
        """Number of boxes n."""
        return len(self.centres)

    def bounds(self) -> tuple[Float[np.ndarray, "n 3"], Float[np.ndarray, "n 3"]]:
        """Lower and upper corners of the world-aligned boxes around each box."""
        extent = np.einsum("nij,nj->ni", np.abs(self.R_world_box), self.half_sizes)
        return self.centres - extent, self.centres + extent

    def bottom_m(self) -> float:
        """Height of the lowest corner."""
        return float(self.bounds()[0][:, 2].min())

    def seen_from(self, position: Point, rotation: Float[np.ndarray, "3 3"]) -> "OrientedBoxes":
        """The same boxes in the frame at `position` with the axes `rotation` (columns), both in the world frame."""
        return OrientedBoxes(
            centres=(self.centres - position) @ rotation,
            R_world_box=rotation.T @ self.R_world_box,
            half_sizes=self.half_sizes,
        )

    def moved(self, shift: Point) -> "OrientedBoxes":
        """The same boxes, `shift` (metres) further on."""
        return OrientedBoxes(centres=self.centres + shift, R_world_box=self.R_world_box, half_sizes=self.half_sizes)

    def joined(self, others: "OrientedBoxes") -> "OrientedBoxes":
        """These boxes and others."""
        return OrientedBoxes(
            centres=np.concatenate([self.centres, others.centres]),
            R_world_box=np.concatenate([self.R_world_box, others.R_world_box]),
            half_sizes=np.concatenate([self.half_sizes, others.half_sizes]),
        )

    def reaching(self, low: Point, high: Point) -> "OrientedBoxes":
        """Those boxes that may reach into the world-aligned box from `low` to `high` (metres)."""
        lower, upper = self.bounds()
        near = ((lower <= high) & (upper >= low)).all(axis=1)
        return OrientedBoxes(
            centres=self.centres[near], R_world_box=self.R_world_box[near], half_sizes=self.half_sizes[near]
        )

    def clearance_m(self, points: Points) -> Float[np.ndarray, " p"]:
        """Signed distance from each point to the nearest box, negative inside; inf where there is no box."""
        if len(self) == 0:
            return np.full(len(points), np.inf)
        offsets = points[None] - self.centres[:, None]
        beyond = np.abs(np.einsum("nij,npi->npj", self.R_world_box, offsets)) - self.half_sizes[:, None]
        outside = np.linalg.norm(np.maximum(beyond, 0.0), axis=-1)
        inside = np.minimum(beyond.max(axis=-1), 0.0)
        return (outside + inside).min(axis=0)

    def top_m(self, xy: Float[np.ndarray, "p 2"], radius_m: float) -> float:
        """Height of the highest box that comes within `radius_m`, in plan, of any of the points; -inf if none does."""
        low, high = self.bounds()
        nearest = np.clip(xy[:, None], low[None, :, :2], high[None, :, :2])
        near = (np.linalg.norm(xy[:, None] - nearest, axis=-1) <= radius_m).any(axis=0)
        return float(high[near, 2].max(initial=-np.inf))


def corridor(start: Point, end: Point) -> Float[np.ndarray, "p 2"]:
    """Points in plan on the way from `start` to `end` (metres), a few centimetres apart, both ends included."""
    count = 2 + int(np.linalg.norm((end - start)[:2]) / _CORRIDOR_STEP_M)
    return np.linspace(start[:2], end[:2], count)
