import numpy as np

from envs.scenes.frame_selection import Novelty, select
from vst_robot.geometry import pose, rotation

NOVELTY = Novelty(min_move_m=0.1, min_turn_deg=10.0)


def _moved(x_m=0.0, turn_deg=0.0):
    return pose.make(rotation.axis_angle_to_matrix(np.radians([0, turn_deg, 0])), np.array([x_m, 0, 0]))


def test_near_duplicates_are_dropped_against_all_that_were_kept():
    poses = [_moved(0), _moved(0.05), _moved(0.12), _moved(0.01, 5), _moved(0.02, 11), _moved(0.2)]
    assert select(poses, NOVELTY) == [0, 2, 4]
    assert select(poses, NOVELTY, limit=2) == [0, 2]
    assert select([], NOVELTY) == []


def test_a_slow_walk_is_thinned_not_swallowed():
    assert select([_moved(0.03 * i) for i in range(9)], NOVELTY) == [0, 4, 8]
