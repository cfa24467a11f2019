from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("libero")

from envs.init_states import load_init_states
from envs.suites import get_suite
from eval_libero.plan import build_plan
from policies.config import PicturesConfig, PolicyConfig, PromptConfig
from policies.demos.hdf5 import write_episodes
from policies.demos.store import DemonstrationStore
from vst_robot.cli import preconditions
from vst_robot.errors import DataError, InputError
from vst_robot.types import Episode, RecordedStart

SUITE = get_suite("libero_spatial")
TASK = SUITE.task(2)


def episode(**changes) -> Episode:
    rng = np.random.default_rng(0)
    values = {
        "task": TASK,
        "seed": 1_000_000,
        "actions": rng.uniform(-1, 1, (4, 7)),
        "actions_clean": rng.uniform(-1, 1, (4, 7)),
        "images": {"agentview": np.zeros((4, 8, 8, 3), np.uint8)},
        "proprio": rng.normal(size=(4, 8)),
        "joint_positions": rng.normal(size=(4, 7)),
        "sim_states": rng.normal(size=(4, 12)),
        "start": RecordedStart(sim_state=rng.normal(size=12), fixture_poses={}),
        "success": True,
    }
    return Episode(**(values | changes))


@pytest.fixture
def store(tmp_path):
    def write(*episodes: Episode) -> DemonstrationStore:
        for one in episodes:
            write_episodes(tmp_path / f"{one.task.name}_demo.hdf5", [one])
        return DemonstrationStore(tmp_path, tasks=SUITE.tasks())

    return write


def check(store: DemonstrationStore, cameras=("agentview",)) -> None:
    preconditions.check_demonstrations(store, [SUITE], cameras, None)


def test_no_index_means_all_tasks():
    assert preconditions.chosen_tasks(SUITE, ()) == SUITE.tasks()
    assert [task.task_id for task in preconditions.chosen_tasks(SUITE, (5, 2))] == [5, 2]


@pytest.mark.parametrize(("indices", "message"), [((0, 10), "unknown task 10"), ((3, 3), "asked for twice")])
def test_wrong_indices(indices, message):
    with pytest.raises(InputError, match=message):
        preconditions.chosen_tasks(SUITE, indices)


@pytest.mark.parametrize(("num", "seed"), [(0, 0), (-1, 0), (1001, 0), (1, -1), (1, 401)])
def test_numbers_beyond_the_training_seeds(num, seed):
    with pytest.raises(InputError, match="must lie between"):
        preconditions.check_collection(num, seed)


def test_good_demonstrations_pass(store):
    check(store(episode()))


def test_an_empty_folder(store):
    with pytest.raises(InputError, match="no demonstrations in"):
        check(store())


def test_demonstrations_of_another_suite(store):
    with pytest.raises(InputError, match="'open_the_drawer', no task of libero_spatial"):
        check(store(episode(task=replace(TASK, name="open_the_drawer"))))


def test_demonstrations_of_several_suites(store):
    goal = get_suite("libero_goal")
    both = store(episode(), episode(task=goal.task(0)))
    preconditions.check_demonstrations(both, [SUITE, goal], ("agentview",), None)
    with pytest.raises(InputError, match=r"holds no demonstrations of libero_10: add some, or leave it out of --suite"):
        preconditions.check_demonstrations(both, [SUITE, goal, get_suite("libero_10")], ("agentview",), None)


def test_a_missing_camera(store):
    with pytest.raises(DataError, match="no camera 'robot0_eye_in_hand', only agentview"):
        check(store(episode()), cameras=("agentview", "robot0_eye_in_hand"))


def test_demonstrations_that_start_from_an_evaluation_state(store):
    state = np.array(load_init_states(SUITE.task(4))[7])
    state[0] = 3.0  # the clock does not make another start
    start = RecordedStart(sim_state=state, fixture_poses={})
    with pytest.raises(InputError, match=r"start from evaluation states \(pick_up.*, demonstration 0\)"):
        check(store(episode(start=start)))


def test_a_declared_start_counts_too(store):
    declared = {"start_hash": preconditions.published_starts(TASK)[0]}
    with pytest.raises(InputError, match="start from evaluation states"):
        check(store(episode(provenance=declared)))


def test_an_evaluation_on_training_starts_is_refused_before_it_begins():
    plan = build_plan("vst", [TASK], episodes_per_task=5)
    inside, outside = (preconditions.published_starts(TASK)[index] for index in (4, 5))
    preconditions.check_starts(plan.episodes, plan.tasks, frozenset({outside}))
    with pytest.raises(InputError, match=r"evaluation states \(libero_spatial/2/4\)"):
        preconditions.check_starts(plan.episodes, plan.tasks, frozenset({inside}))


def test_held_out_starts_are_left_to_the_simulator():
    plan = build_plan("vst", [TASK], episodes_per_task=5, starts="held-out")
    preconditions.check_starts(plan.episodes, plan.tasks, frozenset(preconditions.published_starts(TASK)))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nanoo", "unknown backbone 'nanoo': did you mean 'nano'?"),
        ("./nowhere", "no model folder './nowhere'"),
        ("/no/where", "no model folder '/no/where'"),
    ],
)
def test_an_impossible_backbone(name, message):
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        preconditions.check_backbone(name)


def test_half_a_backbone_folder(tmp_path):
    with pytest.raises(DataError, match=r"config\.json is missing"):
        preconditions.check_backbone(str(tmp_path))


@pytest.mark.parametrize("name", ["nano", "rayruiyang/VST-3B-SFT"])
def test_a_possible_backbone(name):
    preconditions.check_backbone(name)


def test_a_number_that_libero_does_not_measure_is_refused_before_collecting():
    policy = PolicyConfig(prompt=PromptConfig(proprio=("x_m", "finger_3_m")))
    with pytest.raises(InputError, match=r"'finger_3_m': did you mean 'finger_[12]_m'"):
        preconditions.check_policy(policy, collected=True)
    with pytest.raises(InputError, match="there are none yet"):
        preconditions.check_policy(PolicyConfig(pictures=PicturesConfig(cameras=("all",))), collected=True)
