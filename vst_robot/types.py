"""The nouns that the packages exchange. Frames, units and picture orientation: `docs/conventions.md`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float, UInt8

Picture = UInt8[np.ndarray, "h w 3"]
Orientation = Literal["true", "mirrored"]
"""`true`: upright, left is left. `mirrored`: the published LIBERO sets' pictures (left and right exchanged)."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task of a suite.

    Attributes:
        suite: Canonical suite name, e.g. ``"libero_spatial"``.
        task_id: Index in the suite's published order.
        name: LIBERO's file stem of the task.
        instruction: The words that the policy is given.
    """

    suite: str
    task_id: int
    name: str
    instruction: str


@dataclass(frozen=True, kw_only=True)
class BenchmarkStart:
    """The `index`-th published evaluation state, fixtures placed as by the `index`-th reset after `seed`."""

    index: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class SampledStart:
    """A fresh layout drawn by the task's own sampler under `seed`."""

    seed: int


@dataclass(frozen=True, kw_only=True, eq=False)
class RecordedStart:
    """A layout that was recorded before.

    Attributes:
        sim_state: Flattened simulator state `[time, qpos, qvel]` before the settle steps.
        fixture_poses: Fixture name → position in metres and quaternion wxyz (7 numbers), in the world frame.
    """

    sim_state: Float[np.ndarray, " n"]
    fixture_poses: Mapping[str, tuple[float, ...]]


Start = BenchmarkStart | SampledStart | RecordedStart


@dataclass(frozen=True, kw_only=True, eq=False)
class Observation:
    """What a learned policy may see at one control step; never object state.

    Attributes:
        images: Camera name → true (upright, never mirrored) RGB picture, uint8 (h, w, 3). May render lazily.
        instruction: The task in words.
        proprio: LIBERO's 8 numbers: end-effector position in metres in the robot-base-aligned world frame (3),
            its orientation as axis-angle in radians (3), gripper finger positions in metres (2).
        episode: Unique key of the running episode; a policy keeps its state under it.
        step: Control steps since the settle phase.
    """

    images: Mapping[str, Picture]
    instruction: str
    proprio: Float[np.ndarray, " p"]
    episode: str
    step: int


@dataclass(frozen=True, kw_only=True, eq=False)
class ActionChunk:
    """Actions to execute one after the other before the policy is asked again.

    Attributes:
        actions: float64 (horizon, action dimensions), in robot units. LIBERO: six relative end-effector commands
            in [-1, 1] and the gripper, -1 open, +1 closed.
    """

    actions: Float[np.ndarray, "horizon d"]


@dataclass(frozen=True, kw_only=True, eq=False)
class TimeStep:
    """The outcome of one control step."""

    observation: Observation
    success: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Episode:
    """One demonstration: T observations, each with the action that followed it.

    Attributes:
        task: Which task it solves.
        seed: Seed of its start state; training seeds and evaluation states never overlap.
        actions: float64 (T, d), what the simulator executed.
        actions_clean: float64 (T, d), the expert's label (equal to `actions` where no noise was injected).
        images: Camera name → uint8 (T, h, w, 3), in `orientation`.
        proprio: float64 (T, 8), as in `Observation.proprio`.
        joint_positions: float64 (T, 7), arm joints in radians.
        sim_states: float64 (T, n), simulator state before each action.
        start: Where the episode began, enough to replay it.
        success: Whether the last step reached the goal.
        orientation: Orientation of `images`.
        provenance: Flat facts about its making: asset pack and hash, noise, versions.
    """

    task: Task
    seed: int
    actions: Float[np.ndarray, "t d"]
    actions_clean: Float[np.ndarray, "t d"]
    images: Mapping[str, UInt8[np.ndarray, "t h w 3"]]
    proprio: Float[np.ndarray, "t p"]
    joint_positions: Float[np.ndarray, "t j"]
    sim_states: Float[np.ndarray, "t n"]
    start: RecordedStart
    success: bool
    orientation: Orientation = "true"
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of steps T."""
        return len(self.actions)
