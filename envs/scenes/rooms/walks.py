"""Where the camera stands and looks: one look around, a few places of a walk, a clip on foot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from envs.scenes.cameras import look_at
from envs.scenes.rooms.ground import FreeFloor, Path
from vst_robot.errors import DataError
from vst_robot.geometry import camera, pose, rotation

Array = np.ndarray
Pose = Float[Array, "4 4"]

EYE_M = (1.1, 1.75)
"""Height of the camera: from that of a seated person to that of a tall one."""

_PITCH_RAD = (np.radians(-38.0), np.radians(6.0))
_FAR_M = 6.5
_TRIES = 24


@dataclass(frozen=True, kw_only=True, eq=False)
class Walker:
    """Somebody with a camera in a room.

    Attributes:
        floor: Where one can stand.
        targets_m: Middles of the things to look at, world frame.
        K: Intrinsics.
        size_px: Width and height.
        in_sight: Whether nothing hides the middle of a thing, given a place, its number and its middle.
        rng: Decides about everything.
    """

    floor: FreeFloor
    targets_m: Float[Array, "n 3"]
    K: Float[Array, "3 3"]
    size_px: tuple[int, int]
    in_sight: Callable[[Float[Array, "3"], int, Float[Array, "3"]], bool]
    rng: np.random.Generator

    def look(self) -> Pose:
        """One picture: of several drawn at random the one with the most things in it."""
        poses = [self._glance(self._eye()) for _ in range(8)]
        return poses[int(np.argmax([len(self.seen(one)) + self.rng.random() for one in poses]))]

    def stops(self, count: int) -> list[Pose]:
        """Pictures from a few places; each shares at least one thing with the one before and shows it otherwise.

        Raises:
            DataError: The room is too small or too bare.
        """
        poses = [self.look()]
        while len(poses) < count:
            poses.append(self._next(poses[-1]))
        return poses

    def clip(self, count: int, rate_hz: float) -> list[Pose]:
        """A walk through the room at a steady rate, the camera turning from thing to thing."""
        way = self._way(count / rate_hz)
        height = float(self.rng.uniform(1.35, 1.7))
        seconds = np.arange(count) / rate_hz
        eyes = np.c_[way(seconds), height + 0.015 * np.sin(2 * np.pi * 0.9 * seconds)]
        yaws, pitches = self._gaze(eyes, rate_hz)
        return [_level(eye, yaw, pitch) for eye, yaw, pitch in zip(eyes, yaws, pitches, strict=True)]

    def seen(self, T_world_camera: Pose) -> frozenset[int]:
        """Numbers of the targets whose middle is in the picture, not too far and not hidden."""
        local = pose.apply(pose.inverse(T_world_camera), self.targets_m)
        pixels = camera.project(local, self.K)
        inside = (pixels > 0).all(axis=1) & (pixels < np.array(self.size_px)).all(axis=1) & (local[:, 2] < _FAR_M)
        eye = T_world_camera[:3, 3]
        return frozenset(int(k) for k in np.flatnonzero(inside) if self.in_sight(eye, int(k), self.targets_m[k]))

    def _eye(self) -> Float[Array, "3"]:
        places = self.floor.places_m
        place = places[int(self.rng.integers(len(places)))] + self.rng.uniform(-0.04, 0.04, 2)
        return np.array([*place, self.rng.uniform(*EYE_M)])

    def _glance(self, eye: Float[Array, "3"]) -> Pose:
        """From a place towards some thing, not quite at it."""
        aim = self.targets_m[int(self.rng.integers(len(self.targets_m)))] + self.rng.normal(0, 0.3, 3)
        yaw, pitch = _angles(aim - eye)
        return _level(eye, yaw, float(np.clip(pitch, *_PITCH_RAD)), roll=float(self.rng.normal(0, np.radians(1.5))))

    def _next(self, last: Pose) -> Pose:
        before = self.seen(last)
        for _ in range(_TRIES):
            after = self._moved(last)
            if (
                self._shows_enough(before, self.seen(after))
                and self.floor.holds(after[:2, 3])
                and EYE_M[0] - 0.2 < after[2, 3] < EYE_M[1] + 0.2
            ):
                return after
        raise DataError("this room has no two places that show the same thing: ask for another scene")

    def _shows_enough(self, before: frozenset[int], after: frozenset[int]) -> bool:
        return bool(before & after) and len(after) >= min(3, len(self.targets_m))

    def _moved(self, last: Pose) -> Pose:
        """A turn on the spot, a step without a turn, or both."""
        kind = self.rng.choice(
            ["pan", "tilt", "roll", "step", "walk", "around"], p=[0.16, 0.08, 0.08, 0.24, 0.20, 0.24]
        )
        if kind == "step":
            return pose.make(last[:3, :3], last[:3, 3] + self._step(last))
        if kind in ("pan", "tilt", "roll"):
            return self._turned(last, str(kind))
        places = self.floor.places_m
        apart = np.linalg.norm(places - last[:2, 3], axis=1)
        near = places[(apart > 0.4) & (apart < 2.8)]
        if len(near) == 0:
            return self._turned(last, "pan")
        eye = np.array([*near[int(self.rng.integers(len(near)))], last[2, 3] + self.rng.uniform(-0.25, 0.25)])
        if kind == "walk":
            return self._turned(pose.make(last[:3, :3], eye), "pan")
        shared = sorted(self.seen(last)) or list(range(len(self.targets_m)))
        yaw, pitch = _angles(self.targets_m[int(self.rng.choice(shared))] + self.rng.normal(0, 0.25, 3) - eye)
        return _level(eye, yaw + self.rng.uniform(-0.35, 0.35), float(np.clip(pitch, *_PITCH_RAD)))

    def _step(self, last: Pose) -> Float[Array, "3"]:
        """Forwards, sideways, up or down as the camera sees it, or a mixture of two; level but for the height."""
        right, ahead = last[:3, 0] * [1, 1, 0], last[:3, 2] * [1, 1, 0]
        axes = np.stack([right / np.linalg.norm(right), ahead / np.linalg.norm(ahead), [0, 0, 1]])
        sizes = self.rng.choice([-1, 1], 3) * self.rng.uniform([0.4, 0.4, 0.25], [1.4, 1.4, 0.45])
        chosen = self.rng.permutation(3)[: int(self.rng.integers(1, 3))]
        return sum((sizes[k] * axes[k] for k in chosen), np.zeros(3))

    def _turned(self, last: Pose, kind: str) -> Pose:
        """A pan about the vertical, a tilt about the camera's right, or a roll about its view."""
        side = float(self.rng.choice([-1, 1]))
        R = last[:3, :3]
        if kind == "pan":
            about = rotation.axis_angle_to_matrix(np.array([0, 0, side * np.radians(self.rng.uniform(18, 55))]))
            return pose.make(about @ R, last[:3, 3])
        axis = np.array([1.0, 0, 0]) if kind == "tilt" else np.array([0, 0, 1.0])
        size = self.rng.uniform(16, 30) if kind == "tilt" else self.rng.uniform(12, 30)
        return pose.make(R @ rotation.axis_angle_to_matrix(axis * side * np.radians(size)), last[:3, 3])

    def _way(self, seconds: float) -> "_Way":
        """Through a few places far from each other, at 0.2 to 0.7 m/s; as much of it as there is time for."""
        places, stops = self.floor.places_m, []
        for _ in range(4):
            drawn = places[self.rng.integers(len(places), size=6)]
            apart = np.linalg.norm(drawn - (stops[-1] if stops else drawn[0]), axis=1)
            stops.append(drawn[int(np.argmax(apart))])
        return _Way(self.floor.path(np.array(stops)), seconds, speed_m_s=float(self.rng.uniform(0.35, 0.7)))

    def _gaze(self, eyes: Float[Array, "n 3"], rate_hz: float) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
        """Yaw and pitch at each time: every two seconds towards another thing, no faster than 60° in a second."""
        every = max(1, round(2.0 * rate_hz))
        times = np.unique(np.append(np.arange(0, len(eyes), every), len(eyes) - 1))
        yaw, looked = float(self.rng.uniform(-np.pi, np.pi)), np.zeros(len(self.targets_m))
        yaws, pitches = [], []
        for number, time in enumerate(times):
            # Eased, the fastest turn is half as fast again as the mean.
            reach = np.radians(40.0) * (time - times[number - 1]) / rate_hz if number else np.pi
            yaw, pitch = self._aim(eyes[time], yaw, reach, looked, turning=number > 0)
            yaws.append(yaw)
            pitches.append(pitch)
        at = np.arange(len(eyes))
        return _eased(at, times, yaws), _eased(at, times, pitches)

    def _aim(
        self, eye: Float[Array, "3"], yaw: float, reach: float, looked: Float[Array, " n"], *, turning: bool
    ) -> tuple[float, float]:
        """Towards a thing within reach, while turning at least 15° away; counted in `looked`."""
        steps = self.targets_m - eye
        turns = np.angle(np.exp(1j * (np.arctan2(steps[:, 1], steps[:, 0]) - yaw)))
        far = np.linalg.norm(steps[:, :2], axis=1)
        fit = (np.abs(turns) <= reach) & (np.abs(turns) >= (0.26 if turning else 0.0)) & (far > 1.0)
        if not fit.any():
            return yaw + float(self.rng.choice([-1, 1])) * min(reach, 0.9), float(np.radians(-12.0))
        drawn = self.rng.choice(np.flatnonzero(fit), size=4)
        # What was looked at before is left for later; the farther, the more there is around it.
        chosen = int(drawn[np.argmax(far[drawn] - 4.0 * looked[drawn])])
        looked[np.linalg.norm(self.targets_m - self.targets_m[chosen], axis=1) < 1.2] += 1
        return yaw + float(turns[chosen]), float(np.clip(_angles(steps[chosen])[1], *_PITCH_RAD))


