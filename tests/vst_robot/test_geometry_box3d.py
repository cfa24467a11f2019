import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, HalfspaceIntersection
from scipy.spatial.transform import Rotation

from vst_robot.errors import DataError
from vst_robot.geometry import Box3D, pose, rotation
from vst_robot.geometry.box3d import (
    CORNER_SIGNS,
    from_numbers,
    from_text,
    intersection_m3,
    iou,
    pairwise_iou,
    to_numbers,
    to_text,
)


def box(centre=(0, 0, 0), size=(1, 1, 1), euler_deg=(0, 0, 0)):
    return Box3D(
        centre_m=np.array(centre, dtype=float),
        size_m=np.array(size, dtype=float),
        R_frame_box=rotation.euler_to_matrix(np.radians(euler_deg)),
    )


def random_box(rng, spread=0.3):
    return box(rng.normal(0, spread, 3), rng.uniform(0.2, 1.5, 3), rng.uniform(-180, 180, 3))


# ---- the box itself


def test_corners_come_in_omni3ds_order():
    corners = box(size=(2, 4, 6)).corners_m
    assert {i for i in range(8) if corners[i, 0] < 0} == {0, 3, 4, 7}
    assert {i for i in range(8) if corners[i, 1] < 0} == {0, 1, 4, 5}
    assert {i for i in range(8) if corners[i, 2] < 0} == {0, 1, 2, 3}
    assert np.abs(corners) == pytest.approx(np.broadcast_to([1, 2, 3], (8, 3)))


def test_the_rotation_turns_box_axes_into_the_frames():
    turned = box(centre=(1, 2, 3), size=(2, 1, 1), euler_deg=(0, 0, 90))
    assert turned.corners_m[1] - turned.corners_m[0] == pytest.approx(np.array([0, 2, 0]), abs=1e-12)
    assert turned.corners_m.mean(axis=0) == pytest.approx(np.array([1, 2, 3]))


def test_moving_a_box_moves_its_corners():
    original = random_box(np.random.default_rng(0))
    T = pose.exp(np.array([1, -2, 3, 0.5, 0.6, -0.7]))
    assert original.moved(T).corners_m == pytest.approx(pose.apply(T, original.corners_m))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size_m": [1, -1, 1]}, "size must not be negative"),
        ({"size_m": [1, 1]}, r"size_m must be \(3,\)"),
        ({"centre_m": [0, np.nan, 0]}, "centre_m.*finite"),
        ({"R_frame_box": np.diag([1, 1, -1])}, "proper rotation"),
        ({"R_frame_box": 2 * np.eye(3)}, "proper rotation"),
    ],
)
def test_what_is_no_box_is_refused(change, message):
    fields = {"centre_m": [0, 0, 0], "size_m": [1, 1, 1], "R_frame_box": np.eye(3)}
    with pytest.raises(DataError, match=message):
        Box3D(**(fields | change))


def test_a_box_does_not_change_with_the_array_it_was_made_from():
    centre = np.zeros(3)
    made = Box3D(centre_m=centre, size_m=np.ones(3), R_frame_box=np.eye(3))
    centre[0] = 9
    assert made.centre_m[0] == 0
    with pytest.raises(ValueError):
        made.centre_m[0] = 9


# ---- nine numbers


def test_numbers_and_text():
    written = box((0.344, 0.5, -0.001), (1, 0.25, 2.006), (18, -36, 90))
    assert to_numbers(written) == [0.34, 0.5, 0.0, 1.0, 0.25, 2.01, 0.1, -0.2, 0.5]
    assert to_text(written) == "[0.34,0.5,0.0,1.0,0.25,2.01,0.1,-0.2,0.5]"
    assert "-0.0," not in to_text(written)


@pytest.mark.parametrize("roll_deg", [180, -180, 179.9, -179.9])
def test_a_half_turn_is_written_in_one_way(roll_deg):
    assert to_numbers(box(euler_deg=(0, 0, roll_deg)))[8] == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "[0.34,0.5,0,1,0.25,2.01,0.1,-0.2,0.5]",
        "[0.340, .5, -0.0, 1.00, 2.5e-1, 2.01, +0.10, -0.20, 0.5]",
        ' {"bbox_3d": [0.34, 0.50, 0.00, 1, 0.25, 2.01, 0.1, -0.2, 0.5], "label": "chair 12"} ',
        "0.34 0.5 0 1 0.25 2.01 0.1 -0.2 0.5",
    ],
)
def test_parsing_is_tolerant(text):
    expected = box((0.34, 0.5, 0), (1, 0.25, 2.01), (18, -36, 90))
    assert from_text(text).corners_m == pytest.approx(expected.corners_m)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found 0"),
        ("[1, 2, 3]", "found 3"),
        ("[1,1,1,1,1,1,0,0,0,0]", "found 10"),
        ("[1,1,1,-1,1,1,0,0,0]", "negative"),
        ("[1e999,1,1,1,1,1,0,0,0]", "finite"),
    ],
)
def test_what_is_no_box_text_is_refused(text, message):
    with pytest.raises(DataError, match=message):
        from_text(text)


