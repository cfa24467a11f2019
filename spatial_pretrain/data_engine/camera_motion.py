"""How the camera moved between two frames: pan, tilt and roll, and words for where it went.

Two readings of a movement exist where a camera does not look level, and people use both: about and along the first
camera's own axes, or with pan about the vertical and "forward" along the ground. `Motion` has both; a question that
does not say which one it means is sound only where they agree.

Signs (spatial axes x right, y down, z forward; `R = Ry(pan) Rx(tilt) Rz(roll)`): pan is positive to the right, tilt
upwards, roll clockwise, as seen by who holds the camera.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine.thresholds import CameraMotion
from vst_robot.geometry import pose
from vst_robot.scenes import Scene

Array = np.ndarray

WORDS = (("leftward", "rightward"), ("upward", "downward"), ("backward", "forward"))
"""Per axis x, y, z of a camera: the word for the negative and the positive direction."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rotation:
    """A rotation in three angles, degrees."""

    pan_deg: float
    tilt_deg: float
    roll_deg: float

    @property
    def angles_deg(self) -> tuple[float, float, float]:
        """Pan, tilt, roll."""
        return self.pan_deg, self.tilt_deg, self.roll_deg


@dataclass(frozen=True, kw_only=True, eq=False)
class Motion:
    """From one frame to another.

    Attributes:
        turn: In the first camera's own axes.
        move_m: The second camera's place in the first camera's axes.
        level_turn: Pan about the vertical, tilt and roll as the change of both cameras' angles to the ground; None if
            gravity is not known.
        level_move_m: The second camera's place in the first camera's levelled axes (y down, z its heading on the
            ground); None if gravity is not known.
        steepness: Largest sine of both viewing directions' angle to the ground; 0 if gravity is not known.
    """

    turn: Rotation
    move_m: Float[Array, "3"]
    level_turn: Rotation | None
    level_move_m: Float[Array, "3"] | None
    steepness: float


def motion(scene: Scene, first: int, second: int) -> Motion:
    """The camera's movement between two frames of a scene."""
    T_world_first, T_world_second = (scene.frames[i].T_world_camera.astype(np.float64) for i in (first, second))
    T_first_second = pose.inverse(T_world_first) @ T_world_second
    level_turn = level_move_m = None
    steepness = 0.0
    if scene.gravity is not None:
        R_world_level = levelled(T_world_first[:3, :3], scene.gravity)
        turns = [angles(R_world_level.T @ T[:3, :3]) for T in (T_world_first, T_world_second)]
        level_turn = _difference(*turns)
        level_move_m = R_world_level.T @ (T_world_second - T_world_first)[:3, 3]
        steepness = max(abs(float(T[:3, 2] @ scene.gravity)) for T in (T_world_first, T_world_second))
    return Motion(
        turn=angles(T_first_second[:3, :3]),
        move_m=T_first_second[:3, 3],
        level_turn=level_turn,
        level_move_m=level_move_m,
        steepness=steepness,
    )


def levelled(R_world_camera: Float[Array, "3 3"], down: Float[Array, "3"]) -> Float[Array, "3 3"]:
    """A camera turned so that y points down and z along its heading on the ground."""
    forward = R_world_camera[:, 2] - (R_world_camera[:, 2] @ down) * down
    forward = forward / max(float(np.linalg.norm(forward)), 1e-12)
    return np.stack([np.cross(down, forward), down, forward], axis=1)


def angles(R: Float[Array, "3 3"]) -> Rotation:
    """Pan, tilt and roll of a rotation from a camera's axes to the reference's."""
    forward = R[:, 2]
    pan = np.arctan2(forward[0], forward[2])
    tilt = np.arctan2(-forward[1], np.hypot(forward[0], forward[2]))
    roll = np.arctan2(R[1, 0], R[1, 1])
    return Rotation(pan_deg=float(np.degrees(pan)), tilt_deg=float(np.degrees(tilt)), roll_deg=float(np.degrees(roll)))


def directions(move_m: Float[Array, "3"], rule: CameraMotion) -> frozenset[str] | None:
    """Where a movement goes; None if it is too short, or an axis is too close to being named.

    An axis is named if the movement along it reaches both `min_axis_m` and its share of the whole.
    """
    length = float(np.linalg.norm(move_m))
    limit = max(rule.min_axis_m, rule.min_axis_share * length)
    if length < rule.min_move_m or (np.abs(np.abs(move_m) - limit) < rule.border_share * limit).any():
        return None
    named = [WORDS[axis][int(move_m[axis] > 0)] for axis in range(3) if abs(move_m[axis]) > limit]
    return frozenset(named) or None


def direction_gap_m(move_m: Float[Array, "3"], rule: CameraMotion) -> float:
    """How far the end of a movement must go, at least, before `directions` names other axes."""
    length = float(np.linalg.norm(move_m))
    limit = max(rule.min_axis_m, rule.min_axis_share * length)
    return float(np.abs(np.abs(move_m) - limit).min() / (1 + rule.min_axis_share))


def _difference(first: Rotation, second: Rotation) -> Rotation:
    pan, tilt, roll = ((b - a + 180) % 360 - 180 for a, b in zip(first.angles_deg, second.angles_deg, strict=True))
    return Rotation(pan_deg=pan, tilt_deg=tilt, roll_deg=roll)
