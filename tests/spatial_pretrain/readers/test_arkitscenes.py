import json

import numpy as np
import pytest
from PIL import Image

from spatial_pretrain.data_engine.thresholds import load_profile
from spatial_pretrain.readers.arkitscenes import ARKitScenes
from spatial_pretrain.readers.frame_selection import Selection
from spatial_pretrain.readers.scans import ScanSource
from tests.spatial_pretrain.readers import worlds
from vst_robot.errors import DataError, UnavailableError
from vst_robot.geometry import pose, rotation

VIDEO = "40753679"
SCAN = f"Training/{VIDEO}"
TIMES = [6845.123 + 0.5 * n for n in range(5)]


def entry(thing, **changes):
    centre, size, axes = worlds.z_up(thing.box)
    box = {"centroid": centre.tolist(), "axesLengths": size.tolist(), "normalizedAxes": axes.T.ravel().tolist()}
    rotten = {"centroid": (centre * 100).tolist(), "axesLengths": size.tolist(), "normalizedAxes": [0] * 9}
    return {"label": thing.label, "uid": "x", "segments": {"obb": rotten, "obbAligned": box | changes}}


def line(time, T_world_camera):
    T = pose.inverse(T_world_camera)
    numbers = [time, *rotation.matrix_to_axis_angle(T[:3, :3]), *T[:3, 3]]
    return " ".join(f"{number:.9f}" for number in numbers)


def pincam(K, size):
    c = worlds.centre_origin(K)
    return f"{size[0]} {size[1]} {c[0, 0]} {c[1, 1]} {c[0, 2]} {c[1, 2]}"


def write(folder, *, data=None, lines=None, depth=True, offset=0.0, skipped=False):
    scan = folder / "3dod" / SCAN
    frames = scan / f"{VIDEO}_frames"
    for kind in ("lowres_wide", "lowres_depth", "lowres_wide_intrinsics"):
        (frames / kind).mkdir(parents=True, exist_ok=True)
    for time, T in zip(TIMES, worlds.POSES, strict=True):
        depth_m, _, rgb = worlds.shown(T)
        Image.fromarray(rgb).save(frames / "lowres_wide" / f"{VIDEO}_{time:.3f}.png")
        if depth:
            millimetres = np.round(depth_m * 1000).astype(np.uint16)
            Image.fromarray(millimetres).save(frames / "lowres_depth" / f"{VIDEO}_{time:.3f}.png")
        numbers = pincam(worlds.K, worlds.SIZE_PX)
        (frames / "lowres_wide_intrinsics" / f"{VIDEO}_{time + offset:.3f}.pincam").write_text(numbers)
    if lines is None:
        lines = [line(time, T) for time, T in zip(TIMES, worlds.POSES, strict=True)]
    (frames / "lowres_wide.traj").write_text("\n".join(lines) + "\n")
    content = {"data": [entry(t) for t in worlds.THINGS] if data is None else data, "skipped": skipped}
    (scan / f"{VIDEO}_3dod_annotation.json").write_text(json.dumps(content))
    return folder


def source(folder, **changes):
    return ScanSource(ARKitScenes(folder), Selection(visibility=load_profile("tabletop").visibility, **changes))


@pytest.mark.parametrize("offset", [0.0, 0.001, -0.001])
def test_the_known_boxes_come_back(tmp_path, offset):
    readers = source(write(tmp_path, offset=offset))
    scene = readers.scene("video", 0)
    assert [round(frame.time_s, 3) for frame in scene.frames] == [0, 0.5, 1, 1.5, 2]
    assert scene.gravity.tolist() == [0, 0, -1]
    for number, frame in enumerate(scene.frames):
        worlds.assert_true_frame(frame)
        for thing, truth in zip(scene.objects, worlds.THINGS, strict=True):
            assert thing.visible[number]
            worlds.assert_same_box(thing.box, truth.box)
            worlds.assert_corners_in_picture(scene, thing, truth.box, worlds.POSES[number], worlds.K, number)


def test_the_folder_itself_may_be_named(tmp_path):
    write(tmp_path)
    assert source(tmp_path / "3dod", singles=2).count("single") == 2


