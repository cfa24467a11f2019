"""Where cameras stand: on a dome around things, on a walk about them, and on a smooth path for a clip."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline

from vst_robot.errors import DataError
from vst_robot.geometry import pose, rotation

Array = np.ndarray

Accepts = Callable[[Float[Array, "4 4"]], bool]
"""Whether a pose will do: nothing in the way, enough in view."""

_TRIES = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Dome:
    """Part of a ball around things: cameras stand on it or within and look at points near its middle.

    Attributes:
        middle_m: Middle of the things, world frame.
        spread_m: Half extents of the box in which the points that are looked at lie.
        distance_m: Smallest and largest distance of a camera from the middle.
        elevation_deg: Lowest and highest elevation of a camera above the horizon of the middle.
        max_roll_deg: Largest roll, either way.
        targets_m: Points that a clip looks at one after the other; without any, some near the middle.
    """

    middle_m: Float[Array, "3"]
    spread_m: Float[Array, "3"]
    distance_m: tuple[float, float]
    elevation_deg: tuple[float, float] = (12.0, 70.0)
    max_roll_deg: float = 4.0
    targets_m: Float[Array, "n 3"] = field(default_factory=lambda: np.zeros((0, 3)))

    def eye(self, azimuth_rad: float, elevation_rad: float, distance_m: float) -> Float[Array, "3"]:
        """A place on the dome; azimuth 0 is the world's x axis."""
        level = np.cos(elevation_rad)
        direction = [level * np.cos(azimuth_rad), level * np.sin(azimuth_rad), np.sin(elevation_rad)]
        return self.middle_m + distance_m * np.array(direction)

    def spherical(self, eye_m: Float[Array, "3"]) -> tuple[float, float, float]:
        """Azimuth, elevation and distance of a place: the inverse of `eye`."""
        x, y, z = eye_m - self.middle_m
        distance = float(np.sqrt(x * x + y * y + z * z))
        return float(np.arctan2(y, x)), float(np.arcsin(np.clip(z / distance, -1, 1))), distance

    def clipped(self, eye_m: Float[Array, "3"]) -> Float[Array, "3"]:
        """The nearest place within the dome's limits."""
        azimuth, elevation, distance = self.spherical(eye_m)
        return self.eye(
            azimuth, np.clip(elevation, *np.radians(self.elevation_deg)), np.clip(distance, *self.distance_m)
        )


def look_at(eye_m: Float[Array, "3"], aim_m: Float[Array, "3"], *, roll_rad: float = 0.0) -> Float[Array, "4 4"]:
    """`T_world_camera` of a camera that looks at a point, level but for the roll; undefined straight up or down."""
    forward = (aim_m - eye_m) / np.linalg.norm(aim_m - eye_m)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    level = np.stack([right, np.cross(forward, right), forward], axis=1)
    return pose.make(level @ rotation.axis_angle_to_matrix(np.array([0.0, 0.0, roll_rad])), eye_m)


def place(rng: np.random.Generator, dome: Dome, accepts: Accepts) -> Float[Array, "4 4"]:
    """One camera anywhere on the dome.

    Raises:
        DataError: No pose was accepted.
    """
    for _ in range(_TRIES):
        T_world_camera = look_at(_eye(rng, dome), _aim(rng, dome), roll_rad=_roll(rng, dome))
        if accepts(T_world_camera):
            return T_world_camera
    raise _no_pose()


def walk(rng: np.random.Generator, dome: Dome, count: int, accepts: Accepts) -> list[Float[Array, "4 4"]]:
    """Cameras at stops of a walk, each one move from the last: around, nearer, sideways, or a turn on the spot.

    Raises:
        DataError: No pose was accepted.
    """
    eye, aim = _accepted(rng, dome, lambda: (_eye(rng, dome), _aim(rng, dome)), accepts)
    stops = [(eye, aim)]
    while len(stops) < count:
        eye, aim = stops[-1]
        stops.append(_accepted(rng, dome, lambda eye=eye, aim=aim: _move(rng, dome, eye, aim), accepts))
    return [look_at(eye, aim, roll_rad=_roll(rng, dome)) for eye, aim in stops]


