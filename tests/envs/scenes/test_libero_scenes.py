import pickle

import mujoco
import numpy as np
import pytest

from envs.assets.primitive import pack
from envs.scenes import labels
from envs.scenes.libero_scenes import GROUP_LAYOUTS, LiberoScenes
from envs.suites import SUITES
from vst_robot.errors import InputError
from vst_robot.geometry import camera, pose


@pytest.fixture(scope="module")
def source():
    made = LiberoScenes(suite="libero_spatial", image_size=64)
    yield made
    made.close()


@pytest.fixture(scope="module")
def scenes(source):
    """A few of each view, from three layouts of as many tasks."""
    asked = [("single", 0), ("single", 1), ("single", 9), ("multi", 8), ("video", 0)]
    return {key: source.scene(*key) for key in asked}


def _equal(first, second):
    frames = zip(first.frames, second.frames, strict=True)
    return all(
        (a.rgb == b.rgb).all() and (a.depth_m == b.depth_m).all() and (a.instances == b.instances).all()
        for a, b in frames
    ) and all(
        (a.box.corners_m == b.box.corners_m).all() and a.visible == b.visible and (a.surface_m == b.surface_m).all()
        for a, b in zip(first.objects, second.objects, strict=True)
    )


def test_views_have_their_frames(scenes):
    assert [len(scene.frames) for scene in scenes.values()] == [1, 1, 1, 4, 16]
    for (view, _), scene in scenes.items():
        assert scene.view == view and scene.source == "libero_spatial"
        assert scene.objects[-1].label == "table" and len({thing.label for thing in scene.objects}) >= 5
    assert [frame.time_s for frame in scenes["video", 0].frames[:3]] == [0.0, 0.5, 1.0]
    assert {frame.time_s for frame in scenes["multi", 8].frames} == {0.0}
    assert len({scene.name for scene in scenes.values()}) == len(scenes)


def test_every_pixel_of_an_object_lies_in_its_box(scenes):
    checked = 0
    for scene in scenes.values():
        for index, frame in enumerate(scene.frames):
            points = camera.unproject(frame.depth_m, frame.K)
            for thing in scene.objects:
                box = scene.box_in_camera(thing, index)
                local = (points[frame.instances == thing.instance] - box.centre_m) @ box.R_frame_box
                assert (np.abs(local) <= box.size_m / 2 + 1e-3).all(), (scene.name, thing.label)
                checked += len(local)
    assert checked > 5000


def test_surface_points_that_agree_with_the_depth_map_show_their_object(scenes):
    agreed = []
    for scene in scenes.values():
        for index, frame in enumerate(scene.frames):
            for thing in scene.seen_in(index):
                local = pose.apply(pose.inverse(frame.T_world_camera), thing.surface_m)
                pixels = camera.project(local, frame.K)
                inside = (pixels >= 0).all(axis=1) & (pixels < 64).all(axis=1)
                columns, rows = np.floor(pixels[inside]).astype(int).T
                seen = np.abs(frame.depth_m[rows, columns] - local[inside, 2]) < 0.002
                agreed.extend((frame.instances[rows, columns] == thing.instance)[seen])
    assert len(agreed) > 500 and np.mean(agreed) > 0.97  # a pixel on an outline may show the neighbour


def test_depth_agrees_with_rays_cast_into_the_model(source):
    scene = source.scene("single", 2)
    frame = scene.frames[0]
    stage = source._stage(source._layout("single", 2)[1])
    simulation, rng = stage._simulation, np.random.default_rng(0)
    wrong = []
    for row, column in rng.integers(0, 64, (300, 2)):
        ray = frame.T_world_camera[:3, :3] @ np.linalg.inv(frame.K) @ [column + 0.5, row + 0.5, 1.0]
        hit = np.zeros(1, np.int32)
        groups = np.array([0, 1, 0, 0, 0, 0], np.uint8)
        eye = frame.T_world_camera[:3, 3]
        depth = mujoco.mj_ray(simulation.model, simulation.data, eye, ray, groups, 1, -1, hit)
        number = stage._instances[hit[0]] if hit[0] >= 0 else 0
        wrong.append(number != frame.instances[row, column] or abs(depth - frame.depth_m[row, column]) > 2e-3)
    assert np.mean(wrong) < 0.04, "only on outlines"


