"""Recorded actions executed anew, pictures included: the simulator's half of OpenVLA's way to clean demonstrations.

Source: `moojink/openvla`, experiments/robot/libero/regenerate_libero_dataset.py. For every demonstration the simulator
is put into its first recorded state, lets the objects settle, executes the actions that remain without no-ops, and
notes what is seen before each. The demonstration is kept if the *last* action leaves the goal reached.

What that program does between the lines is kept: it resets LIBERO before every demonstration, which draws new places
for cabinets and stoves (states do not hold them), as the k-th reset after seed 0 for demonstration k.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float

from envs.collect import RecordableEnvironment, Track, world_facts
from envs.task_jobs import run_jobs
from vst_robot.errors import DataError, InputError, UnavailableError
from vst_robot.interfaces import EnvironmentFactory
from vst_robot.types import Episode, RecordedStart

FIXTURE_SEED = 0
NO_SEED = -1
"""Human demonstrations have no start seed."""
FAILED = "failed in replay"
NOTHING_LEFT = "nothing but no-op steps"
UNSTABLE = "the simulation became unstable"

Pose = tuple[float, ...]


class RegenerableEnvironment(RecordableEnvironment, Protocol):
    """What regenerating needs of a simulator beyond collecting."""

    def drawn_fixtures(self, seed: int, index: int) -> Mapping[str, Pose]:
        """Fixture name → pose after reset number `index` under `seed`."""
        ...

    def fixture_bodies(self) -> Mapping[str, str]:
        """Fixture name → name of its body in the model."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class RegenerationJob:
    """One demonstration to execute.

    Attributes:
        task_id: Task in the suite.
        demo: Its number in the file.
        actions: (t, d), without no-ops.
        sim_state: First recorded simulator state.
        body_poses: Where the recorded model has its bodies (`body_poses`); None draws fixtures as OpenVLA does.
    """

    task_id: int
    demo: int
    actions: Float[np.ndarray, "t d"]
    sim_state: Float[np.ndarray, " n"]
    body_poses: Mapping[str, Pose] | None = None

    def __str__(self) -> str:
        return f"task {self.task_id}, demonstration {self.demo}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Regenerated:
    """What became of a demonstration.

    Attributes:
        episode: The new demonstration; None if it is dropped.
        reason: Why it is dropped, or empty.
    """

    episode: Episode | None
    reason: str = ""


def regenerate(
    factory: EnvironmentFactory, jobs: Sequence[RegenerationJob], *, cameras: Sequence[str], num_workers: int = 1
) -> Iterator[tuple[RegenerationJob, Regenerated]]:
    """Yields every job with what became of it, as they finish.

    The result depends on suite, assets and job alone, not on workers or order.

    Args:
        factory: Builds environments with the methods of `RegenerableEnvironment`, settle steps included.
        jobs: What to execute.
        cameras: Cameras to record.
        num_workers: Worker processes, at least 1.

    Raises:
        InputError: A state belongs to another task or simulator, or a camera does not exist.
        UnavailableError: A worker died; the demonstration is named.
    """
    if num_workers < 1:
        raise InputError(f"num_workers must be at least 1, got {num_workers}")
    work = _Regenerator(cameras=tuple(cameras), facts=world_facts(factory))
    return run_jobs(factory, work, jobs, num_workers=num_workers)


def body_poses(model_xml: str) -> dict[str, Pose]:
    """Body name → position in metres and quaternion wxyz (world frame) of the bodies that hang in a model's world.

    Args:
        model_xml: MuJoCo XML as the simulator saved it when the episode began, fixtures in their places.

    Raises:
        DataError: It is no MuJoCo XML.
    """
    try:
        world = ET.fromstring(model_xml).find("worldbody")
        found = {} if world is None else {body.get("name", ""): _pose_of(body) for body in world.findall("body")}
    except (ET.ParseError, ValueError) as error:
        raise DataError(f"the recorded model is no MuJoCo XML ({error}); regenerate with drawn fixtures") from error
    return found


def _pose_of(body: ET.Element) -> Pose:
    position, quat_wxyz = body.get("pos", "0 0 0"), body.get("quat", "1 0 0 0")
    return tuple(float(number) for number in (*position.split(), *quat_wxyz.split()))


@dataclass(frozen=True, kw_only=True)
class _Regenerator:
    """What runs in a worker."""

    cameras: tuple[str, ...]
    facts: Mapping[str, str]

    def __call__(self, environment: RegenerableEnvironment, job: RegenerationJob) -> Regenerated:
        if not len(job.actions):
            return Regenerated(episode=None, reason=NOTHING_LEFT)
        track = self._execute(environment, job)
        if track is None:
            return Regenerated(episode=None, reason=UNSTABLE)
        if not track.success:
            return Regenerated(episode=None, reason=FAILED)
        own = {"demo": str(job.demo), "start_hash": track.start_hash}
        return Regenerated(episode=track.episode(environment.task, NO_SEED, {**self.facts, **own}))

    def _execute(self, environment: RegenerableEnvironment, job: RegenerationJob) -> Track | None:
        """All actions, also those after the goal was reached; None if the simulation breaks down."""
        start = RecordedStart(sim_state=job.sim_state, fixture_poses=_fixtures(environment, job))
        observation = environment.reset(start, episode=f"regenerate-{job.task_id}-{job.demo}")
        track = Track(start=environment.recorded_start(), start_hash=environment.start_hash())
        for action in job.actions:
            track.observe(environment, observation, self.cameras)
            try:
                step = environment.step(action)
            except UnavailableError:
                return None
            track.act(action, action, step)
            observation = step.observation
        return track


def _fixtures(environment: RegenerableEnvironment, job: RegenerationJob) -> Mapping[str, Pose]:
    if job.body_poses is None:
        return environment.drawn_fixtures(FIXTURE_SEED, job.demo)
    bodies = environment.fixture_bodies()
    missing = sorted(set(bodies.values()) - set(job.body_poses))
    if missing:
        raise DataError(f"the recorded model has no body '{missing[0]}': regenerate with drawn fixtures")
    return {name: job.body_poses[body] for name, body in bodies.items()}
