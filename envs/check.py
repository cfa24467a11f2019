"""The contract of an environment as a function that anybody can run on their own."""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from envs import rendering
from vst_robot.errors import InputError
from vst_robot.interfaces import Environment
from vst_robot.types import Observation, SampledStart, Start

_EPISODE = "check"


def check_environment(
    environment: Environment, *, action_dim: int = 7, start: Start | None = None, camera: str = "agentview"
) -> None:
    """Checks a freshly built environment against `vst_robot.interfaces.Environment`, in a few steps.

    Args:
        environment: Has not been reset yet.
        action_dim: Numbers per action.
        start: Where to begin; a sampled start by default.
        camera: A camera that it has.

    Raises:
        AssertionError: The contract is broken; the message says where.
    """
    start = start or SampledStart(seed=0)
    still = np.zeros(action_dim)
    _refuses(environment, still, "a step before the first reset")
    first = environment.reset(start, episode=_EPISODE)
    _check_first(environment, first, camera)
    start_hash, picture = environment.start_hash(), first.images[camera].copy()
    _check_start_hash(start_hash)
    _check_steps(environment, still, camera)
    _refuses(environment, np.zeros(action_dim + 1), "an action of the wrong length")
    _refuses(environment, np.full(action_dim, np.nan), "an action that is not a number")
    again = environment.reset(start, episode=_EPISODE)
    assert environment.start_hash() == start_hash, "the same start has another hash the second time"
    assert np.array_equal(again.proprio, first.proprio), "the same start gives another proprioception"
    assert np.array_equal(again.images[camera], picture), "the same start gives another first picture"
    if hasattr(environment, "raw"):
        check_orientation(environment, camera)


def check_orientation(environment: Any, camera: str) -> None:
    """Checks that pictures are upright and not mirrored: objects are where the camera projects them.

    The object farthest from the picture's axes is hidden for one picture; the place where the pictures
    differ is compared with the projection.
    """
    model, data = environment.raw.sim.model._model, environment.raw.sim.data._data
    before = environment.render(camera).astype(np.int16)
    view = _View(model, data, rendering.camera_id(model, camera), before.shape[0])
    u, v, geoms = max(_visible_objects(environment.raw, view), key=lambda found: view.eccentricity(*found[:2]))
    groups = model.geom_group[geoms].copy()
    try:
        model.geom_group[geoms] = 0  # the group of collision geoms, which are never shown
        changed = np.abs(environment.render(camera) - before).sum(axis=2) > 30
    finally:
        model.geom_group[geoms] = groups
    seen = np.argwhere(changed).mean(axis=0)[::-1]
    size = view.size_px
    candidates = {
        "true": (u, v),
        "mirrored": (size - u, v),
        "upside down": (u, size - v),
        "turned by 180 degrees": (size - u, size - v),
    }
    nearest = min(candidates, key=lambda name: float(np.hypot(*(seen - candidates[name]))))
    assert nearest == "true", f"pictures of camera '{camera}' are {nearest}"


@dataclass(frozen=True)
class _View:
    model: mujoco.MjModel
    data: mujoco.MjData
    camera: int
    size_px: int

    def project(self, point: np.ndarray) -> tuple[float, float]:
        """Pixel (u right, v down) of a world point in metres."""
        rotation = self.data.cam_xmat[self.camera].reshape(3, 3)
        # MuJoCo's cameras look along their negative z axis, with y up.
        x, y, z = rotation.T @ (point - self.data.cam_xpos[self.camera])
        focal_px = self.size_px / 2 / np.tan(np.deg2rad(self.model.cam_fovy[self.camera]) / 2)
        return self.size_px / 2 + focal_px * x / -z, self.size_px / 2 - focal_px * y / -z

    def eccentricity(self, u: float, v: float) -> float:
        """Distance in pixels from the nearer of the picture's two axes; negative outside of the picture."""
        from_axes = min(abs(u - self.size_px / 2), abs(v - self.size_px / 2))
        return from_axes if 0 <= u < self.size_px and 0 <= v < self.size_px else -1.0


def _visible_objects(raw: Any, view: _View) -> Iterator[tuple[float, float, np.ndarray]]:
    """Pixel of the middle of every object and fixture, and the geoms that show it."""
    for body in raw.obj_body_id.values():
        geoms = _geoms_below(view.model, body)
        shown = geoms[view.model.geom_group[geoms] == 1]
        if len(shown):
            yield (*view.project(view.data.geom_xpos[shown].mean(axis=0)), shown)


def _check_first(environment: Environment, first: Observation, camera: str) -> None:
    assert first.step == 0, f"the first observation has step {first.step}, not 0"
    assert first.episode == _EPISODE, "observations do not carry the episode's key"
    assert first.instruction == environment.task.instruction, "the instruction is not the task's"
    assert first.proprio.ndim == 1 and np.isfinite(first.proprio).all(), "proprio is not a vector of finite numbers"
    assert camera in first.images, f"there is no camera '{camera}'"
    picture = first.images[camera]
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3, "pictures are not uint8 RGB"


def _check_steps(environment: Environment, still: np.ndarray, camera: str) -> None:
    outcome = environment.step(still)
    assert outcome.observation.step == 1, "the step counter does not count"
    assert isinstance(outcome.success, bool), "success is not a bool"
    looked_at = outcome.observation.images[camera]
    kept = looked_at.copy()
    environment.step(still)
    assert np.array_equal(looked_at, kept), "a picture that was handed out changed with the next step"


def _check_start_hash(start_hash: str) -> None:
    hexadecimal = len(start_hash) == 16 and set(start_hash) <= set("0123456789abcdef")
    assert hexadecimal, f"the start hash '{start_hash}' is not 16 hexadecimal characters"


def _refuses(environment: Environment, action: np.ndarray, what: str) -> None:
    try:
        environment.step(action)
    except InputError:
        return
    raise AssertionError(f"{what} raises no InputError")


def _geoms_below(model: mujoco.MjModel, body: int) -> np.ndarray:
    below = {body}
    for child in range(body + 1, model.nbody):
        if model.body_parentid[child] in below:
            below.add(child)
    return np.flatnonzero(np.isin(model.geom_bodyid, list(below)))