def test_nine_numbers_are_counted():
    with pytest.raises(DataError, match="got 8"):
        from_numbers([1.0] * 8)


def test_rounding_costs_no_more_than_published():
    """Over 200,000 random rotations: mean 0.85°, largest 1.94°; centre and size half a centimetre."""
    rng = np.random.default_rng(0)
    rotations = Rotation.random(1000, random_state=1).as_matrix()
    errors = []
    for matrix in rotations:
        original = Box3D(centre_m=rng.normal(0, 2, 3), size_m=rng.uniform(0.1, 3, 3), R_frame_box=matrix)
        again = from_text(to_text(original))
        assert np.abs(again.centre_m - original.centre_m).max() <= 0.005 + 1e-9
        assert np.abs(again.size_m - original.size_m).max() <= 0.005 + 1e-9
        errors.append(float(np.degrees(rotation.rotation_angle(again.R_frame_box @ matrix.T))))
    assert max(errors) <= 2.0
    assert np.mean(errors) == pytest.approx(0.85, abs=0.05)


def test_text_of_a_read_box_is_the_same_text():
    rng = np.random.default_rng(2)
    for _ in range(50):
        text = to_text(random_box(rng))
        assert to_text(from_text(text)) == text


def axes_pointing_down(angles):
    matrices = np.array([from_numbers([0, 0, 0, 1, 1, 1, *triple]).R_frame_box for triple in angles])
    return matrices[:, :, 1]


def spread_deg(directions):
    mean = directions.mean(axis=0)
    mean /= np.linalg.norm(mean)
    return mean, np.degrees(np.arccos(np.clip(directions @ mean, -1, 1))).max()


def test_published_chairs_stand_on_one_floor():
    """Five ground-truth chairs of the release (`iou_reward.py`): only this Euler convention levels them."""
    centres = np.array(
        [
            [0.34, 0.09, 1.64],
            [-0.28, 0.05, 1.77],
            [1.4, -0.41, 2.34],
            [0.76, -0.47, 2.51],
            [0.02, -0.49, 2.66],
        ]
    )
    angles = [
        (0.63, 0.31, 0.63),
        (0.64, 0.31, 0.64),
        (0.63, 0.31, 0.63),
        (0.65, 0.31, 0.65),
        (0.63, 0.31, 0.63),
    ]
    down = axes_pointing_down(angles)
    mean, spread = spread_deg(down)
    assert mean == pytest.approx([0.065, 0.857, 0.511], abs=0.001)
    assert spread <= 0.75
    heights = centres @ mean
    assert heights.min() == pytest.approx(0.93, abs=0.005)
    assert heights.max() == pytest.approx(0.94, abs=0.005)
    transposed = np.array([rotation.euler_to_matrix(np.pi * np.array(triple)).T[:, 1] for triple in angles])
    assert np.ptp((centres * transposed).sum(axis=1)) > 0.5


def test_predicted_chairs_of_the_release_are_level():
    angles = [
        (0.4, 0.33, 0.43),
        (0.36, 0.32, 0.38),
        (0.27, 0.28, 0.28),
        (0.33, 0.31, 0.35),
        (0.33, 0.31, 0.35),
    ]
    mean, spread = spread_deg(axes_pointing_down(angles))
    assert mean == pytest.approx([-0.13, 0.87, 0.48], abs=0.005)
    assert spread <= 0.85


# ---- intersection


def halfspaces(one):
    normals = np.concatenate([one.R_frame_box.T, -one.R_frame_box.T])
    offsets = normals @ one.centre_m + np.tile(one.size_m / 2, 2)
    return np.c_[normals, -offsets]


def intersection_by_qhull(first, second):
    planes = np.concatenate([halfspaces(first), halfspaces(second)])
    inner = linprog(
        [0, 0, 0, -1],
        np.c_[planes[:, :3], np.ones(12)],
        -planes[:, 3],
        bounds=[(None, None)] * 3 + [(0, None)],
    )
    if not inner.success or inner.x[3] < 1e-9:
        return 0.0
    return ConvexHull(HalfspaceIntersection(planes, inner.x[:3]).intersections).volume


