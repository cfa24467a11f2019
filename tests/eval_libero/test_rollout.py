import itertools

import numpy as np
import pytest

from envs.fake import ACTION_DIM, PointReachExpertFactory, PointReachFactory
from eval_libero.plan import build_plan
from eval_libero.rollout import Rollout
from vst_robot.errors import InputError

STILL = np.zeros((100, ACTION_DIM))


def planned(max_steps=60):
    return build_plan("fake", PointReachFactory().tasks(), episodes_per_task=1, max_steps=max_steps).episodes[0]


@pytest.fixture
def environment():
    return PointReachFactory()(0)


def test_stops_at_the_last_step(environment):
    rollout = Rollout(environment, planned(max_steps=7))
    rollout.execute(STILL[:5])
    assert not rollout.finished
    rollout.execute(STILL)
    assert rollout.finished
    outcome = rollout.outcome()
    assert (outcome.status, outcome.steps) == ("failure", 7)
    assert outcome.start_hash == environment.start_hash() != ""


def test_stops_at_success_and_drops_the_rest(environment):
    rollout = Rollout(environment, planned())
    expert, asked = PointReachExpertFactory()(environment), itertools.count()
    rollout.execute(expert.act(environment) for _ in zip(range(60), asked, strict=False))
    assert rollout.outcome().status == "success"
    assert environment.success()
    assert rollout.steps == next(asked) < 20, "no action is asked for in vain"


def test_success_at_the_very_last_step_counts(environment):
    needed = Rollout(environment, planned())
    expert = PointReachExpertFactory()(environment)
    needed.execute(expert.act(environment) for _ in range(60))
    exactly = Rollout(environment, planned(max_steps=needed.steps))
    exactly.execute(expert.act(environment) for _ in range(60))
    assert exactly.outcome().status == "success"


def test_a_question_holds_the_wanted_cameras_only(environment):
    rollout = Rollout(environment, planned())
    assert rollout.question(()).images == {}
    question = rollout.question(("agentview",))
    assert type(question.images) is dict
    assert question.images["agentview"].shape == (64, 64, 3)
    assert question.episode == "point_reach/0/0"
    with pytest.raises(InputError, match="unknown camera 'wrist': known: agentview"):
        rollout.question(("wrist",))


def test_time_is_taken_from_the_clock(environment):
    ticks = itertools.count()
    rollout = Rollout(environment, planned(), clock=lambda: float(next(ticks)))
    rollout.execute(STILL[:3])
    rollout.question(())
    assert rollout.simulation_s == 3.0
