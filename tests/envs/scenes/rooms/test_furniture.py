"""Every shape of every category, measured on MuJoCo's own geoms."""

import numpy as np
import pytest

from envs.scenes import surfaces
from envs.scenes.rooms import model
from envs.scenes.rooms.finishes import WHITE
from envs.scenes.rooms.furniture.catalogue import SHAPES
from envs.scenes.rooms.placing import Placed

SHELL = model.Shell(
    size_m=(8, 8, 4),
    floor=WHITE,
    walls=WHITE,
    ceiling=WHITE,
    skirting=WHITE,
    lamps=[((4, 4, 3), (1, 1, 1))],
    ambient=0.3,
)
LARGEST_M = {"sofa": 2.7, "bed": 2.25, "wardrobe": 2.25, "curtain": 2.3, "window": 2.4, "door": 2.2, "rug": 2.5}
WITHOUT_FRONT = {"basket", "bench", "bottle", "bowl", "box", "cup", "pillow", "plant", "rug", "stool", "table", "vase"}


def pieces(label):
    return [maker(np.random.default_rng([seed, 5])) for maker in SHAPES[label] for seed in range(3)]


def drawn_extent(built):
    """Lower and upper corner of all geoms of the only thing, from their triangles."""
    corners = []
    for geom in np.flatnonzero(built.instance_of_geom == 1):
        faces = surfaces.triangles(built.model, geom).reshape(-1, 3)
        corners.append(faces @ built.data.geom_xmat[geom].reshape(3, 3).T + built.data.geom_xpos[geom])
    points = np.concatenate(corners)
    return points.min(axis=0), points.max(axis=0)


def test_there_are_enough_categories_and_shapes():
    assert len(SHAPES) >= 25
    assert sum(len(makers) for makers in SHAPES.values()) >= 70
    assert all(label == label.lower() for label in SHAPES)


@pytest.mark.parametrize("label", SHAPES)
def test_boxes_are_tight_around_what_is_drawn(label):
    for piece in pieces(label):
        assert piece.label == label
        yaw = 0.6
        built = model.compiled(SHELL, [Placed(piece=piece, x_m=4, y_m=4, z_m=0.3)])
        lower, upper = drawn_extent(built)
        # Rings of 48 sides miss up to 0.2 % of a radius.
        slack = 0.003 * float(piece.size_m.max()) + 1e-4
        np.testing.assert_allclose(upper - lower, piece.size_m, atol=2 * slack)
        np.testing.assert_allclose((lower + upper) / 2, [4, 4, 0.3 + piece.size_m[2] / 2], atol=slack)
        turned = Placed(piece=piece, x_m=4, y_m=4, yaw_rad=yaw).box
        np.testing.assert_allclose(turned.R_frame_box[:, 0], [np.cos(yaw), np.sin(yaw), 0], atol=1e-12)
        np.testing.assert_allclose(turned.R_frame_box[:, 1], [0, 0, -1], atol=1e-12)
        np.testing.assert_allclose(turned.size_m, piece.size_m[[0, 2, 1]])


@pytest.mark.parametrize("label", SHAPES)
def test_sizes_are_those_of_furniture(label):
    for piece in pieces(label):
        assert piece.size_m.min() > 0.004 and piece.size_m.max() < LARGEST_M.get(label, 2.25)
        assert 1 <= len(piece.parts) <= 60
        assert piece.word.strip() == piece.word and piece.word
        assert piece.has_front or label in WITHOUT_FRONT | {"lamp", "trash can", "bathtub"}


@pytest.mark.parametrize("label", SHAPES)
def test_tops_lie_within_and_nothing_stands_on_them(label):
    for piece in pieces(label):
        for top in piece.tops:
            reach = np.abs(top.centre[:2]) + top.half
            assert (reach <= piece.size_m[:2] / 2 + 1e-6).all() and min(top.half) > 0
            for part in piece.parts:
                low, high = np.array(part.centre) - part.reach, np.array(part.centre) + part.reach
                across = np.abs(np.array(part.centre)[:2] - np.array(top.centre[:2])) < part.reach[:2] + top.half - 1e-6
                above = high[2] > top.centre[2] + 0.03 and low[2] < top.centre[2] + 0.15
                assert not (across.all() and above), (piece.label, part)


@pytest.mark.parametrize("label", ["chair", "sofa", "desk"])
def test_backs_are_behind(label):
    """What is high of a chair or sofa is at the back, at negative x; a desk's drawers open to the front."""
    for piece in pieces(label):
        high = [part for part in piece.parts if part.centre[2] + part.reach[2] > 0.97 * piece.size_m[2]]
        if label == "desk":
            assert piece.has_front
        else:
            assert np.mean([part.centre[0] for part in high]) < -0.1 * piece.size_m[0]


def test_the_same_draw_gives_the_same_piece_and_another_gives_another():
    for makers in SHAPES.values():
        for maker in makers:
            assert maker(np.random.default_rng(3)) == maker(np.random.default_rng(3))
    sizes = {tuple(SHAPES["table"][0](np.random.default_rng(seed)).size_m) for seed in range(5)}
    assert len(sizes) == 5
