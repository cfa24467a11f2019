import pickle

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from spatial_pretrain.data_engine.thresholds import load_profile
from spatial_pretrain.readers.embodiedscan import EmbodiedScan
from spatial_pretrain.readers.frame_selection import Selection
from spatial_pretrain.readers.scans import ScanSource
from tests.spatial_pretrain.readers import worlds
from vst_robot.errors import DataError, UnavailableError
from vst_robot.geometry import camera, pose
from vst_robot.geometry.rotation import axis_angle_to_matrix

ALIGN = pose.make(axis_angle_to_matrix(np.array([0, 0, 0.7])), np.array([1.0, -2.0, 0.3]))
SCENE = "scannet/scene0000_00"
CATEGORIES = {"chair": 4, "Box": 9, "table": 2}


def intrinsics(K):
    return np.block([[worlds.centre_origin(K), np.zeros((3, 1))], [np.zeros((1, 3)), 1]])


def instance(thing, number, **changes):
    centre, size, axes = worlds.z_up(thing.box)
    angles = Rotation.from_matrix(axes).as_euler("ZXY")
    label = {name.lower(): value for name, value in CATEGORIES.items()}[thing.label]
    return {"bbox_3d": [*centre, *size, *angles], "bbox_label_3d": label, "bbox_id": number + 40} | changes


def image(folder, number, *, seen=(0, 1, 2), units=1000, dataset="scannet", depth=True, **changes):
    """Picture and a finer depth map; `cam2global` is in the scanner's own frame, before alignment."""
    _, _, rgb = worlds.shown(worlds.POSES[number])
    K_depth = camera.resized(worlds.K, from_px=worlds.SIZE_PX, to_px=(360, 270))
    depth_m, _, _ = worlds.shown(worlds.POSES[number], K_depth, (360, 270))
    stem = f"{dataset}/posed_images/scene0000_00/{number * 15:05d}"
    (folder / stem).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(folder / f"{stem}.jpg", quality=98)
    if depth:
        Image.fromarray(np.round(depth_m * units).astype(np.uint16)).save(folder / f"{stem}.png")
    return {
        "img_path": f"{stem}.jpg",
        "depth_path": f"{stem}.png",
        "cam2global": pose.inverse(ALIGN) @ worlds.POSES[number],
        "visible_instance_ids": np.array(seen),
    } | changes


def write(folder, *, images=None, instances=None, **changes):
    depth_K = camera.resized(worlds.K, from_px=worlds.SIZE_PX, to_px=(360, 270))
    item = {
        "sample_idx": SCENE,
        "axis_align_matrix": ALIGN,
        "cam2img": intrinsics(worlds.K),
        "depth_cam2img": intrinsics(depth_K),
        "images": images or [image(folder, n) for n in range(5)],
        "instances": instances if instances is not None else [instance(t, n) for n, t in enumerate(worlds.THINGS)],
    } | changes
    content = {"metainfo": {"categories": CATEGORIES}, "data_list": [item]}
    (folder / "embodiedscan_infos_train.pkl").write_bytes(pickle.dumps(content))
    return folder


def source(folder, **changes):
    return ScanSource(EmbodiedScan(folder), Selection(visibility=load_profile("tabletop").visibility, **changes))


def assert_world(scene, share=0.95):
    """Its world is the aligned one, in which the tests' room lies."""
    for number, frame in enumerate(scene.frames):
        worlds.assert_true_frame(frame, depth_m=0.05, share=share - 0.1)
        for thing, truth in zip(scene.objects, worlds.THINGS, strict=True):
            worlds.assert_same_box(thing.box, truth.box)
            worlds.assert_corners_in_picture(scene, thing, truth.box, frame.T_world_camera, frame.K, number)


def test_single_pictures(tmp_path):
    readers = source(write(tmp_path), singles=3)
    assert readers.count("single") == 3
    scene = readers.scene("single", 0)
    assert [thing.label for thing in scene.objects] == ["chair", "box", "table"]
    assert scene.gravity.tolist() == [0, 0, -1]
    assert all(thing.visible == (True,) for thing in scene.objects)
    assert np.allclose(scene.frames[0].T_world_camera, worlds.POSES[0])
    assert np.allclose(scene.frames[0].K, worlds.K)
    assert_world(scene)


def test_sets_and_clips(tmp_path):
    readers = source(write(tmp_path), set_frames=3, sets=2)
    multi = readers.scene("multi", 1)
    assert [np.allclose(f.T_world_camera, T) for f, T in zip(multi.frames, worlds.POSES[1:4], strict=True)] == [
        True
    ] * 3
    video = readers.scene("video", 0)
    assert [round(frame.time_s, 3) for frame in video.frames] == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert_world(video)


def test_the_data_sets_own_visibility_counts(tmp_path):
    scene = source(write(tmp_path, images=[image(tmp_path, 0, seen=(0, 2))])).scene("single", 0)
    assert [thing.visible for thing in scene.objects] == [(True,), (False,), (True,)]


def test_what_depth_contradicts_is_not_visible(tmp_path):
    moved = worlds.toy("chair", 1, centre_m=(-3.9, 3.9, 3.3), size_m=(0.5, 0.9, 0.6))  # above the ceiling
    scene = source(write(tmp_path, instances=[instance(moved, 0)])).scene("single", 0)
    assert [thing.visible for thing in scene.objects] == [(False,)]


