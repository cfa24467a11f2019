"""The free floor against brute force."""

import numpy as np

from envs.scenes.rooms.ground import BODY_M, CELL_M, WALL_M, FreeFloor
from envs.scenes.rooms.placing import Zone

BLOCK = Zone(x_m=2.0, y_m=1.5, z_m=(0.0, 0.8), half_m=(0.5, 0.3), yaw_rad=0.4)
SHELF = Zone(x_m=0.5, y_m=3.5, z_m=(2.0, 2.3), half_m=(0.5, 0.5))
RUG = Zone(x_m=3.0, y_m=3.0, z_m=(0.0, 0.01), half_m=(0.8, 0.8))
BARRIER = Zone(x_m=4.0, y_m=2.0, z_m=(0.0, 1.0), half_m=(0.1, 2.0))


def distance(zone, places):
    """To a dense set of points in the footprint."""
    c, s = np.cos(zone.yaw_rad), np.sin(zone.yaw_rad)
    grid = np.stack(np.meshgrid(*(np.linspace(-h, h, 60) for h in zone.half_m)), axis=-1).reshape(-1, 2)
    inside = grid @ np.array([[c, s], [-s, c]]) + [zone.x_m, zone.y_m]
    return np.linalg.norm(places[:, None] - inside[None], axis=-1).min(axis=1)


def test_free_places_keep_away_from_things_and_walls():
    floor = FreeFloor(4.0, 4.0, [BLOCK, SHELF, RUG])
    places = floor.places_m
    assert distance(BLOCK, places).min() > BODY_M - 0.02
    assert places.min() > WALL_M - 1e-9 and places.max() < 4 - WALL_M + 1e-9
    assert distance(RUG, places).min() < 0.05, "a rug is walked on"
    assert distance(SHELF, places).min() < 0.05, "one walks under what hangs high"
    assert floor.area_m2 == len(places) * CELL_M**2
    assert all(floor.holds(place) for place in places)
    assert not floor.holds(np.array([2.0, 1.5])) and not floor.holds(np.array([-1.0, 1.5]))


def test_only_the_larger_side_of_a_barrier_is_free():
    floor = FreeFloor(6.0, 4.0, [BARRIER])
    assert (
        floor.places_m[:, 0].max() < 4.0 and floor.holds(np.array([1.0, 1.0])) and not floor.holds(np.array([5.0, 1.0]))
    )


def test_paths_are_connected_free_and_as_short_as_possible():
    floor = FreeFloor(4.0, 4.0, [BLOCK])
    stops = np.array([[0.55, 1.55], [3.55, 1.55], [0.55, 3.55]])
    path = floor.path(stops)
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert steps.max() < np.sqrt(2) * CELL_M + 1e-9
    assert all(floor.holds(place) for place in path)
    np.testing.assert_allclose(path[[0, -1]], stops[[0, -1]])
    # Around the block it is longer than straight on, but not by much; the second leg is an octagonal line.
    assert 3.0 < steps.sum() - (2.0 * np.sqrt(2) + 1.0) < 4.0


def test_a_full_room_has_no_free_floor():
    assert FreeFloor(2.0, 2.0, [Zone(x_m=1, y_m=1, z_m=(0, 1), half_m=(1, 1))]).area_m2 == 0
