"""Recorded actions, executed anew: in the fake world, and where LIBERO's fixtures stand."""

from dataclasses import dataclass

import numpy as np
import pytest

from envs.collect import SUCCESS_STEPS, CollectJob, collect
from envs.fake import PointReachEnvironment, PointReachExpertFactory, PointReachFactory
from envs.regenerate import (
    FAILED,
    NO_SEED,
    NOTHING_LEFT,
    UNSTABLE,
    RegenerationJob,
    _fixtures,
    body_poses,
    regenerate,
)
from vst_robot.errors import DataError, InputError, UnavailableError

FACTORY = PointReachFactory(image_size=16)


@pytest.fixture(scope="module")
def episodes():
    jobs = [CollectJob(task_id=task_id, demo=demo) for task_id in (0, 3) for demo in range(2)]
    return list(collect(FACTORY, PointReachExpertFactory(), jobs, cameras=("agentview",), max_steps=60))


def job_of(episode, demo=0, **changes):
    values = {"actions": episode.actions, "sim_state": episode.sim_states[0], "task_id": episode.task.task_id}
    return RegenerationJob(**(values | {"demo": demo} | changes))


def run(jobs, factory=FACTORY, **options):
    options = {"cameras": ("agentview",), "num_workers": 1} | options
    return {(job.task_id, job.demo): result for job, result in regenerate(factory, jobs, **options)}


def test_a_demonstration_comes_back_with_new_pictures(episodes):
    jobs = [job_of(episode, demo) for demo, episode in enumerate(episodes)]
    results = run(jobs, PointReachFactory(image_size=32), num_workers=2)
    for demo, episode in enumerate(episodes):
        again = results[episode.task.task_id, demo].episode
        assert again.images["agentview"].shape == (len(episode), 32, 32, 3)
        for name in ("actions", "sim_states", "proprio"):
            np.testing.assert_array_equal(getattr(again, name), getattr(episode, name))
        np.testing.assert_array_equal(again.actions_clean, again.actions)
        assert again.success and again.seed == NO_SEED and again.task == episode.task
        assert again.provenance["demo"] == str(demo) and again.provenance["environment.image_size"] == "32"
        assert again.provenance["start_hash"] == episode.provenance["start_hash"]


def test_only_the_last_action_counts(episodes):
    away = np.vstack([episodes[0].actions, -episodes[0].actions[:3]])
    results = run([job_of(episodes[0], 0, actions=away), job_of(episodes[0], 1, actions=away[:1])])
    assert [(result.episode, result.reason) for result in results.values()] == [(None, FAILED)] * 2
    reached_early = np.vstack([episodes[0].actions, np.zeros((4, 7))])
    (result,) = run([job_of(episodes[0], actions=reached_early)]).values()
    assert len(result.episode) == len(reached_early), "what follows the goal is executed and stored too"


def test_one_step_at_the_goal_is_enough(episodes):
    """The ten steps that end a collected demonstration are no rule for recorded ones."""
    actions = episodes[0].actions[: len(episodes[0]) + 1 - SUCCESS_STEPS]
    (result,) = run([job_of(episodes[0], actions=actions)]).values()
    assert result.episode is not None and result.episode.success
    (result,) = run([job_of(episodes[0], actions=actions[:-1])]).values()
    assert result.reason == FAILED


def test_nothing_but_noops(episodes):
    (result,) = run([job_of(episodes[0], actions=np.zeros((0, 7)))]).values()
    assert (result.episode, result.reason) == (None, NOTHING_LEFT)


@dataclass(frozen=True, kw_only=True)
class ShakyFactory(PointReachFactory):
    """Task 3 becomes unstable."""

    def __call__(self, task_id):
        return ShakyEnvironment(self.tasks()[task_id], self.image_size)


class ShakyEnvironment(PointReachEnvironment):
    def step(self, action):
        if self.task.task_id == 3:
            raise UnavailableError("the simulation became unstable")
        return super().step(action)


def test_an_unstable_simulation_loses_one_demonstration(episodes):
    results = run([job_of(episodes[0]), job_of(episodes[2])], ShakyFactory())
    assert results[0, 0].episode is not None and results[3, 0].reason == UNSTABLE


def test_what_cannot_be(episodes):
    with pytest.raises(InputError, match="task 0, demonstration 5: unknown camera 'wrist'"):
        run([job_of(episodes[0], 5)], cameras=("wrist",))
    with pytest.raises(InputError, match="num_workers"):
        run([], num_workers=0)


def test_body_poses_of_a_model():
    xml = '<mujoco><worldbody><body name="stove_main" pos="1 2 3"><body name="knob"/></body></worldbody></mujoco>'
    assert body_poses(xml) == {"stove_main": (1, 2, 3, 1, 0, 0, 0)}
    assert body_poses("<mujoco/>") == {}
    for bad in ("", "<mujoco>", '<mujoco><worldbody><body pos="a b c"/></worldbody></mujoco>'):
        with pytest.raises(DataError, match="no MuJoCo XML"):
            body_poses(bad)


class Kitchen:
    """What `_fixtures` asks of an environment."""

    def fixture_bodies(self):
        return {"flat_stove_1": "flat_stove_1_main"}

    def drawn_fixtures(self, seed, index):
        return {"flat_stove_1": (seed, index)}


def test_fixtures_are_drawn_by_number_or_taken_from_the_model(episodes):
    assert _fixtures(Kitchen(), job_of(episodes[0], 7)) == {"flat_stove_1": (0, 7)}
    poses = {"flat_stove_1_main": (1.0,) * 7, "table": (0.0,) * 7}
    assert _fixtures(Kitchen(), job_of(episodes[0], body_poses=poses)) == {"flat_stove_1": (1.0,) * 7}
    with pytest.raises(DataError, match="no body 'flat_stove_1_main': regenerate with drawn fixtures"):
        _fixtures(Kitchen(), job_of(episodes[0], body_poses={}))


def test_fixtures_stand_where_openvla_or_the_record_puts_them():
    from envs.libero import LiberoFactory
    from vst_robot.types import BenchmarkStart

    environment = LiberoFactory(suite="libero_spatial", assets="primitive", image_size=32)(0)
    environment.reset(BenchmarkStart(index=2, seed=0), episode="x")
    start, xml = environment.recorded_start(), environment.raw.sim.model.get_xml()
    assert start.fixture_poses and environment.drawn_fixtures(0, 2) == start.fixture_poses
    assert environment.drawn_fixtures(0, 1) != start.fixture_poses
    bodies, poses = environment.fixture_bodies(), body_poses(xml)
    for name, pose in start.fixture_poses.items():
        np.testing.assert_allclose(poses[bodies[name]], pose, atol=1e-5)
    environment.close()
