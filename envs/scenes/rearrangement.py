"""New places on the table for things that stand on it: LIBERO's own samplers move them by a few centimetres only."""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from jaxtyping import Float

from envs.scenes.object_boxes import SolidObject
from vst_robot.geometry import rotation
from vst_robot.geometry.box3d import Box3D

Array = np.ndarray

_SAME_LEVEL_M = 0.015
_GAP_M = 0.01
_MIN_HALF_M = 0.2
"""Half the side of the smallest area that things are spread over."""

_FREE_OF_ROBOT_X_M = -0.32
"""LIBERO's robots stand at x = -0.6 or beyond; nothing is put nearer to them than this."""

_TRIES = 60


@dataclass(frozen=True, kw_only=True, eq=False)
class Footprint:
    """A thing seen from above.

    Attributes:
        centre_m: Middle of its box.
        half_m: Half its extents along its axes.
        axes: Columns are its level axes.
    """

    centre_m: Float[Array, "2"]
    half_m: Float[Array, "2"]
    axes: Float[Array, "2 2"]

    @property
    def radius_m(self) -> float:
        """Of the circle around it."""
        return float(np.linalg.norm(self.half_m))

    def distance_m(self, point_m: Float[Array, "2"]) -> float:
        """From a point to the rectangle, 0 inside."""
        beyond = np.abs((point_m - self.centre_m) @ self.axes) - self.half_m
        return float(np.linalg.norm(np.maximum(beyond, 0)))


def footprint(box: Box3D) -> Footprint:
    """The smallest level rectangle with the box's heading around a box whose y axis is about upright."""
    heading = box.R_frame_box[:2, 0] / np.linalg.norm(box.R_frame_box[:2, 0])
    axes = np.stack([heading, [-heading[1], heading[0]]], axis=1)
    local = box.corners_m[:, :2] @ axes
    low, high = local.min(axis=0), local.max(axis=0)
    return Footprint(centre_m=axes @ ((low + high) / 2), half_m=(high - low) / 2, axes=axes)


def rearrange(
    rng: np.random.Generator,
    model: mujoco.MjModel,
    data: mujoco.MjData,
    things: Sequence[SolidObject],
) -> None:
    """Turns and moves all loose things on the lowest level to free places nearby; what finds none stays.

    Args:
        rng: Decides where to.
        model: The model.
        data: Its state, at rest; only `qpos` changes.
        things: Everything that is not to be stood on or in, without tables.
    """
    boxes = [thing.box(data) for thing in things]
    prints = [footprint(box) for box in boxes]
    loose = _loose(model, things, boxes)
    low, high = _region(prints)
    for index in rng.permutation(loose):
        others = [other for i, other in enumerate(prints) if i != index]
        spot = free_spot(rng, prints[index].radius_m, others, low, high)
        if spot is not None:
            prints[index] = _move(rng, model, data, things[index].root, prints[index], spot)


def free_spot(
    rng: np.random.Generator,
    radius_m: float,
    others: Sequence[Footprint],
    low_m: Float[Array, "2"],
    high_m: Float[Array, "2"],
) -> Float[Array, "2"] | None:
    """Middle of a circle that touches nothing, within a rectangle; None if chance finds none."""
    for _ in range(_TRIES):
        spot = rng.uniform(low_m, high_m)
        if all(other.distance_m(spot) > radius_m + _GAP_M for other in others):
            return spot
    return None


def _loose(model: mujoco.MjModel, things: Sequence[SolidObject], boxes: Sequence[Box3D]) -> list[int]:
    """Those with a free joint whose lowest points are on the lowest level of all."""
    free = [i for i, thing in enumerate(things) if _is_free(model, thing.root)]
    bottoms = {i: boxes[i].corners_m[:, 2].min() for i in free}
    return [i for i in free if bottoms[i] < min(bottoms.values()) + _SAME_LEVEL_M]


def _is_free(model: mujoco.MjModel, body: int) -> bool:
    joint = int(model.body_jntadr[body])
    return joint >= 0 and int(model.jnt_type[joint]) == mujoco.mjtJoint.mjJNT_FREE


def _region(prints: Sequence[Footprint]) -> tuple[Array, Array]:
    """The rectangle that the middles of all things span, or a larger one, away from the robot."""
    centres = np.array([one.centre_m for one in prints])
    middle = (centres.min(axis=0) + centres.max(axis=0)) / 2
    half = np.maximum((centres.max(axis=0) - centres.min(axis=0)) / 2, _MIN_HALF_M)
    low, high = middle - half, middle + half
    low[0] = min(max(low[0], _FREE_OF_ROBOT_X_M), high[0])
    return low, high


def _move(
    rng: np.random.Generator, model: mujoco.MjModel, data: mujoco.MjData, body: int, old: Footprint, spot: Array
) -> Footprint:
    """Puts a thing elsewhere with another heading; the circle around it is what keeps its place free."""
    first = int(model.jnt_qposadr[model.body_jntadr[body]])
    turn = rotation.axis_angle_to_matrix(np.array([0, 0, rng.uniform(-np.pi, np.pi)]))
    place, quat_wxyz = data.qpos[first : first + 3], data.qpos[first + 3 : first + 7]
    place[:2] = spot + turn[:2, :2] @ (place[:2] - old.centre_m)
    quat_wxyz[:] = rotation.matrix_to_quat_wxyz(turn @ rotation.quat_wxyz_to_matrix(quat_wxyz))
    return Footprint(centre_m=spot, half_m=old.half_m, axes=turn[:2, :2] @ old.axes)
