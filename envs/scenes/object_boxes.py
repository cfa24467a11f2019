"""Oriented boxes, tight around what is drawn of an object, in VST's axes."""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

from collections.abc import Iterable
from dataclasses import dataclass, field

import mujoco
import numpy as np
from jaxtyping import Float, Int32

from envs.scenes import surfaces
from vst_robot.errors import DataError
from vst_robot.geometry.box3d import Box3D

Array = np.ndarray

DOWN = np.array([0.0, 0.0, -1.0])

_UPRIGHT = 0.9
"""Cosine: a front that points more than 26° up or down is no heading."""

_TURNS = np.linspace(0, 2 * np.pi, 8, endpoint=False)
_WAYS = np.array([[np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)] for e in (0.05, 0.7, 1.5) for a in _TURNS])
"""Directions from which things are looked at: hardly ever from below."""

_OFF_M = 1e-3
"""Round geoms are sampled on a polygon that lies so little inside them that rays from here start outside."""

_FIRST_GROUP = np.array([0, 1, 0, 0, 0, 0], dtype=np.uint8)

_SAVING = 0.05
"""Footprints that shrink by less are not worth leaving the body's own axes for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SolidObject:
    """One thing of a model: some geoms that move with a root body, or on hinges and slides below it.

    Attributes:
        label: Its category in plain words.
        root: Body whose axes the box takes.
        geoms: The geoms that are drawn.
        front: Unit direction of its front in the root body's frame, if it has one.
        turn_rad: Turn about the root's z axis that makes the box tight, for things without a front.
        hulls: Per geom, corner points in the geom's frame; their convex hull is the geom's.
        samples: Per geom, points of the outer surface in the geom's frame.
    """

    label: str
    root: int
    geoms: tuple[int, ...]
    front: tuple[float, float, float] | None = None
    turn_rad: float = 0.0
    hulls: tuple[Array, ...] = field(repr=False)
    samples: tuple[Array, ...] = field(repr=False)

    def outline_m(self, data: mujoco.MjData) -> Float[Array, "n 3"]:
        """Points in the world frame whose convex hull is the object's."""
        return _moved(data, self.geoms, self.hulls)

    def surface_m(self, data: mujoco.MjData) -> Float[Array, "n 3"]:
        """Points of its surface that can be seen from the side or above, evenly by area, world frame.

        They are the same points of the object every time.
        """
        return _moved(data, self.geoms, self.samples)

    def heading(self, data: mujoco.MjData) -> Float[Array, "3"] | None:
        """Direction of its front in the world frame; None if it has none, or lies on it."""
        if self.front is None:
            return None
        front = data.xmat[self.root].reshape(3, 3) @ np.array(self.front)
        return front if abs(front[2]) < np.sqrt(1 - _UPRIGHT**2) else None

    def box(self, data: mujoco.MjData) -> Box3D:
        """The box in the world frame: y along the body axis that points down most, x to the front if it has one."""
        R = data.xmat[self.root].reshape(3, 3)
        if self.front is None:
            R = R @ _about_z(self.turn_rad)
        return enclosing_box(self.outline_m(data), box_axes(R, self.heading(data)))


def solid_object(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    root: int,
    label: str,
    *,
    front: tuple[float, float, float] | None = None,
    groups: tuple[int, ...] = (1,),
    samples: int = 256,
) -> SolidObject:
    """The object that a body and all bodies below it make up, doors and drawers included.

    Args:
        model: The model.
        data: A state with doors and drawers shut and its kinematics up to date: surface points are those seen then.
        root: Its uppermost body.
        label: Plain words.
        front: Direction of its front in the root's frame.
        groups: Geom groups that are drawn.
        samples: Points to take from its surface.

    Raises:
        DataError: Nothing of it is drawn.
    """
    geoms = drawn_geoms(model, bodies_below(model, root), groups)
    faces = [surfaces.triangles(model, geom) for geom in geoms]
    kept = [(geom, face) for geom, face in zip(geoms, faces, strict=True) if len(face)]
    if not kept:
        raise DataError(f"nothing is drawn of the object '{label}': it cannot have a box")
    drawn = tuple(geom for geom, _ in kept)
    return SolidObject(
        label=label,
        root=root,
        geoms=drawn,
        front=front,
        turn_rad=0.0 if front else _tight_turn(data, root, kept),
        hulls=tuple(surfaces.convex_points(face.reshape(-1, 3)) for _, face in kept),
        samples=_outside(model, data, drawn, _dense_samples([face for _, face in kept], 3 * samples), samples),
    )


def bodies_below(model: mujoco.MjModel, root: int) -> list[int]:
    """A body and all that hang on it, in the model's order."""
    found = {root}
    for body in range(root + 1, model.nbody):  # parents come first
        if int(model.body_parentid[body]) in found:
            found.add(body)
    return sorted(found)


