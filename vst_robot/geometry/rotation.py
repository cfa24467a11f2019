"""Rotations: quaternions, matrices, axis-angle vectors and the Euler angles of the nine-number boxes.

Matrices act on column vectors: `v_reference = R_reference_body @ v_body`. Angles are radians.
"""

import numpy as np
from jaxtyping import Float

Array = np.ndarray

_GIMBAL = 1e-7  # cosine of the middle angle below which the outer two cannot be told apart


def quat_wxyz_to_xyzw(quat_wxyz: Float[Array, "*batch 4"]) -> Float[Array, "*batch 4"]:
    """From MuJoCo's order to robosuite's, ROS's and scipy's."""
    return np.roll(np.asarray(quat_wxyz), -1, axis=-1)


def quat_xyzw_to_wxyz(quat_xyzw: Float[Array, "*batch 4"]) -> Float[Array, "*batch 4"]:
    """From robosuite's, ROS's and scipy's order to MuJoCo's."""
    return np.roll(np.asarray(quat_xyzw), 1, axis=-1)


def quat_wxyz_to_matrix(quat_wxyz: Float[Array, "*batch 4"]) -> Float[Array, "*batch 3 3"]:
    """Rotation matrix of a quaternion of any length but zero."""
    quat = np.asarray(quat_wxyz, dtype=np.float64)
    quat = quat / np.linalg.norm(quat, axis=-1, keepdims=True)
    w, v = quat[..., :1, None], quat[..., 1:]
    outer = v[..., :, None] * v[..., None, :]
    return (2 * w**2 - 1) * np.eye(3) + 2 * outer + 2 * w * skew(v)


def matrix_to_quat_wxyz(matrix: Float[Array, "*batch 3 3"]) -> Float[Array, "*batch 4"]:
    """Unit quaternion with w >= 0 of a rotation matrix, accurate at every angle.

    The rows of 4 q qᵀ are linear in the matrix; the row with the largest diagonal entry carries the least
    rounding error (Shepperd's method).
    """
    r = np.asarray(matrix, dtype=np.float64)
    outer = np.empty((*r.shape[:-2], 4, 4))
    trace = np.trace(r, axis1=-2, axis2=-1)[..., None, None]
    outer[..., 1:, 1:] = r + np.swapaxes(r, -1, -2) + (1 - trace) * np.eye(3)
    outer[..., 0, 0] = 1 + trace[..., 0, 0]
    outer[..., 0, 1:] = outer[..., 1:, 0] = unskew(r - np.swapaxes(r, -1, -2))
    largest = np.argmax(np.diagonal(outer, axis1=-2, axis2=-1), axis=-1)
    quat = np.take_along_axis(outer, largest[..., None, None], axis=-2)[..., 0, :]
    quat = quat / np.linalg.norm(quat, axis=-1, keepdims=True)
    return np.where(quat[..., :1] < 0, -quat, quat)


def axis_angle_to_matrix(axis_angle_rad: Float[Array, "*batch 3"]) -> Float[Array, "*batch 3 3"]:
    """Rotation by the vector's length about its direction (Rodrigues' formula, smooth at zero)."""
    vector = np.asarray(axis_angle_rad, dtype=np.float64)
    angle = np.linalg.norm(vector, axis=-1)[..., None, None]
    cross = skew(vector)
    return np.eye(3) + _sinc(angle) * cross + _sinc(angle / 2) ** 2 / 2 * (cross @ cross)


def matrix_to_axis_angle(matrix: Float[Array, "*batch 3 3"]) -> Float[Array, "*batch 3"]:
    """Shortest axis-angle vector, length in [0, π]; at exactly π the axis's sign is arbitrary."""
    quat = matrix_to_quat_wxyz(matrix)
    sine = np.linalg.norm(quat[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, quat[..., :1])
    return quat[..., 1:] * np.divide(angle, sine, out=np.full_like(sine, 2.0), where=sine > 1e-12)


def quat_xyzw_to_axis_angle_robosuite(quat_xyzw: Float[Array, "*batch 4"]) -> Float[Array, "*batch 3"]:
    """LIBERO's proprioceptive orientation: axis-angle of length in [0, 2π], as robosuite computes it.

    Robosuite (`robosuite/utils/transform_utils.py`, `quat2axisangle`) does not turn a quaternion with w < 0
    into its shorter twin, so q and -q give different vectors. Published policies were trained on these
    numbers: an evaluator that flipped measured 56 instead of 95 percent for OpenVLA-OFT on LIBERO-Long.

    Args:
        quat_xyzw: Unit quaternion in robosuite's order.

    Returns:
        Axis-angle vector in radians; zero where the angle is 0 or, as in robosuite, 2π.
    """
    quat = np.asarray(quat_xyzw, dtype=np.float64)
    w = np.clip(quat[..., 3:], -1.0, 1.0)
    sine = np.sqrt(1 - w**2)
    scale = np.divide(2 * np.arccos(w), sine, out=np.zeros_like(sine), where=sine > 0)
    return quat[..., :3] * scale


def euler_to_matrix(pitch_yaw_roll_rad: Float[Array, "*batch 3"]) -> Float[Array, "*batch 3 3"]:
    """`R = Rz(roll) Ry(yaw) Rx(pitch)`, as in the nine-number boxes (scipy's lower-case ``"xyz"``)."""
    angles = np.asarray(pitch_yaw_roll_rad, dtype=np.float64)
    about_x, about_y, about_z = (axis_angle_to_matrix(angles[..., i, None] * np.eye(3)[i]) for i in range(3))
    return about_z @ about_y @ about_x


def matrix_to_euler(matrix: Float[Array, "*batch 3 3"]) -> Float[Array, "*batch 3"]:
    """Pitch, yaw and roll in radians with yaw in [-π/2, π/2]; the inverse of `euler_to_matrix`.

    At yaw = ±π/2 only the sum or difference of pitch and roll is determined; roll is then 0.
    """
    r = np.asarray(matrix, dtype=np.float64)
    cosine = np.hypot(r[..., 0, 0], r[..., 1, 0])
    locked = cosine < _GIMBAL
    yaw = np.arctan2(-r[..., 2, 0], cosine)
    pitch = np.where(locked, np.arctan2(-r[..., 1, 2], r[..., 1, 1]), np.arctan2(r[..., 2, 1], r[..., 2, 2]))
    roll = np.where(locked, 0.0, np.arctan2(r[..., 1, 0], r[..., 0, 0]))
    return np.stack([pitch, yaw, roll], axis=-1)


def rotation_angle(matrix: Float[Array, "*batch 3 3"]) -> Float[Array, "*batch"]:
    """Angle of a rotation in [0, π] radians, accurate at both ends."""
    return np.linalg.norm(matrix_to_axis_angle(matrix), axis=-1)


def skew(vector: Float[Array, "*batch 3"]) -> Float[Array, "*batch 3 3"]:
    """The matrix K with K @ u = vector x u."""
    x, y, z = np.moveaxis(np.asarray(vector, dtype=np.float64), -1, 0)
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)


def unskew(matrix: Float[Array, "*batch 3 3"]) -> Float[Array, "*batch 3"]:
    """Inverse of `skew`."""
    return np.stack([matrix[..., 2, 1], matrix[..., 0, 2], matrix[..., 1, 0]], axis=-1)


def _sinc(angle: Array) -> Array:
    """sin(x) / x, 1 at zero."""
    return np.sinc(angle / np.pi)
