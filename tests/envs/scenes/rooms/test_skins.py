"""Points on things, checked with rays and with MuJoCo's triangles."""

import mujoco
import numpy as np
import pytest
from scipy.spatial import ConvexHull

from envs.scenes.rooms import model, skins
from envs.scenes.rooms.finishes import WHITE
from envs.scenes.rooms.furniture.catalogue import SHAPES
from envs.scenes.rooms.placing import Placed

SHELL = model.Shell(size_m=(8, 8, 4), floor=WHITE, walls=WHITE, ceiling=WHITE, skirting=WHITE, lamps=[], ambient=0.3)


@pytest.mark.parametrize("label", ["chair", "sofa", "plant", "lamp", "bathtub", "suitcase"])
def test_surface_points_lie_on_the_outside(label):
    placed = Placed(piece=SHAPES[label][0](np.random.default_rng(2)), x_m=4, y_m=4, z_m=0.5, yaw_rad=0.7)
    built = model.compiled(SHELL, [placed])
    points = skins.surface_m(placed, np.random.default_rng(0), 200)
    assert 60 <= len(points) <= 260
    geoms = np.flatnonzero(built.instance_of_geom)
    probe = ball_distance(built, geoms, points)
    assert np.abs(probe).max() < 2e-3, "each point is on the nearest geom's surface, not inside another"


def ball_distance(built, geoms, points):
    """Signed distance of points to the nearest geom, by rays from far away in many directions."""
    rng = np.random.default_rng(1)
    best = np.full(len(points), np.inf)
    for number, point in enumerate(points):
        for direction in rng.standard_normal((40, 3)):
            unit = direction / np.linalg.norm(direction)
            hit = np.zeros(1, dtype=np.int32)
            way = mujoco.mj_ray(built.model, built.data, point + 3e-3 * unit, -unit, None, 1, -1, hit)
            if 0 <= way < 3e-2 and hit[0] in geoms:
                best[number] = min(best[number], abs(way - 3e-3))
    return best


@pytest.mark.parametrize("label", SHAPES)
def test_outlines_hold_the_surface_and_little_more(label):
    placed = Placed(piece=SHAPES[label][0](np.random.default_rng(2)), x_m=1, y_m=2, z_m=0.5, yaw_rad=-1.1)
    outline = skins.outline_m(placed)
    hull = ConvexHull(outline)
    points = skins.surface_m(placed, np.random.default_rng(0), 200)
    outside = (points @ hull.equations[:, :3].T + hull.equations[:, 3]).max()
    assert outside < 0.01 * placed.piece.size_m.max()
    local = np.abs((outline - placed.box.centre_m) @ placed.box.R_frame_box)
    assert (local <= placed.box.size_m / 2 * 1.05 + 0.01).all()
