"""What is executed instead of the expert's command."""

import numpy as np
import pytest

from envs.noise import Disturbance, NoiseConfig
from vst_robot.errors import InputError

QUIET = {"translation": 0.0, "rotation": 0.0}
CLEAN = np.array([0.5, -0.2, 0.1, 0.0, 0.3, 0.0, -1.0])


def executed(config, steps, seed=0):
    disturbance = Disturbance(config, np.random.default_rng(seed))
    return np.stack([disturbance.apply(CLEAN) for _ in range(steps)])


def test_without_noise_the_command_is_executed():
    assert (executed(NoiseConfig(**QUIET, push_rate=0), 50) == CLEAN).all()


def test_white_noise_has_the_configured_spread_and_spares_the_gripper():
    actions = executed(NoiseConfig(translation=0.1, rotation=0.02, push_rate=0), 4000)
    assert np.allclose((actions - CLEAN)[:, :6].std(axis=0), [0.1] * 3 + [0.02] * 3, rtol=0.1)
    assert (actions[:, 6] == -1).all()


def test_pushes_replace_the_command_for_a_while():
    config = NoiseConfig(**QUIET, push_rate=0.02, push_steps=8, push_gripper=0.0)
    pushed = (executed(config, 20_000)[:, :3] != CLEAN[:3]).any(axis=1)
    # Pushes of 8 steps on average begin at 2 % of the steps that are free of one: 8 / (8 + 50).
    assert pushed.mean() == pytest.approx(8 / 58, rel=0.15)
    assert np.abs(executed(config, 2000)[:, 3:6] - CLEAN[3:6]).max() <= 0.4


def test_a_push_is_one_direction():
    config = NoiseConfig(**QUIET, push_rate=1.0, push_steps=1000)
    actions = executed(config, 20)
    assert (actions == actions[0]).all()


def test_some_pushes_turn_the_gripper_around():
    config = NoiseConfig(**QUIET, push_rate=0.1, push_gripper=0.5)
    assert 0 < (executed(config, 2000)[:, 6] == 1).mean() < 0.5


def test_same_seed_same_noise():
    config = NoiseConfig()
    assert (executed(config, 100, seed=3) == executed(config, 100, seed=3)).all()
    assert (executed(config, 100, seed=3) != executed(config, 100, seed=4)).any()


@pytest.mark.parametrize(
    "wrong", [{"translation": -1.0}, {"push_rate": 1.5}, {"push_steps": 0}, {"push_gripper": -0.1}]
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(InputError):
        NoiseConfig(**wrong)
