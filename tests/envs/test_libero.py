import hashlib
import pickle
import subprocess
import sys
import weakref

import numpy as np
import pytest

from envs.libero import CAMERAS, LiberoFactory, axis_angle
from vst_robot.errors import InputError, UnavailableError
from vst_robot.interfaces import Environment
from vst_robot.types import BenchmarkStart, RecordedStart, SampledStart

FRESH_PROCESS = """
import hashlib, sys
import numpy as np
from envs.libero import LiberoFactory
from vst_robot.types import BenchmarkStart
environment = LiberoFactory(image_size=64, settle_steps=2)(5)
environment.reset(BenchmarkStart(index=2, seed=0)).images["agentview"]
action = np.array([0.5, -0.3, -1.0, 0.1, 0.0, -0.2, 1.0])
states = [environment.step(action) and environment.sim_state() for _ in range(4)]
assert not {"torch", "tensorflow"} & set(sys.modules)
print(hashlib.sha256(np.array(states).tobytes()).hexdigest())
"""
ACTION = np.array([0.5, -0.3, -1.0, 0.1, 0.0, -0.2, 1.0])


def _run(environment, start, steps=4):
    environment.reset(start, episode="e")
    return np.array([environment.step(ACTION) and environment.sim_state() for _ in range(steps)])


def test_it_is_an_environment(spatial_environment):
    assert isinstance(spatial_environment(0), Environment)


def test_first_observation(spatial_environment):
    environment = spatial_environment(0)
    observation = environment.reset(BenchmarkStart(index=0, seed=0), episode="key")
    assert (observation.step, observation.episode) == (0, "key")
    assert observation.instruction.startswith("pick up the black bowl between")
    assert observation.proprio.shape == (8,) and environment.joint_positions().shape == (7,)
    assert set(CAMERAS) <= set(observation.images)
    assert observation.images["agentview"].shape == (64, 64, 3)
    # The arm hangs above the table with the gripper pointing down: half a turn about x.
    assert observation.proprio[2] > 1.0 and abs(observation.proprio[3] - np.pi) < 0.05


def test_the_settle_steps_are_not_counted_but_run(spatial_environment):
    environment = spatial_environment(0)
    environment.reset(BenchmarkStart(index=1, seed=0))
    state = environment.sim_state()
    assert environment.step(ACTION).observation.step == 1
    assert not np.array_equal(environment.recorded_start().sim_state, state)


@pytest.mark.parametrize("start", [SampledStart(seed=11), BenchmarkStart(index=3, seed=0)])
def test_an_episode_does_not_depend_on_the_past(spatial_environment, start):
    environment = spatial_environment(5)
    first = _run(environment, start)
    _run(environment, SampledStart(seed=99), steps=6)
    _run(environment, BenchmarkStart(index=1, seed=5), steps=1)
    assert np.array_equal(_run(environment, start), first)


def test_an_episode_does_not_depend_on_the_process(spatial_environment):
    fresh = subprocess.run([sys.executable, "-c", FRESH_PROCESS], capture_output=True, text=True)
    assert fresh.returncode == 0, fresh.stderr
    used = _run(spatial_environment(5), BenchmarkStart(index=2, seed=0))
    assert fresh.stdout.strip() == hashlib.sha256(used.tobytes()).hexdigest()


def test_a_recorded_start_repeats_a_sampled_episode_to_the_bit(spatial_environment):
    environment = spatial_environment(4)
    original = _run(environment, SampledStart(seed=21))
    record, name = pickle.loads(pickle.dumps(environment.recorded_start())), environment.start_hash()
    _run(environment, SampledStart(seed=22))
    assert np.array_equal(_run(environment, record), original)
    assert environment.start_hash() == name


def test_sampled_starts_differ(spatial_environment):
    environment = spatial_environment(0)
    hashes = set()
    for seed in range(3):
        environment.reset(SampledStart(seed=seed))
        hashes.add(environment.start_hash())
    assert len(hashes) == 3


def test_fixture_poses_belong_to_the_start(spatial_environment):
    environment = spatial_environment(0)
    environment.reset(SampledStart(seed=1))
    first = environment.recorded_start().fixture_poses
    environment.reset(SampledStart(seed=2))
    assert set(first) == {"wooden_cabinet_1", "flat_stove_1"}
    assert environment.recorded_start().fixture_poses != first


def test_pictures_are_lazy_and_of_their_own_step(spatial_environment):
    environment = spatial_environment(0)
    first = environment.reset(SampledStart(seed=1))
    picture = first.images["agentview"].copy()
    second = environment.step(ACTION).observation
    assert np.array_equal(first.images["agentview"], picture)
    with pytest.raises(InputError, match="look before stepping"):
        first.images["robot0_eye_in_hand"]
    environment.reset(SampledStart(seed=1))
    with pytest.raises(InputError, match="look before stepping"):
        second.images["agentview"]


