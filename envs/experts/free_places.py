"""Where in a container there is room for an object, and from which side it gets there."""

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from envs.experts.boxes import OrientedBoxes, Point
from envs.experts.hands import descent_room_m
from envs.experts.pick import Pick
from envs.experts.state import SimulatorState

Plane = Float[np.ndarray, " 2"]
Planes = Float[np.ndarray, "n 2"]

_GRID = np.stack(np.meshgrid(*[np.linspace(-1, 1, 9)] * 2), axis=-1).reshape(-1, 2)
_EDGE_M = 0.006
"""Distance of the object's origin from the edge of the region."""
_FLOOR_M = 0.006
"""What rises less than this above the floor is floor."""
_ENOUGH_M = 0.006
"""More room than this is no better."""
_OWN_WALL_WEIGHT = 0.5
"""A drawer's own walls give way; what stands around it does not."""
_CENTRE_WEIGHT = 0.02
_OBLONG = 1.6
_ASIDE_ROOM_M = 0.004
_WAYS_ASIDE = [
    length * np.array([np.cos(angle), np.sin(angle), 0.0])
    for length in (0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2)
    for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False)
]


def free_place(
    state: SimulatorState, name: str, region: str, *, corner: tuple[float, float] = (0, 0), ceiling_m: float = np.inf
) -> Plane:
    """Where the object's origin belongs in plan: nearest to where it should be among the places with most room.

    Args:
        state: The simulator.
        name: The object; whatever it touches on its way counts, so it comes from above unless there is a ceiling.
        region: The region of a container.
        corner: Where it should be, in half sizes of the region from its middle.
        ceiling_m: Height from which on other things do not matter.
    """
    centre, half = state.region_box(region)
    places = centre[:2] + _GRID * np.maximum(half[:2] - _EDGE_M, 0.0)
    footprint = _footprint(state, name)
    low_m, high_m = floor_m(state, region) + _FLOOR_M, ceiling_m
    drawer = state.part(region) if state.has_joint(region) else None
    others = state.surroundings(without=[name])
    room_m = _room_m(places, footprint, others, low_m, high_m, except_for=drawer)
    score = np.minimum(room_m, _ENOUGH_M)
    if drawer is not None:
        score += _OWN_WALL_WEIGHT * np.minimum(_room_m(places, footprint, drawer, low_m, high_m), _ENOUGH_M)
    score -= _CENTRE_WEIGHT * np.linalg.norm(places - centre[:2] - half[:2] * corner, axis=1)
    return places[int(np.argmax(score))]


def floor_m(state: SimulatorState, region: str) -> float:
    """Height of what the owner of a region has below the region's middle."""
    centre, half = state.region_box(region)
    low, high = state.boxes(str(state.owner(region))).bounds()
    under = (low < centre).all(axis=1) & (high > centre)[:, :2].all(axis=1) & (high[:, 2] < centre[2])
    return float(high[under, 2].max(initial=centre[2] - half[2]))


def entrance(state: SimulatorState, region: str) -> Point | None:
    """Horizontal unit vector, world frame, out of a region that has a roof; None if it is open above."""
    centre, half = state.region_box(region)
    others = state.surroundings(without=[])
    if state.has_joint(region) or _ray_m(others, centre, half, np.array([0.0, 0.0, 1.0])) > 0:
        return None
    sides = [np.array([x, y, 0.0]) for x, y in ((0, -1), (-1, 0), (0, 1), (1, 0))]
    rooms_m = [_ray_m(others, centre, half, side) for side in sides]
    return sides[int(np.argmax(rooms_m))]


def turn_to_fit(state: SimulatorState, name: str, region: str) -> Point:
    """Axis-angle in radians, world frame, that brings the long side of an oblong object along that of a region."""
    rotation = state.rotation(name)
    low, high = state.boxes(name).seen_from(state.position(name), rotation).bounds()
    own = _long_side(rotation, high.max(axis=0) - low.min(axis=0))
    place = _long_side(state.region_axes(region), state.region_size(region))
    if own is None or place is None:
        return np.zeros(3)
    turn = np.arctan2(place[1], place[0]) - np.arctan2(own[1], own[0])
    return np.array([0.0, 0.0, (turn + np.pi / 2) % np.pi - np.pi / 2])


def _long_side(axes: Float[np.ndarray, "3 3"], size: Point) -> Point | None:
    """The longer of the two level axes (columns), if it is much longer."""
    level = np.argsort(np.abs(axes[2]))[:2]
    longer, shorter = sorted(level, key=lambda axis: -size[axis])
    return axes[:, longer] if size[longer] > _OBLONG * size[shorter] else None


def way_aside(state: SimulatorState, pick: Pick, opened: OrientedBoxes) -> Point | None:
    """Shortest way, metres, world frame, that an object has to go so that a drawer to be opened leaves room to pick it.

    Args:
        state: The simulator.
        pick: How the object is held.
        opened: The drawer where it will be.

    Returns:
        None if there is room already, or nowhere.
    """
    hand = Rotation.from_rotvec(pick.rotation(state)).as_matrix() @ state.grip_rotation()
    grip = state.grip_position() + pick.offset(state)
    others = state.surroundings(without=[pick.name])
    if descent_room_m(grip, hand, opened) > _ASIDE_ROOM_M:
        return None
    ways = [way for way in _WAYS_ASIDE if descent_room_m(grip + way, hand, opened.joined(others)) > _ASIDE_ROOM_M]
    if not ways:
        return None
    places = state.position(pick.name)[:2] + np.array(ways)[:, :2]
    bottom_m = state.boxes(pick.name).bottom_m() + _FLOOR_M
    free_m = _room_m(places, _footprint(state, pick.name), others.joined(opened), bottom_m, np.inf)
    return next((way for way, room in zip(ways, free_m, strict=True) if room > _ASIDE_ROOM_M), None)


def _ray_m(others: OrientedBoxes, centre: Point, half: Point, side: Point) -> float:
    """Least room along the way out of the region's middle to one side."""
    length_m = float(np.abs(side) @ half) + 0.1
    points = centre + np.arange(0.0, length_m, 0.02)[:, None] * side
    return float(others.clearance_m(points).min())


def _footprint(state: SimulatorState, name: str) -> tuple[Plane, Plane]:
    """Lower and upper corner in plan of what the object covers, from its origin."""
    low, high = state.boxes(name).bounds()
    origin = state.position(name)
    return (low.min(axis=0) - origin)[:2], (high.max(axis=0) - origin)[:2]


def _room_m(
    places: Planes,
    footprint: tuple[Plane, Plane],
    others: OrientedBoxes,
    low_m: float,
    high_m: float,
    except_for: OrientedBoxes | None = None,
) -> Float[np.ndarray, " n"]:
    """Least distance in plan between the footprint at each place and the boxes between two heights; negative inside."""
    low, high = others.bounds()
    counts = (high[:, 2] > low_m) & (low[:, 2] < high_m)
    if except_for is not None:
        own = (others.centres[:, None] == except_for.centres[None]).all(axis=-1).any(axis=1)
        counts &= ~own
    below = low[None, counts, :2] - (places + footprint[1])[:, None]
    above = (places + footprint[0])[:, None] - high[None, counts, :2]
    return np.maximum(below, above).max(axis=-1).min(axis=1, initial=1.0)
