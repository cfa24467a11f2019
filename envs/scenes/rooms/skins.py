"""Points on the outside of things: what their outlines are drawn around, and what can be seen of them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from envs.scenes.rooms.parts import Part
from envs.scenes.rooms.placing import Placed

Array = np.ndarray
Points = Float[Array, "n 3"]

_SIDES = 12
"""Corners of the polygon that stands for a circle in an outline."""


def outline_m(placed: Placed) -> Points:
    """Points in the world frame whose convex hull holds the thing; round parts come out up to 7 % too large."""
    local = [_hull(part) @ part.R.T + part.centre for part in placed.piece.parts]
    return _to_world(placed, np.concatenate(local))


def surface_m(placed: Placed, rng: np.random.Generator, count: int) -> Points:
    """About `count` points of its surface in the world frame, evenly by area; none inside another of its parts."""
    parts = placed.piece.parts
    areas = np.array([_area(part) for part in parts])
    shares = np.maximum(1, np.rint(count * areas / areas.sum())).astype(int)
    points = [_drawn(part, rng, int(n)) @ part.R.T + part.centre for part, n in zip(parts, shares, strict=True)]
    owner = np.repeat(np.arange(len(parts)), shares)
    local = np.concatenate(points)
    return _to_world(placed, local[~_buried(local, owner, parts)])


def _to_world(placed: Placed, local: Points) -> Points:
    c, s = np.cos(placed.yaw_rad), np.sin(placed.yaw_rad)
    turned = local @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    return turned + np.array([placed.x_m, placed.y_m, placed.z_m])


def _circle() -> Float[Array, "s 2"]:
    """Corners of a regular polygon around the unit circle."""
    angle = 2 * np.pi * np.arange(_SIDES) / _SIDES
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1) / np.cos(np.pi / _SIDES)


def _hull(part: Part) -> Points:
    """Corners in the part's own frame."""
    half = np.array(part.half)
    if part.solid == "box":
        return np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8).T * half
    circle = _circle()
    if part.solid == "ellipsoid":
        turns = np.linspace(-np.pi / 2, np.pi / 2, _SIDES // 2 + 1)
        rings = [(np.cos(turn), np.sin(turn)) for turn in turns]
        return np.concatenate([np.c_[r * circle, np.full(_SIDES, z)] for r, z in rings]) * half / np.cos(np.pi / _SIDES)
    ends = [(half[2], 1.0)] if part.solid == "cylinder" else [(half[2], 1.0), (half[2] + 0.8 * half[0], 0.6)]
    rings = [np.c_[share * half[0] * circle, np.full(_SIDES, sign * z)] for z, share in ends for sign in (-1, 1)]
    return np.concatenate(rings)


def _area(part: Part) -> float:
    a, b, c = part.half
    if part.solid == "box":
        return 8 * (a * b + b * c + c * a)
    if part.solid == "ellipsoid":  # Thomsen's formula, good to 1 %
        p = 1.6075
        return 4 * np.pi * (((a * b) ** p + (b * c) ** p + (c * a) ** p) / 3) ** (1 / p)
    return 4 * np.pi * a * c + (2 if part.solid == "cylinder" else 4) * np.pi * a * a


def _drawn(part: Part, rng: np.random.Generator, count: int) -> Points:
    """Points on the part in its own frame."""
    half = np.array(part.half)
    if part.solid == "box":
        return _on_box(half, rng, count)
    if part.solid == "cylinder":
        return _on_cylinder(half, rng, count)
    ball = rng.standard_normal((count, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    if part.solid == "ellipsoid":
        return ball * half
    shaft = rng.random(count) < half[2] / (half[2] + half[0])
    side = np.c_[_unit(rng, count) * half[0], rng.uniform(-half[2], half[2], count)]
    return np.where(shaft[:, None], side, ball * half[0] + np.sign(ball[:, 2:]) * [0, 0, half[2]])


def _on_box(half: Float[Array, "3"], rng: np.random.Generator, count: int) -> Points:
    areas = np.array([half[1] * half[2], half[2] * half[0], half[0] * half[1]])
    axis = rng.choice(3, size=count, p=areas / areas.sum())
    points = rng.uniform(-1, 1, (count, 3))
    points[np.arange(count), axis] = rng.choice([-1.0, 1.0], size=count)
    return points * half


def _on_cylinder(half: Float[Array, "3"], rng: np.random.Generator, count: int) -> Points:
    side = rng.random(count) < 2 * half[2] / (2 * half[2] + half[0])
    radius = np.where(side, 1.0, np.sqrt(rng.random(count))) * half[0]
    height = np.where(side, rng.uniform(-1, 1, count), rng.choice([-1.0, 1.0], size=count)) * half[2]
    return np.c_[_unit(rng, count) * radius[:, None], height]


def _unit(rng: np.random.Generator, count: int) -> Float[Array, "n 2"]:
    angle = rng.uniform(0, 2 * np.pi, count)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _buried(local: Points, owner: Array, parts: Sequence[Part]) -> Bool[Array, " n"]:
    """Which points of a piece lie inside a part that is not their own."""
    inside = np.zeros(len(local), dtype=bool)
    for number, part in enumerate(parts):
        within = _within(part, (local - part.centre) @ part.R)
        inside |= within & (owner != number)
    return inside


def _within(part: Part, points: Points) -> Bool[Array, " n"]:
    half, slack = np.array(part.half), -1e-6
    if part.solid == "box":
        return np.max(np.abs(points) - half, axis=1) < slack
    if part.solid == "ellipsoid":
        return ((points / half) ** 2).sum(axis=1) < 1 - 1e-4
    flat = np.hypot(points[:, 0], points[:, 1])
    beyond = np.maximum(np.abs(points[:, 2]) - half[2], 0)
    if part.solid == "cylinder":
        return (flat < half[0] + slack) & (beyond == 0)
    return np.less(np.hypot(flat, beyond), half[0] + slack)
