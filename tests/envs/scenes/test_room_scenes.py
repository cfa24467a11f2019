"""Whole scenes from rooms, checked with rays through MuJoCo's model and with each other."""

import pickle

import mujoco
import numpy as np
import pytest

from envs.scenes.room_scenes import RoomScenes
from vst_robot.errors import InputError
from vst_robot.geometry import camera, pose
from vst_robot.interfaces import SceneSource

SIZE = 96


@pytest.fixture(scope="module")
def source():
    made = RoomScenes(seed=5, image_size=SIZE)
    yield made
    made.close()


@pytest.fixture(scope="module")
def scenes(source):
    """A few of each view."""
    return [source.scene(view, index) for view in ("single", "multi") for index in (0, 1, 8, 9)] + [
        source.scene("video", 0)
    ]


def assert_same(first, second):
    assert first.name == second.name and len(first.frames) == len(second.frames)
    for one, other in zip(first.frames, second.frames, strict=True):
        for name in ("rgb", "K", "T_world_camera", "depth_m", "instances"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert one.time_s == other.time_s
    for one, other in zip(first.objects, second.objects, strict=True):
        assert (one.label, one.instance, one.visible, one.description) == (
            other.label,
            other.instance,
            other.visible,
            other.description,
        )
        np.testing.assert_array_equal(one.box.corners_m, other.box.corners_m)
        np.testing.assert_array_equal(one.surface_m, other.surface_m)


def test_it_is_a_scene_source_without_end(source):
    checked: SceneSource = source
    assert checked.name == "rooms"
    assert source.count("video") is None and source.views == ("single", "multi", "video")
    assert source.fingerprint()["seed"] == "5"


def test_a_scene_does_not_depend_on_what_was_asked_for_before(source, scenes):
    other = pickle.loads(pickle.dumps(source))
    for scene in (scenes[5], scenes[0], scenes[3]):
        view, index = scene.name.split("/")[-1].split("-")
        assert_same(scene, other.scene(view, int(index)))
    other.close()
    assert_same(scenes[1], other.scene("single", 1))
    other.close()


def test_other_seeds_and_indices_give_other_pictures(scenes):
    pictures = {scene.frames[0].rgb.tobytes() for scene in scenes}
    assert len(pictures) == len(scenes)
    other = RoomScenes(seed=6, image_size=SIZE)
    assert other.scene("single", 0).frames[0].rgb.tobytes() not in pictures
    other.close()


def test_what_is_known_of_the_room(scenes):
    for scene in scenes:
        np.testing.assert_array_equal(scene.gravity, [0, 0, -1])
        assert 6 < scene.floor_area_m2 < 40
        assert all(frame.instances.max() <= len(scene.objects) for frame in scene.frames)
        assert all((frame.depth_m > 0).mean() > 0.999 for frame in scene.frames), "rooms are closed"
    clip = scenes[-1]
    assert [frame.time_s for frame in clip.frames[:3]] == [0, 0.5, 1.0] and len(clip.frames) == 32
    assert {len(scene.frames) for scene in scenes if scene.view == "multi"} <= {2, 3, 4}


def test_depth_and_instances_agree_with_rays(source):
    scene = source.scene("single", 2)
    frame, stage = scene.frames[0], source._stage
    rng = np.random.default_rng(0)
    T, agreed = frame.T_world_camera, 0
    for v, u in rng.integers(0, SIZE, (300, 2)):
        ray = np.linalg.inv(frame.K) @ [u + 0.5, v + 0.5, 1.0]
        hit = np.zeros(1, dtype=np.int32)
        way = mujoco.mj_ray(stage.built.model, stage.built.data, T[:3, 3], T[:3, :3] @ ray, None, 1, -1, hit)
        same = stage.built.instance_of_geom[hit[0]] == frame.instances[v, u]
        agreed += same and abs(way - frame.depth_m[v, u]) < 0.01
    assert agreed >= 285, "all but pixels on edges, where a ray and a polygon may differ"


def test_pixels_of_a_thing_lie_in_its_box(scenes):
    for scene in scenes:
        for frame in scene.frames[:4]:
            points = pose.apply(frame.T_world_camera, camera.unproject(frame.depth_m, frame.K).reshape(-1, 3))
            for thing in scene.objects:
                mine = points[(frame.instances == thing.instance).ravel()]
                local = np.abs((mine - thing.box.centre_m) @ thing.box.R_frame_box)
                assert (local <= thing.box.size_m / 2 + 0.004).all(), thing.label


def test_visible_things_have_pixels_and_hidden_ones_have_few(scenes):
    shown = 0
    for scene in scenes:
        for number, frame in enumerate(scene.frames):
            for thing in scene.objects:
                pixels = int((frame.instances == thing.instance).sum())
                shown += thing.visible[number]
                if thing.visible[number]:
                    assert pixels >= 20
    assert shown > 100


def test_descriptions_tell_things_apart(scenes):
    for scene in scenes:
        words = [thing.description for thing in scene.objects if thing.description]
        assert len(set(words)) == len(words)
        assert all(thing.label in thing.description for thing in scene.objects if thing.description)


def test_surface_points_that_face_the_camera_are_where_the_depth_map_says(scenes):
    """Of a visible thing some surface points project onto its own mask at its own depth."""
    for scene in scenes[:4]:
        frame = scene.frames[0]
        for thing in scene.seen_in(0):
            local = pose.apply(pose.inverse(frame.T_world_camera), thing.surface_m)
            pixels = camera.project(local, frame.K)
            inside = ((pixels >= 0) & (pixels < SIZE)).all(axis=1)
            u, v = np.floor(pixels[inside]).astype(int).T
            close = np.abs(frame.depth_m[v, u] - local[inside, 2]) < 0.05 * local[inside, 2]
            assert (close & (frame.instances[v, u] == thing.instance)).any(), thing.label


@pytest.mark.parametrize("wrong", [{"image_size": 8}, {"seed": -1}])
def test_settings_out_of_range(wrong):
    with pytest.raises(InputError):
        RoomScenes(**wrong)


def test_scenes_are_counted_from_zero(source):
    with pytest.raises(InputError, match="from 0"):
        source.scene("single", -1)
