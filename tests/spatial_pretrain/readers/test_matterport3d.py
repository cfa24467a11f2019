import numpy as np
import pytest
from PIL import Image

from spatial_pretrain.data_engine.thresholds import load_profile
from spatial_pretrain.readers.frame_selection import Selection
from spatial_pretrain.readers.matterport3d import Matterport3D, straight_from_bent
from spatial_pretrain.readers.scans import ScanSource
from tests.spatial_pretrain.readers import worlds
from vst_robot.errors import DataError, UnavailableError

HOUSE = "17DRP5sb8fy"
CATEGORIES = {"chair": "chair", "box": "tv_monitor", "table": "table"}
STRAIGHT = np.zeros(5)
BENDS = np.array([0.3, -0.05, 0.004, -0.002, 0.01])


def place(number):
    """Panorama, camera and yaw of the room's `number`-th picture."""
    return f"pano{number // 2}", f"{number % 2}_{number % 6}"


def house_lines(things=worlds.THINGS, **changes):
    lines = ["ASCII 1.0", f"H {HOUSE} name 0 0 0"]
    lines += [f"C {n} {n} raw#name {n} {CATEGORIES[thing.label]} 0 0 0 0 0" for n, thing in enumerate(things)]
    lines += [f"P pano{n} {n} {n // 2} 0 1 1 1 0 0 0 0 0" for n in range(3)]
    for n, thing in enumerate(things):
        centre, size, axes = worlds.z_up(thing.box)
        numbers = [*centre, *axes[:, 2], *axes[:, 0], *(size[[2, 0, 1]] / 2)]  # their first axis is the vertical one
        lines.append(f"O {n} 0 {n} " + " ".join(f"{value:.6f}" for value in numbers) + " 0 0 0 0 0 0 0 0")
    return lines


def bent(values):
    """The picture that a distorting lens takes: each of its pixels shows what lies at its undistorted place."""
    K = worlds.K
    height, width = values.shape[:2]
    v, u = np.meshgrid(np.arange(height) + 0.5, np.arange(width) + 0.5, indexing="ij")
    wanted = np.stack([(u - K[0, 2]) / K[0, 0], (v - K[1, 2]) / K[1, 1]])
    x, y = wanted.copy()
    for _ in range(30):  # invert the model by fixed point
        squared = x**2 + y**2
        k1, k2, p1, p2, k3 = BENDS
        radial = 1 + k1 * squared + k2 * squared**2 + k3 * squared**3
        x = (wanted[0] - 2 * p1 * x * y - p2 * (squared + 2 * x**2)) / radial
        y = (wanted[1] - p1 * (squared + 2 * y**2) - 2 * p2 * x * y) / radial
    columns = np.clip((x * K[0, 0] + K[0, 2]).astype(int), 0, width - 1)
    rows = np.clip((y * K[1, 1] + K[1, 2]).astype(int), 0, height - 1)
    return values[rows, columns]


def write(folder, *, lens=STRAIGHT, lines=None):
    house = folder / HOUSE
    kinds = ("matterport_color_images", "matterport_depth_images", "matterport_camera_intrinsics")
    for kind in (*kinds, "matterport_camera_poses", "house_segmentations"):
        (house / kind).mkdir(parents=True, exist_ok=True)
    (house / "house_segmentations" / f"{HOUSE}.house").write_text("\n".join(lines or house_lines()))
    for number, T in enumerate(worlds.POSES):
        panorama, at = place(number)
        depth_m, _, rgb = worlds.shown(T)
        if lens.any():
            depth_m, rgb = bent(depth_m), bent(rgb)
        Image.fromarray(rgb).save(house / kinds[0] / f"{panorama}_i{at}.jpg", quality=98)
        units = np.round(depth_m * 4000).astype(np.uint16)
        Image.fromarray(units).save(house / kinds[1] / f"{panorama}_d{at}.png")
        c = worlds.centre_origin(worlds.K)
        numbers = [*worlds.SIZE_PX, c[0, 0], c[1, 1], c[0, 2], c[1, 2], *lens]
        text = " ".join(str(value) for value in numbers)
        (house / kinds[2] / f"{panorama}_intrinsics_{at[0]}.txt").write_text(text)
        rows = "\n".join(" ".join(str(value) for value in row) for row in T)
        (house / "matterport_camera_poses" / f"{panorama}_pose_{at}.txt").write_text(rows)
    return folder


