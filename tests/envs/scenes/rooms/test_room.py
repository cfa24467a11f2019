"""Rooms that make sense, checked with MuJoCo's distances and rays rather than with the layout's own zones."""

from collections import Counter

import mujoco
import numpy as np
import pytest

from envs.scenes.rooms import model, room
from envs.scenes.rooms.programs import PROGRAMS

COUNT = 60
HUNG = {"picture", "clock", "mirror", "window", "towel", "curtain", "television", "radiator", "door"}
RNGS = [np.random.default_rng([11, k]) for k in range(COUNT)]


@pytest.fixture(scope="module")
def rooms():
    return [room.drawn(rng) for rng in RNGS]


@pytest.fixture(scope="module")
def built(rooms):
    return [model.compiled(one.shell, one.things) for one in rooms[:10]]


def test_all_kinds_and_at_least_25_categories_occur(rooms):
    assert {one.kind for one in rooms} == set(PROGRAMS)
    labels = Counter(thing.piece.label for one in rooms for thing in one.things)
    assert len([label for label, count in labels.items() if count >= 2]) >= 35
    assert 8 <= np.median([len(one.things) for one in rooms]) <= 40


def test_a_room_has_a_door_and_what_gives_it_its_name(rooms):
    needed = {"bedroom": "bed", "kitchen": "counter", "office": "desk", "bathroom": "toilet"}
    for one in rooms:
        assert sum(thing.piece.label == "door" for thing in one.things) in (1, 2)
    for kind, label in needed.items():
        of_kind = [one for one in rooms if one.kind == kind]
        having = sum(any(thing.piece.label == label for thing in one.things) for one in of_kind)
        assert having >= 0.8 * len(of_kind)


def test_everything_is_inside(rooms):
    for one in rooms:
        for thing in one.things:
            corners = thing.box.corners_m
            assert (corners.min(axis=0) > -1e-6).all() and (
                corners.max(axis=0) < np.array(one.shell.size_m) + 1e-6
            ).all()


def test_nothing_runs_into_anything_else(built):
    """Signed distances between the geoms of different things; balls and tubes may dent each other by a millimetre."""
    checked = 0
    for one in built:
        low, high = bounds(one)
        owner = one.instance_of_geom
        for first in np.flatnonzero(owner):
            near = (low[first] < high + 0.02).all(axis=1) & (high[first] > low - 0.02).all(axis=1)
            for second in np.flatnonzero(near & (owner > owner[first])):
                gap = mujoco.mj_geomDistance(one.model, one.data, int(first), int(second), 0.05, None)
                assert gap > -2e-3, (one.model.geom_bodyid[first], one.model.geom_bodyid[second], gap)
                checked += 1
    assert checked > 60


def bounds(one):
    """Corners of the axis-aligned box around each geom."""
    R = np.abs(one.data.geom_xmat.reshape(-1, 3, 3))
    middle = one.data.geom_xpos + np.einsum(
        "gij,gj->gi", one.data.geom_xmat.reshape(-1, 3, 3), one.model.geom_aabb[:, :3]
    )
    reach = np.einsum("gij,gj->gi", R, one.model.geom_aabb[:, 3:])
    return middle - reach, middle + reach


def test_things_stand_on_something_or_hang_on_a_wall(rooms, built):
    for one, compiled in zip(rooms, built, strict=False):
        for number, thing in enumerate(one.things, start=1):
            if thing.z_m < 1e-6:
                continue
            if thing.piece.label in HUNG and wall_gap(one, thing) < 0.03:
                continue
            assert gap_below(compiled, number, thing) < 3e-3, (one.kind, thing.piece.label, thing.z_m)


def wall_gap(one, thing):
    corners = thing.zone.corners_m
    return min(corners.min(), (np.array(one.shell.size_m[:2]) - corners).min())


def gap_below(compiled, number, thing):
    """Smallest way down from the thing's lowest points to another thing or the floor."""
    c, s = np.cos(thing.yaw_rad), np.sin(thing.yaw_rad)
    gaps = []
    for part in thing.piece.parts:
        if part.centre[2] - part.reach[2] < 1e-3:
            x, y = part.centre[:2]
            start = np.array([thing.x_m + c * x - s * y, thing.y_m + s * x + c * y, thing.z_m + 1e-3])
            hit = np.zeros(1, dtype=np.int32)
            way = mujoco.mj_ray(compiled.model, compiled.data, start, np.array([0, 0, -1.0]), None, 1, number, hit)
            gaps.append(way if way >= 0 else np.inf)
    return min(gaps)


def test_a_room_is_a_function_of_its_generator():
    first, second = (room.drawn(np.random.default_rng(8)) for _ in range(2))
    assert first.kind == second.kind and first.shell == second.shell and first.things == second.things
