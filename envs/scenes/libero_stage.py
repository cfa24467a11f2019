"""One LIBERO task, opened for captures: its things, its looks, and a renderer."""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

from collections.abc import Iterator
from typing import Any

import mujoco
import numpy as np
from jaxtyping import Float

from envs.assets import AssetPack
from envs.libero import SETTLE_ACTION
from envs.rendering import RenderMode
from envs.scenes import labels, object_boxes, rearrangement
from envs.scenes.appearance import Appearance
from envs.scenes.cameras import Dome
from envs.scenes.capture import FrameRenderer
from envs.scenes.object_boxes import SolidObject
from envs.scenes.visibility import MaskRule, is_seen
from envs.simulation import Simulation
from vst_robot.errors import DataError, UnavailableError
from vst_robot.geometry import camera, pose
from vst_robot.scenes import Frame, SceneObject
from vst_robot.types import Task

Array = np.ndarray

MIN_SETTLE_STEPS, MAX_SETTLE_STEPS = 10, 60
"""Of 0.05 s: evaluations wait for ten, which leaves things that are dropped from high above in the air."""

_REARRANGED_SHARE = 0.75
"""Of layouts; the rest are as the task's sampler made them."""

_AT_REST = 0.02
"""Metres or radians per second."""

_GROUPS = np.array([0, 1, 0, 0, 0, 0], dtype=np.uint8)
_FREE_M, _FREE_AHEAD_M = 0.08, 0.2
"""No camera has anything nearer than this around it, or straight ahead."""


