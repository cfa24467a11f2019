import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from envs.experts.boxes import OrientedBoxes
from envs.experts.rims import OPENING_M, Rim, choose_grasp, measure_rim
from tests.envs.experts.tabletop import RIM_HEIGHT_M, RIM_RADIUS_M, bowl, upright

RIM = Rim(centre=np.array([0.0, 0.0, 0.05]), axis=np.array([0.0, 0.0, 1.0]), radius_m=0.05)
FREE = upright(np.zeros((0, 3)), np.zeros((0, 3)))
CUP = bowl()


@pytest.mark.parametrize("tilt_rad", [0.0, 0.2])
def test_rim_is_measured_in_the_vessel_frame(tilt_rad):
    position, R = np.array([0.3, -0.2, 0.9]), Rotation.from_euler("x", tilt_rad).as_matrix()
    shape = bowl()
    boxes = OrientedBoxes(
        centres=shape.centres @ R.T + position, R_world_box=R @ shape.R_world_box, half_sizes=shape.half_sizes
    )
    rim = measure_rim(boxes, position, R)
    assert rim.centre == pytest.approx(position + R @ [0, 0, RIM_HEIGHT_M])
    assert rim.axis == pytest.approx(R[:, 2])
    assert rim.radius_m == pytest.approx(RIM_RADIUS_M, abs=0.002)


def test_points_lie_on_the_rim_towards_their_sides():
    tilted = Rim(centre=np.ones(3), axis=Rotation.from_euler("y", 0.3).as_matrix()[:, 2], radius_m=0.05)
    sides = np.array([[1.0, 0, 0], [0, 1, 0], [-1, 0, 0]])
    spokes = tilted.points(sides) - tilted.centre
    assert np.linalg.norm(spokes, axis=1) == pytest.approx([0.05] * 3)
    assert spokes @ tilted.axis == pytest.approx(np.zeros(3), abs=1e-12)
    assert ((spokes * sides).sum(axis=1) > 0.045).all()


def test_with_room_on_all_sides_the_neutral_grasp_is_chosen():
    grasp = choose_grasp(RIM, 0.7, FREE, CUP)
    assert grasp.side == pytest.approx([0, 1, 0]) and grasp.tuck_m == 0
    assert grasp.grip_position(RIM, OPENING_M) == pytest.approx([0, 0.05, 0.03])


def test_a_neighbour_turns_the_grasp_to_the_other_side():
    neighbour = upright([[-0.05, 0.08, 0]], [[0.05, 0.2, 0.1]])
    assert choose_grasp(RIM, 0.7, neighbour, CUP).side == pytest.approx([0, -1, 0])


def test_a_handle_is_not_taken_between_the_fingers():
    handle = upright([[-0.006, 0.055, 0.01]], [[0.006, 0.085, 0.045]])
    assert choose_grasp(RIM, 0.7, FREE, CUP.joined(handle)).side == pytest.approx([0, -1, 0])


def test_a_hand_does_not_come_down_on_what_hangs_beside_the_vessel():
    drawer = upright([[-0.3, 0.13, 0.15]], [[0.3, 0.4, 0.22]])
    grasp = choose_grasp(RIM, 0.7, drawer, CUP)
    assert grasp.room_m(RIM, 0.7, drawer) > 0 and grasp.side == pytest.approx([0, -1, 0])


def test_between_two_neighbours_the_hand_turns():
    neighbours = upright([[-0.05, 0.075, 0], [-0.05, -0.2, 0]], [[0.05, 0.2, 0.1], [0.05, -0.075, 0.1]])
    grasp = choose_grasp(RIM, 0.7, neighbours, CUP)
    assert abs(grasp.side[0]) > 0.3
    assert grasp.room_m(RIM, 0.7, neighbours) > 0


def test_where_nothing_fits_the_roomiest_grasp_is_chosen():
    walls = upright([[-1, -1, 0.0]], [[1, 1, 0.06]])
    grasp = choose_grasp(RIM, 0.7, walls, CUP)
    assert grasp.room_m(RIM, 0.7, walls) < 0


def test_the_tuck_fades_as_the_fingers_close():
    tight = upright([[-0.3, 0.08, 0], [-0.3, -0.3, 0]], [[0.3, 0.3, 0.1], [0.3, -0.08, 0.1]])
    grasp = choose_grasp(RIM, 0.7, tight, CUP)
    assert grasp.tuck_m > 0
    inside, at_rim = (grasp.grip_position(RIM, opening_m) for opening_m in (OPENING_M, 0.0))
    assert at_rim == pytest.approx(inside + grasp.tuck_m * grasp.side)


def test_fingers_open_within_a_right_angle_of_the_resting_hand():
    for turn_rad in np.linspace(0, 2 * np.pi, 13):
        side = np.array([-np.sin(turn_rad), np.cos(turn_rad), 0])
        grasp = type(choose_grasp(RIM, 0.7, FREE, CUP))(side=side, tuck_m=0.0)
        assert grasp.finger_axis()[1] > -1e-9 and abs(grasp.finger_axis() @ side) == pytest.approx(1)