def drawn_geoms(model: mujoco.MjModel, bodies: Iterable[int], groups: tuple[int, ...] = (1,)) -> list[int]:
    """Geoms of some bodies that are drawn: in one of the groups, and not fully transparent."""
    of_body = np.isin(model.geom_bodyid, list(bodies)) & np.isin(model.geom_group, groups)
    material = model.geom_matid
    alpha = np.where(material >= 0, model.mat_rgba[material, 3] if model.nmat else 1.0, model.geom_rgba[:, 3])
    return np.flatnonzero(of_body & (alpha > 0)).tolist()


def instance_of_geom(model: mujoco.MjModel, things: Iterable[SolidObject]) -> Int32[Array, " geoms"]:
    """Instance number of each geom: 1 for those of the first object, and so on; 0 for what belongs to none."""
    table = np.zeros(model.ngeom, dtype=np.int32)
    for number, thing in enumerate(things, start=1):
        table[list(thing.geoms)] = number
    return table


def box_axes(R_world_body: Float[Array, "3 3"], heading: Float[Array, "3"] | None) -> Float[Array, "3 3"]:
    """Rotation of a VST box: x along the heading, or a body axis that is nearly level; y down; z completes them."""
    candidates = np.concatenate([R_world_body.T, -R_world_body.T])
    down = candidates[np.argmax(candidates @ DOWN)]
    if heading is None:
        # The first of the body's own axes that is left; its sign means nothing.
        heading = next(axis for axis in candidates if abs(axis @ down) < 0.5)
    forward = heading - down * (heading @ down)
    forward /= np.linalg.norm(forward)
    return np.stack([forward, down, np.cross(forward, down)], axis=1)


def enclosing_box(points_m: Float[Array, "n 3"], R: Float[Array, "3 3"]) -> Box3D:
    """The smallest box with these axes around points."""
    local = points_m @ R
    low, high = local.min(axis=0), local.max(axis=0)
    return Box3D(centre_m=R @ ((low + high) / 2), size_m=high - low, R_frame_box=R)


def _moved(data: mujoco.MjData, geoms: tuple[int, ...], points: tuple[Array, ...]) -> Array:
    pairs = zip(geoms, points, strict=True)
    return np.concatenate(
        [local @ data.geom_xmat[geom].reshape(3, 3).T + data.geom_xpos[geom] for geom, local in pairs]
    )


def _dense_samples(faces: list[Array], total: int) -> tuple[Array, ...]:
    """Points on each geom in its own frame, by area; at least one each."""
    rng = np.random.default_rng(0)
    area = np.array([np.linalg.norm(np.cross(f[:, 1] - f[:, 0], f[:, 2] - f[:, 0]), axis=1).sum() for f in faces])
    counts = np.maximum(1, np.rint(total * area / area.sum())).astype(int)
    return tuple(surfaces.sample(rng, face, int(count)) for face, count in zip(faces, counts, strict=True))


def _outside(
    model: mujoco.MjModel, data: mujoco.MjData, geoms: tuple[int, ...], dense: tuple[Array, ...], count: int
) -> tuple[Array, ...]:
    """At most `count` of the points: those that can be seen with all doors and drawers as they are in this state."""
    points = _moved(data, geoms, dense)
    groups = model.geom_group.copy()
    try:
        model.geom_group[:] = 0
        model.geom_group[list(geoms)] = 1  # rays meet nothing but the object itself
        seen = [i for i, point in enumerate(points) if _is_open(model, data, point)]
    finally:
        model.geom_group[:] = groups
    chosen = np.zeros(len(points), dtype=bool)
    chosen[np.random.default_rng(1).permutation(seen)[:count].astype(int)] = True
    ends = np.cumsum([len(some) for some in dense])[:-1]
    return tuple(some[mask] for some, mask in zip(dense, np.split(chosen, ends), strict=True))


def _is_open(model: mujoco.MjModel, data: mujoco.MjData, point: Array) -> bool:
    """Whether any ray from a point to the side or upwards is free."""
    hit = np.zeros(1, dtype=np.int32)
    return any(mujoco.mj_ray(model, data, point + _OFF_M * way, way, _FIRST_GROUP, 1, -1, hit) < 0 for way in _WAYS)


def _tight_turn(data: mujoco.MjData, root: int, kept: list[tuple[int, Array]]) -> float:
    """Turn about z of the smallest footprint in the root's frame; 0 where that saves next to nothing."""
    points = _moved(data, tuple(geom for geom, _ in kept), tuple(face.reshape(-1, 3) for _, face in kept))
    flat = ((points - data.xpos[root]) @ data.xmat[root].reshape(3, 3))[:, :2]
    turns = np.radians(np.arange(0.0, 90.0, 1.0))
    spans = [np.ptp(flat @ _about_z(turn)[:2, :2], axis=0).prod() for turn in turns]
    best = int(np.argmin(spans))
    return float(turns[best]) if spans[best] < (1 - _SAVING) * spans[0] else 0.0


def _about_z(turn_rad: float) -> Array:
    cosine, sine = np.cos(turn_rad), np.sin(turn_rad)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
