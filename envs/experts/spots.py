"""Where a carried object belongs: on top of something, inside a container, on a slope, or under a roof."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from envs.experts.boxes import Point, corridor
from envs.experts.free_places import floor_m, free_place, turn_to_fit
from envs.experts.hands import HAND_RADIUS_M, TIP_M
from envs.experts.motion import dock, glide, turning_m
from envs.experts.state import SimulatorState

_HOVER_M = 0.06
"""Least height above its place at which to carry an object."""
_HEADROOM_M = 0.025
"""Height above what stands along the way."""
_BODY_RADIUS_M = 0.06
"""What counts as along the way, from the middle of the object in plan."""
_ARRIVED_M = 0.012
_SUPPORT_RADIUS_M = 0.02
"""What of the target carries the object, from its middle in plan."""

_LAID_XY_M = 0.012
"""Error in plan that is small enough to let go."""
_RESTING_XY_M = 0.028
"""Error in plan that is small enough to leave alone afterwards: LIBERO's `on` asks for less than 0.03."""
_RESTING_Z_M = 0.008

_STUCK_M_S = 0.03
_STUCK_ON_M, _STUCK_IN_M = 0.02, 0.05
"""What does not get lower any more, this close above its place (on top, inside), is let go there."""

_OVER_WALL_M = 0.006
"""Height of the finger tips over what they would otherwise open into."""
_FINGERS_M = np.linspace(0.03, HAND_RADIUS_M, 4)
_FINGER_WIDTH_M = 0.012
_RELEASE_M = 0.01
_FALLING_M = 0.03
"""Height over the place where an object is let go up to which it is about to fall in."""
_OVER_FLOOR_M = 0.006
_LANDING_RADIUS_M = 0.025
"""What lies in a container this close to the middle of an object is under it."""
_UPHILL_M = 0.05
"""How far above the lower edge of a slope an object's origin goes."""
_LINING_UP, _ON_LINE_M = 8.0, 0.006
_LINED_UP_M = 0.06
"""Distance beside the way in from which on an object has to go around first."""
_INSIDE_M = 0.009
"""How far inside a roofed place the object's origin goes."""
_RUN_UP_M = 0.12
"""How far outside a roofed place an object lines up."""


class Spot(Protocol):
    """Where one object belongs."""

    def offset(self, state: SimulatorState) -> Point:
        """Way of the object to its place, metres, world frame."""
        ...

    def rests(self, state: SimulatorState, offset: Point, *, held: bool) -> bool:
        """Whether the object is where it belongs, so that a hand may let go of it or leave it alone."""
        ...

    def turn(self, state: SimulatorState) -> Point:
        """What the object has yet to turn, axis-angle in radians, world frame."""
        ...

    def way(self, state: SimulatorState, offset: Point) -> Point:
        """The way of the object to its place around what stands there, metres, world frame."""
        ...


class FromAbove:
    """A place that an object is brought to from above, any way round unless a subclass says otherwise."""

    name: str

    def turn(self, state: SimulatorState) -> Point:
        """Nothing: any way round will do."""
        return np.zeros(3)

    def way(self, state: SimulatorState, offset: Point) -> Point:
        """Over everything on the way, then down."""
        return fly_over(state, self.name, offset, self.turn(state))


