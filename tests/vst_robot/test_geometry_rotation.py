import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from vst_robot.geometry import rotation

RANDOM = Rotation.random(1000, random_state=0)
MATRICES = RANDOM.as_matrix()
QUATS_XYZW = RANDOM.as_quat()
axis_angles = arrays(np.float64, 3, elements=st.floats(-10, 10))


def close(tolerance=1e-12):
    return lambda value: pytest.approx(value, abs=tolerance)


def test_orders_are_exchanged():
    assert rotation.quat_wxyz_to_xyzw(np.array([1, 2, 3, 4])).tolist() == [2, 3, 4, 1]
    assert rotation.quat_xyzw_to_wxyz(np.array([2, 3, 4, 1])).tolist() == [1, 2, 3, 4]


def test_quaternions_agree_with_scipy():
    quats_wxyz = rotation.quat_xyzw_to_wxyz(QUATS_XYZW)
    assert rotation.quat_wxyz_to_matrix(quats_wxyz) == close()(MATRICES)
    assert rotation.quat_wxyz_to_matrix(-3 * quats_wxyz) == close()(MATRICES)
    found = rotation.matrix_to_quat_wxyz(MATRICES)
    assert (found[:, 0] >= 0).all()
    assert found == close()(np.where(quats_wxyz[:, :1] < 0, -quats_wxyz, quats_wxyz))


def test_axis_angle_agrees_with_scipy():
    assert rotation.axis_angle_to_matrix(RANDOM.as_rotvec()) == close()(MATRICES)
    assert rotation.matrix_to_axis_angle(MATRICES) == close()(RANDOM.as_rotvec())


def test_euler_agrees_with_scipys_extrinsic_xyz():
    angles = np.random.default_rng(0).uniform(-np.pi, np.pi, (1000, 3))
    assert rotation.euler_to_matrix(angles) == close()(Rotation.from_euler("xyz", angles).as_matrix())
    assert rotation.matrix_to_euler(MATRICES) == close(1e-9)(RANDOM.as_euler("xyz"))


def test_euler_is_roll_after_yaw_after_pitch():
    def about(axis, angle):
        return rotation.axis_angle_to_matrix(np.eye(3)[axis] * angle)

    expected = about(2, 0.3) @ about(1, -0.2) @ about(0, 0.1)
    assert rotation.euler_to_matrix(np.array([0.1, -0.2, 0.3])) == close()(expected)


@pytest.mark.parametrize("yaw", [math.pi / 2, -math.pi / 2])
def test_euler_in_gimbal_lock_still_gives_the_rotation(yaw):
    matrix = rotation.euler_to_matrix(np.array([0.4, yaw, -1.1]))
    assert rotation.euler_to_matrix(rotation.matrix_to_euler(matrix)) == close(1e-7)(matrix)


@given(axis_angles)
def test_axis_angle_to_matrix_is_a_rotation(vector):
    matrix = rotation.axis_angle_to_matrix(vector)
    assert matrix @ matrix.T == close()(np.eye(3))
    assert np.linalg.det(matrix) == pytest.approx(1)
    assert matrix @ vector == close(1e-10)(vector)
    assert rotation.axis_angle_to_matrix(-vector) == close()(matrix.T)


@given(axis_angles)
def test_log_is_the_shortest_vector(vector):
    matrix = rotation.axis_angle_to_matrix(vector)
    found = rotation.matrix_to_axis_angle(matrix)
    assert np.linalg.norm(found) <= np.pi + 1e-12
    assert rotation.axis_angle_to_matrix(found) == close()(matrix)


@pytest.mark.parametrize("angle", [0.0, 1e-100, 1e-15, 1e-9, 1e-6, 1e-3])
def test_near_identity_nothing_is_lost(angle):
    vector = angle * np.array([0.6, 0.0, -0.8])
    matrix = rotation.axis_angle_to_matrix(vector)
    assert rotation.matrix_to_axis_angle(matrix) == pytest.approx(vector, rel=1e-9, abs=1e-300)
    assert rotation.rotation_angle(matrix) == pytest.approx(angle, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("axis", [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.6, 0, -0.8], [1 / 3, 2 / 3, 2 / 3]])
@pytest.mark.parametrize("below", [0.0, 1e-12, 1e-6])
def test_near_a_half_turn_nothing_is_lost(axis, below):
    matrix = rotation.axis_angle_to_matrix((np.pi - below) * np.array(axis))
    found = rotation.matrix_to_axis_angle(matrix)
    assert rotation.axis_angle_to_matrix(found) == close(1e-12)(matrix)
    assert np.linalg.norm(found) == pytest.approx(np.pi - below, abs=1e-12)


def robosuite_by_hand(x, y, z, w):
    w = max(-1.0, min(1.0, w))
    length = math.sqrt(1 - w * w)
    return [0.0, 0.0, 0.0] if length == 0 else [2 * math.acos(w) * part / length for part in (x, y, z)]


def test_robosuites_axis_angle_keeps_the_long_way_round():
    found = rotation.quat_xyzw_to_axis_angle_robosuite(QUATS_XYZW)
    assert found == close()(np.array([robosuite_by_hand(*quat) for quat in QUATS_XYZW]))
    short, long = rotation.quat_xyzw_to_axis_angle_robosuite(np.array([[0.6, 0, 0, 0.8], [-0.6, 0, 0, -0.8]]))
    assert np.linalg.norm(long) == pytest.approx(2 * np.pi - np.linalg.norm(short))
    assert rotation.axis_angle_to_matrix(long) == close()(rotation.axis_angle_to_matrix(short))


@pytest.mark.parametrize("w", [1.0, -1.0, 1.0000001])
def test_robosuites_axis_angle_of_no_rotation_is_zero(w):
    assert rotation.quat_xyzw_to_axis_angle_robosuite(np.array([0, 0, 0, w])).tolist() == [0, 0, 0]


@given(axis_angles, axis_angles)
def test_skew_is_the_cross_product(first, second):
    assert rotation.skew(first) @ second == close()(np.cross(first, second))
    assert (rotation.unskew(rotation.skew(first)) == first).all()


@pytest.mark.parametrize("batch", [(), (5,), (2, 5), (0,)])
def test_batches_keep_their_shape(batch):
    matrices = np.broadcast_to(np.eye(3), (*batch, 3, 3))
    quats = rotation.matrix_to_quat_wxyz(matrices)
    assert quats.shape == (*batch, 4)
    assert rotation.quat_wxyz_to_matrix(quats).shape == matrices.shape
    assert rotation.quat_xyzw_to_axis_angle_robosuite(quats).shape == (*batch, 3)
    for there, back in [
        (rotation.matrix_to_axis_angle, rotation.axis_angle_to_matrix),
        (rotation.matrix_to_euler, rotation.euler_to_matrix),
    ]:
        assert there(matrices).shape == (*batch, 3)
        assert back(there(matrices)).shape == matrices.shape
    assert rotation.rotation_angle(matrices).shape == batch


def test_a_batch_is_its_members():
    for function in (rotation.matrix_to_quat_wxyz, rotation.matrix_to_axis_angle, rotation.matrix_to_euler):
        batched = function(MATRICES[:12].reshape(3, 4, 3, 3)).reshape(12, -1)
        assert batched == close(1e-15)(np.array([function(matrix) for matrix in MATRICES[:12]]))
