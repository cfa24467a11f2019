import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.fake import PointReachFactory
from eval_libero.plan import Plan, assign_slots, build_plan, choose_filmed, without
from vst_robot import config
from vst_robot.errors import InputError
from vst_robot.types import BenchmarkStart, Task

TASKS = PointReachFactory().tasks()


def libero(count):
    return [Task(suite="libero_spatial", task_id=i, name=f"t{i}", instruction=f"do {i}") for i in range(count)]


def test_the_protocol_fills_what_is_left_out():
    plan = build_plan("vst", libero(10))
    assert len(plan.episodes) == 500
    first, last = plan.episodes[0], plan.episodes[-1]
    assert (first.key, last.key) == ("libero_spatial/0/0", "libero_spatial/9/49")
    assert last.start == BenchmarkStart(index=49, seed=0)
    assert last.max_steps == 220
    assert plan.notes() == ()


def test_what_is_asked_for_goes_before_the_protocol_and_is_noted():
    plan = build_plan("vst", libero(2), episodes_per_task=3, seed=5, first_episode=10, max_steps=7)
    assert [e.episode for e in plan.episodes] == [10, 11, 12] * 2
    assert {(e.seed, e.start.seed, e.max_steps) for e in plan.episodes} == {(5, 5, 7)}
    assert [note.split(":")[0] for note in plan.notes()] == [
        "episodes per task",
        "step limit",
        "seed of the fixture placement",
    ]


def test_more_episodes_belong_to_the_same_settings_and_another_limit_does_not():
    ten = build_plan("fake", TASKS, episodes_per_task=10)
    assert ten.settings() == build_plan("fake", TASKS, episodes_per_task=50).settings()
    assert ten.settings() != build_plan("fake", TASKS, episodes_per_task=10, max_steps=9).settings()
    assert ten.settings() != build_plan("fake", TASKS, episodes_per_task=10, seed=9).settings()


def test_a_plan_survives_json():
    plan = build_plan("fake", TASKS, episodes_per_task=2)
    assert config.from_dict(json.loads(json.dumps(config.to_dict(plan))), Plan) == plan


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"episodes_per_task": 0}, "0 episodes per task"),
        ({"episodes_per_task": 51}, "50 evaluation states"),
        ({"episodes_per_task": 10, "first_episode": 41}, "from number 41"),
        ({"first_episode": -1, "episodes_per_task": 1}, "numbered from 0"),
        ({"max_steps": 0}, "at least one step"),
        ({"tasks": []}, "at least one task"),
        ({"tasks": [*TASKS, TASKS[0]]}, "twice"),
        ({"tasks": [TASKS[0], *libero(1)]}, "one suite"),
        ({"protocol": "vst"}, "point_reach"),
        ({"protocol": "fakee"}, "did you mean 'fake'"),
    ],
)
def test_what_cannot_be_planned(arguments, what):
    with pytest.raises(InputError, match=what):
        build_plan(**{"protocol": "fake", "tasks": TASKS} | arguments)


@given(st.integers(1, 4), st.integers(1, 50), st.integers(1, 60))
def test_slots_divide_the_plan_into_even_unbroken_stretches(num_tasks, episodes, num_slots):
    plan = build_plan("fake", TASKS[:num_tasks], episodes_per_task=episodes)
    slots = assign_slots(plan.episodes, num_slots)
    assert list(slots) == list(range(num_slots))
    assert [e for slot in slots.values() for e in slot] == list(plan.episodes)
    lengths = [len(slot) for slot in slots.values()]
    assert max(lengths) - min(lengths) <= 1


def test_a_slot_needs_few_simulators():
    plan = build_plan("vst", libero(10))
    slots = assign_slots(plan.episodes, 10)
    assert all(len({e.task_id for e in slot}) == 1 for slot in slots.values())


def test_at_least_one_slot():
    with pytest.raises(InputError, match="--slots was 0"):
        assign_slots([], 0)


def test_what_is_done_is_left_out_and_nothing_moves():
    plan = build_plan("fake", TASKS, episodes_per_task=3)
    slots = assign_slots(plan.episodes, 4)
    rest = without(slots, frozenset({"point_reach/0/1", "point_reach/3/0"}))
    assert [e.key for e in rest[0]] == ["point_reach/0/0", "point_reach/0/2"]
    assert rest[1] == slots[1]
    assert [e.key for e in rest[3]] == ["point_reach/3/1", "point_reach/3/2"]


def test_films_are_spread_over_the_tasks():
    plan = build_plan("vst", libero(10), episodes_per_task=5)
    assert choose_filmed(plan, 0) == frozenset()
    assert choose_filmed(plan, 2) == {"libero_spatial/0/0", "libero_spatial/5/0"}
    assert choose_filmed(plan, 12) == {
        *(f"libero_spatial/{task}/0" for task in range(10)),
        "libero_spatial/0/1",
        "libero_spatial/1/1",
    }
    assert len(choose_filmed(plan, 1000)) == 50


def test_held_out_starts_are_neither_published_nor_trained_on():
    plan = build_plan("vst", libero(10), episodes_per_task=3, starts="held-out")
    seeds = [episode.start.seed for episode in plan.episodes]
    assert len(set(seeds)) == len(seeds)
    assert all(900_000 <= seed < 1_000_000 for seed in seeds)
    assert plan.settings()["starts"] == "held-out"
    assert any("held-out" in note for note in plan.notes())
