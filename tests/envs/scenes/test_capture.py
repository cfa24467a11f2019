import mujoco
import numpy as np
import pytest

from envs.scenes.capture import FrameRenderer
from vst_robot.geometry import camera, pose

WORLD = """
<mujoco>
  <worldbody>
    <light pos="1 -1 3"/>
    <geom name="floor" type="plane" group="1" size="3 3 .1" pos="0 0 -.3"/>
    <geom name="red" type="box" group="1" size=".2 .15 .1" pos="-.4 .1 .2" euler="20 30 10" rgba="1 0 0 1"/>
    <geom name="glass" type="sphere" group="1" size=".15" pos=".3 .2 0" rgba="0 0 1 .3"/>
    <geom name="hidden" type="box" group="0" size=".1 .1 .1" pos="0 -1 0"/>
    <site name="mark" type="box" size=".1 .1 .1" pos="0 -1 .1"/>
  </worldbody>
</mujoco>
"""


@pytest.fixture(scope="module")
def world():
    model = mujoco.MjModel.from_xml_string(WORLD)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return model, data


def _pose():
    """Two metres in front (world -y), looking along +y, then panned, tilted and rolled a little."""
    upright = np.array([[1, 0, 0, 0.1], [0, 0, 1, -2.0], [0, -1, 0, 0.5], [0, 0, 0, 1.0]])
    return upright @ pose.exp([0, 0, 0, -0.2, 0.05, 0.3])


def _cast(model, data, T_world_camera, K, size_px):
    """Planar depth and geom of every pixel's centre by MuJoCo's ray casting."""
    width, height = size_px
    rays = camera.unproject(np.ones((height, width)), K) @ T_world_camera[:3, :3].T
    depth, geoms, hit = np.zeros((height, width)), np.full((height, width), -1), np.zeros(1, np.int32)
    for row, column in np.ndindex(height, width):
        groups = np.array([0, 1, 0, 0, 0, 0], np.uint8)
        distance = mujoco.mj_ray(model, data, T_world_camera[:3, 3], rays[row, column], groups, 1, -1, hit)
        # Rays have a planar length of one, so MuJoCo's multiples of them are planar depths.
        depth[row, column], geoms[row, column] = max(distance, 0), hit[0]
    return depth, geoms


@pytest.mark.parametrize("mode", ["fast", "libero"])
def test_depth_and_geoms_agree_with_ray_casting(world, mode):
    model, data = world
    renderer = FrameRenderer((96, 64), mode=mode)
    renderer.load(model)
    seen = renderer.capture(data, _pose(), 50.0)
    renderer.close()
    assert seen.rgb.shape == (64, 96, 3) and seen.depth_m.dtype == np.float32
    depth, geoms = _cast(model, data, seen.T_world_camera, seen.K, (96, 64))
    same = seen.geoms == geoms
    assert same.mean() > 0.995, "only pixels on an outline may differ"
    assert {model.geom("red").id, model.geom("glass").id, model.geom("floor").id, -1} == set(np.unique(seen.geoms))
    error = np.abs(seen.depth_m - depth)[same & (geoms != model.geom("glass").id)]
    assert error.max() < 1e-4
    # OpenGL's sphere has 28 slices: near its outline that is seen.
    assert np.abs(seen.depth_m - depth)[same].max() < 0.02
    assert (seen.depth_m[seen.geoms < 0] == 0).all()


def test_the_picture_shows_what_the_geom_map_says(world):
    model, data = world
    renderer = FrameRenderer((96, 64))
    renderer.load(model)
    seen = renderer.capture(data, _pose(), 50.0)
    red = seen.rgb[..., 0].astype(int) - seen.rgb[..., 1:].max(axis=2) > 60
    assert (red == (seen.geoms == model.geom("red").id)).mean() > 0.995
    frame = seen.frame(np.array([0, 7, 3, 9]), time_s=0.5)
    assert frame.time_s == 0.5 and frame.instances is not None
    assert (frame.instances == 7).sum() == (seen.geoms == model.geom("red").id).sum()
    assert (frame.instances[seen.geoms < 0] == 0).all()
    renderer.close()
    renderer.close()


def test_captures_do_not_depend_on_what_was_loaded_before(world):
    model, data = world
    other = mujoco.MjModel.from_xml_string(WORLD.replace("1 0 0 1", "0 1 0 1"))
    renderer = FrameRenderer((96, 64))
    renderer.load(model)
    first = renderer.capture(data, _pose(), 50.0)
    renderer.load(other)
    green = renderer.capture(data, _pose(), 50.0)
    assert (green.rgb != first.rgb).any() and (green.geoms == first.geoms).all()
    renderer.load(model)
    again = renderer.capture(data, _pose(), 50.0)
    renderer.close()
    assert (again.rgb == first.rgb).all() and (again.depth_m == first.depth_m).all()
