import csv

import h5py
import numpy as np
import pytest
from PIL import Image

from spatial_pretrain.data_engine.thresholds import load_profile
from spatial_pretrain.readers.frame_selection import Selection
from spatial_pretrain.readers.hypersim import Hypersim, pinhole_of
from spatial_pretrain.readers.scans import ScanSource
from tests.spatial_pretrain.readers import worlds
from vst_robot.errors import DataError, UnavailableError
from vst_robot.geometry import camera

UNIT_M = 0.0254
NYU = {"chair": 5, "box": 29, "table": 7}
BOXES = "_detail/mesh/metadata_semantic_instance_bounding_box_object_aligned_2d_"


def table(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["dataset"] = values


def camera_matrix(K):
    """Hypersim's M_cam_from_uv: u to the right and v up, both in [-1, 1], to a ray with z backward."""
    width, height = worlds.SIZE_PX
    pixel_from_uv = np.array([[width / 2, 0, width / 2], [0, -height / 2, height / 2], [0, 0, 1]])
    return np.diag([1, -1, -1]) @ np.linalg.inv(K) @ pixel_from_uv


def write(folder, *, matrix=None, things=worlds.THINGS):
    scene, cam = folder / "ai_001_001", "cam_00"
    matrix = camera_matrix(worlds.K) if matrix is None else matrix
    with (folder / "metadata_camera_parameters.csv").open("w", newline="") as file:
        names = [f"M_cam_from_uv_{i}{j}" for i in range(3) for j in range(3)]
        rows = [["scene_name", "settings_camera_fov", *names], ["ai_001_001", 1.0, *matrix.ravel()]]
        csv.writer(file).writerows(rows)
    poses = camera.opengl_to_opencv(np.stack(worlds.POSES))
    table(scene / "_detail" / cam / "camera_keyframe_positions.hdf5", poses[:, :3, 3] / UNIT_M)
    table(scene / "_detail" / cam / "camera_keyframe_orientations.hdf5", poses[:, :3, :3])
    table(scene / "_detail" / cam / "camera_keyframe_frame_indices.hdf5", np.arange(len(poses)))
    (scene / "_detail" / "metadata_scene.csv").write_text(
        f"parameter_name,parameter_value\nmeters_per_asset_unit,{UNIT_M}\n"
    )
    boxes = [worlds.z_up(thing.box) for thing in things]
    nothing = np.full(3, np.inf)
    table(scene / f"{BOXES}positions.hdf5", np.stack([nothing, *[b[0] / UNIT_M for b in boxes]]))
    table(scene / f"{BOXES}extents.hdf5", np.stack([nothing, *[b[1] / UNIT_M for b in boxes]]))
    table(scene / f"{BOXES}orientations.hdf5", np.stack([np.full((3, 3), np.inf), *[b[2] for b in boxes]]))
    for number, T in enumerate(worlds.POSES):
        frame(scene / "images", cam, number, T)
    return folder


def frame(images, cam, number, T):
    depth_m, instances, rgb = worlds.shown(T)
    rays = camera.unproject(np.ones(depth_m.shape), worlds.K)
    geometry, preview = images / f"scene_{cam}_geometry_hdf5", images / f"scene_{cam}_final_preview"
    table(geometry / f"frame.{number:04d}.depth_meters.hdf5", (depth_m * np.linalg.norm(rays, axis=-1)).astype("f4"))
    table(geometry / f"frame.{number:04d}.semantic_instance.hdf5", np.where(instances == 0, -1, instances).astype("i2"))
    classes = np.select([instances == n for n in (1, 2, 3)], [NYU[t.label] for t in worlds.THINGS], 1)
    table(geometry / f"frame.{number:04d}.semantic.hdf5", classes.astype("i2"))
    preview.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(preview / f"frame.{number:04d}.tonemap.jpg", quality=98)


def source(folder, **changes):
    return ScanSource(Hypersim(folder), Selection(visibility=load_profile("tabletop").visibility, **changes))


def test_the_known_boxes_come_back(tmp_path):
    scene = source(write(tmp_path)).scene("multi", 0)
    assert [thing.label for thing in scene.objects] == ["chair", "box", "table"]
    for number, frame in enumerate(scene.frames):
        assert np.allclose(frame.K, worlds.K)
        worlds.assert_true_frame(frame)
        for thing, truth in zip(scene.objects, worlds.THINGS, strict=True):
            assert thing.visible[number]
            worlds.assert_same_box(thing.box, truth.box)
            worlds.assert_corners_in_picture(scene, thing, truth.box, worlds.POSES[number], worlds.K, number)


def test_there_are_no_clips(tmp_path):
    with pytest.raises(DataError, match="single, multi"):
        source(write(tmp_path)).count("video")


def test_the_default_lens():
    """1024x768 at 60 degrees: f = 886.81 px (apple/ml-hypersim)."""
    half = np.tan(np.pi / 6)
    K = pinhole_of(np.diag([half, half * 768 / 1024, -1.0]), width_px=1024, height_px=768)
    assert np.allclose(K, [[886.81, 0, 512], [0, 886.81, 384], [0, 0, 1]], atol=0.01)


def test_a_tilted_lens_is_refused(tmp_path):
    tilted = camera_matrix(worlds.K) + np.array([[0, 0, 0], [0, 0, 0], [0, 0.1, 0]])
    with pytest.raises(DataError, match="tilted lens"):
        source(write(tmp_path, matrix=tilted)).scene("single", 0)


def test_without_camera_parameters_nothing_is_given(tmp_path):
    (write(tmp_path) / "metadata_camera_parameters.csv").unlink()
    with pytest.raises(UnavailableError, match="mikeroberts3000"):
        source(tmp_path).scene("single", 0)


def test_a_scene_without_camera_parameters(tmp_path):
    path = write(tmp_path) / "metadata_camera_parameters.csv"
    path.write_text(path.read_text().replace("ai_001_001", "ai_009_009"))
    with pytest.raises(DataError, match="no line"):
        source(tmp_path).scene("single", 0)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("depth_meters.hdf5", "depth"), ("semantic.hdf5", "instances"), ("tonemap.jpg", "a picture")],
)
def test_missing_files_of_a_frame(tmp_path, kind, reason):
    write(tmp_path)
    next((tmp_path / "ai_001_001" / "images").glob(f"*/frame.0000.{kind}")).unlink()
    scene = source(tmp_path).scene("single", 0)
    assert scene.provenance[f"skipped: frame without {reason}"] == "1"
    assert np.allclose(scene.frames[0].T_world_camera, worlds.POSES[1])


