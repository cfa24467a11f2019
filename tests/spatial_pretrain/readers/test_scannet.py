import io
import json
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from spatial_pretrain.data_engine.thresholds import load_profile
from spatial_pretrain.readers.frame_selection import Selection
from spatial_pretrain.readers.scannet import ScanNet
from spatial_pretrain.readers.scans import ScanSource
from spatial_pretrain.readers.sens import open_sens
from tests.spatial_pretrain.readers import worlds
from vst_robot.errors import DataError, UnavailableError
from vst_robot.geometry import camera, pose
from vst_robot.geometry.rotation import axis_angle_to_matrix

SCAN = "scene0000_00"
ALIGN = pose.make(axis_angle_to_matrix(np.array([0, 0, 0.4])), np.array([0.5, 1.0, -0.2]))
DEPTH_PX = (360, 270)
K_DEPTH = camera.resized(worlds.K, from_px=worlds.SIZE_PX, to_px=DEPTH_PX)


def jpeg(rgb):
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", quality=98)
    return stream.getvalue()


def padded(K):
    return np.block([[worlds.centre_origin(K), np.zeros((3, 1))], [np.zeros((1, 3)), 1]]).astype("<f4").tobytes()


def sens(poses, *, times=None, version=4, count=None):
    """A stream of the room; poses are the cameras' in the world after alignment."""
    name = b"StructureSensor"
    out = struct.pack("<IQ", version, len(name)) + name
    eye = np.eye(4, dtype="<f4").tobytes()
    out += padded(worlds.K) + eye + padded(K_DEPTH) + eye
    out += struct.pack("<2i4IfQ", 2, 1, *worlds.SIZE_PX, *DEPTH_PX, 1000.0, count or len(poses))
    for number, T in enumerate(poses):
        lost = not np.isfinite(T).all()
        seen_from = worlds.POSES[0] if lost else T
        depth_m, _, _ = worlds.shown(seen_from, K_DEPTH, DEPTH_PX)
        colour = jpeg(worlds.shown(seen_from)[2])
        depth = zlib.compress(np.round(depth_m * 1000).astype("<u2").tobytes())
        stored = T if lost else pose.inverse(ALIGN) @ T
        time = (times or [0] * len(poses))[number]
        out += stored.astype("<f4").tobytes() + struct.pack("<4Q", time, time, len(colour), len(depth)) + colour + depth
    return out


def mesh(things=worlds.THINGS, order="binary_little_endian"):
    """Corners and 40 more points of each thing; its segment numbers are 10 n and 10 n + 1."""
    draw = np.random.default_rng(0)
    points, segments = [np.zeros((5, 3))], [[99] * 5]
    for number, thing in enumerate(things):
        chosen = thing.surface_m[draw.integers(0, len(thing.surface_m), 200)]
        points.append(np.concatenate([thing.box.corners_m, chosen]))
        segments.append([10 * number] * 100 + [10 * number + 1] * 108)
    world = pose.apply(pose.inverse(ALIGN), np.concatenate(points))
    lines = ["ply", f"format {order} 1.0", "comment made for a test", f"element vertex {len(world)}"]
    lines += ["property float x", "property float y", "property float z", "property uchar red"]
    lines += ["element face 0", "property list uchar int vertex_indices", "end_header"]
    head = ("\n".join(lines) + "\n").encode()
    if order == "ascii":
        return head + "".join(f"{x} {y} {z} 7\n" for x, y, z in world).encode(), np.concatenate(segments)
    kind = "<" if "little" in order else ">"
    table = np.zeros(len(world), dtype=[("x", kind + "f4"), ("y", kind + "f4"), ("z", kind + "f4"), ("r", "u1")])
    table["x"], table["y"], table["z"] = world.T
    return head + table.tobytes(), np.concatenate(segments)


def archive(path, poses):
    with zipfile.ZipFile(path, "w") as zipped:
        for number, T in enumerate(poses):
            stream = io.BytesIO()
            Image.fromarray(worlds.shown(T)[1].astype(np.uint8)).save(stream, "PNG")
            zipped.writestr(f"instance-filt/{number}.png", stream.getvalue())


def write(folder, *, poses=worlds.POSES, order="binary_little_endian", instances=True, groups=None, **stream):
    scan = folder / "scans" / SCAN
    scan.mkdir(parents=True, exist_ok=True)
    (scan / f"{SCAN}.sens").write_bytes(sens(poses, **stream))
    content, segments = mesh(order=order)
    (scan / f"{SCAN}_vh_clean_2.ply").write_bytes(content)
    (scan / f"{SCAN}_vh_clean_2.0.010000.segs.json").write_text(json.dumps({"segIndices": segments.tolist()}))
    if groups is None:
        labels = ["Chair", "box", "table"]
        groups = [{"objectId": n, "segments": [10 * n, 10 * n + 1], "label": label} for n, label in enumerate(labels)]
    (scan / f"{SCAN}.aggregation.json").write_text(json.dumps({"sceneId": SCAN, "segGroups": groups}))
    numbers = " ".join(str(number) for number in ALIGN.ravel())
    (scan / f"{SCAN}.txt").write_text(f"colorWidth = 120\naxisAlignment = {numbers} \nsceneType = Office\n")
    if instances:
        archive(scan / f"{SCAN}_2d-instance-filt.zip", [T for T in poses if np.isfinite(T).all()])
    return folder


