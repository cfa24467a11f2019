import xml.etree.ElementTree as ET
from dataclasses import replace

import mujoco
import numpy as np
import pytest

from envs import libero_api, suites
from envs.assets import resolve
from envs.assets.robot import lighten_robot
from envs.placement import numpy_generator

PACK = resolve("primitive")


def _world(edit):
    """The same task of libero_spatial compiled after `edit`."""
    path = suites.bddl_path(suites.get_suite("libero_spatial").task(4))
    with numpy_generator(0):
        domain = libero_api.build_domain(path, PACK.root, edit)
    return domain.sim.model._model, domain.sim.data._data


@pytest.fixture(scope="module")
def texts():
    return []


@pytest.fixture(scope="module")
def stock(texts):
    return _world(lambda xml: texts.append(xml) or xml)


@pytest.fixture(scope="module")
def light():
    return _world(lambda xml: lighten_robot(xml, PACK))


def test_visual_triangles_become_few(stock, light):
    before, after = (_robot_triangles(model) for model, _ in (stock, light))
    assert before > 150_000
    assert after < before / 6


def _robot_triangles(model):
    bodies = [model.body(body).name.startswith(("robot0", "gripper0", "mount0")) for body in model.geom_bodyid]
    seen = np.array(bodies) & (model.geom_group == 1) & (model.geom_type == mujoco.mjtGeom.mjGEOM_MESH)
    return int(model.mesh_facenum[model.geom_dataid[seen]].sum())


def test_physics_of_the_model_is_bit_identical(stock, light):
    a, b = stock[0], light[0]
    for name in ("body_mass", "body_inertia", "body_ipos", "body_iquat", "body_pos", "dof_M0", "jnt_range"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    touching = (a.geom_contype != 0) | (a.geom_conaffinity != 0)
    np.testing.assert_array_equal(touching, (b.geom_contype != 0) | (b.geom_conaffinity != 0))
    for name in ("geom_size", "geom_pos", "geom_quat", "geom_friction", "geom_solref", "geom_rbound"):
        np.testing.assert_array_equal(getattr(a, name)[touching], getattr(b, name)[touching], err_msg=name)


def test_random_motion_is_bit_identical(stock, light):
    runs = []
    for model, data in (stock, light):
        mujoco.mj_resetData(model, data)
        rng, seen = np.random.default_rng(0), []
        for _ in range(50):
            data.ctrl[:] = rng.uniform(-20, 20, model.nu)
            for _ in range(10):
                mujoco.mj_step(model, data)
            seen.append(np.concatenate([data.qpos, data.qvel]))
        runs.append(np.array(seen))
    assert np.ptp(runs[0], axis=0).max() > 0.1
    np.testing.assert_array_equal(runs[0], runs[1])


def test_a_pack_without_light_meshes_changes_nothing(stock, texts):
    assert lighten_robot(texts[0], replace(PACK, lighten_robot=False)) == texts[0]


def test_a_mesh_that_also_collides_keeps_its_file():
    file = "/x/models/assets/robots/panda/obj_meshes/link1_vis/link1_vis.obj"
    visual = '<geom type="mesh" mesh="m" group="1" contype="0" conaffinity="0"/>'
    xml = (
        f'<mujoco><asset><mesh name="m" file="{file}" scale="2 2 2"/></asset><worldbody>{visual}'
        '<geom type="mesh" mesh="m" group="0"/></worldbody></mujoco>'
    )
    root = ET.fromstring(lighten_robot(xml, PACK))
    meshes = {mesh.get("name"): mesh for mesh in root.iter("mesh")}
    assert meshes["m"].get("file") == file
    assert meshes["m_light"].get("scale") == "2 2 2" and str(PACK.root) in meshes["m_light"].get("file")
    assert [geom.get("mesh") for geom in root.iter("geom")] == ["m_light", "m"]