def path(
    rng: np.random.Generator, dome: Dome, count: int, accepts: Accepts, *, stops: int
) -> list[Float[Array, "4 4"]]:
    """Cameras at even times along a smooth path through the stops of a walk.

    Raises:
        DataError: No path of accepted poses was found.
    """
    for _ in range(_TRIES):
        eyes, aims = _path_stops(rng, dome, stops)
        time = np.linspace(0, 1, stops)
        at = np.linspace(0, 1, count)
        track = zip(CubicSpline(time, eyes)(at), CubicSpline(time, aims)(at), strict=True)
        poses = [look_at(eye, aim) for eye, aim in track]
        if all(accepts(T_world_camera) for T_world_camera in poses):
            return poses
    raise _no_pose()


def _path_stops(rng: np.random.Generator, dome: Dome, stops: int) -> tuple[Array, Array]:
    """Eyes and aims; the aims go from thing to thing, so that they come into view one after the other."""
    eyes = [_eye(rng, dome)]
    while len(eyes) < stops:
        azimuth, elevation, distance = dome.spherical(eyes[-1])
        turned = dome.eye(azimuth + rng.uniform(-0.6, 0.6), elevation + rng.uniform(-0.2, 0.2), distance)
        eyes.append(dome.clipped(dome.middle_m + (turned - dome.middle_m) * rng.uniform(0.8, 1.25)))
    aims = np.array([_aim(rng, dome) for _ in eyes])
    chosen = rng.permutation(dome.targets_m)[:stops]
    aims[: len(chosen)] = chosen
    return np.array(eyes), aims[rng.permutation(stops)]


def _accepted(
    rng: np.random.Generator, dome: Dome, draw: Callable[[], tuple[Array, Array]], accepts: Accepts
) -> tuple[Array, Array]:
    for _ in range(_TRIES):
        eye, aim = draw()
        if accepts(look_at(eye, aim)):
            return eye, aim
    raise _no_pose()


def _move(rng: np.random.Generator, dome: Dome, eye: Array, aim: Array) -> tuple[Array, Array]:
    """The next stop of a walk."""
    azimuth, elevation, distance = dome.spherical(eye)
    kind = rng.choice(["around", "nearer", "sideways", "turn"], p=[0.45, 0.2, 0.15, 0.2])
    if kind == "around":
        side = rng.choice([-1, 1]) * np.radians(rng.uniform(20, 70))
        return dome.clipped(dome.eye(azimuth + side, elevation + rng.uniform(-0.35, 0.35), distance)), _aim(rng, dome)
    if kind == "nearer":
        share = rng.choice([rng.uniform(0.5, 0.8), rng.uniform(1.25, 2.0)])
        return dome.clipped(dome.middle_m + (eye - dome.middle_m) * share), aim
    if kind == "sideways":
        right = look_at(eye, aim)[:3, 0] * rng.choice([-1, 1]) * rng.uniform(0.2, 0.6) * distance
        return dome.clipped(eye + right), aim + right
    return eye, _turned_aim(rng, eye, aim)


def _turned_aim(rng: np.random.Generator, eye: Array, aim: Array) -> Array:
    """Where a camera looks after a pan or a tilt on the spot."""
    pan, tilt = np.radians(rng.choice([-1, 1]) * rng.uniform(12, 35)), np.radians(rng.uniform(-10, 10))
    if rng.random() < 0.3:
        pan, tilt = tilt / 3, pan * 0.7
    turn = rotation.euler_to_matrix(np.array([tilt, pan, 0.0]))
    level = look_at(eye, aim)[:3, :3]
    return eye + level @ turn @ np.array([0.0, 0.0, 1.0]) * np.linalg.norm(aim - eye)


def _eye(rng: np.random.Generator, dome: Dome) -> Array:
    elevation = np.radians(rng.uniform(*dome.elevation_deg))
    return dome.eye(rng.uniform(-np.pi, np.pi), elevation, rng.uniform(*dome.distance_m))


def _aim(rng: np.random.Generator, dome: Dome) -> Array:
    return dome.middle_m + rng.uniform(-1, 1, 3) * dome.spread_m


def _roll(rng: np.random.Generator, dome: Dome) -> float:
    return float(np.radians(rng.uniform(-dome.max_roll_deg, dome.max_roll_deg)))


def _no_pose() -> DataError:
    return DataError("no camera pose was found that is clear of things and sees enough of them")