class LiberoStage:
    """One task's simulator with everything that a capture needs. What it shows never depends on what it showed before.

    Args:
        task: The task.
        pack: Asset pack.
        size_px: Width and height of pictures.
        mode: Quality of pictures.
    """

    def __init__(self, task: Task, pack: AssetPack, *, size_px: tuple[int, int], mode: RenderMode) -> None:
        self._simulation = Simulation(task, pack)
        self._renderer = FrameRenderer(size_px, mode=mode)
        self._size_px = size_px
        model, data = self._simulation.model, self._simulation.data
        found = [
            object_boxes.solid_object(model, data, body, labels.label_of(name), front=labels.FRONTS.get(name))
            for name, body in _things(self._simulation.raw)
        ]
        self.objects: tuple[SolidObject, ...] = tuple(found)
        self._instances = object_boxes.instance_of_geom(model, self.objects)
        self._tables = {i for i, thing in enumerate(found) if model.body(thing.root).name in labels.TABLES}
        self._appearance = Appearance(model, _backdrop(model, self._tables_geoms()))
        self._layout: int | None = None

    def arrange(self, layout_seed: int) -> None:
        """Puts things where the task's own sampler wants them, mostly moves them on, and lets them settle.

        Free for the layout that is there.

        Raises:
            DataError: The sampler finds no free spot, or the simulation became unstable.
        """
        if layout_seed == self._layout:
            return
        self._layout = None
        simulation = self._simulation
        try:
            simulation.start_from_layout(simulation.draw(layout_seed))
            simulation.set_state(simulation.sim_state())
            self._settle()
            rng = np.random.default_rng(layout_seed)
            if rng.random() < _REARRANGED_SHARE:
                self._rearrange(rng)
        except UnavailableError as error:
            raise DataError(str(error)) from error
        self._layout = layout_seed

    def paint(self, rng: np.random.Generator) -> None:
        """New lights, colours and patterns."""
        model, data = self._simulation.model, self._simulation.data
        self._appearance.draw(rng, self._centres().mean(axis=0))
        mujoco.mj_camlight(model, data)
        self._renderer.load(model)
        for texture in self._appearance.textures:
            self._renderer.upload_texture(texture)

    def dome(self, fovy_deg: float, *, nearness: float = 0.55) -> Dome:
        """Around all things but tables.

        Args:
            fovy_deg: Field of view of the cameras on it.
            nearness: Smallest distance as a share of that from which all things fit into the picture; the largest is
                2.2 times as far.
        """
        centres = self._centres()
        middle = (centres.min(axis=0) + centres.max(axis=0)) / 2
        reach = max(0.25, float(np.linalg.norm(centres - middle, axis=1).max()) + 0.1)
        whole = reach / np.tan(np.radians(fovy_deg) / 2)
        spread = np.append(np.ptp(centres[:, :2], axis=0) / 2 * 0.7, 0.03)
        return Dome(
            middle_m=middle,
            spread_m=spread,
            distance_m=(max(0.35, nearness * whole), min(2.2 * nearness * whole, 2.2)),
            targets_m=centres,
        )

    def accepts(self, T_world_camera: Float[Array, "4 4"], fovy_deg: float, *, min_centres: int) -> bool:
        """Whether a camera is clear of everything, inside the room, and has enough things' centres in view."""
        return self._centres_in_view(T_world_camera, fovy_deg) >= min_centres and self._is_clear(T_world_camera)

    def frame(self, T_world_camera: Float[Array, "4 4"], fovy_deg: float, *, time_s: float = 0.0) -> Frame:
        """What a camera sees now."""
        self._renderer.load(self._simulation.model)
        seen = self._renderer.capture(self._simulation.data, T_world_camera, fovy_deg)
        return seen.frame(self._instances, time_s=time_s)

    def scene_objects(self, frames: tuple[Frame, ...], rule: MaskRule) -> tuple[SceneObject, ...]:
        """All things as they stand now, and in which frames they are seen."""
        return tuple(self._scene_object(i, thing, frames, rule) for i, thing in enumerate(self.objects))

    def close(self) -> None:
        """Gives simulator and renderer back."""
        self._renderer.close()
        self._simulation.close()

    def _scene_object(self, index: int, thing: SolidObject, frames: tuple[Frame, ...], rule: MaskRule) -> SceneObject:
        data = self._simulation.data
        outline = thing.outline_m(data)
        return SceneObject(
            label=thing.label,
            instance=index + 1,
            box=thing.box(data),
            visible=tuple(is_seen(frame, index + 1, outline, rule) for frame in frames),
            has_front=thing.heading(data) is not None,
            surface_m=thing.surface_m(data),
        )

    def _rearrange(self, rng: np.random.Generator) -> None:
        simulation = self._simulation
        things = [thing for i, thing in enumerate(self.objects) if i not in self._tables]
        rearrangement.rearrange(rng, simulation.model, simulation.data, things)
        simulation.set_state(simulation.sim_state())
        self._settle()

    def _settle(self) -> None:
        for step in range(MAX_SETTLE_STEPS):
            if step >= MIN_SETTLE_STEPS and np.abs(self._simulation.data.qvel).max() < _AT_REST:
                return
            self._simulation.step(np.array(SETTLE_ACTION))

    def _centres(self) -> Float[Array, "n 3"]:
        """Middles of all things that are not tables."""
        data = self._simulation.data
        return np.array([thing.box(data).centre_m for i, thing in enumerate(self.objects) if i not in self._tables])

    def _tables_geoms(self) -> set[int]:
        return {geom for i in self._tables for geom in self.objects[i].geoms}

    def _centres_in_view(self, T_world_camera: Array, fovy_deg: float) -> int:
        width, height = self._size_px
        K = camera.intrinsics_from_fovy(fovy_deg, width_px=width, height_px=height)
        pixels = camera.project(pose.apply(pose.inverse(T_world_camera), self._centres()), K)
        return int(((pixels > 0) & (pixels < (width, height))).all(axis=1).sum())

    def _is_clear(self, T_world_camera: Array) -> bool:
        eye, R = T_world_camera[:3, 3], T_world_camera[:3, :3]
        if any(0 <= self._ray(eye, R @ way)[0] < _FREE_M for way in _AROUND):
            return False
        if 0 <= self._ray(eye, R[:, 2])[0] < _FREE_AHEAD_M:
            return False
        inwards = self._centres().mean(axis=0) - eye
        share, geom = self._ray(eye, inwards)
        return not (0 <= share < 0.95 and int(self._simulation.model.geom_bodyid[geom]) == 0)  # a wall in between

    def _ray(self, eye: Array, way: Array) -> tuple[float, int]:
        """Distance to what a ray hits, in lengths of `way`, -1 for nothing; and the geom."""
        hit = np.zeros(1, dtype=np.int32)
        model, data = self._simulation.model, self._simulation.data
        return mujoco.mj_ray(model, data, eye, np.ascontiguousarray(way), _GROUPS, 1, -1, hit), int(hit[0])


_AROUND = np.concatenate(
    [np.eye(3), -np.eye(3), np.stack(np.meshgrid([-1, 1], [-1, 1], [-1, 1]), axis=-1).reshape(8, 3) / np.sqrt(3)]
)


def _things(raw: Any) -> Iterator[tuple[str, int]]:
    """Class and root body of all objects, fixtures and tables."""
    problem, model = raw.parsed_problem, raw.sim.model
    for classes, built in ((problem["objects"], raw.objects_dict), (problem["fixtures"], raw.fixtures_dict)):
        for name, members in classes.items():
            for member in members:
                if member in built:  # tables have no body of their own name
                    yield name, model.body_name2id(built[member].root_body)
    for table in labels.TABLES:
        body = mujoco.mj_name2id(model._model, mujoco.mjtObj.mjOBJ_BODY, table)
        if body >= 0:
            yield table, body


def _backdrop(model: mujoco.MjModel, tables: set[int]) -> list[int]:
    """Floors, walls and tables."""
    rooms = [b for b in range(model.nbody) if b == 0 or model.body(b).name == "floor"]
    return object_boxes.drawn_geoms(model, rooms) + sorted(tables)
