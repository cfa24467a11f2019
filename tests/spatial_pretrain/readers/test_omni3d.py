import json
import pickle

import numpy as np
import pytest
from PIL import Image

from spatial_pretrain.readers.omni3d import Omni3D
from tests.spatial_pretrain.readers import worlds
from vst_robot.errors import DataError, UnavailableError
from vst_robot.geometry import pose

T_CAMERA_ROOM = pose.inverse(worlds.POSES[0])


def annotation(thing, number, **changes):
    box = thing.box.moved(T_CAMERA_ROOM)
    length, height, width = box.size_m
    return {
        "id": number,
        "image_id": 7,
        "category_id": number,
        "category_name": thing.label,
        "valid3D": True,
        "bbox2D_tight": [-1, -1, -1, -1],
        "bbox2D_proj": [10, 10, 60, 60],
        "bbox2D_trunc": [10, 10, 60, 60],
        "bbox3D_cam": box.corners_m.tolist(),
        "center_cam": box.centre_m.tolist(),
        "dimensions": [width, height, length],
        "R_cam": box.R_frame_box.tolist(),
        "behind_camera": False,
        "visibility": -1,
        "truncation": 0.1,
        "segmentation_pts": -1,
        "lidar_pts": -1,
        "depth_error": -1,
        **changes,
    }


def write(folder, annotations=None, split="train", picture="SUNRGBD/kv2/0001/image/1.png", **changes):
    depth, _, rgb = worlds.shown()
    path = folder / picture
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(path)
    millimetres = np.round(depth * 1000).astype(np.uint16)
    depth_folder = path.parent.parent / "depth_bfx"
    depth_folder.mkdir(exist_ok=True)
    Image.fromarray((millimetres << 3) | (millimetres >> 13)).save(depth_folder / "1.png")
    image = {"id": 7, "dataset_id": 10, "width": 120, "height": 90, "file_path": picture, "K": worlds.K.tolist()}
    if annotations is None:
        annotations = [annotation(thing, n) for n, thing in enumerate(worlds.THINGS, 1)]
    content = {"info": {}, "images": [image | changes], "categories": [], "annotations": annotations}
    (folder / f"Omni3D_SUNRGBD_{split}.json").write_text(json.dumps(content))
    return folder


def test_the_known_boxes_come_back(tmp_path):
    source = Omni3D(write(tmp_path))
    assert source.count("single") == 1
    scene = source.scene("single", 0)
    assert [thing.label for thing in scene.objects] == ["chair", "box", "table"]
    worlds.assert_true_frame(scene.frames[0], worlds.POSES[0])
    for thing, truth in zip(scene.objects, worlds.THINGS, strict=True):
        assert thing.visible == (True,)
        worlds.assert_same_box(thing.box, truth.box.moved(T_CAMERA_ROOM))
        worlds.assert_corners_in_picture(scene, thing, truth.box, worlds.POSES[0], worlds.K)


def test_the_numbers_give_the_stored_corners(tmp_path):
    scene = Omni3D(write(tmp_path)).scene("single", 0)
    for number, (read, thing) in enumerate(zip(scene.objects, worlds.THINGS, strict=True), 1):
        assert np.allclose(read.box.corners_m, annotation(thing, number)["bbox3D_cam"])


