"""A typed view of what an expert may know: the simulator's poses, contacts and collision geometry."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Float

from envs.experts.boxes import OrientedBoxes, Point
from envs.experts.joints import Joint, JointGoal, joint_goal

Rotation3 = Float[np.ndarray, "3 3"]

_GRIP_SITE = "gripper0_grip_site"
_FINGER_JOINTS = ("gripper0_finger_joint1", "gripper0_finger_joint2")
_FINGERS = (
    ("gripper0_finger1_collision", "gripper0_finger1_pad_collision"),
    ("gripper0_finger2_collision", "gripper0_finger2_pad_collision"),
)
_SLIDE = 2  # mujoco.mjtJoint.mjJNT_SLIDE
_ROBOT_BODIES = ("robot0_base", "mount0_base")


class SimulatorState:
    """Reads one LIBERO task's simulator. All positions in metres, world frame.

    Indices are looked up once, values are read afresh at every call, so the view is valid for one episode.

    Args:
        raw: LIBERO's BDDL domain object (`LiberoEnvironment.raw`).
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._model = raw.sim.model
        self._data = raw.sim.data
        self._grip_site = self._model.site_name2id(_GRIP_SITE)
        self._base = self._model.body_name2id("robot0_base")
        self._fingers = [[self._model.geom_name2id(geom) for geom in finger] for finger in _FINGERS]
        self._finger_qpos = [self._model.get_joint_qpos_addr(name) for name in _FINGER_JOINTS]
        self._finger_qvel = [self._model.get_joint_qvel_addr(name) for name in _FINGER_JOINTS]
        self._geom_root = self._model.body_rootid[self._model.geom_bodyid]
        solid = (self._model.geom_contype != 0) | (self._model.geom_conaffinity != 0)
        self._solid_geoms = np.flatnonzero(solid)
        self._robot_roots = [self._model.body_name2id(n) for n in _ROBOT_BODIES if n in self._model.body_names]

    def goal(self) -> list[list[str]]:
        """The conjuncts of the BDDL goal, e.g. `[["on", "akita_black_bowl_1", "plate_1"]]`."""
        return self._raw.parsed_problem["goal_state"]

    def holds(self, conjunct: list[str]) -> bool:
        """Whether LIBERO counts a conjunct as true; contacts are those of the last simulator step."""
        return bool(self._raw._eval_predicate(conjunct))

    def grip_position(self) -> Point:
        """Where the finger pads meet."""
        return self._data.site_xpos[self._grip_site].copy()

    def grip_rotation(self) -> Rotation3:
        """Axes of the grip site: fingers, palm, approach (columns)."""
        return self._data.site_xmat[self._grip_site].reshape(3, 3).copy()

    def outward(self, point: Point) -> Point:
        """Horizontal unit vector from the robot's base towards a point, world frame."""
        away = (point - self._data.body_xpos[self._base]) * [1.0, 1.0, 0.0]
        return away / max(1e-9, float(np.linalg.norm(away)))

    def reach_m(self, point: Point) -> float:
        """Horizontal distance of a point from the robot's base."""
        return float(np.linalg.norm((point - self._data.body_xpos[self._base])[:2]))

    def finger_opening_m(self) -> float:
        """Distance between the finger joints, 0 closed to about 0.08 open."""
        left, right = (float(self._data.qpos[address]) for address in self._finger_qpos)
        return left - right

    def finger_speed_m_s(self) -> float:
        """How fast the finger joints part (positive) or close (negative)."""
        left, right = (float(self._data.qvel[address]) for address in self._finger_qvel)
        return left - right

    def position(self, name: str) -> Point:
        """Origin of an object, a fixture, or a region of one."""
        if self.is_region(name):
            return self._data.site_xpos[self._model.site_name2id(name)].copy()
        return self._data.body_xpos[self._root(name)].copy()

    def rotation(self, name: str) -> Rotation3:
        """Axes of an object or a fixture in the world (columns)."""
        return self._data.body_xmat[self._root(name)].reshape(3, 3).copy()

    def speed_m_s(self, name: str) -> float:
        """How fast the origin of a movable object moves."""
        first, _ = self._model.get_joint_qvel_addr(self._joint_names(name)[0])
        return float(np.linalg.norm(self._data.qvel[first : first + 3]))

    def is_region(self, name: str) -> bool:
        """Whether `name` is a region (a site) rather than an object or a fixture."""
        return name in self._raw.object_sites_dict

    def owner(self, name: str) -> str | None:
        """The object or fixture that a region belongs to, None for a zone of the table; an object is its own."""
        return self._raw.object_sites_dict[name].parent_name if self.is_region(name) else name

    def region_box(self, name: str) -> tuple[Point, Point]:
        """Centre and half sizes of a region's world-aligned box, metres, as LIBERO's `in` computes it."""
        site = self._model.site_name2id(name)
        rotation = self._data.site_xmat[site].reshape(3, 3)
        return self._data.site_xpos[site].copy(), np.abs(rotation @ self._model.site_size[site])

    def region_axes(self, name: str) -> Rotation3:
        """Axes of a region in the world (columns)."""
        return self._data.site_xmat[self._model.site_name2id(name)].reshape(3, 3).copy()

    def region_size(self, name: str) -> Point:
        """Half sizes of a region along its own axes, metres."""
        return self._model.site_size[self._model.site_name2id(name)].copy()

    def has_joint(self, name: str) -> bool:
        """Whether a region or a fixture can be moved by its joint."""
        return bool(self._joint_names(name))

    def joint(self, name: str) -> Joint:
        """The joint of a drawer's region, or of a door's or a knob's fixture."""
        index = self._joint(name)
        return Joint(
            position=float(self._data.qpos[self._model.jnt_qposadr[index]]),
            slides=int(self._model.jnt_type[index]) == _SLIDE,
            anchor=self._data.xanchor[index].copy(),
            axis=self._data.xaxis[index].copy(),
        )

    def joint_goal(self, predicate: str, name: str) -> JointGoal:
        """Where `open`, `close`, `turnon` or `turnoff` wants that joint."""
        owner = self._raw.get_object(self.owner(name))
        ranges = owner.object_properties["articulation"].items()
        return joint_goal({key[len("default_") : -len("_ranges")]: span for key, span in ranges}, predicate)

    def part_pose(self, name: str) -> tuple[Point, Rotation3]:
        """Origin and axes (columns) of the part that the joint moves, world frame."""
        body = self._model.jnt_bodyid[self._joint(name)]
        return self._data.body_xpos[body].copy(), self._data.body_xmat[body].reshape(3, 3).copy()

    def part(self, name: str) -> OrientedBoxes:
        """Collision geometry of the part that the joint moves."""
        body = self._model.jnt_bodyid[self._joint(name)]
        solid = self._solid_geoms
        return self._boxes(solid[self._model.geom_bodyid[solid] == body])

    def boxes(self, name: str) -> OrientedBoxes:
        """Collision geometry of one object or fixture."""
        solid = self._solid_geoms
        return self._boxes(solid[self._geom_root[solid] == self._root(name)])

    def surroundings(self, without: Iterable[str]) -> OrientedBoxes:
        """Collision geometry of everything but the robot, the ground and the objects in `without`."""
        ignored = [0, *self._robot_roots, *(self._root(name) for name in without)]
        solid = self._solid_geoms
        return self._boxes(solid[~np.isin(self._geom_root[solid], ignored)])

    def pinched(self, name: str) -> bool:
        """Whether both fingers touch the object, or the fixture that a region belongs to."""
        others = self._touching_geoms(self.owner(name) or name)
        return all(np.isin(finger, others).any() for finger in self._fingers)

    def movables_touching(self, name: str) -> list[str]:
        """Names of the movable objects that touch an object."""
        roots = self._geom_root[self._touching_geoms(name)]
        return [other for other in self._raw.objects_dict if other != name and self._root(other) in roots]

    def _joint_names(self, name: str) -> list[str]:
        thing = self._raw.object_sites_dict[name] if self.is_region(name) else self._raw.get_object(name)
        return list(thing.joints or [])

    def _joint(self, name: str) -> int:
        return self._model.joint_name2id(self._joint_names(name)[0])

    def _root(self, name: str) -> int:
        return self._raw.obj_body_id[name]

    def _touching_geoms(self, name: str) -> np.ndarray:
        pairs = self._data.contact.geom[: self._data.ncon]
        own = self._geom_root[pairs] == self._root(name)
        return pairs[:, ::-1][own]

    def _boxes(self, geoms: np.ndarray) -> OrientedBoxes:
        rotations = self._data.geom_xmat[geoms].reshape(-1, 3, 3)
        local = self._model.geom_aabb[geoms]  # centre and half sizes in the geom's own frame, of any shape
        centres = self._data.geom_xpos[geoms] + np.einsum("nij,nj->ni", rotations, local[:, :3])
        return OrientedBoxes(centres=centres, R_world_box=rotations, half_sizes=local[:, 3:])