@pytest.mark.parametrize("kind", ["depth_meters", "semantic_instance"])
def test_damaged_files_of_a_frame(tmp_path, kind):
    write(tmp_path)
    path = next((tmp_path / "ai_001_001" / "images").glob(f"*/frame.0000.{kind}.hdf5"))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match=kind):
        source(tmp_path).scene("single", 0)
    path.unlink()
    table(path, np.zeros((4, 5)))
    with pytest.raises(DataError, match="its picture"):
        source(tmp_path).scene("single", 0)


def test_an_instance_without_a_box_takes_its_category_out(tmp_path):
    write(tmp_path)
    path = tmp_path / "ai_001_001" / f"{BOXES}extents.hdf5"
    with h5py.File(path, "r+") as file:
        file["dataset"][2] = np.inf
    scene = source(tmp_path).scene("single", 0)
    assert [thing.label for thing in scene.objects] == ["chair", "table"]
    assert scene.provenance["skipped: box with NaN or infinity"] == "1"


def test_rays_that_meet_nothing_have_no_depth(tmp_path):
    write(tmp_path)
    path = next((tmp_path / "ai_001_001" / "images").glob("*/frame.0000.depth_meters.hdf5"))
    with h5py.File(path, "r+") as file:
        file["dataset"][:5] = np.nan
    assert (source(tmp_path).scene("single", 0).frames[0].depth_m[:5] == 0).all()
