"""Zones against points, not against their own arithmetic."""

import numpy as np
import pytest

from envs.scenes.rooms.placing import Zone, free

RNG = np.random.default_rng(4)


def holds(zone, points, grow=0.0):
    c, s = np.cos(zone.yaw_rad), np.sin(zone.yaw_rad)
    along = (points - [zone.x_m, zone.y_m]) @ np.array([[c, -s], [s, c]])
    return (np.abs(along) <= np.array(zone.half_m) + grow).all(axis=1)


def some_zone(rng):
    half = tuple(rng.uniform(0.05, 0.6, 2))
    return Zone(x_m=rng.uniform(0, 2), y_m=rng.uniform(0, 2), z_m=(0, 1), half_m=half, yaw_rad=rng.uniform(-3, 3))


def test_zones_meet_exactly_where_a_point_lies_in_both():
    points = RNG.uniform(-1, 3, (40000, 2))
    agreed = 0
    for _ in range(150):
        first, second = some_zone(RNG), some_zone(RNG)
        if (holds(first, points, -0.02) & holds(second, points, -0.02)).any():
            assert first.meets(second) and second.meets(first)
            agreed += 1
        elif not (holds(first, points, 0.03) & holds(second, points, 0.03)).any():
            assert not first.meets(second)
            agreed += 1
    assert agreed > 100


def test_touching_is_not_meeting_and_heights_count():
    below = Zone(x_m=0, y_m=0, z_m=(0, 1), half_m=(1, 1))
    assert not below.meets(Zone(x_m=0, y_m=0, z_m=(1, 2), half_m=(1, 1)))
    assert not below.meets(Zone(x_m=2, y_m=0, z_m=(0, 1), half_m=(1, 1)))
    assert below.meets(Zone(x_m=1.99, y_m=0, z_m=(0.9, 2), half_m=(1, 1)))
    assert not free(below, [below])
    assert free(below, [])


@pytest.mark.parametrize(("x", "yaw", "inside"), [(0.5, 0.0, True), (0.45, 0.0, False), (0.5, 0.3, False)])
def test_inside_a_room(x, yaw, inside):
    assert Zone(x_m=x, y_m=2, z_m=(0, 1), half_m=(0.5, 0.5), yaw_rad=yaw).inside(4, 4) is inside