@dataclass(frozen=True, kw_only=True, eq=False)
class OnTop(FromAbove):
    """Centre over centre, bottom on support.

    Attributes:
        name: The object that belongs there.
        target: Object, fixture or region to set it down on.
        shift: From the target's middle, metres, world frame; for places that several objects share.
    """

    name: str
    target: str
    shift: tuple[float, float] = (0.0, 0.0)

    def offset(self, state: SimulatorState) -> Point:
        """Way of the object to its place, metres, world frame."""
        target, carried = state.position(self.target), state.position(self.name)
        aim = target[:2] + self.shift
        return np.array([*(aim - carried[:2]), self._support_m(state, aim) - state.boxes(self.name).bottom_m()])

    def rests(self, state: SimulatorState, offset: Point, *, held: bool) -> bool:
        """At its place; a hand that has begun to let go does not grasp again for a small error."""
        if not held and state.holds(["on", self.name, self.target]):
            return True
        tolerance_m = _LAID_XY_M if held else _RESTING_XY_M
        height_m = _STUCK_ON_M if held and is_stuck(state, self.name) else _RESTING_Z_M
        return bool(np.linalg.norm(offset[:2]) < tolerance_m and abs(offset[2]) < height_m)

    def _support_m(self, state: SimulatorState, aim: np.ndarray) -> float:
        owner = state.owner(self.target)
        carrier = state.boxes(owner) if owner else state.surroundings(without=[self.name])
        support_m = carrier.top_m(aim[None], _SUPPORT_RADIUS_M)
        return support_m if np.isfinite(support_m) else 0.0  # nothing but the ground


@dataclass(frozen=True, kw_only=True, eq=False)
class Aside(FromAbove):
    """Out of the way, somewhere on the table.

    Attributes:
        name: The object that is in the way.
        place: Where its origin belongs, metres, world frame.
    """

    name: str
    place: Point

    def offset(self, state: SimulatorState) -> Point:
        """Way of the object to its place, metres, world frame."""
        under_m = state.surroundings(without=[self.name]).top_m(self.place[None, :2], _SUPPORT_RADIUS_M)
        lift_m = (under_m if np.isfinite(under_m) else 0.0) - state.boxes(self.name).bottom_m()
        return np.array([*(self.place - state.position(self.name))[:2], lift_m])

    def rests(self, state: SimulatorState, offset: Point, *, held: bool) -> bool:
        """At its place, more or less."""
        tolerance_m = _LAID_XY_M if held else _RESTING_XY_M
        return bool(np.linalg.norm(offset[:2]) < tolerance_m and abs(offset[2]) < _RESTING_Z_M)


@dataclass(frozen=True, kw_only=True, eq=False)
class OnSlope(FromAbove):
    """On a tilted region (a wine rack's board): the origin a little way up from the region's lower edge.

    Attributes:
        name: The object that belongs there.
        region: The tilted region.
    """

    name: str
    region: str

    def offset(self, state: SimulatorState) -> Point:
        """Way of the object to its place, metres, world frame."""
        uphill = state.region_axes(self.region)[:, 2]
        return state.position(self.region) + _UPHILL_M * uphill - state.position(self.name)

    def rests(self, state: SimulatorState, offset: Point, *, held: bool) -> bool:
        """As LIBERO has it: contact, and the origin in the region."""
        return state.holds(["on", self.name, self.region])


@dataclass(frozen=True, kw_only=True, eq=False)
class Inside(FromAbove):
    """In a container that is open above: let go as low as the fingers can open.

    Attributes:
        name: The object that belongs there.
        region: The container's region.
        corner: Where in it, in half sizes of the region from its middle; for containers that several objects share.
    """

    name: str
    region: str
    corner: tuple[float, float] = (0.0, 0.0)

    def offset(self, state: SimulatorState) -> Point:
        """Way of the object to where it is let go, metres, world frame."""
        carried, bottom_m = state.position(self.name), state.boxes(self.name).bottom_m()
        aim = free_place(state, self.name, self.region, corner=self.corner)
        hangs_m = float(state.grip_position()[2]) - bottom_m
        others = state.surroundings(without=[self.name, str(state.owner(self.region))])
        lying_m = others.top_m(aim[None], _LANDING_RADIUS_M) + _OVER_FLOOR_M
        lowest_m = max(floor_m(state, self.region), lying_m, self._fingers_m(state, aim - carried[:2]) - hangs_m)
        return np.array([*(aim - carried[:2]), lowest_m - bottom_m])

    def rests(self, state: SimulatorState, offset: Point, *, held: bool) -> bool:
        """Held: where the fingers may open. Else: inside, or about to fall in."""
        if held and is_stuck(state, self.name):
            return bool(np.linalg.norm(offset[:2]) < _RESTING_XY_M and abs(offset[2]) < _STUCK_IN_M)
        if held:
            return bool(np.linalg.norm(offset[:2]) < _LAID_XY_M and abs(offset[2]) < _RELEASE_M)
        over = np.linalg.norm(offset[:2]) < _RESTING_XY_M and -offset[2] < _FALLING_M
        return bool(over) or state.holds(["in", self.name, self.region])

    def turn(self, state: SimulatorState) -> Point:
        """An oblong object fits an oblong place one way only."""
        return turn_to_fit(state, self.name, self.region)

    def _fingers_m(self, state: SimulatorState, shift: np.ndarray) -> float:
        """Height of the grip site at which the opening fingers clear everything, after a shift in plan."""
        reach = np.concatenate([_FINGERS_M, -_FINGERS_M])
        points = state.grip_position()[:2] + shift + reach[:, None] * state.grip_rotation()[None, :2, 0]
        return state.surroundings(without=[self.name]).top_m(points, _FINGER_WIDTH_M) + TIP_M + _OVER_WALL_M