def test_flags_mean_pixels_and_hidden_things_have_none(scenes, source):
    for scene in scenes.values():
        for thing in scene.objects:
            for frame, visible in zip(scene.frames, thing.visible, strict=True):
                pixels = (frame.instances == thing.instance).sum()
                assert not visible or pixels >= source.rule.min_pixels
                assert pixels or not visible


def test_a_scene_does_not_depend_on_what_was_asked_before(scenes, source):
    fresh = pickle.loads(pickle.dumps(source))
    assert not fresh._stages, "open simulators stay behind"
    assert _equal(fresh.scene("single", 9), scenes["single", 9])
    source.scene("single", 10)
    assert _equal(source.scene("single", 1), scenes["single", 1])
    fresh.close()
    assert _equal(fresh.scene("single", 1), scenes["single", 1])
    fresh.close()


def test_layouts_looks_and_cameras_differ(scenes):
    first, second, other = (scenes["single", i] for i in (0, 1, 9))
    shared = zip(first.objects, second.objects, strict=True)
    assert all((a.box.centre_m == b.box.centre_m).all() for a, b in shared), "one layout serves several scenes"
    assert (first.frames[0].T_world_camera != second.frames[0].T_world_camera).any()
    assert np.abs(first.objects[0].box.centre_m - other.objects[0].box.centre_m).max() > 1e-3
    assert first.name.split("/")[1] != other.name.split("/")[1], "tasks take turns"


def test_libero_90_takes_ten_tasks_at_a_time():
    source = LiberoScenes(suite="libero_90")
    tasks = {source._layout("single", 8 * layout)[1].task_id for layout in range(GROUP_LAYOUTS)}
    assert tasks == set(range(10))
    assert source._layout("single", 8 * GROUP_LAYOUTS)[1].task_id == 10
    last = 9 * GROUP_LAYOUTS
    assert source._layout("single", 8 * last)[1].task_id == 0


def test_every_class_has_plain_words():
    for make in pack.MOVABLES:
        words = labels.label_of(make().name)
        assert words == words.lower() and "_" not in words and not any(c.isdigit() for c in words)
    assert labels.label_of("wine_rack") == "wine rack"
    assert labels.label_of("akita_black_bowl") == "black bowl"


def test_bad_settings_are_refused(source):
    with pytest.raises(InputError, match="unknown suite"):
        LiberoScenes(suite="libero_spacial")
    with pytest.raises(InputError, match="image_size"):
        LiberoScenes(image_size=4)
    with pytest.raises(InputError, match="counted from 0"):
        source.scene("single", -1)
    assert source.fingerprint()["suite"] in SUITES


@pytest.mark.parametrize(
    ("suite", "task_id", "label"),
    [("libero_goal", 0, "wooden cabinet"), ("libero_10", 3, "white cabinet"), ("libero_10", 9, "microwave")],
)
def test_drawers_and_doors_open_to_the_front(suite, task_id, label):
    source = LiberoScenes(suite=suite, image_size=32)
    scene = source.scene("single", 8 * task_id)
    stage = source._stage(source._layout("single", 8 * task_id)[1])
    model, data = stage._simulation.model, stage._simulation.data
    thing = next(thing for thing in stage.objects if thing.label == label)
    joints = [model.body_jntadr[b] for b in {model.geom_bodyid[g] for g in thing.geoms} if model.body_jntnum[b]]
    shut, opened = _fronts(model, data, thing, joints, 0.0), _fronts(model, data, thing, joints, 0.75)
    assert opened[0] - shut[0] > 0.1, "forward"
    assert opened[0] - shut[0] > np.abs(opened[1:] - shut[1:]).max() + 0.05, "more than anywhere else"
    assert next(one for one in scene.objects if one.label == label).has_front
    source.close()


def _fronts(model, data, thing, joints, share):
    """How far it reaches to its front, back and sides from its root, in metres, with its joints so far open."""
    for joint in joints:
        ends = model.jnt_range[joint]
        data.qpos[model.jnt_qposadr[joint]] = share * ends[np.argmax(np.abs(ends))]
    mujoco.mj_kinematics(model, data)
    forward = thing.heading(data)
    sideways = np.cross(forward, [0, 0, 1])
    reach = (thing.outline_m(data) - data.xpos[thing.root]) @ np.stack([forward, sideways], axis=1)
    return np.array([reach[:, 0].max(), reach[:, 0].min(), reach[:, 1].max(), reach[:, 1].min()])
