import numpy as np
import pytest

from policies.fake import RandomPolicy, ReachPolicy
from vst_robot.errors import InputError
from vst_robot.interfaces import Policy
from vst_robot.types import Observation

RED = ReachPolicy.colours["red"]


def seen(picture=None, *, episode="s/0/0", step=0, instruction="reach the red disc", hand=(0.0, 0.0)):
    proprio = np.zeros(8)
    proprio[:2] = hand
    images = {} if picture is None else {"agentview": picture}
    return Observation(images=images, instruction=instruction, proprio=proprio, episode=episode, step=step)


def picture_with_red(row, column, size=64):
    picture = np.zeros((size, size, 3), np.uint8)
    picture[row - 1 : row + 1, column - 1 : column + 1] = RED
    return picture


@pytest.mark.parametrize("policy", [RandomPolicy(), ReachPolicy()])
def test_they_are_policies(policy):
    assert isinstance(policy, Policy)
    assert all(isinstance(value, str) for value in policy.fingerprint().values())


def test_random_actions_depend_on_episode_and_step_alone():
    questions = [seen(episode=e, step=s) for e in ("a", "b") for s in (0, 8)]
    together = [chunk.actions for chunk in RandomPolicy(seed=1).act(questions)]
    policy = RandomPolicy(seed=1)
    alone = [policy.act([question])[0].actions for question in reversed(questions)][::-1]
    np.testing.assert_array_equal(together, alone)
    assert len({actions.tobytes() for actions in together}) == 4
    assert not np.array_equal(RandomPolicy(seed=2).act(questions[:1])[0].actions, together[0])


def test_random_actions_fill_the_range():
    policy = RandomPolicy(action_dim=5, horizon=3)
    actions = np.stack([c.actions for c in policy.act([seen(step=s) for s in range(500)])])
    assert actions.shape == (500, 3, 5)
    assert -1 <= actions.min() < -0.99
    assert 0.99 < actions.max() <= 1
    assert abs(actions.mean()) < 0.05


@pytest.mark.parametrize(("row", "column", "direction"), [(16, 48, (1, 1)), (48, 16, (-1, -1)), (16, 16, (-1, 1))])
def test_reach_walks_towards_the_colour(row, column, direction):
    (chunk,) = ReachPolicy(horizon=6).act([seen(picture_with_red(row, column))])
    assert chunk.actions.shape == (6, 7)
    np.testing.assert_array_equal(np.sign(chunk.actions[0, :2]), direction)
    np.testing.assert_allclose(chunk.actions[:, :2].sum(axis=0) * 0.05, np.array(direction) * 0.25)
    np.testing.assert_array_equal(chunk.actions[:, 6], -1)


def test_reach_uses_its_own_position():
    (chunk,) = ReachPolicy().act([seen(picture_with_red(16, 48), hand=(0.25, 0.25))])
    np.testing.assert_allclose(chunk.actions[:, :6], 0, atol=1e-12)


def test_reach_stays_if_nothing_is_red():
    (chunk,) = ReachPolicy().act([seen(np.zeros((8, 8, 3), np.uint8))])
    np.testing.assert_array_equal(chunk.actions[:, :6], 0)


def test_reach_reads_the_instruction():
    with pytest.raises(InputError, match="pick up the bowl"):
        ReachPolicy().act([seen(picture_with_red(4, 4), instruction="pick up the bowl")])