@dataclass(frozen=True, kw_only=True, eq=False)
class Enter:
    """Under a roof (a microwave, a shelf): in from the side, no further than it counts as inside.

    Attributes:
        name: The object that belongs there.
        region: The roofed region.
        outward: Horizontal unit vector out of it, world frame.
    """

    name: str
    region: str
    outward: Point

    def offset(self, state: SimulatorState) -> Point:
        """Way of the object to its place, metres, world frame."""
        centre, half = state.region_box(self.region)
        carried, bottom_m = state.position(self.name), state.boxes(self.name).bottom_m()
        aim = np.array([*free_place(state, self.name, self.region, ceiling_m=float(centre[2])), 0.0])
        depth_m = float(np.abs(self.outward) @ half) - _INSIDE_M
        aim += ((centre - aim) @ self.outward + depth_m) * self.outward
        return np.array([*(aim - carried)[:2], floor_m(state, self.region) + _OVER_FLOOR_M - bottom_m])

    def rests(self, state: SimulatorState, offset: Point, *, held: bool) -> bool:
        """As LIBERO has it, deep enough to stay."""
        inside = state.holds(["in", self.name, self.region])
        return inside and (not held or float(offset @ -self.outward) < _LAID_XY_M)

    def turn(self, state: SimulatorState) -> Point:
        """Nothing: any way round will do."""
        return np.zeros(3)

    def way(self, state: SimulatorState, offset: Point) -> Point:
        """Lined up outside first, then straight in."""
        beside = offset - (offset @ self.outward) * self.outward
        if np.linalg.norm(beside) > _LINED_UP_M:
            return fly_over(state, self.name, offset + _RUN_UP_M * self.outward, self.turn(state))
        # All of the object has to be lined up before its front goes in, not only its middle.
        off_line_m = _LINING_UP * max(0.0, float(np.linalg.norm(beside)) - _ON_LINE_M)
        return dock(offset, self.outward, clearance_m=_RUN_UP_M, arrived_m=_ARRIVED_M, misaligned_m=off_line_m)


def is_stuck(state: SimulatorState, name: str) -> bool:
    """Whether a held object hardly moves."""
    return state.speed_m_s(name) < _STUCK_M_S


def fly_over(state: SimulatorState, name: str, offset: Point, turn: Point) -> Point:
    """Over everything between a carried object and its place, then down on it."""
    carried, bottom_m = state.position(name), state.boxes(name).bottom_m()
    # What hangs on the object rises with it: no height would ever clear it.
    others = state.surroundings(without=[name, *state.movables_touching(name)])
    top_m = others.top_m(corridor(carried, carried + offset), _BODY_RADIUS_M)
    clearance_m = max(_HOVER_M, top_m + _HEADROOM_M - float(bottom_m + offset[2]))
    return glide(offset, clearance_m=clearance_m, arrived_m=_ARRIVED_M, misaligned_m=turning_m(turn))
