"""The pack under stock LIBERO, suite by suite: tasks load, published states settle, and stay as LIBERO's own do."""

import numpy as np
import pytest

from envs.init_states import load_init_states
from envs.libero import LiberoFactory
from envs.problems import asset_names
from envs.suites import SUITES, get_suite
from vst_robot.types import BenchmarkStart

WAIT = np.array([0, 0, 0, 0, 0, 0, -1.0])
SMALL_SUITES = ("libero_object", "libero_goal", "libero_10")
TASKS = [(suite, task_id) for suite in SMALL_SUITES for task_id in range(10)]
ROOMS_OF_90 = (0, 11, 26, 35, 47, 61, 74, 80, 89)
"""Tasks of libero_90 that between them need every room and every class that the small suites do not."""

THROWN_BY_LIBERO = {("libero_spatial", 5): "akita_black_bowl_1", ("libero_90", 26): "wine_bottle_1"}
"""Published states in which LIBERO's own objects overlap so far that one of them flies off; ours stays."""


FALSE_IN_LIBERO = {("on", "white_bowl_1", "microwave_1_top_side")}
"""The bowl lies on the microwave, but the region begins 13 mm above its origin; so it is with LIBERO's pack."""


def _open(suite, task_id, assets="primitive"):
    environment = LiberoFactory(suite=suite, assets=assets, image_size=32)(task_id)
    environment.reset(BenchmarkStart(index=0, seed=0))
    return environment


def _poses(environment):
    """Object → position and rotation matrix."""
    raw = environment.raw
    data = raw.sim.data
    return {
        name: (data.body_xpos[body].copy(), data.body_xmat[body].reshape(3, 3).copy())
        for name, body in raw.obj_body_id.items()
        if name in raw.objects_dict
    }


def _predicates(raw):
    """Initial predicates of the task and whether they hold; not those that merely draw a spot on the table."""
    zones = {name for name in raw.object_sites_dict if name.startswith(raw.workspace_name)}
    known = set(raw.object_states_dict)
    asked = [state for state in raw.parsed_problem["initial_state"] if set(state[1:]) <= known - zones]
    return {tuple(state): bool(raw._eval_predicate(state)) for state in asked if tuple(state) not in FALSE_IN_LIBERO}


def _check(suite, task_id):
    environment = _open(suite, task_id)
    assert environment.sim_state().shape == load_init_states(environment.task).shape[1:]
    # The living room's table throws bottles up by half a metre: LIBERO stores them 3 cm inside it.
    for _ in range(25):
        environment.step(WAIT)
    before = _poses(environment)
    for _ in range(10):
        environment.step(WAIT)
    for name, (place, matrix) in _poses(environment).items():
        assert np.abs(place - before[name][0]).max() < 1e-3, name
        assert np.trace(matrix.T @ before[name][1]) > 1 + 2 * np.cos(np.radians(1)), name
    held = _predicates(environment.raw)
    assert all(held.values()), held
    assert not environment.success()
    environment.close()


@pytest.mark.parametrize(("suite", "task_id"), TASKS)
def test_published_states_settle_and_hold(suite, task_id):
    _check(suite, task_id)


@pytest.mark.parametrize("task_id", ROOMS_OF_90)
def test_rooms_of_libero_90(task_id):
    _check("libero_90", task_id)


@pytest.mark.slow
@pytest.mark.parametrize("task_id", sorted(set(range(90)) - set(ROOMS_OF_90)))
def test_all_of_libero_90(task_id):
    _check("libero_90", task_id)


@pytest.mark.official
@pytest.mark.parametrize(("suite", "task_id"), [(s.name, i) for s in SUITES.values() for i in range(s.task_count)])
def test_settled_as_in_liberos_own_pack(suite, task_id):
    if suite == "libero_90" and task_id not in ROOMS_OF_90:
        pytest.skip("one task per room is enough")
    ours, theirs = (_open(suite, task_id, assets) for assets in ("primitive", "official"))
    found, wanted = _poses(ours), _poses(theirs)
    thrown = THROWN_BY_LIBERO.get((suite, task_id))
    for name in set(wanted) - {thrown}:
        np.testing.assert_allclose(found[name][0], wanted[name][0], atol=0.010, err_msg=name)
        assert np.trace(found[name][1].T @ wanted[name][1]) > 1 + 2 * np.cos(np.radians(5)), name
    if not thrown:
        assert _predicates(ours.raw) == _predicates(theirs.raw)
    ours.close()
    theirs.close()


def test_the_chosen_tasks_of_libero_90_need_all_of_it():
    tasks = get_suite("libero_90").tasks()
    chosen = [tasks[i] for i in ROOMS_OF_90] + [task for suite in SMALL_SUITES for task in get_suite(suite).tasks()]
    assert asset_names(tasks) <= asset_names(chosen)
