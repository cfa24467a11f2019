import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from envs.assets.primitive import hulls


def _corners(box):
    matrix = Rotation.from_quat(np.roll(box.quat_wxyz, -1)).as_matrix()
    signs = np.array(np.meshgrid(*[(-1, 1)] * 3)).reshape(3, -1).T
    return np.array(box.center) + (signs * box.half) @ matrix.T


def _holds(box, point):
    matrix = Rotation.from_quat(np.roll(box.quat_wxyz, -1)).as_matrix()
    return (np.abs(matrix.T @ (np.array(point) - box.center)) <= np.array(box.half) + 1e-9).all()


@pytest.mark.parametrize("count", [2, 4])
def test_a_column_is_a_whole_prism(count):
    boxes = hulls.column(0.03, -0.02, 0.05, count=count)
    for angle in np.linspace(0, 2 * np.pi, 33):
        inside = (0.0299 * np.cos(angle), 0.0299 * np.sin(angle), 0.0)
        assert any(_holds(box, inside) for box in boxes)
    corners = np.concatenate([_corners(box) for box in boxes])
    assert np.hypot(*corners[:, :2].T).max() == pytest.approx(0.03 / np.cos(np.pi / (2 * count)))
    assert (corners[:, 2].min(), corners[:, 2].max()) == pytest.approx((-0.02, 0.05))


@pytest.mark.parametrize("yaw", [0.0, 1.0, np.pi / 2])
def test_bars_follow_their_path(yaw):
    path = [(r * np.cos(yaw), r * np.sin(yaw), z) for r, z in ((0.0, 0.0), (0.03, 0.04), (0.03, 0.09))]
    bars = hulls.bars(path, half_width=0.008, half_thickness=0.003)
    across = np.array([-np.sin(yaw), np.cos(yaw), 0]) * 0.0079
    for box, a, b in zip(bars, path, path[1:], strict=False):
        assert _holds(box, a) and _holds(box, b)
        assert _holds(box, np.array(a) + across) or yaw  # a vertical bar has no yaw of its own
    assert [box.half[2] for box in bars] == pytest.approx([0.025, 0.025])


def test_span_and_shift():
    (box,) = hulls.shifted([hulls.span((-1, 0, 2), (1, 4, 3))], (0.5, 0, -1))
    assert box.center == (0.5, 2, 1.5) and box.half == (1, 2, 0.5)
