"""Where LIBERO puts fixtures and objects, as a pure function of (task, seed, number of resets).

LIBERO draws placements from numpy's global generator at every reset, and the published protocol seeds it
once per
task: the scene of episode `i` depends on the `i` resets before it. Here those resets are only drawn, not
    performed.
"""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from envs import libero_api
from vst_robot.errors import UnavailableError

ATTEMPTS = 100
"""Tries per reset. LIBERO's own wrapper retries for ever, after any exception whatsoever."""

ARM_JOINTS = 7


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One drawn scene.

    Attributes:
        joints: Object or region name → joint position in metres or radians (an opened drawer, a stove's
            button).
        poses: Object or fixture name → position in metres and quaternion as the samplers give them (wxyz),
            world frame.
    """

    joints: tuple[tuple[str, float], ...]
    poses: dict[str, tuple[float, ...]]


@contextlib.contextmanager
def numpy_generator(seed: int) -> Iterator[None]:
    """Seeds numpy's global generator for LIBERO's samplers and gives the user's state back afterwards."""
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)


class PlacementDraws:
    """Replays the draws of LIBERO's sequential protocol for one task.

    The generator's state before each reset is remembered for the last seed used, so that walking through the
    episodes in order draws every reset once. The result never depends on it.

    Args:
        raw: LIBERO's domain object. Its simulator must be in the compiled state whenever `draw` is called,
            because samplers read where a fixture's sites are *before* the fixture is placed.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        # LIBERO appends to this list at every model load and never clears it: the k-th load draws it k times.
        self._openers = list(raw.object_property_initializers)
        self._seed: int | None = None
        self._before: list[tuple[Any, int]] = []

    def draw(self, seed: int, index: int) -> Layout:
        """The layout of reset number `index` (from 0) after `env.seed(seed)`.

        Raises:
            UnavailableError: No free spot was found in `ATTEMPTS` tries.
        """
        with numpy_generator(seed):
            if seed != self._seed:
                # The constructor was load number 1; its own draws came before the seed.
                self._seed, self._before = seed, [(np.random.get_state(), 1)]
            start = min(index, len(self._before) - 1)
            state, loads = self._before[start]
            np.random.set_state(state)
            for _ in range(start, index):
                _, loads = self._reset(loads)
                if len(self._before) <= index:
                    self._before.append((np.random.get_state(), loads))
            return self._reset(loads)[0]

    def _reset(self, loads: int) -> tuple[Layout, int]:
        for _ in range(ATTEMPTS):
            loads += 1
            try:
                return self._attempt(loads), loads
            except libero_api.load().randomization_error:
                continue
        raise UnavailableError(
            f"LIBERO found no free spot for the objects of {self._raw.bddl_file_name} in {ATTEMPTS} tries: "
            "choose another seed"
        )

    def _attempt(self, loads: int) -> Layout:
        raw, sim = self._raw, self._raw.sim
        # robosuite draws joint noise although LIBERO sets its magnitude to zero.
        np.random.randn(ARM_JOINTS)
        joints = tuple((opener.name, float(opener.sample())) for opener in self._openers * loads)
        for name, position in joints:
            raw.object_states_dict[name].set_joint(position)
        mujoco.mj_kinematics(sim.model._model, sim.data._data)
        placed = raw.placement_initializer.sample()
        placed = raw.conditional_placement_initializer.sample(sim, placed)
        placed = raw.conditional_placement_on_objects_initializer.sample(placed)
        return Layout(joints=joints[-len(self._openers) :] if joints else (), poses=_poses(placed))


def _poses(placed: dict[str, Any]) -> dict[str, tuple[float, ...]]:
    return {
        body.name: tuple(float(x) for x in (*position, *quaternion)) for position, quaternion, body in placed.values()
    }
