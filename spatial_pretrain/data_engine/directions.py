"""Compass and egocentric directions on the ground plane.

Seen from above, angles grow clockwise: from north over east, from the front over the right. In camera axes (x right,
y down, z forward) that is `atan2(n_z v_x - n_x v_z, n_x v_x + n_z v_z)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine.samples import Margin
from vst_robot.scenes import Scene

Array = np.ndarray

COMPASS = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")
EGOCENTRIC = ("front", "front right", "right", "back right", "back", "back left", "left", "front left")


@dataclass(frozen=True, kw_only=True)
class Sector:
    """A sector of the circle.

    Attributes:
        index: 0 is centred on the reference direction, counted clockwise.
        border_deg: Angle to the nearest border.
    """

    index: int
    border_deg: float


def down(scene: Scene, first: int = 0) -> Float[Array, "3"]:
    """Unit vector to the ground in the world frame: gravity, or the first camera's y axis where it is unknown."""
    if scene.gravity is not None:
        return np.asarray(scene.gravity, dtype=np.float64)
    return scene.frames[first].T_world_camera[:3, 1].astype(np.float64)


def level(vector: Float[Array, "*batch 3"], down: Float[Array, "3"]) -> Float[Array, "*batch 3"]:
    """The part of vectors that is parallel to the ground."""
    return vector - (vector @ down)[..., None] * down


def ground_length(vector: Float[Array, "3"], down: Float[Array, "3"]) -> float:
    """Length of the part that is parallel to the ground, in the vector's unit."""
    return float(np.linalg.norm(level(vector, down)))


def clockwise_deg(reference: Float[Array, "3"], vector: Float[Array, "3"], down: Float[Array, "3"]) -> float:
    """Angle on the ground from `reference` to `vector`, clockwise seen from above, in (-180, 180]."""
    return float(all_clockwise_deg(reference, vector, down))


def all_clockwise_deg(
    reference: Float[Array, "3"], vectors: Float[Array, "*batch 3"], down: Float[Array, "3"]
) -> Float[Array, "*batch"]:
    """`clockwise_deg` of many vectors."""
    x, y, z = reference
    right = np.array([down[1] * z - down[2] * y, down[2] * x - down[0] * z, down[0] * y - down[1] * x])
    return np.degrees(np.arctan2(vectors @ right, vectors @ level(reference, down)))


def sector(angle_deg: float, sectors: int = 8) -> Sector:
    """The sector that holds an angle, the first being centred on 0."""
    width = 360 / sectors
    nearest = round(angle_deg / width)
    return Sector(index=nearest % sectors, border_deg=width / 2 - abs(angle_deg - nearest * width))


def turned(word: str, steps: int) -> str:
    """The compass word so many eighths of a turn clockwise."""
    return COMPASS[(COMPASS.index(word) + steps) % len(COMPASS)]


def angle_margin(
    border_deg: float,
    down: Float[Array, "3"],
    *,
    spans_m: Sequence[Float[Array, "3"]] = (),
    headings: Sequence[Float[Array, "3"]] = (),
) -> Margin:
    """How far positions and directions may move before an angle between directions on the ground moves by a given one.

    A lower bound. A span of length L on the ground, both of whose ends move by m, turns by at most asin(2 m / L); a
    direction that rises by e and turns by d, or is judged against a gravity that is d wrong, turns on the ground by at
    most asin(sin d / cos e). All spans and headings are taken to move at once, each by as much as it can.

    Args:
        border_deg: Angle to the nearest border.
        down: Unit vector to the ground.
        spans_m: Vectors between two positions that make up the angle.
        headings: Viewing directions that make up the angle.
    """
    vectors = [*spans_m, *headings]
    share = np.sin(np.radians(min(border_deg, 90.0) / len(vectors)))
    flattest = min(ground_length(vector, down) / float(np.linalg.norm(vector)) for vector in vectors)
    shortest_m = min((ground_length(span, down) for span in spans_m), default=None)
    turns = np.sin(np.radians(min(border_deg, 90.0) / len(spans_m))) if spans_m else 0.0
    return Margin(
        metres=None if shortest_m is None else float(shortest_m / 2 * turns),
        degrees=float(np.degrees(np.arcsin(flattest * share))),
    )