def test_intersection_agrees_with_qhull():
    rng = np.random.default_rng(0)
    volumes = []
    for _ in range(80):
        first, second = random_box(rng, 0.4), random_box(rng, 0.4)
        volume = intersection_m3(first, second)
        assert volume == pytest.approx(intersection_by_qhull(first, second), rel=1e-9, abs=1e-12)
        volumes.append(volume)
    assert 0.2 < np.mean(np.array(volumes) > 0) <= 1


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=40)
@given(seeds)
def test_iou_is_symmetric_and_moves_with_the_frame(seed):
    rng = np.random.default_rng(seed)
    first, second = random_box(rng), random_box(rng)
    value = iou(first, second)
    T = pose.exp(rng.uniform(-1.5, 1.5, 6))
    assert 0 <= value <= 1
    assert iou(second, first) == pytest.approx(value, abs=1e-12)
    assert iou(first.moved(T), second.moved(T)) == pytest.approx(value, abs=1e-10)


@settings(max_examples=40)
@given(seeds)
def test_a_box_overlaps_itself_entirely(seed):
    one = random_box(np.random.default_rng(seed))
    assert iou(one, one) == pytest.approx(1, abs=1e-12)
    relabelled = Box3D(
        centre_m=one.centre_m,
        size_m=one.size_m[[1, 2, 0]],
        R_frame_box=one.R_frame_box[:, [1, 2, 0]],
    )
    assert iou(one, relabelled) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("tilt_deg", [1e-15, 1e-12, 1e-10, 1e-8, 1e-6, 1e-3])
def test_almost_parallel_faces_do_no_harm(tilt_deg):
    tilted = box(euler_deg=(tilt_deg, -tilt_deg, tilt_deg / 3))
    assert iou(box(), tilted) == pytest.approx(1, abs=tilt_deg / 10 + 1e-10)


def test_cubes_turned_by_45_degrees_share_an_octagon():
    turned = box(euler_deg=(0, 45, 0))
    assert intersection_m3(box(), turned) == pytest.approx(2 * (np.sqrt(2) - 1), abs=1e-12)
    assert iou(box(), turned) == pytest.approx(0.70710678, abs=1e-8)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (box(size=(0.5, 0.5, 0.5), euler_deg=(10, 20, 30)), 0.125),  # contained
        (box(size=(0.5, 1, 1), centre=(0.25, 0, 0)), 0.5),  # contained, five faces shared or touching
        (box(centre=(0.5, 0, 0)), 1 / 3),
        (box(centre=(1, 0, 0)), 0.0),  # touching faces
        (box(centre=(1, 1, 0)), 0.0),  # touching edges
        (box(centre=(1, 1, 1)), 0.0),  # touching corners
        (box(centre=(1, 0, 0), euler_deg=(45, 0, 0)), 0.0),  # touching faces, turned in their plane
        (box(centre=(0.5 + np.sqrt(0.5), 0, 0), euler_deg=(0, 45, 0)), 0.0),  # an edge on a face
        (box(centre=(5, 0, 0)), 0.0),  # disjoint
        (box(centre=(0, 1.2, 1.2), euler_deg=(45, 0, 0)), 0.0),  # disjoint within bounding spheres
        (box(size=(1, 0, 1)), 0.0),  # flat
    ],
)
def test_special_cases(second, expected):
    assert iou(box(), second) == pytest.approx(expected, abs=1e-12)
    assert iou(second, box()) == pytest.approx(expected, abs=1e-12)


def test_thin_boxes():
    sheet = box(size=(1, 0.01, 1))
    lower = box(size=(1, 0.01, 1), centre=(0, 0.005, 0))
    crossing = box(size=(1, 0.01, 1), euler_deg=(90, 0, 0))
    assert iou(sheet, lower) == pytest.approx(1 / 3, abs=1e-10)
    assert intersection_m3(sheet, crossing) == pytest.approx(1e-4, rel=1e-10)


def test_intersection_of_very_different_sizes():
    speck = box(centre=(40, 40, 40), size=(1e-3, 1e-3, 1e-3), euler_deg=(5, 6, 7))
    assert intersection_m3(box(size=(100, 100, 100)), speck) == pytest.approx(1e-9, rel=1e-6)


def test_pairs():
    boxes = [box(), box(centre=(0.5, 0, 0)), box(centre=(3, 0, 0))]
    expected = [[1, 1 / 3, 0], [1 / 3, 1, 0]]
    assert pairwise_iou(boxes[:2], boxes) == pytest.approx(np.array(expected))
    assert pairwise_iou([], boxes).shape == (0, 3)
    assert pairwise_iou(boxes, []).shape == (3, 0)


def test_corner_signs_are_all_eight():
    assert len({tuple(signs) for signs in CORNER_SIGNS}) == 8
