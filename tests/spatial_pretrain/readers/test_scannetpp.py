import json
import struct
import zlib

import lz4.block
import numpy as np
import pytest
from PIL import Image

from spatial_pretrain.data_engine.thresholds import load_profile
from spatial_pretrain.readers import iphone_depth
from spatial_pretrain.readers.frame_selection import Selection
from spatial_pretrain.readers.iphone_depth import open_depth_bin
from spatial_pretrain.readers.scannetpp import ScanNetPlusPlus
from spatial_pretrain.readers.scans import ScanSource
from tests.spatial_pretrain.readers import worlds
from vst_robot.errors import DataError, UnavailableError
from vst_robot.geometry import camera

SCAN = "036bce3393"
DEPTH_PX = (256, 192)
SIZE_PX = (128, 96)
K = np.array([[105.0, 0, 64.5], [0, 104.0, 47.0], [0, 0, 1]])


def depth_of(T):
    return worlds.shown(T, camera.resized(K, from_px=SIZE_PX, to_px=DEPTH_PX), DEPTH_PX)[0]


def deflated(content):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def stream(maps):
    return deflated(np.stack(maps).astype("<f4").tobytes())


def blocks(maps, pack=lambda depth: deflated(depth.astype("<f4").tobytes())):
    return b"".join(struct.pack("<I", len(packed)) + packed for packed in map(pack, maps))


def group(thing, number):
    centre, size, axes = worlds.z_up(thing.box)
    order = [2, 0, 1]  # their first axis is the vertical one here: the order is not fixed
    return {
        "id": number,
        "objectId": number,
        "label": thing.label.upper(),
        "segments": [number],
        "obb": {
            "centroid": centre.tolist(),
            "axesLengths": size[order].tolist(),
            "normalizedAxes": axes[:, order].T.ravel().tolist(),
        },
    }


def write(folder, *, depth="png", poses=worlds.POSES, mesh=True):
    scene = folder / "data" / SCAN
    iphone, scans = scene / "iphone", scene / "scans"
    for path in (iphone / "rgb", iphone / "depth", scans):
        path.mkdir(parents=True, exist_ok=True)
    facts = {}
    for number, T in enumerate(poses):
        key = f"frame_{number:06d}"
        shown = T if np.isfinite(T).all() else worlds.POSES[0]
        Image.fromarray(worlds.shown(shown, K, SIZE_PX)[2]).save(iphone / "rgb" / f"{key}.jpg", quality=98)
        intrinsic = worlds.centre_origin(K).tolist()
        facts[key] = {"pose": np.eye(4).tolist(), "aligned_pose": T.tolist(), "intrinsic": intrinsic}
        if depth == "png":
            millimetres = np.round(depth_of(shown) * 1000).astype(np.uint16)
            Image.fromarray(millimetres).save(iphone / "depth" / f"{key}.png")
    if depth in ("stream", "blocks"):
        packed = {"stream": stream, "blocks": blocks}[depth]([depth_of(T) for T in poses])
        (iphone / "depth.bin").write_bytes(packed)
    (iphone / "pose_intrinsic_imu.json").write_text(json.dumps(facts))
    groups = [group(thing, number) for number, thing in enumerate(worlds.THINGS, 1)]
    (scans / "segments_anno.json").write_text(json.dumps({"sceneId": SCAN, "segGroups": groups}))
    if mesh:
        write_mesh(scans)
    return folder


def write_mesh(scans):
    points = np.concatenate([thing.surface_m for thing in worlds.THINGS])
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(points)}\n"
    head += "property float x\nproperty float y\nproperty float z\nend_header\n"
    (scans / "mesh_aligned_0.05.ply").write_bytes(head.encode() + points.astype("<f4").tobytes())
    segments = np.repeat([thing.instance for thing in worlds.THINGS], 256).tolist()
    (scans / "segments.json").write_text(json.dumps({"segIndices": segments}))


def source(folder, **changes):
    return ScanSource(ScanNetPlusPlus(folder), Selection(visibility=load_profile("tabletop").visibility, **changes))


