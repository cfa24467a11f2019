import pytest

from envs.check import check_environment, check_orientation
from envs.libero import LiberoFactory
from vst_robot.types import SampledStart


@pytest.fixture(scope="module")
def environment():
    environment = LiberoFactory(image_size=96, settle_steps=0)(1)
    check_environment(environment)
    yield environment
    environment.close()


@pytest.mark.parametrize(
    "name, flip",
    [
        ("mirrored", lambda picture: picture[:, ::-1]),
        ("upside down", lambda picture: picture[::-1]),
        ("turned by 180 degrees", lambda picture: picture[::-1, ::-1]),
    ],
)
def test_wrong_orientations_are_recognised(environment, monkeypatch, name, flip):
    true = environment.render
    monkeypatch.setattr(environment, "render", lambda camera: flip(true(camera)))
    with pytest.raises(AssertionError, match=name):
        check_orientation(environment, "agentview")


def test_a_forgetful_environment_is_caught(environment, monkeypatch):
    environment.reset(SampledStart(seed=0))
    monkeypatch.setattr(environment, "_running", environment._live)
    with pytest.raises(AssertionError, match="before the first reset"):
        check_environment(environment)
