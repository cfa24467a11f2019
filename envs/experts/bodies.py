"""Solid things (box, can, bottle) and parts of things (a handle, a lid's knob): where to pinch them from above."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from envs.experts.boxes import OrientedBoxes, Point
from envs.experts.hands import TIP_M, room_m
from envs.experts.motion import lean_of, leaning
from envs.experts.state import Rotation3, SimulatorState

_TURNS_DEG = (0, 90, 45, -45, 22.5, -22.5, 67.5, -67.5)
"""Directions of the fingers that are tried, from the object's own axes."""
_DEPTHS_M = (0.02, 0.014, 0.008)
"""Depths of the grip site below the top that are tried; the palm is 26 mm above the grip site."""
_PAD_M = (-0.004, 0.012)
"""What the pads cover, in height above the grip site."""
_PAD_HALF_WIDTH_M = 0.008
_MAX_WIDTH_M = 0.071
"""The open hand has 77 mm between its pads."""
_SIDE_M = 0.006
"""What of a body is one of its sides."""
_MIN_OVERLAP_M = 0.005
_GOOD_OVERLAP_M = 0.012
_ROOM_M = 0.0005
_ENTRY_LEAN_RAD = 0.5
_NEUTRAL = np.array([0.0, 1.0, 0.0])

# What a grasp costs, in metres of distance from the centre of mass in plan.
_TURN_COST_M = 0.012  # for a quarter turn of the resting hand
_WIDTH_COST = 0.3
_OVERLAP_COST = 2.0


@dataclass(frozen=True, kw_only=True, eq=False)
class BodyGrasp:
    """How to pinch a body; in the frame of the object, so that it moves along.

    Attributes:
        point: Where the grip site belongs, metres.
        finger_axis: Unit vector along which the fingers close.
        up: What was the vertical when the grasp was chosen.
        lean_rad: The hand's lean about it; None: as the reach has it.
        entry_axis: Where the fingers close under a roof, unit vector, world frame; None: anywhere.
    """

    point: Point
    finger_axis: Point
    up: Point
    lean_rad: float | None = None
    entry_axis: Point | None = None

    def hand_rotation(self, rotation: Rotation3, outward: Point, reach_m: float) -> Rotation3:
        """Axes of the grip site in the world, for an object with the axes `rotation`.

        Args:
            rotation: Axes of the object in the world (columns).
            outward: Horizontal unit vector from the robot's base to the hand.
            reach_m: Horizontal distance of the hand from the base.
        """
        return self.upright_hand(rotation @ self.finger_axis, outward, reach_m)

    def upright_hand(self, axis: Point, outward: Point, reach_m: float) -> Rotation3:
        """The same for fingers that close along `axis`, unit vector, world frame."""
        level = axis * [1.0, 1.0, 0.0]
        level = level / max(1e-9, float(np.linalg.norm(level)))
        if self.lean_rad is not None:
            return leaning(level, self.lean_rad)
        ahead = np.array([level[1], -level[0], 0.0])
        return leaning(level, lean_of(reach_m) * float(ahead @ outward))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Candidate:
    """A grasp in the world, with what it costs."""

    grip: Point
    finger_axis: Point
    cost: float


def choose_body_grasp(state: SimulatorState, name: str, goal: Point | None = None) -> BodyGrasp | None:
    """The cheapest grasp in which the open hand touches nothing; the roomiest if every one does; None without any.

    Args:
        state: The simulator.
        name: The object to pinch.
        goal: Way of the object to a place with a roof, metres, world frame: the hand must have room there as well, and
            leans so that its tips go first.
    """
    found = sorted(_candidates(state.boxes(name), state.rotation(name)), key=lambda candidate: candidate.cost)
    grasps = [_in_object(state, name, candidate, goal) for candidate in found]
    if not grasps:
        return None
    rooms_m = []
    for candidate, grasp in zip(found, grasps, strict=True):
        rooms_m.append(_room_m(state, name, candidate.grip, grasp, goal))
        if rooms_m[-1] > _ROOM_M:
            return grasp
    return grasps[int(np.argmax(rooms_m))]


def _room_m(state: SimulatorState, name: str, grip: Point, grasp: BodyGrasp, goal: Point | None) -> float:
    R_world_hand = grasp.hand_rotation(state.rotation(name), state.outward(grip), state.reach_m(grip))
    here_m = room_m(grip, R_world_hand, state.surroundings(without=[]))
    if goal is None:
        return here_m
    return min(here_m, room_m(grip + goal, R_world_hand, state.surroundings(without=[name])))


