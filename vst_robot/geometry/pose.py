"""Rigid transforms as 4x4 matrices.

`T_world_camera` is the camera's pose in the world: it maps camera coordinates to world coordinates. Inner
words cancel, so composition is the matrix product: `T_world_object = T_world_camera @ T_camera_object`.
Metres, radians.
"""

import numpy as np
from jaxtyping import Float

from vst_robot.geometry import rotation

Array = np.ndarray

_SERIES_RAD = 1e-2  # below this angle (θ - sin θ) / θ³ loses digits and its series does not


def make(R: Float[Array, "*batch 3 3"], p_m: Float[Array, "*batch 3"]) -> Float[Array, "*batch 4 4"]:
    """The pose with rotation `R` and origin `p_m`; their batch axes broadcast."""
    R, p_m = np.asarray(R, dtype=np.float64), np.asarray(p_m, dtype=np.float64)
    batch = np.broadcast_shapes(R.shape[:-2], p_m.shape[:-1])
    T = np.zeros((*batch, 4, 4))
    T[..., :3, :3] = R
    T[..., :3, 3] = p_m
    T[..., 3, 3] = 1
    return T


def inverse(T: Float[Array, "*batch 4 4"]) -> Float[Array, "*batch 4 4"]:
    """`T_body_reference` of `T_reference_body`."""
    R_inverse = np.swapaxes(T[..., :3, :3], -1, -2)
    return make(R_inverse, -(R_inverse @ T[..., :3, 3:])[..., 0])


def apply(T: Float[Array, "*batch 4 4"], points_m: Float[Array, "*batch n 3"]) -> Float[Array, "*batch n 3"]:
    """Points in the body's frame, expressed in the reference frame."""
    return points_m @ np.swapaxes(T[..., :3, :3], -1, -2) + T[..., None, :3, 3]


def exp(twist: Float[Array, "*batch 6"]) -> Float[Array, "*batch 4 4"]:
    """Pose after following a constant twist for one unit of time.

    Args:
        twist: Linear velocity in metres, then angular velocity in radians, both in the body's frame.
    """
    twist = np.asarray(twist, dtype=np.float64)
    linear, angular = twist[..., :3], twist[..., 3:]
    moved = _left_jacobian(angular) @ linear[..., None]
    return make(rotation.axis_angle_to_matrix(angular), moved[..., 0])


def log(T: Float[Array, "*batch 4 4"]) -> Float[Array, "*batch 6"]:
    """The twist with the smallest angle (at most π) whose `exp` is `T`."""
    angular = rotation.matrix_to_axis_angle(T[..., :3, :3])
    linear = np.linalg.solve(_left_jacobian(angular), T[..., :3, 3:])
    return np.concatenate([linear[..., 0], angular], axis=-1)


def _left_jacobian(angular: Array) -> Array:
    """V = I + (1 - cos θ)/θ² K + (θ - sin θ)/θ³ K²; K is the cross-product matrix, θ the vector's length."""
    angle = np.linalg.norm(angular, axis=-1)[..., None, None]
    cross = rotation.skew(angular)
    safe = np.where(angle < _SERIES_RAD, 1.0, angle)
    cubic = np.where(angle < _SERIES_RAD, 1 / 6 - angle**2 / 120 + angle**4 / 5040, (safe - np.sin(safe)) / safe**3)
    return np.eye(3) + np.sinc(angle / (2 * np.pi)) ** 2 / 2 * cross + cubic * (cross @ cross)
