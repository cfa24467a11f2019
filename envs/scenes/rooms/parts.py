"""Solids out of which furniture is made, and pieces of furniture made of them.

Frame of a piece: x out of its front, y to its own left, z up; the origin is the middle of its footprint on the ground.
Metres, radians.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from envs.assets.primitive.mjcf import UPRIGHT, Quaternion, Vector, turned
from envs.scenes.rooms.finishes import Finish

Array = np.ndarray
Solid = Literal["box", "cylinder", "ellipsoid", "capsule"]

_TILT_LIMIT = 1e-9


@dataclass(frozen=True, kw_only=True)
class Part:
    """One solid.

    Attributes:
        solid: What it is.
        centre: Its middle in the piece.
        half: Half sizes along its own axes; of cylinders and capsules radius, radius and half of the length (caps of a
            capsule not counted).
        finish: How it looks.
        quat_wxyz: Its orientation in the piece.
    """

    solid: Solid
    centre: Vector
    half: Vector
    finish: Finish
    quat_wxyz: Quaternion = UPRIGHT

    @property
    def reach(self) -> Float[Array, "3"]:
        """Half of its exact extent along the piece's axes."""
        half, R = np.array(self.half), self.R
        if self.solid == "box":
            return np.abs(R) @ half
        if self.solid == "ellipsoid":
            return np.sqrt((R * half) ** 2 @ np.ones(3))
        along = np.abs(R[:, 2])
        if self.solid == "capsule":
            return half[2] * along + half[0]
        return half[2] * along + half[0] * np.sqrt(np.clip(1 - along**2, 0, 1))

    @property
    def R(self) -> Float[Array, "3 3"]:
        """Its orientation as a matrix."""
        w, x, y, z = self.quat_wxyz
        return np.eye(3) if self.quat_wxyz == UPRIGHT else Rotation.from_quat([x, y, z, w]).as_matrix()


@dataclass(frozen=True, kw_only=True)
class Top:
    """A level rectangle that things can stand or lie on: its middle, half sizes along x and y."""

    centre: Vector
    half: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece of furniture, or any other thing in a room.

    Attributes:
        label: Category.
        parts: What it is made of; they fill its box.
        word: An adjective that holds for this shape or colour, e.g. ``"round brown"``.
        has_front: Whether it has a front (always at +x).
        tops: Where things can be put.
        flat: Lies on the floor; others may stand on it.
    """

    label: str
    parts: tuple[Part, ...]
    word: str
    has_front: bool = True
    tops: tuple[Top, ...] = ()
    flat: bool = False

    @cached_property
    def size_m(self) -> Float[Array, "3"]:
        """Extent along x, y, z."""
        lower, upper = extent(self.parts)
        return upper - lower


def piece(
    label: str,
    parts: Sequence[Part],
    *,
    word: str,
    has_front: bool = True,
    tops: Sequence[Top] = (),
    flat: bool = False,
) -> Piece:
    """A piece whose parts are moved so that their common box stands centred on the origin."""
    lower, upper = extent(parts)
    dx, dy, dz = (float(value) for value in (*(lower + upper)[:2] / -2, -lower[2]))
    return Piece(
        label=label,
        parts=tuple(replace(part, centre=_plus(part.centre, (dx, dy, dz))) for part in parts),
        word=word,
        has_front=has_front,
        tops=tuple(replace(top, centre=_plus(top.centre, (dx, dy, dz))) for top in tops),
        flat=flat,
    )


def extent(parts: Iterable[Part]) -> tuple[Float[Array, "3"], Float[Array, "3"]]:
    """Lower and upper corner of the box around all parts."""
    centres, reaches = zip(*((part.centre, part.reach) for part in parts), strict=True)
    middle, reach = np.array(centres), np.array(reaches)
    return (middle - reach).min(axis=0), (middle + reach).max(axis=0)


def block(x: Sequence[float], y: Sequence[float], z: Sequence[float], finish: Finish) -> Part:
    """An upright box between two bounds on each axis."""
    (x0, x1), (y0, y1), (z0, z1) = sorted(x), sorted(y), sorted(z)
    return Part(
        solid="box",
        centre=((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2),
        half=((x1 - x0) / 2, (y1 - y0) / 2, (z1 - z0) / 2),
        finish=finish,
    )


def tilted(centre: Vector, size: Vector, finish: Finish, *, pitch: float = 0.0, yaw: float = 0.0) -> Part:
    """A box of full sizes, pitched about y (its top goes to +x), then turned about z."""
    half = (size[0] / 2, size[1] / 2, size[2] / 2)
    return Part(solid="box", centre=centre, half=half, finish=finish, quat_wxyz=turned(yaw, pitch))


def post(x: float, y: float, z: Sequence[float], radius: float, finish: Finish) -> Part:
    """An upright cylinder."""
    half = (radius, radius, (z[1] - z[0]) / 2)
    return Part(solid="cylinder", centre=(x, y, (z[0] + z[1]) / 2), half=half, finish=finish)


def rod(start: Vector, end: Vector, radius: float, finish: Finish, *, solid: Solid = "cylinder") -> Part:
    """A cylinder or capsule from one point to another."""
    along = np.subtract(end, start)
    length = float(np.linalg.norm(along))
    return Part(
        solid=solid,
        centre=_plus(start, (along[0] / 2, along[1] / 2, along[2] / 2)),
        half=(radius, radius, length / 2),
        finish=finish,
        quat_wxyz=_towards(along / length),
    )


def ball(centre: Vector, radii: Vector | float, finish: Finish) -> Part:
    """An upright ellipsoid."""
    half = (radii, radii, radii) if isinstance(radii, float | int) else radii
    return Part(solid="ellipsoid", centre=centre, half=half, finish=finish)


def legs(x: float, y: float, height: float, thick: float, finish: Finish, *, round_: bool = False) -> list[Part]:
    """Four upright legs whose outer faces stand at ±x and ±y."""
    corners = [(sx * (x - thick / 2), sy * (y - thick / 2)) for sx in (-1, 1) for sy in (-1, 1)]
    if round_:
        return [post(cx, cy, (0, height), thick / 2, finish) for cx, cy in corners]
    h = thick / 2
    return [block((cx - h, cx + h), (cy - h, cy + h), (0, height), finish) for cx, cy in corners]


def splayed_legs(top: tuple[float, float], foot: tuple[float, float], z: float, r: float, finish: Finish) -> list[Part]:
    """Four round legs from the corners ±top at height z out to the corners ±foot on the ground."""
    return [
        rod((sx * foot[0], sy * foot[1], r), (sx * top[0], sy * top[1], z), r, finish)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]


def _towards(direction: Float[Array, "3"]) -> Quaternion:
    """Shortest turn that takes z to a unit direction."""
    x, y, z = (float(value) for value in direction)
    if z < -1 + _TILT_LIMIT:
        return (0.0, 1.0, 0.0, 0.0)
    quat = np.array([1 + z, -y, x, 0.0])
    w, i, j, k = quat / np.linalg.norm(quat)
    return (float(w), float(i), float(j), float(k))


def _plus(point: Vector, step: Vector) -> Vector:
    return (float(point[0] + step[0]), float(point[1] + step[1]), float(point[2] + step[2]))