def test_looking_does_not_change_the_physics(spatial_environment):
    environment = spatial_environment(0)
    blind = _run(environment, SampledStart(seed=5))
    environment.reset(SampledStart(seed=5))
    seen = []
    for _ in range(4):
        environment.render("agentview")
        environment.render("robot0_eye_in_hand")
        environment.proprio()
        environment.step(ACTION)
        seen.append(environment.sim_state())
    assert np.array_equal(np.array(seen), blind)


def test_success_is_judged_by_liberos_predicate(spatial_environment):
    environment = spatial_environment(0)
    environment.reset(SampledStart(seed=3))
    assert not environment.step(np.zeros(7)).success
    data = environment.raw.sim.data
    plate = data.get_joint_qpos("plate_1_joint0").copy()
    data.set_joint_qpos("akita_black_bowl_1_joint0", [*plate[:2], plate[2] + 0.02, 1, 0, 0, 0])
    assert any(environment.step(np.zeros(7)).success for _ in range(20))
    assert environment.success()
    environment.reset(SampledStart(seed=3))
    assert not environment.success()


def test_an_unstable_simulation_is_an_error_not_a_silent_restart(spatial_environment, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its warnings into the working folder
    environment = spatial_environment(0)
    environment.reset(SampledStart(seed=1))
    environment.raw.sim.data.qvel[:] = 1e9
    with pytest.raises(UnavailableError, match="unstable"):
        environment.step(ACTION)
    environment.reset(SampledStart(seed=1))
    environment.step(ACTION)


@pytest.mark.parametrize("action", [np.zeros(6), np.full(7, np.nan), np.array([[0.0] * 7])])
def test_bad_actions(spatial_environment, action):
    environment = spatial_environment(0)
    environment.reset(SampledStart(seed=1))
    with pytest.raises(InputError, match="7 finite numbers"):
        environment.step(action)


@pytest.mark.parametrize("index", [-1, 50])
def test_there_are_fifty_evaluation_states(spatial_environment, index):
    environment = spatial_environment(0)
    with pytest.raises(InputError, match="0 to 49"):
        environment.reset(BenchmarkStart(index=index, seed=0))
    with pytest.raises(InputError, match="reset"):
        environment.step(ACTION)


def test_records_of_other_tasks_are_refused(spatial_environment):
    environment = spatial_environment(0)
    with pytest.raises(InputError, match="another task"):
        environment.reset(RecordedStart(sim_state=np.zeros(3), fixture_poses={}))
    state = environment.sim_state()
    with pytest.raises(InputError, match="wooden_cabinet_1"):
        environment.reset(RecordedStart(sim_state=state, fixture_poses={}))


def test_closed_is_closed():
    environment = LiberoFactory(image_size=16, settle_steps=0)(0)
    with pytest.raises(InputError, match="no running episode"):
        environment.step(ACTION)
    environment.reset(SampledStart(seed=0)).images["agentview"]
    state = weakref.ref(environment.raw.sim.data._data)
    environment.close()
    environment.close()
    assert state() is None  # its 1.3 GB of address space do not wait for the garbage collector
    for use in (lambda: environment.step(ACTION), lambda: environment.reset(SampledStart(seed=0))):
        with pytest.raises(InputError, match="closed"):
            use()


def test_factory_is_picklable_light_and_checked():
    factory = LiberoFactory(suite="libero_long", render="libero")
    assert pickle.loads(pickle.dumps(factory)) == factory
    assert len(factory.tasks()) == 10 and factory.tasks()[2].suite == "libero_10"
    facts = factory.fingerprint()
    assert facts["suite"] == "libero_10" and facts["render"] == "libero" and len(facts["assets_sha256"]) >= 16
    assert LiberoFactory().fingerprint()["render"] == "fast"
    for wrong in ({"suite": "libero_spatail"}, {"render": "pretty"}, {"image_size": 0}, {"settle_steps": -1}):
        with pytest.raises(InputError):
            LiberoFactory(**wrong)
    with pytest.raises(InputError, match="0 to 9"):
        factory(10)


def test_a_pack_without_the_tasks_objects_is_one_clear_line(tmp_path):
    (tmp_path / "scenes").mkdir()
    with pytest.raises(UnavailableError, match=r"has no file .*\.xml .*official"):
        LiberoFactory(assets=str(tmp_path))(0)


def test_axis_angle_keeps_robosuites_sign():
    from robosuite.utils.transform_utils import quat2axisangle

    generator = np.random.default_rng(0)
    for quat in [*generator.normal(size=(20, 4)), np.array([0, 0, 0, 1.0]), np.array([0, 0, 0, -1.0])]:
        unit = quat / np.linalg.norm(quat)
        assert np.array_equal(axis_angle(unit), quat2axisangle(unit.copy()))
    assert np.linalg.norm(axis_angle(np.array([0.6, 0, 0, -0.8]))) > np.pi, "angles up to 2 pi"
