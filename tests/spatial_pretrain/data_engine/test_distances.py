import numpy as np
import pytest
from scipy.optimize import lsq_linear
from scipy.spatial import cKDTree

from spatial_pretrain.data_engine import distances
from vst_robot.geometry import rotation
from vst_robot.geometry.box3d import Box3D


def box(rng, spread_m=2.0):
    return Box3D(
        centre_m=rng.normal(size=3) * spread_m,
        size_m=rng.uniform(0.02, 1.5, 3),
        R_frame_box=rotation.axis_angle_to_matrix(rng.normal(size=3)),
    )


def sampled_distance_m(first, second, steps=9):
    """Brute force: a grid on the surface of one box against the other's own, both ways; never too small."""
    unit = np.linspace(-0.5, 0.5, steps)
    grid = np.stack(np.meshgrid(unit, unit, unit), axis=-1).reshape(-1, 3)
    grid = grid[(np.abs(grid) == 0.5).any(axis=1)]
    a, b = (grid * each.size_m @ each.R_frame_box.T + each.centre_m for each in (first, second))
    return float(cKDTree(a).query(b)[0].min())


def optimised_distance_m(first, second):
    """The convex programme itself: a point in each box, as near as can be."""
    matrix = np.concatenate([first.R_frame_box, -second.R_frame_box], axis=1)
    half = np.concatenate([first.size_m, second.size_m]) / 2
    found = lsq_linear(matrix, second.centre_m - first.centre_m, (-half, half), tol=1e-14, max_iter=500)
    return float(np.sqrt(2 * found.cost))


@pytest.mark.parametrize("spread_m", [0.5, 2.0])
def test_closest_distances_agree_with_the_convex_programme_and_with_sampling(spread_m):
    rng = np.random.default_rng(0)
    apart = 0
    for _ in range(80):
        first, second = box(rng, spread_m), box(rng, spread_m)
        found = distances.box_distance_m(first, second)
        assert found == pytest.approx(optimised_distance_m(first, second), abs=1e-4)
        sampled = sampled_distance_m(first, second)
        step = max(first.size_m.max(), second.size_m.max()) / 8
        assert found - 1e-9 <= sampled <= found + 2 * step
        assert found == pytest.approx(distances.box_distance_m(second, first), abs=1e-9)
        apart += found > 0
    assert apart > 10  # both kinds occur


def test_known_distances():
    straight = Box3D(centre_m=np.zeros(3), size_m=np.ones(3), R_frame_box=np.eye(3))
    beside = Box3D(centre_m=np.array([2.0, 0.4, 0]), size_m=np.ones(3), R_frame_box=np.eye(3))
    assert distances.box_distance_m(straight, beside) == pytest.approx(1.0)
    crossed = rotation.axis_angle_to_matrix(np.array([0, 0, np.pi / 4]))
    upright = rotation.axis_angle_to_matrix(np.array([0, np.pi / 4, 0]))
    edge_up = Box3D(centre_m=np.zeros(3), size_m=np.ones(3), R_frame_box=upright)
    edge_down = Box3D(centre_m=np.array([3.0, 0, 0]), size_m=np.ones(3), R_frame_box=crossed)
    assert distances.box_distance_m(edge_up, edge_down) == pytest.approx(3 - np.sqrt(2))  # edge to edge, crossed
    assert distances.box_distance_m(straight, straight) == 0
    inside = Box3D(centre_m=np.zeros(3), size_m=np.full(3, 0.1), R_frame_box=crossed)
    assert distances.box_distance_m(straight, inside) == 0
    assert distances.centre_distance_m(straight, beside) == pytest.approx(np.hypot(2, 0.4))
    assert distances.point_distance_m(np.array([[2.0, 0, 0], [0.1, 0, 0]]), straight) == pytest.approx([1.5, 0])


def test_many_boxes_overlap_where_their_distance_is_zero():
    rng = np.random.default_rng(1)
    level = [Box3D(centre_m=rng.normal(size=3), size_m=np.ones(3), R_frame_box=np.eye(3)) for _ in range(40)]
    first, second = [*level, *(box(rng, 0.7) for _ in range(40))], [box(rng, 0.7) for _ in range(40)] + level
    second[:20] = level[20:]  # edges parallel to each other
    found = distances.overlaps(distances.Boxes.of(first), distances.Boxes.of(second))
    expected = [optimised_distance_m(a, b) < 1e-5 for a, b in zip(first, second, strict=True)]
    assert found.tolist() == expected and 10 < found.sum() < 70
