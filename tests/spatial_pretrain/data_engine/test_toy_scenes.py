"""The toy scenes that other tests stand on."""

import numpy as np
import pytest

from tests.spatial_pretrain.data_engine.toy_scenes import ToyScenes, looking, toy, toy_scene
from vst_robot.geometry import pose
from vst_robot.geometry.camera import project, unproject


def test_depth_of_a_box_straight_ahead():
    box = toy("box", 5, centre_m=(0, 0, 1), size_m=(1, 1, 1))
    scene = toy_scene([box], [looking((3, 0, 1), (0, 0, 1))], view="single")
    frame = scene.frames[0]
    assert frame.instances[36, 48] == 5
    assert frame.depth_m[36, 48] == pytest.approx(2.5)
    assert scene.objects[0].visible == (True,)
    np.testing.assert_allclose(scene.box_in_camera(scene.objects[0]).centre_m, [0, 0, 3], atol=1e-12)
    np.testing.assert_allclose(scene.box_in_camera(scene.objects[0]).R_frame_box[:, 1], [0, 1, 0], atol=1e-12)


@pytest.mark.parametrize("view", ["single", "multi", "video"])
def test_seen_points_lie_on_their_box(view):
    scene = ToyScenes(seed=1).scene(view, 3)
    for number, frame in enumerate(scene.frames):
        points = unproject(frame.depth_m, frame.K)
        for thing in scene.objects:
            box = scene.box_in_camera(thing, number)
            local = (points[frame.instances == thing.instance] - box.centre_m) @ box.R_frame_box
            assert (np.abs(local) <= box.size_m / 2 + 1e-4).all()


def test_a_point_to_the_right_is_drawn_to_the_right():
    left, right = (toy("box", i + 1, centre_m=(0, y, 1), size_m=(0.3,) * 3) for i, y in enumerate((-1, 1)))
    camera = looking((-3, 0, 1), (0, 0, 1))
    frame = toy_scene([left, right], [camera], view="single").frames[0]
    seen = [np.argwhere(frame.instances == i)[:, 1].mean() for i in (1, 2)]
    assert seen[0] > seen[1]  # looking along +x with z up, +y is to the left
    u = project(pose.apply(pose.inverse(camera), right.box.centre_m[None]), frame.K)[0, 0]
    assert abs(u - 0.5 - seen[1]) < 1


def test_scenes_repeat_and_differ():
    source = ToyScenes(seed=2)
    again = ToyScenes(seed=2).scene("multi", 4)
    np.testing.assert_array_equal(source.scene("multi", 4).frames[1].rgb, again.frames[1].rgb)
    assert not np.array_equal(source.scene("multi", 5).frames[0].rgb, again.frames[0].rgb)
