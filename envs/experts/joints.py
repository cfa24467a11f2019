"""What turns or slides on a fixture: a drawer, a door, a knob, and when LIBERO counts it as open or closed."""

from dataclasses import dataclass

import numpy as np

from envs.experts.boxes import Point

_OPPOSITES = {"open": "close", "close": "open", "turnon": "turnoff", "turnoff": "turnon"}
_MARGIN = 0.3
_MOST_MARGIN = 0.15


@dataclass(frozen=True, kw_only=True, eq=False)
class Joint:
    """One joint of a fixture now.

    Attributes:
        position: Metres if it slides, radians if it turns.
        slides: Whether it slides.
        anchor: A point on its axis, metres, world frame.
        axis: Unit vector, world frame.
    """

    position: float
    slides: bool
    anchor: Point
    axis: Point

    def velocity(self, point: Point) -> Point:
        """How a point (metres, world frame) of the moved part moves per unit of joint speed."""
        return self.axis if self.slides else np.cross(self.axis, point - self.anchor)


@dataclass(frozen=True, kw_only=True)
class JointGoal:
    """Where a predicate wants a joint to be.

    Attributes:
        edge: Position from which on the predicate holds, in the joint's unit.
        sign: +1 if it holds above the edge, -1 if below.
        margin: How far beyond the edge a hand should bring it.
        far: The other end of LIBERO's range.
    """

    edge: float
    sign: int
    margin: float
    far: float

    def holds(self, position: float) -> bool:
        """Whether the predicate holds."""
        return self.sign * (position - self.edge) > 0

    def reached(self, position: float) -> bool:
        """Whether the joint is safely there."""
        return self.sign * (position - self.edge) > self.margin


def joint_goal(ranges: dict[str, tuple[float, float]], predicate: str) -> JointGoal:
    """Reads LIBERO's range for a predicate: it holds from the edge that faces the opposite predicate's range.

    Args:
        ranges: Predicate → lowest and highest position, for `predicate` and its opposite.
        predicate: `open`, `close`, `turnon` or `turnoff`.
    """
    low, high = ranges[predicate]
    other = ranges[_OPPOSITES[predicate]]
    sign = 1 if low + high > other[0] + other[1] else -1
    edge, far = (low, high) if sign > 0 else (high, low)
    return JointGoal(edge=edge, sign=sign, margin=min(_MARGIN * (high - low), _MOST_MARGIN), far=far)
