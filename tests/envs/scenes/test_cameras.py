import itertools

import numpy as np
import pytest

from envs.scenes import cameras
from vst_robot.errors import DataError
from vst_robot.geometry import pose, rotation


@pytest.fixture
def dome():
    targets = np.array([[1.0, 0, 0], [1.2, 0.1, 0], [0.9, -0.2, 0]])
    return cameras.Dome(
        middle_m=np.array([1.0, 0, 0]), spread_m=np.array([0.2, 0.2, 0.05]), distance_m=(0.5, 1.5), targets_m=targets
    )


def _everything(T_world_camera):
    return True


def _check_within(dome, T_world_camera):
    _, elevation, distance = dome.spherical(T_world_camera[:3, 3])
    assert 0.5 - 1e-9 <= distance <= 1.5 + 1e-9
    assert 12 - 1e-6 <= np.degrees(elevation) <= 70 + 1e-6


def test_a_camera_looks_at_its_aim_upright():
    T = cameras.look_at(np.array([0.0, 0, 1]), np.array([1.0, 0, 0.5]))
    aim_camera = pose.apply(pose.inverse(T), np.array([[1.0, 0, 0.5]]))[0]
    np.testing.assert_allclose(aim_camera, [0, 0, np.sqrt(1.25)], atol=1e-12)
    assert abs(T[2, 0]) < 1e-12 and T[2, 1] < 0, "x level, y down"
    np.testing.assert_allclose(T[:3, 0], [0, -1, 0], atol=1e-12)  # looking along x, right is -y
    rolled = cameras.look_at(np.array([0.0, 0, 1]), np.array([1.0, 0, 0.5]), roll_rad=0.2)
    np.testing.assert_allclose(rotation.rotation_angle(T[:3, :3].T @ rolled[:3, :3]), 0.2)


def test_places_lie_on_the_dome_and_cover_it(dome):
    rng = np.random.default_rng(0)
    azimuths = []
    for _ in range(200):
        T = cameras.place(rng, dome, _everything)
        _check_within(dome, T)
        azimuths.append(dome.spherical(T[:3, 3])[0])
    assert np.histogram(azimuths, 8, (-np.pi, np.pi))[0].min() > 10


def test_dome_coordinates_round_trip(dome):
    np.testing.assert_allclose(dome.spherical(dome.eye(0.3, 0.7, 1.1)), (0.3, 0.7, 1.1))


def test_walks_stay_on_the_dome_and_always_move(dome):
    for seed in range(20):
        stops = cameras.walk(np.random.default_rng(seed), dome, 6, _everything)
        assert len(stops) == 6
        for T in stops:
            _check_within(dome, T)
        for first, second in itertools.pairwise(stops):
            assert np.abs(first - second).max() > 1e-3


def test_paths_are_smooth_and_pass_every_pose_by_the_judge(dome):
    judged = []

    def judge(T_world_camera):
        judged.append(T_world_camera)
        return True

    poses = cameras.path(np.random.default_rng(1), dome, 40, judge, stops=4)
    assert len(poses) == 40 and all(any(T is seen for seen in judged) for T in poses)
    eyes = np.array([T[:3, 3] for T in poses])
    assert np.linalg.norm(np.diff(eyes, axis=0), axis=1).max() < 0.25
    assert np.linalg.norm(np.diff(eyes, 2, axis=0), axis=1).max() < 0.05
    turns = [rotation.rotation_angle(a[:3, :3].T @ b[:3, :3]) for a, b in itertools.pairwise(poses)]
    assert np.degrees(max(turns)) < 25


def test_no_pose_at_all_is_said(dome):
    rng = np.random.default_rng(0)
    never = lambda T_world_camera: False  # noqa: E731
    with pytest.raises(DataError, match="no camera pose"):
        cameras.place(rng, dome, never)
    with pytest.raises(DataError, match="no camera pose"):
        cameras.walk(rng, dome, 2, never)
    with pytest.raises(DataError, match="no camera pose"):
        cameras.path(rng, dome, 2, never, stops=2)
