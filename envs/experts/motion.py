"""From where a tool is and where it should be to one relative end-effector command; pure numpy.

Commands are robosuite's OSC_POSE: translation in units of 0.05 m, rotation (axis-angle about world axes) in units of
0.5 rad, all in [-1, 1], and the gripper, -1 open, +1 close (robosuite 1.4, `controllers/config/osc_pose.json`).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from envs.experts.boxes import Point

OPEN, CLOSE = -1.0, 1.0
TRANSLATION_UNIT_M = 0.05
ROTATION_UNIT_RAD = 0.5

_GAIN = 2.0
"""With robosuite's stiffness of 150 and critical damping: damped at 0.7, saturated beyond 2.5 cm."""
_ROTATION_GAIN = 1.0
_MAX_ROTATION = 0.25
"""Largest rotation command: 2.5 rad/s at 20 Hz, about what a Panda's wrist joints can do (2.61 rad/s). Faster turns are
rare, so that percentiles of the commands would cut them off and a policy would never learn them."""

_UPRIGHT_M = 0.55
_LEAN_RAD_M = 1.0
_LEAN_RANGE_RAD = (-0.1, 0.25)
"""The hand's lean: none at `_UPRIGHT_M` from the base, growing with the distance, within a range."""

_ALIGNED_RAD = 0.08
"""Error of orientation from which on a hand stays up; each radian more counts as `_TURNING_M_RAD` of distance."""
_TURNING_M_RAD = 0.1
_UPRIGHTED_RAD = 0.4
"""A hand that still has to rise from pointing sideways stays well above what it might touch with its palm."""
_RISING_M_RAD = 0.5
_DOWN = np.array([0.0, 0.0, -1.0])

_FUNNEL_SLOPE = 2.5
_YIELD_FROM_M = 0.006
_YIELD_OVER_M = 0.018
"""A tool too low by the first starts to slow down sideways; too low by both together it only climbs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Move:
    """What a skill wants next, before it becomes a command.

    Attributes:
        offset: Where the tool should go minus where it is, metres, world frame.
        rotation: Axis-angle in radians, world frame, that turns the hand as it should be.
        gripper: -1 open, +1 close.
    """

    offset: Point
    rotation: Point
    gripper: float

    def command(self) -> Float[np.ndarray, " 7"]:
        """The OSC_POSE command: proportional to the offsets, saturating without change of direction."""
        translation = _saturate(_GAIN * self.offset / TRANSLATION_UNIT_M)
        rotation = _saturate(_ROTATION_GAIN * self.rotation / ROTATION_UNIT_RAD, limit=_MAX_ROTATION)
        return np.concatenate([translation, rotation, [self.gripper]])


def glide(offset: Point, *, clearance_m: float, arrived_m: float, misaligned_m: float = 0.0) -> Point:
    """Bends the straight way to a target so that the tool travels above it and comes down on it from above.

    The height to fly at is a funnel over the target: `clearance_m` far away, zero within a few millimetres. A tool
    below that height climbs before it moves sideways. Both are continuous, so the commands are smooth.

    Args:
        offset: Target minus tool, metres, world frame.
        clearance_m: Height above the target at which to travel.
        arrived_m: Horizontal distance from which on the way leads straight to the target.
        misaligned_m: Extra distance to pretend, so that a hand still turning does not come down.

    Returns:
        The offset to servo on, metres, world frame.
    """
    distance_m = float(np.linalg.norm(offset[:2])) + misaligned_m
    funnel_m = np.clip(_FUNNEL_SLOPE * (distance_m - arrived_m), 0.0, clearance_m)
    climb_m = float(offset[2] + funnel_m)
    sideways = np.clip(1.0 - (climb_m - _YIELD_FROM_M) / _YIELD_OVER_M, 0.0, 1.0)
    return np.array([offset[0] * sideways, offset[1] * sideways, climb_m])


def dock(offset: Point, outward: Point, *, clearance_m: float, arrived_m: float, misaligned_m: float = 0.0) -> Point:
    """`glide` along any direction: the tool lines up `clearance_m` outside its target and moves in straight.

    Args:
        offset: Target minus tool, metres, world frame.
        outward: Unit vector from the target to where the tool comes from.
        clearance_m: Distance outside at which to line up.
        arrived_m: Distance beside the line from which on the way leads straight to the target.
        misaligned_m: Extra distance to pretend, so that a hand still turning stays outside.
    """
    beside = offset - (offset @ outward) * outward
    distance_m = float(np.linalg.norm(beside)) + misaligned_m
    back_m = float(offset @ outward) + np.clip(_FUNNEL_SLOPE * (distance_m - arrived_m), 0.0, clearance_m)
    sideways = np.clip(1.0 - (back_m - _YIELD_FROM_M) / _YIELD_OVER_M, 0.0, 1.0)
    return beside * sideways + outward * back_m


def turning_m(rotation: Point) -> float:
    """The distance that a rotation yet to be done (axis-angle in radians) counts as, in `glide` and `dock`."""
    turning = max(0.0, float(np.linalg.norm(rotation)) - _ALIGNED_RAD)
    return _TURNING_M_RAD * turning + _RISING_M_RAD * max(0.0, float(np.linalg.norm(rotation[:2])) - _UPRIGHTED_RAD)


def rotation_between(R_from: Float[np.ndarray, "3 3"], R_to: Float[np.ndarray, "3 3"]) -> Point:
    """Axis-angle in radians, world frame, that turns `R_from` into `R_to`."""
    return Rotation.from_matrix(R_to @ R_from.T).as_rotvec()


def reaching_down(finger_axis: Point, reach_m: float) -> Float[np.ndarray, "3 3"]:
    """Orientation of a hand that points down with its fingers along `finger_axis` (horizontal, unit length).

    The hand leans about that axis with its distance from the robot, fingertips outwards where it is far and inwards
    where it is near: pointing straight down everywhere, a Panda on LIBERO's table has its elbow straight before it
    reaches the far objects, and its wrist close to a singularity (joint 6 at pi) over the near ones.

    Args:
        finger_axis: World frame.
        reach_m: Horizontal distance of the hand from the robot's base.

    Returns:
        The axes of robosuite's grip site in the world frame as columns: fingers, palm, approach.
    """
    return leaning(finger_axis, lean_of(reach_m))


def lean_of(reach_m: float) -> float:
    """The lean in radians of a hand `reach_m` away from the base, positive with the fingertips outwards."""
    return float(np.clip(_LEAN_RAD_M * (reach_m - _UPRIGHT_M), *_LEAN_RANGE_RAD))


def leaning(finger_axis: Point, lean_rad: float) -> Float[np.ndarray, "3 3"]:
    """Orientation of a hand that points down, turned by `lean_rad` about its horizontal finger axis (unit length).

    Positive angles bring the fingertips forward, to the left of the finger axis seen from above.
    """
    ahead = np.cross(_DOWN, finger_axis)
    return pointing(finger_axis, np.cos(lean_rad) * _DOWN + np.sin(lean_rad) * ahead)


def pointing(finger_axis: Point, approach: Point) -> Float[np.ndarray, "3 3"]:
    """Orientation of a hand with these two axes (orthogonal unit vectors, world frame)."""
    return np.column_stack([finger_axis, np.cross(approach, finger_axis), approach])


def _saturate(vector: Point, limit: float = 1.0) -> Point:
    """Scales `vector` so that no component leaves [-limit, limit]."""
    return vector / max(1.0, float(np.abs(vector).max()) / limit)