@pytest.mark.parametrize("depth", ["png", "stream", "blocks"])
@pytest.mark.parametrize("mesh", [True, False])
def test_the_known_boxes_come_back(tmp_path, depth, mesh):
    scene = source(write(tmp_path, depth=depth, mesh=mesh)).scene("video", 0)
    assert [thing.label for thing in scene.objects] == ["chair", "box", "table"]
    assert [round(frame.time_s * 60) for frame in scene.frames] == [0, 1, 2, 3, 4]
    for number, frame in enumerate(scene.frames):
        assert np.allclose(frame.K, K)
        worlds.assert_true_frame(frame, depth_m=0.08, share=0.9)
        for thing, truth in zip(scene.objects, worlds.THINGS, strict=True):
            assert thing.visible[number]
            assert (thing.surface_m is not None) == mesh
            worlds.assert_same_box(thing.box, truth.box)
            worlds.assert_corners_in_picture(scene, thing, truth.box, worlds.POSES[number], K, number)


@pytest.mark.parametrize("layout", [stream, blocks])
def test_every_frame_of_a_depth_file(tmp_path, layout):
    maps = [np.full((192, 256), 1.0 + n, dtype=np.float32) for n in range(3)]
    maps[1][0, 0] = np.nan
    (tmp_path / "depth.bin").write_bytes(layout(maps))
    opened = open_depth_bin(tmp_path / "depth.bin")
    assert (opened.blocks is None) == (layout is stream)
    for n in (2, 0, 1):
        depth_m = opened.depth_m(n)
        assert depth_m[5, 5] == 1.0 + n
        assert depth_m[0, 0] == (0 if n == 1 else 1.0 + n)
    with pytest.raises(DataError, match="frame 3"):
        opened.depth_m(3)


def test_blocks_of_lz4(tmp_path):
    depth = np.arange(192 * 256).reshape(192, 256) % 5000
    packed = blocks([depth], lambda d: lz4.block.compress(d.astype("<u2").tobytes(), store_size=False))
    (tmp_path / "depth.bin").write_bytes(packed)
    assert np.allclose(open_depth_bin(tmp_path / "depth.bin").depth_m(0), depth / 1000)


def test_lz4_is_asked_for_by_name(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "lz4.block", None)
    (tmp_path / "depth.bin").write_bytes(struct.pack("<I", 9) + b"\xf0not zlib")
    with pytest.raises(UnavailableError, match="pip install lz4"):
        open_depth_bin(tmp_path / "depth.bin").depth_m(0)


def test_half_a_stream(tmp_path):
    write(tmp_path, depth="stream")
    path = tmp_path / "data" / SCAN / "iphone" / "depth.bin"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DataError, match=r"depth\.bin"):
        source(tmp_path).scene("single", 0)


def test_lost_poses_and_missing_depth(tmp_path):
    write(tmp_path, poses=[np.full((4, 4), -np.inf), *worlds.POSES[1:]])
    (tmp_path / "data" / SCAN / "iphone" / "depth" / "frame_000001.png").unlink()
    scene = source(tmp_path).scene("single", 0)
    assert scene.provenance["skipped: frame without a pose"] == "1"
    assert scene.provenance["skipped: frame without depth"] == "1"
    assert np.allclose(scene.frames[0].T_world_camera, worlds.POSES[2])


def test_the_video_itself(tmp_path):
    import av

    rgb = write(tmp_path) / "data" / SCAN / "iphone" / "rgb"
    with av.open(str(rgb.parent / "rgb.mkv"), "w") as container:
        clip = container.add_stream("libx264", rate=60, options={"crf": "1", "g": "3"})
        clip.width, clip.height, clip.pix_fmt = *SIZE_PX, "yuv444p"
        for T in worlds.POSES:
            container.mux(clip.encode(av.VideoFrame.from_ndarray(worlds.shown(T, K, SIZE_PX)[2], format="rgb24")))
        container.mux(clip.encode())
    for path in rgb.iterdir():
        path.unlink()
    for frame in source(tmp_path).scene("video", 0).frames:
        worlds.assert_true_frame(frame, depth_m=0.08, share=0.9)


def test_the_list_of_training_scans(tmp_path):
    write(tmp_path)
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / "nvs_sem_train.txt").write_text("another\n")
    with pytest.raises(UnavailableError, match="no complete scan"):
        source(tmp_path).count("single")


@pytest.mark.parametrize("content", ["", "[]", '{"segGroups": [{"label": "x"}]}'])
def test_damaged_annotations(tmp_path, content):
    (write(tmp_path) / "data" / SCAN / "scans" / "segments_anno.json").write_text(content)
    with pytest.raises(DataError, match="segments_anno"):
        source(tmp_path).scene("single", 0)


def test_the_frame_of_a_map_is_as_published():
    assert (iphone_depth.ROWS, iphone_depth.COLUMNS) == (192, 256)