def test_axes_of_the_other_hand_are_the_same_box(tmp_path):
    _, _, axes = worlds.z_up(worlds.THINGS[0].box)
    flipped = entry(worlds.THINGS[0], normalizedAxes=(axes * [1, -1, 1]).T.ravel().tolist())
    thing = source(write(tmp_path, data=[flipped])).scene("single", 0).objects[0]
    worlds.assert_same_box(thing.box, worlds.THINGS[0].box)


def test_better_pictures_are_preferred(tmp_path):
    frames = write(tmp_path) / "3dod" / SCAN / f"{VIDEO}_frames"
    K, size = np.diag([3.0, 3.0, 1.0]) @ worlds.K, (360, 270)
    for kind in ("vga_wide", "vga_wide_intrinsics"):
        (frames / kind).mkdir()
    for time, T in zip(TIMES, worlds.POSES, strict=True):
        Image.fromarray(worlds.shown(T, K, size)[2]).save(frames / "vga_wide" / f"{VIDEO}_{time:.3f}.png")
        (frames / "vga_wide_intrinsics" / f"{VIDEO}_{time:.3f}.pincam").write_text(pincam(K, size))
    frame = source(tmp_path).scene("single", 0).frames[0]
    assert frame.size_px == size
    assert np.array_equal(frame.rgb, worlds.shown(worlds.POSES[0], K, size)[2])
    assert np.allclose(frame.depth_m[1::3, 1::3], worlds.shown()[0], atol=1e-3)
    assert np.allclose(frame.K, K)


def test_between_two_poses_the_camera_is_on_its_way(tmp_path):
    start, end = worlds.POSES[0], worlds.POSES[0] @ pose.exp(np.array([0.02, 0, 0.01, 0.01, 0, 0.02]))
    lines = [line(TIMES[0] - 0.04, start), line(TIMES[0] + 0.06, end)]
    frame = source(write(tmp_path, lines=lines)).scene("single", 0).frames[0]
    halfway = start @ pose.exp(0.4 * np.array([0.02, 0, 0.01, 0.01, 0, 0.02]))
    assert np.allclose(frame.T_world_camera, halfway, atol=1e-6)


def test_frames_without_a_pose_are_counted(tmp_path):
    lines = [line(TIMES[0], worlds.POSES[0]), "6845.623 nan nan nan nan nan nan"]
    scene = source(write(tmp_path, lines=lines)).scene("single", 0)
    assert scene.provenance["skipped: frame without a pose"] == "4"


def test_missing_depth(tmp_path):
    with pytest.raises(DataError, match="5 x frame without depth"):
        source(write(tmp_path, depth=False)).scene("single", 0)


def test_damaged_files(tmp_path):
    readers = source(write(tmp_path))
    frames = tmp_path / "3dod" / SCAN / f"{VIDEO}_frames"
    pincams = sorted((frames / "lowres_wide_intrinsics").iterdir())
    pincams[0].write_text("120 90 100")
    with pytest.raises(DataError, match="3 numbers instead of 6"):
        readers.scene("single", 0)
    pincams[0].write_text(pincam(worlds.K, (640, 480)))
    with pytest.raises(DataError, match="made for 640x480"):
        readers.scene("single", 0)
    (frames / "lowres_wide.traj").write_text("")
    with pytest.raises(DataError, match=r"lowres_wide\.traj"):
        source(tmp_path).scene("single", 0)
    (frames / "lowres_wide.traj").unlink()
    with pytest.raises(DataError, match=r"lowres_wide\.traj"):
        source(tmp_path).scene("single", 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "annotation"), ("[]", "no annotation"), ('{"data": [{"label": "x"}]}', "no annotation")],
)
def test_damaged_annotations(tmp_path, content, message):
    (write(tmp_path) / "3dod" / SCAN / f"{VIDEO}_3dod_annotation.json").write_text(content)
    with pytest.raises(DataError, match=message):
        source(tmp_path).scene("single", 0)


def test_scans_that_the_annotators_skipped(tmp_path):
    with pytest.raises(DataError, match="skipped"):
        source(write(tmp_path, skipped=True)).scene("single", 0)


def test_nothing_there(tmp_path):
    with pytest.raises(UnavailableError, match="no complete scan"):
        source(tmp_path).count("single")
    with pytest.raises(UnavailableError, match="no ARKitScenes folder"):
        source(tmp_path / "nowhere").count("single")
