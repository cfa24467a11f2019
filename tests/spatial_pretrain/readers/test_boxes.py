from itertools import permutations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spatial_pretrain.readers.boxes import Annotation, from_z_up, sound_things, upright_box
from spatial_pretrain.readers.labels import NYU40, plain_label
from tests.spatial_pretrain.readers import worlds
from vst_robot.errors import DataError
from vst_robot.geometry.box3d import Box3D


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, 1, 1), (1, 1, -1), (-1, -1, -1)])
def test_axes_in_any_order_and_of_any_hand_give_the_same_solid(order, signs):
    for thing in worlds.THINGS:
        centre, size, axes = worlds.z_up(thing.box)
        turned, sizes = from_z_up((axes * signs)[:, list(order)], size[list(order)])
        assert np.isclose(np.linalg.det(turned), 1)
        worlds.assert_same_box(Box3D(centre_m=centre, size_m=sizes, R_frame_box=turned), thing.box)


def test_upright_axes_keep_their_x():
    """The matrix that EmbodiedScan's boxes need: columns ex, -ez, ey."""
    axes = Rotation.from_euler("ZXY", [0.4, 0.05, -0.1]).as_matrix()
    turned, sizes = from_z_up(axes, np.array([1.0, 2.0, 3.0]))
    assert np.allclose(turned, np.stack([axes[:, 0], -axes[:, 2], axes[:, 1]], axis=1))
    assert sizes.tolist() == [1.0, 3.0, 2.0]


@pytest.mark.parametrize("axis", range(3))
def test_skewed_axes_stay_skewed_and_are_counted(axis):
    axes = np.eye(3)
    axes[:, axis] = [0.6, 0.6, 0.5]
    turned, sizes = from_z_up(axes, np.ones(3))
    found = sound_things([stated("chair", 1, axes=turned, size_m=sizes)])
    assert found.skipped == {"box axes not at right angles": 1}


def test_wrong_shapes_are_refused():
    with pytest.raises(DataError, match="3x3"):
        from_z_up(np.eye(4), np.ones(3))


def test_the_smallest_upright_box_against_brute_force():
    draw = np.random.default_rng(0)
    for _ in range(20):
        points = draw.normal(size=(40, 3)) * [1.5, 0.6, 0.4] @ Rotation.random(random_state=1).as_matrix()
        centre, size, axes = upright_box(points)
        local = (points - centre) @ axes
        assert (np.abs(local) <= size / 2 + 1e-9).all()
        assert np.allclose(np.abs(local).max(axis=0), size / 2)
        assert np.allclose(axes[:, 1], [0, 0, -1])
        assert size[0] >= size[2]
        angles = np.radians(np.arange(0, 180, 0.25))
        u, v = (
            points[:, :2] @ np.stack([np.cos(angles), np.sin(angles)]),
            points[:, :2] @ np.stack([-np.sin(angles), np.cos(angles)]),
        )
        assert size[0] * size[2] <= (np.ptp(u, axis=0) * np.ptp(v, axis=0)).min() * (1 + 1e-9)


@pytest.mark.parametrize("points", [np.zeros((30, 3)), np.linspace(0, 1, 30)[:, None] * [1, 2, 0]])
def test_points_that_span_nothing(points):
    assert (upright_box(points)[1] == 0).all()


def stated(label, number, **changes):
    facts = {"centre_m": np.zeros(3), "size_m": np.ones(3), "axes": np.eye(3), **changes}
    return Annotation(label=label, instance=number, **facts)


def test_a_damaged_box_takes_its_category_out():
    found = sound_things([stated("Chair", 1), stated("chair", 2, size_m=np.full(3, np.nan)), stated("table", 3)])
    assert [thing.label for thing in found.things] == ["table"]
    assert found.skipped == {"box with NaN or infinity": 1, "another box of the category is damaged": 1}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"size_m": np.array([1, 0, 1.0])}, "box without a size"),
        ({"size_m": np.array([100, 1, 1.0])}, "box larger than a hall"),
        ({"axes": np.eye(3) * 1.5}, "box axes not at right angles"),
        ({"centre_m": np.zeros(2)}, "box of another shape"),
        ({"centre_m": np.array([np.inf, 0, 0])}, "box with NaN or infinity"),
        ({"defect": "somebody said so"}, "somebody said so"),
    ],
)
def test_reasons(changes, reason):
    assert sound_things([stated("chair", 1, **changes)]).skipped == {reason: 1}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Night_Stand", "night stand"),
        ("  office   chair ", "office chair"),
        ("WALL", None),
        ("otherprop", None),
        ("", None),
        ("17", None),
        ("TV/monitor", "tv monitor"),
    ],
)
def test_plain_labels(text, label):
    assert plain_label(text) == label


def test_nyu40_has_forty_classes():
    assert len(set(NYU40)) == 40
    assert (NYU40[4], NYU40[6], NYU40[38]) == ("chair", "table", "otherfurniture")
