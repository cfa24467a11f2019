import pickle

import numpy as np
import pytest

from envs.fake import ACTION_DIM, COLOURS, PointReachExpertFactory, PointReachFactory
from vst_robot.errors import InputError
from vst_robot.interfaces import Environment
from vst_robot.types import BenchmarkStart, RecordedStart, SampledStart

STILL = np.zeros(ACTION_DIM)


@pytest.fixture
def environment():
    return PointReachFactory()(0)


def test_it_is_an_environment(environment):
    assert isinstance(environment, Environment)


def test_factory_is_picklable_and_knows_its_tasks():
    factory = pickle.loads(pickle.dumps(PointReachFactory(image_size=32)))
    assert [task.task_id for task in factory.tasks()] == list(range(len(COLOURS)))
    assert factory(2).task == factory.tasks()[2]
    with pytest.raises(InputError, match="0 to 3"):
        factory(4)


def test_a_start_fixes_everything(environment):
    start = BenchmarkStart(index=3, seed=7)
    first = environment.reset(start, episode="a").images["agentview"]
    state, digest = environment.sim_state(), environment.start_hash()
    environment.step(np.ones(ACTION_DIM))
    again = environment.reset(start, episode="b")
    np.testing.assert_array_equal(environment.sim_state(), state)
    np.testing.assert_array_equal(again.images["agentview"], first)
    assert environment.start_hash() == digest
    assert (again.step, again.episode) == (0, "b")


def test_starts_differ(environment):
    starts = [BenchmarkStart(index=i, seed=s) for i in range(3) for s in range(3)]
    starts += [SampledStart(seed=s) for s in range(3)]
    hashes = set()
    for start in starts:
        environment.reset(start, episode="a")
        hashes.add(environment.start_hash())
    assert len(hashes) == len(starts)


def test_recorded_start_brings_a_layout_back(environment):
    environment.reset(SampledStart(seed=5), episode="a")
    recorded, digest = environment.recorded_start(), environment.start_hash()
    environment.reset(SampledStart(seed=6), episode="b")
    environment.reset(pickle.loads(pickle.dumps(recorded)), episode="c")
    assert environment.start_hash() == digest
    assert isinstance(recorded, RecordedStart)


def test_expert_solves_every_task_and_is_done_only_at_the_disc():
    for task_id in range(len(COLOURS)):
        environment = PointReachFactory()(task_id)
        environment.reset(SampledStart(seed=1), episode="a")
        expert = PointReachExpertFactory()(environment)
        for _step in range(20):
            assert not environment.success()
            if environment.step(expert.act(environment)).success:
                break
        assert np.linalg.norm(environment.hand_m[:2] - environment.goal_m) < 0.05


def test_actions_are_clipped_and_the_point_stays_in_the_square(environment):
    environment.reset(SampledStart(seed=0), episode="a")
    before = environment.hand_m.copy()
    environment.step(np.full(ACTION_DIM, 50.0))
    np.testing.assert_allclose(environment.hand_m - before, 0.05)
    for _ in range(40):
        environment.step(np.ones(ACTION_DIM))
    assert environment.hand_m.max() == 0.5


def test_proprio_has_liberos_layout(environment):
    seen = environment.reset(SampledStart(seed=0), episode="a").proprio
    np.testing.assert_array_equal(seen, [*environment.hand_m, 0, 0, 0, 0.04, -0.04])
    closed = environment.step(np.array([0, 0, 0, 0, 0, 0, 1.0])).observation
    np.testing.assert_array_equal(closed.proprio[6:], 0.0)
    assert closed.step == 1


def test_picture_is_upright(environment):
    picture = environment.reset(SampledStart(seed=0), episode="a").images["agentview"]
    assert picture.shape == (64, 64, 3)
    assert picture.dtype == np.uint8
    marker = (picture == (255, 0, 255)).all(axis=-1)
    rows, columns = np.nonzero(marker)
    assert rows.max() < 8 <= columns.max() < 32, "a wide bar in the top left corner"
    red_rows, red_columns = np.nonzero((picture == COLOURS["red"]).all(axis=-1))
    x_m, y_m = (red_columns.mean() + 0.5) / 64 - 0.5, 0.5 - (red_rows.mean() + 0.5) / 64
    np.testing.assert_allclose([x_m, y_m], environment.goal_m, atol=0.01)


def test_pictures_are_drawn_only_when_asked_for(environment, monkeypatch):
    drawn = []
    monkeypatch.setattr("envs.fake._draw", lambda *args: drawn.append(args))
    observation = environment.reset(SampledStart(seed=0), episode="a")
    environment.step(STILL)
    assert not drawn
    assert list(observation.images) == ["agentview"]
    assert "wrist" not in observation.images
    observation.images["agentview"]
    assert len(drawn) == 1
    with pytest.raises(KeyError):
        observation.images["wrist"]


def test_misuse(environment):
    with pytest.raises(RuntimeError, match="before reset"):
        environment.step(STILL)
    environment.reset(SampledStart(seed=0), episode="a")
    for action in (np.zeros(6), np.full(ACTION_DIM, np.nan)):
        with pytest.raises(ValueError, match="7 finite"):
            environment.step(action)
    with pytest.raises(InputError, match="agentview"):
        environment.render("wrist")