def source(folder, **changes):
    return ScanSource(ScanNet(folder), Selection(visibility=load_profile("tabletop").visibility, **changes))


@pytest.mark.parametrize("instances", [True, False])
def test_the_known_boxes_come_back(tmp_path, instances):
    scene = source(write(tmp_path, instances=instances)).scene("multi", 0)
    assert [thing.label for thing in scene.objects] == ["chair", "box", "table"]
    assert [thing.instance for thing in scene.objects] == [1, 2, 3]
    for number, frame in enumerate(scene.frames):
        assert (frame.instances is not None) == instances
        worlds.assert_true_frame(frame, depth_m=0.05, share=0.93)
        for thing, truth in zip(scene.objects, worlds.THINGS, strict=True):
            assert thing.visible[number]
            worlds.assert_same_box(thing.box, truth.box)
            worlds.assert_corners_in_picture(scene, thing, truth.box, worlds.POSES[number], worlds.K, number)
    local = (scene.objects[0].surface_m - worlds.THINGS[0].box.centre_m) @ worlds.THINGS[0].box.R_frame_box
    assert np.allclose(np.abs(2 * local / worlds.THINGS[0].box.size_m).max(axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("order", ["ascii", "binary_big_endian"])
def test_other_kinds_of_mesh(tmp_path, order):
    scene = source(write(tmp_path, order=order)).scene("single", 0)
    worlds.assert_same_box(scene.objects[2].box, worlds.THINGS[2].box)


def test_lost_poses_are_skipped(tmp_path):
    lost = np.full((4, 4), -np.inf)
    scene = source(write(tmp_path, poses=[worlds.POSES[0], lost, worlds.POSES[2]], instances=False)).scene("video", 0)
    assert scene.provenance["skipped: frame without a pose"] == "1"
    assert [round(frame.time_s * 30) for frame in scene.frames] == [0, 2]
    assert np.allclose(scene.frames[1].T_world_camera, worlds.POSES[2], atol=1e-6)


def test_time_stamps_are_used_where_there_are_any(tmp_path):
    times = [5_000_000 + 200_000 * n for n in range(5)]
    scene = source(write(tmp_path, times=times)).scene("video", 0)
    assert np.allclose([frame.time_s for frame in scene.frames], [0, 0.2, 0.4, 0.6, 0.8])


def test_a_stream_that_was_cut_short(tmp_path):
    path = write(tmp_path) / "scans" / SCAN / f"{SCAN}.sens"
    path.write_bytes(path.read_bytes()[:-100])
    assert open_sens(path).missing == 1
    assert source(tmp_path).scene("single", 0).provenance["skipped: frame that was cut off"] == "1"


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "sens"), (sens([])[:60], "sens"), (sens([], version=3), "version 3"), (b"x" * 900, "version")],
)
def test_no_stream_at_all(tmp_path, content, message):
    (write(tmp_path) / "scans" / SCAN / f"{SCAN}.sens").write_bytes(content)
    with pytest.raises(DataError, match=message):
        source(tmp_path).scene("single", 0)


def test_damaged_pictures_in_the_stream(tmp_path):
    path = write(tmp_path) / "scans" / SCAN / f"{SCAN}.sens"
    frame = open_sens(path).frames[0]
    content = bytearray(path.read_bytes())
    content[frame.offset + frame.colour_bytes : frame.offset + frame.colour_bytes + 8] = b"\0" * 8
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"\.sens"):
        source(tmp_path).scene("single", 0)


def test_the_list_of_training_scans(tmp_path):
    write(tmp_path)
    (tmp_path / "scannetv2_train.txt").write_text("scene0706_00\n")
    with pytest.raises(UnavailableError, match="no complete scan"):
        source(tmp_path).count("single")
    (tmp_path / "scannetv2_train.txt").write_text(f"{SCAN}\n")
    assert source(tmp_path).count("video") == 1


@pytest.mark.parametrize("missing", ["_vh_clean_2.ply", ".aggregation.json", "_vh_clean_2.0.010000.segs.json", ".txt"])
def test_a_half_downloaded_scan(tmp_path, missing):
    path = write(tmp_path) / "scans" / SCAN / f"{SCAN}{missing}"
    path.unlink()
    with pytest.raises(DataError, match=f"{SCAN}{missing}"):
        source(tmp_path).scene("single", 0)
    path.write_text("{")
    with pytest.raises(DataError, match=f"{SCAN}{missing}") if missing != ".txt" else pytest.raises(AssertionError):
        source(tmp_path).scene("single", 0)
        raise AssertionError


def test_an_object_of_a_few_vertices_takes_its_category_out(tmp_path):
    groups = [
        {"objectId": 0, "segments": [0, 1], "label": "chair"},
        {"objectId": 1, "segments": [99], "label": "chair"},
        {"objectId": 2, "segments": [10, 11], "label": "box"},
        {"objectId": 3, "segments": [20, 21], "label": "wall"},
    ]
    scene = source(write(tmp_path, groups=groups)).scene("single", 0)
    assert [thing.label for thing in scene.objects] == ["box"]
    assert scene.provenance["skipped: box without points"] == "1"
    assert scene.provenance["skipped: category without a name"] == "1"
