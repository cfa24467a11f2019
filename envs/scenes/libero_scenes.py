"""Scenes without end from LIBERO's tasks."""

import importlib.metadata
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float

from envs.assets import AssetPack, resolve
from envs.problems import asset_names
from envs.rendering import RenderMode
from envs.scenes import cameras
from envs.scenes.cameras import Accepts, Dome
from envs.scenes.frame_selection import Novelty, select
from envs.scenes.libero_stage import LiberoStage
from envs.scenes.visibility import MaskRule
from envs.suites import get_suite
from vst_robot.errors import DataError, InputError
from vst_robot.scenes import CAMERA_VIEWS, VIEWS, Frame, Scene, View
from vst_robot.types import Task

Array = np.ndarray

SCENES_PER_LAYOUT: dict[View, int] = {"single": 8, "multi": 4, "video": 2}
"""A layout costs as much as several pictures, so scenes share it in turn, each with looks and cameras of its own."""

GROUP_TASKS, GROUP_LAYOUTS = 10, 400
"""Tasks take turns layout by layout, ten at a time, so that no more simulators are open at once; every 400 layouts
come the next ten."""

NOVELTY = Novelty(min_move_m=0.1, min_turn_deg=12.0)
FOVY_DEG = (35.0, 65.0)
MULTI_FRAMES = 4
VIDEO_FRAMES, VIDEO_HZ, VIDEO_STOPS = 16, 2.0, 5


