from dataclasses import replace

import numpy as np
import pytest

from envs.collect import SUCCESS_STEPS, CollectJob, collect
from envs.experts import scripted
from envs.fake import PointReachExpertFactory, PointReachFactory
from envs.libero import LiberoFactory
from envs.replay import replay, world_differences
from policies.demos.hdf5 import DemonstrationFile, write_episodes
from vst_robot.errors import InputError
from vst_robot.types import Task

FACTORY = PointReachFactory(image_size=16)


@pytest.fixture(scope="module")
def episodes():
    jobs = [CollectJob(task_id=task_id, demo=demo) for task_id in (0, 3) for demo in range(2)]
    return list(collect(FACTORY, PointReachExpertFactory(), jobs, cameras=(), max_steps=60))


def test_recorded_actions_reach_the_goal_again(episodes):
    outcomes = {outcome.seed: outcome for outcome in replay(FACTORY, episodes, num_workers=2)}
    assert len(outcomes) == 4
    for episode in episodes:
        outcome = outcomes[episode.seed]
        assert outcome.success and outcome.recorded_steps == len(episode)
        assert outcome.steps <= len(episode) + 1 - SUCCESS_STEPS
        assert outcome.state_error == 0 and outcome.task_id == episode.task.task_id


def test_transformed_actions_are_what_is_executed(episodes):
    outcomes = list(replay(FACTORY, episodes, transform=np.zeros_like))
    assert not any(outcome.success for outcome in outcomes)
    assert all(outcome.state_error > 0 for outcome in outcomes)
    rounded = replay(FACTORY, episodes, transform=lambda actions: np.round(actions * 128) / 128)
    assert all(0 < outcome.state_error < 0.1 for outcome in rounded)


def test_a_transform_may_change_the_number_of_steps(episodes):
    shorter = list(replay(FACTORY, episodes, transform=lambda actions: actions[:1]))
    assert {(outcome.steps, outcome.state_error) for outcome in shorter} == {(1, None)}
    nothing = list(replay(FACTORY, episodes[:1], transform=lambda actions: actions[:0]))
    assert (nothing[0].steps, nothing[0].success) == (0, False)


def test_another_world_is_told(episodes):
    assert world_differences(FACTORY, episodes[0]) == []
    assert world_differences(PointReachFactory(image_size=32), episodes[0]) == [
        "environment.image_size: recorded with 16, now 32"
    ]
    assert world_differences(FACTORY, replace(episodes[0], provenance={})) == []


def test_libero_replays_bit_for_bit(tmp_path):
    """Collected in one process, written, read, replayed in another: the same physics to the last bit."""
    factory = LiberoFactory(suite="libero_spatial", assets="primitive", image_size=32)
    jobs = [CollectJob(task_id=2, demo=0)]
    (written,) = collect(factory, scripted(), jobs, cameras=("agentview",), max_steps=220)
    write_episodes(tmp_path / "x_demo.hdf5", [written])
    episode = DemonstrationFile.open(tmp_path / "x_demo.hdf5").episode(0)
    np.testing.assert_array_equal(episode.images["agentview"], written.images["agentview"])
    (outcome,) = replay(factory, [episode])
    assert world_differences(factory, episode) == []
    assert outcome.success and outcome.steps <= len(written) + 1 - SUCCESS_STEPS and outcome.state_error == 0


def test_tasks_are_found_by_name(episodes):
    foreign = replace(episodes[0], task=replace(episodes[0].task, task_id=-1))
    assert next(replay(FACTORY, [foreign])).success
    unknown = replace(episodes[0], task=Task(suite="x", task_id=0, name="reach_rde", instruction=""))
    with pytest.raises(InputError, match="unknown task 'reach_rde': did you mean 'reach_red'"):
        list(replay(FACTORY, [unknown]))
    with pytest.raises(InputError, match="num_workers"):
        list(replay(FACTORY, episodes, num_workers=0))
