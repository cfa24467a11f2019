"""Which of several things is nearer to the camera's plane, asked only where every way of reading a depth agrees."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine.observed import Observed, window_depths_m
from spatial_pretrain.data_engine.samples import Margin, Rejected
from spatial_pretrain.data_engine.thresholds import Depth
from vst_robot.scenes import Frame

Array = np.ndarray

_TRIES = 32


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """A depth, with how uncertain it is.

    Attributes:
        near_m: Smallest depth that it could be.
        far_m: Largest.
        p_camera_m: The place that it was read at, in the camera's frame.
    """

    near_m: float
    far_m: float
    p_camera_m: Float[Array, "3"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Depths:
    """Something with a depth: a point has one reading, an object also that of its box's middle.

    Attributes:
        readings: All must agree about an order.
        point_px: Where it is in the picture.
        depth_m: Median depth at the point.
        observed: The object; None for a bare point.
        span_m: Smallest and largest depth of the object's box, if it is meant as a whole.
    """

    readings: tuple[Reading, ...]
    point_px: tuple[float, float]
    depth_m: float
    observed: Observed | None = None
    span_m: tuple[float, float] | None = None


def of_point(point_px: tuple[float, float], frame: Frame) -> Depths | None:
    """The depth of a pixel and its surroundings; None where any of it is unknown."""
    assert frame.depth_m is not None
    depths_m = window_depths_m(frame.depth_m, point_px)
    if len(depths_m) < 9:  # three by three at the least, in a corner
        return None
    span = (float(depths_m.min()), float(depths_m.max()))
    depth_m = float(np.median(depths_m))
    return Depths(readings=(_reading(point_px, depth_m, span, frame),), point_px=point_px, depth_m=depth_m)


def of_object(seen: Observed, frame: Frame, *, whole: bool) -> Depths:
    """The depth of an object at its point, and if it is meant as a `whole`, also at its box's middle."""
    at_point = _reading(seen.point_px, seen.depth_m, seen.depth_range_m, frame)
    centre = seen.box_camera.centre_m
    at_middle = Reading(near_m=float(centre[2]), far_m=float(centre[2]), p_camera_m=centre)
    depths = seen.box_camera.corners_m[:, 2]
    return Depths(
        readings=(at_point, at_middle) if whole else (at_point,),
        point_px=seen.point_px,
        depth_m=seen.depth_m,
        observed=seen,
        span_m=(float(depths.min()), float(depths.max())) if whole else None,
    )


def lead_m(nearer: Depths, farther: Depths) -> float:
    """By how much one is nearer than another, in the reading that says it least; negative if one does not."""
    pairs = zip(nearer.readings, farther.readings, strict=True)
    return min(second.near_m - first.far_m for first, second in pairs)


def apart(first: Depths, second: Depths, rule: Depth) -> bool:
    """Whether it is clear which of two is nearer; it is not if one reaches past the other's middle."""
    nearer, farther = sorted((first, second), key=lambda each: each.depth_m)
    if _reaches_past(first, second) or _reaches_past(second, first):
        return False
    return lead_m(nearer, farther) >= max(rule.min_gap_m, rule.min_gap_share * nearer.depth_m)


def margin(ordered: Sequence[Depths]) -> Margin:
    """How far the things may move, or the camera turn, until an order from near to far changes."""
    leads, turns = [], []
    for nearer, farther in combinations(ordered, 2):
        leads.append(lead_m(nearer, farther))
        for first, second in zip(nearer.readings, farther.readings, strict=True):
            # Both are equally deep when the camera's plane is turned until it holds the line between them.
            between = float(np.linalg.norm(second.p_camera_m - first.p_camera_m))
            turns.append(np.arcsin(min((second.near_m - first.far_m) / between, 1.0)))
    return Margin(metres=min(leads) / 2, degrees=float(np.degrees(min(turns))))


def chosen(
    candidates: Sequence[Depths],
    rng: np.random.Generator,
    rule: Depth,
    *,
    number: int | None = None,
    fits: Callable[[Sequence[Depths]], bool] = lambda _: True,
) -> tuple[Depths, ...]:
    """Some candidates with a clear order, from near to far.

    Args:
        candidates: To choose from.
        rng: Draws them.
        rule: How clear the order must be.
        number: How many; drawn between the rule's least and largest if None.
        fits: What else must hold for the chosen together.

    Raises:
        Rejected: There are not so many.
    """
    wanted = int(rng.integers(rule.min_objects, rule.max_objects + 1)) if number is None else number
    taken: list[Depths] = []
    for index in rng.permutation(len(candidates))[:_TRIES]:
        candidate = candidates[int(index)]
        if all(apart(candidate, other, rule) for other in taken) and fits([*taken, candidate]):
            taken.append(candidate)
        if len(taken) == wanted:
            break
    if len(taken) < (rule.min_objects if number is None else number):
        raise Rejected("too few things whose depths differ clearly")
    return tuple(sorted(taken, key=lambda each: each.depth_m))


def _reaches_past(first: Depths, second: Depths) -> bool:
    """Whether the second's middle is as deep as some part of the first's box, as that of a bowl on a table."""
    if first.span_m is None or second.span_m is None:
        return False
    return first.span_m[0] < sum(second.span_m) / 2 < first.span_m[1]


def _reading(point_px: tuple[float, float], depth_m: float, span_m: tuple[float, float], frame: Frame) -> Reading:
    ray = np.linalg.inv(frame.K) @ [*point_px, 1.0]
    return Reading(near_m=span_m[0], far_m=span_m[1], p_camera_m=ray * depth_m)
