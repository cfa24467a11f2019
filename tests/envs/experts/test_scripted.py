import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from envs.experts import scripted
from envs.experts.scripted import ScriptedExpert
from envs.libero import LiberoFactory
from vst_robot.types import BenchmarkStart, SampledStart

BETWEEN, IN_DRAWER = 0, 4


def test_finished_skills_are_passed_over():
    def skill(finished, height_m):
        command = np.array([0, 0, height_m, 0, 0, 0, -1.0])
        return SimpleNamespace(finished=lambda _: finished, move=lambda _: SimpleNamespace(command=lambda: command))

    act = lambda *skills: ScriptedExpert(state=None, skills=skills).act(None)[2]  # noqa: E731
    assert act(skill(True, 0.1), skill(False, 0.2), skill(False, 0.3)) == 0.2
    assert act(skill(True, 0.1), skill(True, 0.2)) == 0.2


def test_the_factory_crosses_processes_and_tells_its_version():
    factory = pickle.loads(pickle.dumps(scripted()))
    assert factory == scripted() and factory.fingerprint()["name"] == "scripted"


@pytest.fixture(scope="module")
def environments():
    factory, made = LiberoFactory(suite="libero_spatial", image_size=64), {}
    yield lambda task_id: made.setdefault(task_id, None) or made.update({task_id: factory(task_id)}) or made[task_id]
    for environment in made.values():
        environment.close()


OTHER_SUITES = [
    ("libero_object", 1, 120),  # a box into a basket
    ("libero_goal", 0, 100),  # a drawer by its handle
    ("libero_goal", 7, 130),  # a knob
    ("libero_goal", 5, 250),  # a plate over the table
    ("libero_10", 9, 320),  # a mug into a microwave, and its door shut
]


@pytest.mark.parametrize(("suite", "task_id", "limit"), OTHER_SUITES)
def test_other_skills_succeed_in_the_simulator(suite, task_id, limit):
    environment = LiberoFactory(suite=suite, image_size=64)(task_id)
    steps, actions = rollout(environment, BenchmarkStart(index=0, seed=0), limit=limit)
    environment.close()
    assert steps is not None and np.abs(actions).max() <= 1


def rollout(environment, start, noise=0.0, limit=160):
    """Steps until success, or None; the actions that were asked for."""
    environment.reset(start, episode="e")
    expert, rng, actions = scripted()(environment), np.random.default_rng(0), []
    while len(actions) < limit:
        actions.append(expert.act(environment))
        executed = actions[-1] + noise * rng.standard_normal(7) * [1, 1, 1, 0.3, 0.3, 0.3, 0]
        if environment.step(np.clip(executed, -1, 1)).success:
            return len(actions), np.array(actions)
    return None, np.array(actions)


@pytest.mark.parametrize("task_id", [BETWEEN, IN_DRAWER])
def test_it_succeeds_in_the_simulator(environments, task_id):
    steps, actions = rollout(environments(task_id), BenchmarkStart(index=1, seed=0))
    assert steps is not None and 40 < steps < 130
    assert np.abs(actions).max() <= 1 and set(actions[:, 6]) <= {-1.0, 1.0}


def test_it_succeeds_under_noise_from_a_fresh_start(environments):
    steps, _ = rollout(environments(BETWEEN), SampledStart(seed=3_000_000), noise=0.15)
    assert steps is not None


def test_its_actions_depend_on_the_state_alone(environments):
    environment = environments(BETWEEN)
    environment.reset(BenchmarkStart(index=2, seed=0), episode="e")
    expert = scripted()(environment)
    for _ in range(25):
        environment.step(expert.act(environment))
    assert expert.act(environment).tolist() == expert.act(environment).tolist()
    assert expert.act(environment).tolist() == scripted()(environment).act(environment).tolist()
