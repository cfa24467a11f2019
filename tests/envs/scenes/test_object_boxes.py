import mujoco
import numpy as np
import pytest

from envs.scenes import object_boxes, surfaces
from vst_robot.errors import DataError
from vst_robot.geometry import rotation

WORLD = """
<mujoco>
  <asset><mesh name="wedge" vertex="0 0 0  .4 0 0  0 .2 0  0 0 .1"/></asset>
  <worldbody>
    <body name="cupboard" pos="1 2 .5" euler="0 0 30">
      <geom type="box" group="1" size=".2 .3 .4"/>
      <geom type="box" group="0" size="1 1 1"/>
      <geom type="box" group="1" size="1 1 1" rgba="1 1 1 0"/>
      <body name="drawer" pos="0 -.3 0">
        <joint name="slide" type="slide" axis="0 1 0" range="-.2 0"/>
        <geom type="box" group="1" size=".15 .01 .1"/>
      </body>
    </body>
    <body name="can" pos="0 0 1"><freejoint/><geom type="cylinder" group="1" size=".1 .25"/></body>
    <body name="wedge"><geom type="mesh" group="1" mesh="wedge"/></body>
    <body name="turned" pos="3 0 0"><geom type="box" group="1" size=".3 .1 .2" euler="0 0 25"/></body>
    <body name="ghost"><geom type="sphere" group="0" size=".1"/></body>
  </worldbody>
</mujoco>
"""


@pytest.fixture
def world():
    model = mujoco.MjModel.from_xml_string(WORLD)
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    return model, data


def _object(world, name, **settings):
    return object_boxes.solid_object(*world, world[0].body(name).id, name, **settings)


def test_a_box_has_the_size_and_axes_of_what_is_drawn(world):
    thing = _object(world, "cupboard", front=(0.0, -1.0, 0.0))
    box = thing.box(world[1])
    np.testing.assert_allclose(box.size_m, [0.61, 0.8, 0.4], atol=1e-9)  # front to back, height, width
    front = rotation.euler_to_matrix(np.radians([0.0, 0.0, 30.0])) @ [0, -1, 0]
    np.testing.assert_allclose(box.R_frame_box[:, 0], front, atol=1e-9)
    np.testing.assert_allclose(box.R_frame_box[:, 1], [0, 0, -1], atol=1e-9)
    np.testing.assert_allclose(box.centre_m, np.array([1, 2, 0.5]) + 0.005 * front, atol=1e-9)


def test_an_open_drawer_belongs_to_the_box(world):
    model, data = world
    thing = _object(world, "cupboard", front=(0.0, -1.0, 0.0))
    data.joint("slide").qpos[:] = -0.2
    mujoco.mj_kinematics(model, data)
    np.testing.assert_allclose(thing.box(data).size_m, [0.81, 0.8, 0.4], atol=1e-9)


def test_what_has_tipped_over_has_its_height_along_another_axis(world):
    model, data = world
    can = _object(world, "can")
    np.testing.assert_allclose(can.box(data).size_m, [0.2, 0.5, 0.2], atol=1e-3)
    data.qpos[-4:] = [np.sqrt(0.5), np.sqrt(0.5), 0, 0]  # a quarter turn about x
    mujoco.mj_kinematics(model, data)
    box = can.box(data)
    assert box.R_frame_box[2, 1] < -0.999 and abs(box.size_m[1] - 0.2) < 1e-3
    assert sorted(box.size_m.round(3)) == [0.2, 0.2, 0.5]


def test_a_front_that_points_up_is_no_heading(world):
    model, data = world
    can = _object(world, "can", front=(1.0, 0.0, 0.0))
    np.testing.assert_allclose(can.heading(data), [1, 0, 0])
    data.qpos[-4:] = [np.sqrt(0.5), 0, -np.sqrt(0.5), 0]
    mujoco.mj_kinematics(model, data)
    assert can.heading(data) is None
    can.box(data)


def test_meshes_and_things_that_stand_askew_in_their_body(world):
    np.testing.assert_allclose(np.sort(_object(world, "wedge").box(world[1]).size_m), [0.1, 0.2, 0.4], atol=1e-6)
    box = _object(world, "turned").box(world[1])
    np.testing.assert_allclose(np.sort(box.size_m), [0.2, 0.4, 0.6], atol=1e-6)


def test_surface_points_lie_on_the_surface_and_move_with_it(world):
    model, data = world
    can = _object(world, "can", samples=500)
    points = can.surface_m(data) - [0, 0, 1]
    radius, height = np.linalg.norm(points[:, :2], axis=1), np.abs(points[:, 2])
    assert (np.minimum(np.abs(radius - 0.1), np.abs(height - 0.25)) < 3e-4).all()
    side = (np.abs(radius - 0.1) < 3e-4).mean()
    assert abs(side - 0.5 / (0.5 + 0.05)) < 0.08, "evenly by area, and nobody sees what it stands on"
    data.qpos[-7:-4] += [1, 0, 0]
    mujoco.mj_kinematics(model, data)
    np.testing.assert_allclose(can.surface_m(data) - [1, 0, 1], points, atol=1e-12)


def test_the_inside_of_a_shut_box_has_no_surface_points(world):
    points = _object(world, "cupboard", samples=500).surface_m(world[1])
    assert len(points) == 500
    inside = np.abs((points - [1, 2, 0.5]) @ _turn(30)) < np.array([0.17, 0.27, 0.37])
    assert inside.all(axis=1).mean() < 0.01
    bottom = points[:, 2] < 0.5 - 0.4 + 1e-6
    assert bottom.mean() < 0.1, "only near its edges"


def _turn(degrees):
    return rotation.euler_to_matrix(np.radians([0.0, 0.0, degrees]))


def test_instance_numbers_follow_the_order_of_the_objects(world):
    model = world[0]
    table = object_boxes.instance_of_geom(model, [_object(world, "can"), _object(world, "cupboard")])
    assert [int(table[g]) for g in range(model.ngeom)] == [2, 0, 0, 2, 1, 0, 0, 0]


def test_nothing_drawn_is_refused(world):
    with pytest.raises(DataError, match="nothing is drawn of the object 'ghost'"):
        _object(world, "ghost")


@pytest.mark.parametrize(
    ("kind", "size", "area"),
    [
        ("sphere", ".5", np.pi),
        ("capsule", ".5 .5", 2 * np.pi),
        ("cylinder", ".5 .5", 1.5 * np.pi),
        ("box", ".5 .5 .5", 6.0),
        ("ellipsoid", ".5 .5 .5", np.pi),
        ("plane", "1 .5 1", 2.0),
        ("plane", "0 0 1", 0.0),
    ],
)
def test_triangles_cover_the_surface_and_face_outwards(kind, size, area):
    model = mujoco.MjModel.from_xml_string(
        f'<mujoco><worldbody><geom type="{kind}" size="{size}"/></worldbody></mujoco>'
    )
    faces = surfaces.triangles(model, 0)
    normals = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0]) / 2
    assert abs(np.linalg.norm(normals, axis=1).sum() - area) <= 0.01 * area
    assert ((normals * faces.mean(axis=1)).sum(axis=1) >= -1e-12).all() or kind == "plane"