def _in_object(state: SimulatorState, name: str, candidate: _Candidate, goal: Point | None) -> BodyGrasp:
    rotation, axis = state.rotation(name), candidate.finger_axis
    point, up = rotation.T @ (candidate.grip - state.position(name)), rotation[2].copy()
    if goal is None:
        return BodyGrasp(point=point, finger_axis=rotation.T @ axis, up=up)
    ahead = np.array([axis[1], -axis[0], 0.0])
    axis = axis if ahead @ goal > 0 else -axis
    return BodyGrasp(
        point=point, finger_axis=rotation.T @ axis, up=up, lean_rad=_ENTRY_LEAN_RAD, entry_axis=axis.copy()
    )


def _candidates(boxes: OrientedBoxes, rotation: Rotation3) -> Iterator[_Candidate]:
    volumes = boxes.half_sizes.prod(axis=1)
    middle = volumes @ boxes.centres / volumes.sum()
    low, high = boxes.bounds()
    columns = np.unique(np.round([middle, (low.min(axis=0) + high.max(axis=0)) / 2, *boxes.centres], 3), axis=0)
    for axis in _finger_axes(rotation):
        slices = _Slices.of(boxes, axis)
        for column in columns:
            for depth_m in _DEPTHS_M:
                grip, width_m, overlap_m = slices.pinch(column, depth_m)
                if width_m < _MAX_WIDTH_M and overlap_m > _MIN_OVERLAP_M:
                    cost = float(np.linalg.norm((grip - middle)[:2])) + _cost(axis, width_m, overlap_m)
                    yield _Candidate(grip=grip, finger_axis=axis, cost=cost)


def _cost(axis: Point, width_m: float, overlap_m: float) -> float:
    turn = np.arccos(np.clip(axis @ _NEUTRAL, -1.0, 1.0)) / (np.pi / 2)
    missing_m = max(0.0, _GOOD_OVERLAP_M - overlap_m)
    return float(_TURN_COST_M * turn + _WIDTH_COST * max(0.0, width_m - 0.04) + _OVERLAP_COST * missing_m)


def _finger_axes(rotation: Rotation3) -> Iterator[Point]:
    """Horizontal unit vectors within a right angle of the resting hand's fingers."""
    own = rotation[:, int(np.argmin(np.abs(rotation[2])))]  # the most level axis of the object
    yaw = np.arctan2(own[1], own[0])
    for turn_deg in _TURNS_DEG:
        angle = yaw + np.radians(turn_deg)
        axis = np.array([np.cos(angle), np.sin(angle), 0.0])
        yield axis if axis @ _NEUTRAL > -1e-9 else -axis


@dataclass(frozen=True, kw_only=True, eq=False)
class _Slices:
    """A body's boxes as intervals along the fingers, across them, and up."""

    axes: Float[np.ndarray, "3 3"]
    low: Float[np.ndarray, "n 3"]
    high: Float[np.ndarray, "n 3"]

    @classmethod
    def of(cls, boxes: OrientedBoxes, finger_axis: Point) -> "_Slices":
        axes = np.column_stack([finger_axis, [-finger_axis[1], finger_axis[0], 0.0], [0.0, 0.0, 1.0]])
        low, high = boxes.seen_from(np.zeros(3), axes).bounds()
        return cls(axes=axes, low=low, high=high)

    def pinch(self, column: Point, depth_m: float) -> tuple[Point, float, float]:
        """Grip position of fingers that come down over a point in plan, width and height of what they close on."""
        along, across, _ = column @ self.axes
        strip = (self.low[:, 1] < across + _PAD_HALF_WIDTH_M) & (self.high[:, 1] > across - _PAD_HALF_WIDTH_M)
        here = strip & (self.low[:, 0] <= along) & (self.high[:, 0] >= along)
        if not here.any():
            return column, np.inf, 0.0
        height_m = max(self.high[here, 2].max() - depth_m, self.low[:, 2].min() + TIP_M)
        band = height_m + np.array(_PAD_M)
        between = strip & (self.low[:, 2] < band[1]) & (self.high[:, 2] > band[0])
        low, high = _interval(self.low[between, 0], self.high[between, 0], along)
        sides = (self.low[:, 0] < low + _SIDE_M, self.high[:, 0] > high - _SIDE_M)
        tops_m = [self.high[between & side, 2].max(initial=-np.inf) for side in sides]
        overlap_m = min(band[1], *tops_m) - band[0]
        grip = self.axes @ np.array([(low + high) / 2, across, height_m])
        return grip, float(high - low), float(overlap_m)


def _interval(lows: np.ndarray, highs: np.ndarray, point: float) -> tuple[float, float]:
    """The connected part around `point` of a union of intervals; empty and infinite if there is none."""
    low = high = point
    while True:
        touching = (lows <= high + 1e-4) & (highs >= low - 1e-4)
        if not touching.any():
            return -np.inf, np.inf
        wider = min(low, lows[touching].min()), max(high, highs[touching].max())
        if wider == (low, high):
            return low, high
        low, high = wider