class _Way:
    """A smooth path over the floor, walked back and forth as time allows: place in metres at a time in seconds."""

    def __init__(self, path: Path, seconds: float, *, speed_m_s: float) -> None:
        self._path = _smoothed(path)
        steps = np.linalg.norm(np.diff(self._path, axis=0), axis=1)
        self._along = np.concatenate([[0.0], np.cumsum(steps)])
        self._speed = min(speed_m_s, max(float(self._along[-1]), 0.01) / seconds) if len(path) > 1 else 0.0

    def __call__(self, seconds: Float[Array, " n"]) -> Path:
        walked = seconds * self._speed
        return np.stack([np.interp(walked, self._along, self._path[:, axis]) for axis in range(2)], axis=-1)


def _smoothed(path: Path) -> Path:
    """Corners of the grid rounded by a mean over half a metre; ends stay. Moves a point by less than 0.15 m."""
    padded = np.concatenate([path[:1].repeat(2, axis=0), path, path[-1:].repeat(2, axis=0)])
    return np.mean([padded[k : k + len(path)] for k in range(5)], axis=0)


def _eased(at: Array, times: Array, values: Sequence[float]) -> Float[Array, " n"]:
    """Values at all times, moving slowly near the given ones."""
    if len(times) == 1:
        return np.full(len(at), values[0])
    section = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    share = (at - times[section]) / (times[section + 1] - times[section])
    known = np.array(values)
    return known[section] + (known[section + 1] - known[section]) * share**2 * (3 - 2 * share)


def _angles(step: Float[Array, "3"]) -> tuple[float, float]:
    """Yaw and pitch of a direction."""
    return float(np.arctan2(step[1], step[0])), float(np.arctan2(step[2], np.hypot(step[0], step[1])))


def _level(eye: Float[Array, "3"], yaw: float, pitch: float, *, roll: float = 0.0) -> Pose:
    ahead = np.array([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), np.sin(pitch)])
    return look_at(eye, eye + ahead, roll_rad=roll)