def test_a_smaller_picture_keeps_the_geometry(tmp_path):
    scene = Omni3D(write(tmp_path), max_side_px=40).scene("single", 0)
    assert scene.frames[0].size_px == (40, 30)
    worlds.assert_true_frame(scene.frames[0], worlds.POSES[0], share=0.9)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"center_cam": [float("nan"), 0, 1]}, "box with NaN or infinity"),
        ({"dimensions": [0.4, 0, 0.4]}, "box without a size"),
        ({"dimensions": [-1, -1, -1]}, "box without a size"),
        ({"dimensions": []}, "box with NaN or infinity"),
        ({"R_cam": [[1, 1, 0], [0, 1, 0], [0, 0, 1]]}, "box axes not at right angles"),
        ({"valid3D": False}, "box without valid 3D"),
        ({"lidar_pts": 0}, "box without points"),
        ({"depth_error": 0.9}, "box of doubtful depth"),
    ],
)
def test_a_damaged_box_takes_its_category_out(tmp_path, changes, reason):
    chairs = [annotation(worlds.THINGS[0], 1), annotation(worlds.THINGS[0], 2, category_name="Chair", **changes)]
    scene = Omni3D(write(tmp_path, [*chairs, annotation(worlds.THINGS[1], 3)])).scene("single", 0)
    assert [thing.label for thing in scene.objects] == ["box"]
    assert scene.provenance[f"skipped: {reason}"] == "1"


@pytest.mark.parametrize("changes", [{"truncation": 0.8}, {"visibility": 0.1}, {"bbox2D_trunc": [1, 10, 60, 13]}])
def test_what_is_hidden_is_kept_but_not_visible(tmp_path, changes):
    scene = Omni3D(write(tmp_path, [annotation(worlds.THINGS[0], 1, **changes)])).scene("single", 0)
    assert [thing.visible for thing in scene.objects] == [(False,)]


def test_what_is_behind_the_camera_is_not_there(tmp_path):
    things = [annotation(worlds.THINGS[0], 1, behind_camera=True), annotation(worlds.THINGS[1], 2)]
    assert [t.label for t in Omni3D(write(tmp_path, things)).scene("single", 0).objects] == ["box"]


def test_labels_that_differ_by_case_are_one(tmp_path):
    things = [annotation(worlds.THINGS[0], 1, category_name="Night_Stand"), annotation(worlds.THINGS[1], 2)]
    assert Omni3D(write(tmp_path, things)).scene("single", 0).objects[0].label == "night stand"


def test_test_splits_are_left_alone(tmp_path):
    with pytest.raises(UnavailableError, match=r"Omni3D_\*_train\|val"):
        Omni3D(write(tmp_path, split="test")).count("single")
    assert Omni3D(tmp_path, splits=("test",)).count("single") == 1


def test_other_sets_are_left_alone(tmp_path):
    with pytest.raises(UnavailableError, match="Hypersim"):
        Omni3D(write(tmp_path), sets=("Hypersim",)).count("single")


def test_missing_and_damaged_files(tmp_path):
    with pytest.raises(UnavailableError, match="no Omni3D folder"):
        Omni3D(tmp_path / "nowhere").count("single")
    source = Omni3D(write(tmp_path))
    picture = tmp_path / "SUNRGBD/kv2/0001/image/1.png"
    whole = picture.read_bytes()
    picture.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="download it again"):
        source.scene("single", 0)
    picture.unlink()
    with pytest.raises(DataError, match=r"1\.png"):
        source.scene("single", 0)
    with pytest.raises(DataError, match="no scene 1"):
        source.scene("single", 1)


def test_half_a_json_file(tmp_path):
    path = write(tmp_path) / "Omni3D_SUNRGBD_train.json"
    path.write_text(path.read_text()[:200])
    with pytest.raises(DataError, match="Omni3D_SUNRGBD_train"):
        Omni3D(tmp_path).count("single")
    path.write_text('{"images": []}')
    with pytest.raises(DataError, match="no Omni3D annotations"):
        Omni3D(tmp_path).count("single")


def test_a_picture_of_another_size_is_refused(tmp_path):
    with pytest.raises(DataError, match="120x90"):
        Omni3D(write(tmp_path, width=730)).scene("single", 0)


def test_the_source_crosses_into_workers(tmp_path):
    source = Omni3D(write(tmp_path))
    first = source.scene("single", 0)
    again = pickle.loads(pickle.dumps(source)).scene("single", 0)
    assert np.array_equal(first.frames[0].rgb, again.frames[0].rgb)
    assert first.name == again.name
    assert source.fingerprint() == Omni3D(tmp_path).fingerprint()