@dataclass(kw_only=True)
class LiberoScenes:
    """Captures of a suite's tasks: layouts of the tasks' own samplers, other lights, colours and cameras each time.

    Attributes:
        suite: Suite name or alias.
        seed: All scenes follow from it.
        image_size: Width and height of pictures, in pixels.
        assets: ``"primitive"``, ``"official"``, or a folder in LIBERO's layout.
        render: As in `envs.libero.LiberoFactory`.
        rule: When an object counts as seen.

    Raises:
        InputError: The suite does not exist, or a number is out of range.
    """

    suite: str = "libero_spatial"
    seed: int = 0
    image_size: int = 256
    assets: str = "primitive"
    render: Literal["auto", "fast", "libero"] = "auto"
    rule: MaskRule = field(default_factory=MaskRule)

    def __post_init__(self) -> None:
        self.name = get_suite(self.suite).name
        self.views: tuple[View, ...] = CAMERA_VIEWS
        if self.image_size < 16 or self.seed < 0:
            raise InputError("image_size must be at least 16 and the seed not negative")
        self._stages: OrderedDict[int, LiberoStage] = OrderedDict()

    def __getstate__(self) -> dict[str, object]:
        """Open simulators stay in their process."""
        return {**self.__dict__, "_stages": OrderedDict()}

    def count(self, view: View) -> int | None:
        """There is no end of them."""
        return None

    def scene(self, view: View, index: int) -> Scene:
        """The `index`-th scene of a view, the same however often and in whatever process it is asked for.

        Raises:
            DataError: The task's sampler found no layout, or no camera has a clear view.
            UnavailableError: LIBERO, OpenGL or the asset pack is missing.
        """
        layout, task = self._layout(view, index)
        stage = self._stage(task)
        layout_seed = self._number(0, VIEWS.index(view), layout)
        stage.arrange(layout_seed)
        rng = np.random.default_rng([self.seed, 1, VIEWS.index(view), index])
        stage.paint(rng)
        fovy_deg = rng.uniform(*FOVY_DEG)
        poses = _poses(rng, view, stage, fovy_deg)
        rate_hz = VIDEO_HZ if view == "video" else np.inf
        frames = tuple(stage.frame(T, fovy_deg, time_s=i / rate_hz) for i, T in enumerate(poses))
        return self._scene(f"{self.name}/{task.task_id}/{view}-{index}", view, frames, stage, task, layout_seed)

    def close(self) -> None:
        """Gives all simulators back; the source can be asked again afterwards."""
        while self._stages:
            self._stages.popitem()[1].close()

    def fingerprint(self) -> Mapping[str, str]:
        """All that scenes depend on, beside view and index."""
        pack = resolve(self.assets)
        packages = ("hf-libero", "robosuite", "mujoco", "numpy", "scipy")
        return {
            "source": "libero",
            "suite": self.name,
            "seed": str(self.seed),
            "image_size": str(self.image_size),
            "assets": pack.name,
            "assets_sha256": pack.sha256_of(asset_names(get_suite(self.suite).tasks())),
            "render": self._mode(pack),
            "visibility": str(self.rule),
            **{package: importlib.metadata.version(package) for package in packages},
        }

    def _scene(
        self, name: str, view: View, frames: tuple[Frame, ...], stage: LiberoStage, task: Task, layout_seed: int
    ) -> Scene:
        return Scene(
            name=name,
            source=self.name,
            view=view,
            frames=frames,
            objects=stage.scene_objects(frames, self.rule),
            gravity=np.array([0.0, 0.0, -1.0]),
            provenance={"task": task.name, "layout_seed": str(layout_seed), "assets": self.assets},
        )

    def _layout(self, view: View, index: int) -> tuple[int, Task]:
        """Number of the layout of a scene, and its task."""
        if index < 0:
            raise InputError(f"scenes are counted from 0, got {index}")
        tasks = get_suite(self.suite).tasks()
        layout = index // SCENES_PER_LAYOUT[view]
        groups = -(-len(tasks) // GROUP_TASKS)
        group = layout // GROUP_LAYOUTS % groups
        members = tasks[group * GROUP_TASKS : (group + 1) * GROUP_TASKS]
        return layout, members[layout % len(members)]

    def _stage(self, task: Task) -> LiberoStage:
        """The task's simulator; the one that was used longest ago makes room for it."""
        if task.task_id not in self._stages:
            while len(self._stages) >= GROUP_TASKS:
                self._stages.popitem(last=False)[1].close()
            pack = resolve(self.assets)
            size_px = (self.image_size, self.image_size)
            self._stages[task.task_id] = LiberoStage(task, pack, size_px=size_px, mode=self._mode(pack))
        self._stages.move_to_end(task.task_id)
        return self._stages[task.task_id]

    def _number(self, *key: int) -> int:
        """A seed for LIBERO's samplers, above 2³¹: far from those of demonstrations and evaluations."""
        state = np.random.SeedSequence([self.seed, *key]).generate_state(1)[0]
        return (1 << 31) | int(state) >> 1

    def _mode(self, pack: AssetPack) -> RenderMode:
        if self.render == "auto":
            return "fast" if pack.name == "primitive" else "libero"
        return self.render


def _poses(rng: np.random.Generator, view: View, stage: LiberoStage, fovy_deg: float) -> list[Float[Array, "4 4"]]:
    """Cameras of one scene, in the order of its frames."""
    if view == "video":
        near = stage.dome(fovy_deg, nearness=0.35)
        return cameras.path(rng, near, VIDEO_FRAMES, _accepts(stage, fovy_deg, 1), stops=VIDEO_STOPS)
    dome = stage.dome(fovy_deg)
    if view == "single":
        return [cameras.place(rng, dome, _accepts(stage, fovy_deg, 2))]
    return _several(rng, dome, _accepts(stage, fovy_deg, 1))


def _several(rng: np.random.Generator, dome: Dome, accepts: Accepts) -> list[Float[Array, "4 4"]]:
    stops = cameras.walk(rng, dome, 2 * MULTI_FRAMES, accepts)
    chosen = select(stops, NOVELTY, limit=MULTI_FRAMES)
    if len(chosen) < 2:
        raise DataError("the walk's cameras are too much alike")
    return [stops[i] for i in chosen]


def _accepts(stage: LiberoStage, fovy_deg: float, min_centres: int) -> Accepts:
    return lambda T_world_camera: stage.accepts(T_world_camera, fovy_deg, min_centres=min_centres)