def source(folder, **changes):
    return ScanSource(Matterport3D(folder), Selection(visibility=load_profile("tabletop").visibility, **changes))


def test_the_known_boxes_come_back(tmp_path):
    readers = source(write(tmp_path), sets=1)
    assert readers.count("multi") == 2  # two regions
    scene = readers.scene("multi", 0)
    assert [thing.label for thing in scene.objects] == ["chair", "tv monitor", "table"]
    assert len(scene.frames) == 4
    for number, frame in enumerate(scene.frames):
        worlds.assert_true_frame(frame)
        for thing, truth in zip(scene.objects, worlds.THINGS, strict=True):
            assert thing.visible[number]
            worlds.assert_same_box(thing.box, truth.box)
            worlds.assert_corners_in_picture(scene, thing, truth.box, worlds.POSES[number], worlds.K, number)


def test_the_second_region_has_its_own_pictures(tmp_path):
    scene = source(write(tmp_path), singles=3).scene("single", 3)
    assert scene.name == f"matterport3d/{HOUSE}/region1/single/pano2_0_4"
    assert np.allclose(scene.frames[0].T_world_camera, worlds.POSES[4])


def test_a_distorting_lens_is_straightened(tmp_path):
    frame = source(write(tmp_path, lens=BENDS)).scene("single", 0).frames[0]
    worlds.assert_true_frame(frame, share=0.95, known_share=0.8)
    raw = bent(worlds.shown()[0])
    assert np.mean(np.abs(raw - worlds.shown()[0]) > 0.1) > 0.15  # as it comes from the lens it is plainly wrong


def test_a_straight_lens_changes_nothing():
    rows, columns, inside = straight_from_bent(worlds.K, np.zeros(5), (90, 120))
    assert inside.all()
    assert np.array_equal(rows[:, 0], np.arange(90))
    assert np.array_equal(columns[0], np.arange(120))


def test_far_things_are_left_out(tmp_path):
    far = worlds.toy("chair", 9, centre_m=(20.0, 0, 0.5), size_m=(0.5, 1, 0.5))
    scene = source(write(tmp_path, lines=house_lines((*worlds.THINGS, far)))).scene("single", 0)
    assert len(scene.objects) == 3


def test_missing_and_lost_frames(tmp_path):
    house = write(tmp_path) / HOUSE
    (house / "matterport_depth_images" / "pano0_d0_0.png").unlink()
    (house / "matterport_camera_poses" / "pano0_pose_1_1.txt").write_text(" ".join(["-inf"] * 16))
    scene = source(tmp_path).scene("single", 0)
    assert scene.provenance["skipped: frame without depth"] == "1"
    assert scene.provenance["skipped: frame without a pose"] == "1"
    assert np.allclose(scene.frames[0].T_world_camera, worlds.POSES[2])


@pytest.mark.parametrize("lines", [["O 1 2"], ["ASCII 1.0"], [*house_lines()[:-1], house_lines()[-1][:30]]])
def test_a_damaged_house(tmp_path, lines):
    with pytest.raises(DataError, match=rf"{HOUSE}\.house"):
        source(write(tmp_path, lines=lines)).scene("single", 0)


def test_intrinsics_of_another_size(tmp_path):
    path = write(tmp_path) / HOUSE / "matterport_camera_intrinsics" / "pano0_intrinsics_0.txt"
    path.write_text("1280 1024 1000 1000 640 512 0 0 0 0 0")
    with pytest.raises(DataError, match="1280x1024"):
        source(tmp_path).scene("single", 0)


def test_nothing_there(tmp_path):
    with pytest.raises(UnavailableError, match="no complete scan"):
        source(tmp_path).count("single")
