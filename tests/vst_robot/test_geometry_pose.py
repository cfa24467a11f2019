import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import expm

from vst_robot.geometry import pose

twists = arrays(np.float64, 6, elements=st.floats(-1.7, 1.7))  # angles below π
poses = twists.map(pose.exp)
IDENTITY = np.eye(4)


def hat(twist):
    v, (x, y, z) = twist[:3], twist[3:]
    return np.array([[0, -z, y, v[0]], [z, 0, -x, v[1]], [-y, x, 0, v[2]], [0, 0, 0, 0]])


@given(poses, poses, poses)
def test_group_axioms(a, b, c):
    assert (a @ b) @ c == pytest.approx(a @ (b @ c), abs=1e-12)
    assert a @ IDENTITY == pytest.approx(a)
    assert a @ pose.inverse(a) == pytest.approx(IDENTITY, abs=1e-12)
    assert pose.inverse(a @ b) == pytest.approx(pose.inverse(b) @ pose.inverse(a), abs=1e-12)


@given(poses, poses, arrays(np.float64, (5, 3), elements=st.floats(-10, 10)))
def test_applying_is_a_group_action(a, b, points):
    assert pose.apply(a @ b, points) == pytest.approx(pose.apply(a, pose.apply(b, points)), abs=1e-11)
    homogeneous = np.c_[points, np.ones(5)] @ a.T
    assert pose.apply(a, points) == pytest.approx(homogeneous[:, :3], abs=1e-12)


@given(twists)
def test_exp_is_the_matrix_exponential(twist):
    assert pose.exp(twist) == pytest.approx(expm(hat(twist)), abs=1e-12)


@given(twists)
def test_log_inverts_exp(twist):
    assert pose.log(pose.exp(twist)) == pytest.approx(twist, abs=1e-9)


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-6, 0.99e-2, 1.01e-2, 0.1, np.pi - 1e-6])
def test_log_inverts_exp_at_every_scale_of_angle(angle):
    twist = np.array([0.3, -0.2, 0.5, 0.6 * angle, 0, 0.8 * angle])
    assert pose.exp(twist) == pytest.approx(expm(hat(twist)), abs=1e-13)
    assert pose.log(pose.exp(twist)) == pytest.approx(twist, abs=1e-9)


def test_a_pose_maps_from_the_body_to_the_reference():
    quarter_turn_about_z = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])
    T_world_body = pose.make(quarter_turn_about_z, np.array([10, 0, 0]))
    assert pose.apply(T_world_body, np.array([[1.0, 0, 0]])) == pytest.approx(np.array([[10, 1, 0]]))
    assert pose.apply(T_world_body, np.zeros((1, 3))) == pytest.approx(np.array([[10, 0, 0]]))


@pytest.mark.parametrize("batch", [(), (4,), (2, 4), (0,)])
def test_batches_keep_their_shape(batch):
    T = pose.exp(np.random.default_rng(0).uniform(-1, 1, (*batch, 6)))
    assert T.shape == pose.inverse(T).shape == (*batch, 4, 4)
    assert pose.log(T).shape == (*batch, 6)
    assert pose.apply(T, np.zeros((*batch, 7, 3))).shape == (*batch, 7, 3)


def test_rotation_and_origin_broadcast():
    assert pose.make(np.eye(3), np.zeros((6, 3))).shape == (6, 4, 4)
    assert pose.make(np.broadcast_to(np.eye(3), (2, 1, 3, 3)), np.zeros((6, 3))).shape == (2, 6, 4, 4)


def test_inputs_stay_as_they_were():
    T = pose.exp(np.ones(6))
    before = T.copy()
    pose.inverse(T), pose.log(T), pose.apply(T, np.ones((1, 3)))
    assert (before == T).all()
