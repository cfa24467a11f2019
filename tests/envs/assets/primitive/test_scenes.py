"""The pack under stock LIBERO: all ten tasks of libero_spatial load, settle, stay stacked, and can be grasped."""

import mujoco
import numpy as np
import pytest

from envs.init_states import load_init_states
from envs.suites import get_suite
from vst_robot.types import BenchmarkStart

SUITE = get_suite("libero_spatial")
OPEN, CLOSED = -1.0, 1.0
STACKED = {
    3: [("akita_black_bowl_1", "cookies_1"), ("akita_black_bowl_2", "wooden_cabinet_1_top_side")],
    4: [("akita_black_bowl_1", "wooden_cabinet_1_top_region"), ("akita_black_bowl_2", "wooden_cabinet_1_top_side")],
    5: [("akita_black_bowl_1", "glazed_rim_porcelain_ramekin_1"), ("akita_black_bowl_2", "cookies_1")],
    6: [("akita_black_bowl_2", "flat_stove_1_cook_region")],
    7: [("akita_black_bowl_1", "flat_stove_1_cook_region"), ("akita_black_bowl_2", "wooden_cabinet_1_top_side")],
    9: [("akita_black_bowl_1", "wooden_cabinet_1_top_side"), ("akita_black_bowl_2", "flat_stove_1_cook_region")],
}
"""Task → (upper, lower) pairs of its published states, as in its BDDL file."""


def _wait(environment, steps):
    for _ in range(steps):
        environment.step(np.array([0, 0, 0, 0, 0, 0, OPEN]))


def _bodies(raw):
    return {name: raw.obj_body_id[name] for name in raw.objects_dict}


def _rests_on(raw, upper, lower):
    states = raw.object_states_dict
    holds = states[lower].check_contain if lower.endswith("top_region") else states[lower].check_ontop
    return bool(holds(states[upper]))


@pytest.mark.parametrize("task_id", range(10))
def test_published_states_settle(spatial_environment, task_id):
    environment = spatial_environment(task_id)
    assert load_init_states(SUITE.task(task_id)).shape == (50, 92)
    for index in (0, 29):
        environment.reset(BenchmarkStart(index=index, seed=0))
        assert environment.sim_state().shape == (92,)
        data, bodies = environment.raw.sim.data, list(_bodies(environment.raw).values())
        before = load_init_states(SUITE.task(task_id))[index][10:45].reshape(5, 7)[:, :2]
        _wait(environment, 18)
        moved = np.linalg.norm(data.body_xpos[bodies][:, :2] - before, axis=-1)
        assert moved.max() < 0.03, dict(zip(_bodies(environment.raw), moved, strict=True))
        assert data.body_xmat[bodies].reshape(-1, 3, 3)[:, 2, 2].min() > np.cos(np.radians(5))
        assert np.abs(data.qvel[9:]).max() < 0.1


@pytest.mark.parametrize("task_id", STACKED)
def test_stacked_things_stay_stacked(spatial_environment, task_id):
    environment = spatial_environment(task_id)
    for index in (0, 17, 49):
        environment.reset(BenchmarkStart(index=index, seed=0))
        _wait(environment, 18)
        for upper, lower in STACKED[task_id]:
            assert _rests_on(environment.raw, upper, lower), (index, upper, lower)


def test_a_panda_takes_the_bowl_at_its_rim_and_puts_it_on_the_plate(spatial_environment):
    environment = spatial_environment(2)
    environment.reset(BenchmarkStart(index=0, seed=0))
    _wait(environment, 8)
    data, body = environment.raw.sim.data, environment.raw.obj_body_id
    grip = environment.raw.sim.model.site_name2id("gripper0_grip_site")

    def place(name):
        return data.body_xpos[body[name]].copy()

    def go(target, fingers, steps):
        for _ in range(steps):
            motion = np.clip((target - data.site_xpos[grip]) * 12, -1, 1)
            environment.step(np.concatenate([motion, [0, 0, 0, fingers]]))

    def at(name, height):
        return place(name) + np.array([0, 0.047, height])

    rim = at("akita_black_bowl_1", 0.035)
    go(at("akita_black_bowl_1", 0.12), OPEN, 35)
    go(rim, OPEN, 20)
    go(rim, CLOSED, 14)
    go(rim + np.array([0, 0, 0.16]), CLOSED, 20)
    assert place("akita_black_bowl_1")[2] > rim[2] + 0.1
    go(at("plate_1", 0.20), CLOSED, 25)
    go(at("plate_1", 0.06), CLOSED, 25)
    assert not environment.success()
    _wait(environment, 12)
    assert environment.success()


@pytest.mark.parametrize(
    ("joint", "push", "low", "high"),
    [
        *((f"wooden_cabinet_1_{level}_level", 20.0, -0.159, 0.009) for level in ("top", "middle", "bottom")),
        ("flat_stove_1_button", 5.0, 0.0, 2.09),
    ],
)
def test_drawers_and_knob_move_over_their_whole_range(spatial_environment, joint, push, low, high):
    raw = spatial_environment(2).raw
    model, data = raw.sim.model._model, mujoco.MjData(raw.sim.model._model)
    mujoco.mj_resetData(model, data)
    dof, place = model.joint(joint).dofadr[0], model.joint(joint).qposadr[0]
    reached = []
    for force in (-push, push):
        data.qfrc_applied[dof] = force
        for _ in range(750):
            mujoco.mj_step(model, data)
        reached.append(data.qpos[place])
    assert reached[0] < low and reached[1] > high