def test_matterport_depth_has_other_units(tmp_path):
    images = [image(tmp_path, 0, units=4000, dataset="matterport3d", cam2img=intrinsics(worlds.K))]
    folder = write(tmp_path, images=images, sample_idx="matterport3d/abc/region0")
    assert_world(source(folder).scene("single", 0))


@pytest.mark.parametrize("bad", [-np.inf, np.nan])
def test_a_lost_pose_is_skipped_and_counted(tmp_path, bad):
    images = [image(tmp_path, 0, cam2global=np.full((4, 4), bad)), image(tmp_path, 1)]
    scene = source(write(tmp_path, images=images)).scene("single", 0)
    assert np.allclose(scene.frames[0].T_world_camera, worlds.POSES[1])
    assert scene.provenance["skipped: frame without a pose"] == "1"


def test_missing_depth_is_skipped_and_counted(tmp_path):
    readers = source(write(tmp_path, images=[image(tmp_path, 0, depth=False), image(tmp_path, 1)]))
    assert readers.scene("single", 0).provenance["skipped: frame without depth"] == "1"
    with pytest.raises(DataError, match="fewer than 2"):
        readers.scene("single", 1)


def test_no_frame_at_all(tmp_path):
    with pytest.raises(DataError, match="1 x frame without depth"):
        source(write(tmp_path, images=[image(tmp_path, 0, depth=False)])).scene("single", 0)


@pytest.mark.parametrize("numbers", [[np.nan] * 9, [0] * 9, [0, 0, 0, 1, 1], [0, 0, 0, 1, 0, 1, 0, 0, 0]])
def test_damaged_boxes(tmp_path, numbers):
    instances = [instance(worlds.THINGS[0], 0, bbox_3d=numbers), instance(worlds.THINGS[1], 1)]
    scene = source(write(tmp_path, instances=instances)).scene("single", 0)
    assert [(thing.label, thing.instance) for thing in scene.objects] == [("box", 2)]
    assert sum(int(v) for k, v in scene.provenance.items() if k.startswith("skipped: box")) == 1


def test_an_empty_scene(tmp_path):
    assert source(write(tmp_path, instances=[])).scene("single", 0).objects == ()


def test_an_incomplete_item(tmp_path):
    with pytest.raises(DataError, match="incomplete"):
        source(write(tmp_path, images=[image(tmp_path, 0)], instances=[{"bbox_id": 3}])).scene("single", 0)


class Hostile:
    def __reduce__(self):
        return print, ("this must never be printed",)


def test_a_hostile_pickle_is_refused(tmp_path, capsys):
    (tmp_path / "embodiedscan_infos_train.pkl").write_bytes(pickle.dumps({"metainfo": Hostile()}))
    with pytest.raises(DataError, match=r"builtins\.print.*hostile"):
        source(tmp_path).count("single")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"garbage", pickle.dumps([1, 2])[:-3], pickle.dumps({"data_list": []})])
def test_a_damaged_pickle(tmp_path, content):
    (tmp_path / "embodiedscan_infos_train.pkl").write_bytes(content)
    with pytest.raises(DataError, match="embodiedscan_infos_train"):
        source(tmp_path).count("single")


def test_nothing_there(tmp_path):
    with pytest.raises(UnavailableError, match=r"embodiedscan_infos_train\.pkl"):
        source(tmp_path).count("single")


def test_crossing_into_workers(tmp_path):
    readers = source(write(tmp_path))
    first = readers.scene("multi", 0)
    again = pickle.loads(pickle.dumps(readers)).scene("multi", 0)
    assert [np.array_equal(a.rgb, b.rgb) for a, b in zip(first.frames, again.frames, strict=True)] == [True] * 4
    assert pickle.loads(pickle.dumps(readers)).fingerprint() == readers.fingerprint()


def test_times_begin_with_the_scene(tmp_path):
    readers = source(write(tmp_path), set_frames=3, sets=2)
    assert [round(frame.time_s, 3) for frame in readers.scene("multi", 1).frames] == [0.0, 0.5, 1.0]
    assert readers.scene("single", 3).frames[0].time_s == 0


def test_scans_that_were_not_downloaded_are_not_listed(tmp_path):
    absent = [image(tmp_path, 0) | {"img_path": "3rscan/abc/x.jpg", "depth_path": "3rscan/abc/x.png"}]
    with pytest.raises(UnavailableError, match="no complete scan"):
        source(write(tmp_path, images=absent)).count("single")
    write(tmp_path)
    assert source(tmp_path, singles=7).count("single") == 7
    with pytest.raises(UnavailableError, match="no complete scan"):
        ScanSource(EmbodiedScan(tmp_path, datasets=("matterport3d",))).count("single")


def test_a_damaged_scan_is_opened_once(tmp_path):
    dataset = EmbodiedScan(write(tmp_path, instances=[{"bbox_id": 3}]))
    opened = []
    dataset.open = lambda name, plain=dataset.open: (opened.append(name), plain(name))[1]
    readers = ScanSource(dataset)
    for index in range(3):
        with pytest.raises(DataError, match="incomplete"):
            readers.scene("single", index)
    assert opened == [SCENE]
