"""A Panda lifts one thing of every family from above, fingers closing along y; doors and drawers move."""

import mujoco
import numpy as np
import pytest

from envs.libero import LiberoFactory
from vst_robot.types import BenchmarkStart

OPEN, CLOSED = -1.0, 1.0
GRASPS = [
    ("libero_object", 0, "alphabet_soup_1", (0, 0, 0.025)),
    ("libero_object", 0, "salad_dressing_1", (0, 0, 0.055)),
    ("libero_object", 0, "milk_1", (0, 0, 0.03)),
    ("libero_object", 0, "butter_1", (0, 0, 0)),
    ("libero_goal", 0, "wine_bottle_1", (0, 0, 0.13)),
    ("libero_10", 2, "moka_pot_1", (0, 0, 0.073)),
]
"""Suite, task, object, where the fingers meet above the object's origin, in metres along the world's axes."""

RIMS = [("porcelain_mug_1", (0.0158, -0.0013), 0.0435, 0.097), ("red_coffee_mug_1", (-0.0175, -0.0012), 0.0395, 0.118)]
"""Mug of libero_10's task 4, axis of its cup, middle of its rim's wall and height of the grasp, in metres."""


def _settled(suite, task_id):
    environment = LiberoFactory(suite=suite, image_size=32)(task_id)
    environment.reset(BenchmarkStart(index=0, seed=0))
    for _ in range(15):
        environment.step(np.array([0, 0, 0, 0, 0, 0, OPEN]))
    return environment


def _rise(environment, name, grasp):
    """Metres by which an object rises when the hand closes at `grasp` and goes up by 15 cm."""
    data, body = environment.raw.sim.data, environment.raw.obj_body_id[name]
    grip = environment.raw.sim.model.site_name2id("gripper0_grip_site")
    before = data.body_xpos[body][2]
    for lift, fingers, steps in ((0.12, OPEN, 40), (0.0, OPEN, 28), (0.0, CLOSED, 14), (0.15, CLOSED, 35)):
        for _ in range(steps):
            motion = np.clip((grasp + np.array([0, 0, lift]) - data.site_xpos[grip]) * 12, -1, 1)
            environment.step(np.concatenate([motion, [0, 0, 0, fingers]]))
    return data.body_xpos[body][2] - before


@pytest.mark.parametrize(("suite", "task_id", "name", "offset"), GRASPS)
def test_it_can_be_lifted(suite, task_id, name, offset):
    environment = _settled(suite, task_id)
    place = environment.raw.sim.data.body_xpos[environment.raw.obj_body_id[name]]
    assert _rise(environment, name, place + np.array(offset)) > 0.12
    environment.close()


@pytest.mark.parametrize(("name", "axis", "radius", "height"), RIMS)
def test_mugs_can_be_lifted_at_the_rim(name, axis, radius, height):
    environment = _settled("libero_10", 4)
    data, body = environment.raw.sim.data, environment.raw.obj_body_id[name]
    cup = data.body_xpos[body] + data.body_xmat[body].reshape(3, 3) @ np.array([*axis, 0])
    assert _rise(environment, name, cup + np.array([0, radius, height - 0.012])) > 0.12
    environment.close()


@pytest.mark.parametrize(
    ("task_id", "joint", "push", "low", "high"),
    [
        *((3, f"white_cabinet_1_{level}_level", 20.0, -0.159, 0.009) for level in ("top", "middle", "bottom")),
        (9, "microwave_1_microjoint", 1.0, -2.09, -0.01),
    ],
)
def test_doors_and_drawers_move_over_their_whole_range(task_id, joint, push, low, high):
    environment = _settled("libero_10", task_id)
    model = environment.raw.sim.model._model
    data = mujoco.MjData(model)
    data.qpos[:] = environment.raw.sim.data.qpos  # nothing may lie in the way
    dof, place = model.joint(joint).dofadr[0], model.joint(joint).qposadr[0]
    reached = []
    for force in (-push, push):
        data.qfrc_applied[dof] = force
        for _ in range(1500):
            mujoco.mj_step(model, data)
        reached.append(data.qpos[place])
    assert reached[0] < low and reached[1] > high
    environment.close()
