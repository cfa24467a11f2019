import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from envs import registration
from envs.suites import SUITES
from vst_robot.errors import InputError

SMALL = {"image_size": 32, "settle_steps": 1}


@pytest.fixture(scope="module")
def environment():
    environment = gymnasium.make("vst_robot/libero_spatial-v0", task_id=3, **SMALL)
    yield environment
    environment.close()


def test_all_suites_and_aliases_are_registered():
    for name in (*SUITES, "libero_long"):
        spec = gymnasium.registry[f"vst_robot/{name}-v0"]
        assert spec.max_episode_steps == SUITES.get(name, SUITES["libero_10"]).max_steps


def test_registering_twice_is_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        registration.register()


def test_gymnasiums_own_checker_is_content(environment):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(environment.unwrapped, skip_render_check=True)


def test_evaluation_states_through_options(environment):
    _, info = environment.reset(options={"index": 2, "seed": 0})
    _, again = environment.reset(options={"index": 2, "seed": 0})
    assert info == again and info["instruction"].startswith("pick up the black bowl on the cookie box")
    observation, reward, terminated, truncated, _ = environment.step(np.zeros(7, dtype=np.float32))
    assert observation["agentview"].shape == (32, 32, 3)
    assert (reward, terminated, truncated) == (0.0, False, False)
    with pytest.raises(InputError, match="unknown reset options"):
        environment.reset(options={"state": 2})


def test_rgb_array():
    environment = gymnasium.make("vst_robot/libero_spatial-v0", task_id=0, render_mode="rgb_array", **SMALL)
    environment.reset(seed=0)
    assert environment.render().shape == (32, 32, 3)
    environment.close()
