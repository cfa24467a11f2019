import mujoco
import numpy as np
import pytest

from envs.scenes import object_boxes, rearrangement
from vst_robot.geometry import rotation
from vst_robot.geometry.box3d import Box3D

BOX = '<body name="b{0}" pos="{1} 0 .05"><freejoint/><geom type="box" group="1" size=".03 .05 .05"/></body>'
WORLD = f"""
<mujoco>
  <worldbody>
    <geom type="plane" size="2 2 1"/>
    <body name="shelf" pos="0 .3 .1"><geom type="box" group="1" size=".2 .1 .1"/></body>
    {"".join(BOX.format(i, 0.15 * i - 0.2) for i in range(4))}
    <body name="above" pos="0 .3 .25"><freejoint/><geom type="sphere" group="1" size=".05"/></body>
  </worldbody>
</mujoco>
"""


def _footprint(turn_deg=0.0):
    R = rotation.axis_angle_to_matrix(np.radians([0, 0, turn_deg])) @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
    box = Box3D(centre_m=np.array([1.0, 2, 0]), size_m=np.array([0.6, 1, 0.2]), R_frame_box=R)
    return rearrangement.footprint(box)


def test_footprints_are_rectangles():
    one = _footprint()
    np.testing.assert_allclose(one.centre_m, [1, 2], atol=1e-12)
    np.testing.assert_allclose(one.half_m, [0.3, 0.1])
    np.testing.assert_allclose(one.distance_m(np.array([1.7, 2.4])), np.hypot(0.4, 0.3))
    assert one.distance_m(np.array([1.2, 2.05])) == 0
    np.testing.assert_allclose(_footprint(90.0).distance_m(np.array([1.4, 2.2])), 0.3)


def test_no_free_spot_is_an_answer():
    region = np.array([0.8, 1.95]), np.array([1.2, 2.05])
    assert rearrangement.free_spot(np.random.default_rng(0), 0.05, [_footprint()], *region) is None


@pytest.mark.parametrize("seed", range(5))
def test_things_on_the_floor_move_to_free_places_and_nothing_else_does(seed):
    model = mujoco.MjModel.from_xml_string(WORLD)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    names = ["shelf", "b0", "b1", "b2", "b3", "above"]
    things = [object_boxes.solid_object(model, data, model.body(name).id, "thing") for name in names]
    before = data.qpos.reshape(5, 7).copy()
    rearrangement.rearrange(np.random.default_rng(seed), model, data, things)
    mujoco.mj_forward(model, data)
    after = data.qpos.reshape(5, 7)
    assert (after[4] == before[4]).all() and (after[:, 2] == before[:, 2]).all()
    assert (np.abs(after[:4, :2] - before[:4, :2]).max(axis=1) > 1e-3).sum() >= 3
    touching = [{model.geom(c.geom[0]).bodyid[0], model.geom(c.geom[1]).bodyid[0]} for c in data.contact[: data.ncon]]
    assert all(0 in pair or model.body("above").id in pair for pair in touching), "things only touch the floor"
