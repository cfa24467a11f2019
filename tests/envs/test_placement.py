import numpy as np
import pytest

from envs import libero_api
from envs.placement import PlacementDraws, numpy_generator
from vst_robot.errors import UnavailableError


def test_the_users_generator_is_left_alone():
    np.random.seed(3)
    expected = np.random.rand()
    np.random.seed(3)
    with numpy_generator(0):
        np.random.rand(100)
    assert np.random.rand() == expected


def test_the_users_generator_is_left_alone_by_a_whole_episode(spatial_environment):
    from vst_robot.types import SampledStart

    before = np.random.get_state()[1].copy()
    spatial_environment(0).reset(SampledStart(seed=1))
    assert np.array_equal(np.random.get_state()[1], before)


def test_a_layout_does_not_depend_on_what_was_drawn_before(spatial_environment):
    simulation = spatial_environment(4)._simulation
    forward = [simulation.draw(7, index) for index in range(4)]
    simulation.draw(8, 2)
    backward = [simulation.draw(7, index) for index in (3, 2, 1, 0)]
    assert forward == backward[::-1]
    assert forward[0] != forward[1]


def test_a_crowded_table_ends_in_an_error(spatial_environment, monkeypatch):
    raw = spatial_environment(0).raw

    def crowded():
        raise libero_api.load().randomization_error("Cannot place all objects ):")

    monkeypatch.setattr(raw.placement_initializer, "sample", crowded)
    with pytest.raises(UnavailableError, match="choose another seed"):
        PlacementDraws(raw).draw(0, 0)


def test_other_exceptions_are_not_swallowed(spatial_environment, monkeypatch):
    raw = spatial_environment(0).raw

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(raw.placement_initializer, "sample", interrupted)
    with pytest.raises(KeyboardInterrupt):
        PlacementDraws(raw).draw(0, 0)
