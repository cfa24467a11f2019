"""ARKitScenes' 3D detection set as Apple publishes it (`3dod/{Training,Validation}/<video>/`).

The world is ARKit's, z up, metres. Trajectory lines hold a time, an axis-angle vector and a translation of the world
*in the camera*; boxes are `obbAligned`, whose nine numbers are the box's axes row by row (apple/ARKitScenes,
`threedod/benchmark_scripts/utils`). Pictures stay as the camera took them, however the tablet was held; the gravity
vector says which way is down.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spatial_pretrain.readers.boxes import DOWN, Annotation, Things, from_z_up, sound_things
from spatial_pretrain.readers.files import damaged, existing_folder, listing_sha256, read_json, read_numbers
from spatial_pretrain.readers.images import corner_intrinsics, depth_for, read_depth_m, read_rgb
from spatial_pretrain.readers.scans import Scan, Shot, sound_pose
from vst_robot.errors import DataError
from vst_robot.geometry import pose, rotation
from vst_robot.scenes import Frame, View

Array = np.ndarray

PICTURES = ("vga_wide", "lowres_wide")
"""Folders of pictures, the better first; the detection set comes with the second, the raw set has both."""

DEPTH_UNITS_PER_M = 1000.0
SAME_INSTANT_S = 0.0021
"""Times in files' names are rounded to milliseconds, each file by its own rounding."""

SAME_PLACE_S = 0.05
"""The trajectory has ten poses a second; between them the camera hardly moves, beyond this nobody knows."""


class ARKitScenes:
    """A `ScanDataset`."""

    name = "arkitscenes"
    views: tuple[View, ...] = ("single", "multi", "video")

    def __init__(self, folder: Path | str, *, splits: tuple[str, ...] = ("Training",)) -> None:
        """Reads nothing yet.

        Args:
            folder: `3dod`, or the folder that holds it.
            splits: Folders to use; `Validation` is what the benchmarks are made of.
        """
        self._folder = Path(folder).expanduser()
        self._splits = splits

    def scan_names(self) -> Sequence[str]:
        """See `ScanDataset`."""
        return tuple(f"{path.parent.parent.name}/{path.parent.name}" for path in self._annotations())

    def open(self, scan: str) -> Scan:
        """See `ScanDataset`."""
        folder = self._root() / scan
        video = folder.name
        frames = next((path for path in (folder / f"{video}_frames", folder) if (path / _TRAJECTORY).is_file()), None)
        if frames is None:
            raise damaged(folder / f"{video}_frames" / _TRAJECTORY, "there is none")
        skipped: Counter[str] = Counter()
        files = _files(frames, skipped)
        shots = _shots(frames / _TRAJECTORY, files, skipped)
        found = sound_things(_objects(folder / f"{video}_3dod_annotation.json"))

        def load(shot: Shot) -> Frame:
            return _frame(*files[shot.key], shot)

        def things(_: Sequence[Shot]) -> Things:
            return found

        return Scan(name=scan, shots=shots, things=things, load=load, gravity=DOWN, skipped=skipped)

    def fingerprint(self) -> Mapping[str, str]:
        """See `ScanDataset`."""
        return {"annotations": listing_sha256(self._annotations(), self._root())}

    def _root(self) -> Path:
        folder = existing_folder(self._folder, "ARKitScenes")
        return folder / "3dod" if (folder / "3dod").is_dir() else folder

    def _annotations(self) -> list[Path]:
        found = [path for split in self._splits for path in self._root().glob(f"{split}/*/*_3dod_annotation.json")]
        return sorted(found)


_TRAJECTORY = "lowres_wide.traj"


def _files(frames: Path, skipped: Counter[str]) -> dict[str, tuple[Path, Path, Path, Path]]:
    """Per frame name: picture, its intrinsics, depth, its intrinsics. Frames that lack one are counted."""
    kind = next((kind for kind in PICTURES if any((frames / kind).glob("*.png"))), PICTURES[-1])
    whole = {}
    for picture in sorted((frames / kind).glob("*.png")):
        stem = picture.stem
        depth = frames / "lowres_depth" / f"{stem}.png"
        intrinsics = _near(frames / f"{kind}_intrinsics", stem)
        depth_intrinsics = _near(frames / "lowres_wide_intrinsics", stem)
        if not depth.is_file():
            skipped["frame without depth"] += 1
        elif intrinsics is None or depth_intrinsics is None:
            skipped["frame without intrinsics"] += 1
        else:
            whole[stem] = (picture, intrinsics, depth, depth_intrinsics)
    return whole


def _near(folder: Path, stem: str) -> Path | None:
    """The intrinsics of a frame: its own name, or one that was rounded to the next millisecond."""
    video, _, seconds = stem.rpartition("_")
    near = [stem] + [f"{video}_{float(seconds) + shift:.3f}" for shift in (-0.001, 0.001)]
    return next((path for path in (folder / f"{name}.pincam" for name in near) if path.is_file()), None)


def _shots(trajectory: Path, files: Mapping[str, Any], skipped: Counter[str]) -> tuple[Shot, ...]:
    times, poses = _trajectory(trajectory)
    shots = []
    for key in files:
        time_s = float(key.rpartition("_")[2])
        nearest = int(np.argmin(np.abs(times - time_s)))
        if abs(times[nearest] - time_s) > SAME_PLACE_S or not sound_pose(poses[nearest]):
            skipped["frame without a pose"] += 1
            continue
        shots.append(Shot(key=key, T_world_camera=_at(time_s, times, poses, nearest), time_s=time_s))
    return tuple(sorted(shots, key=lambda shot: shot.time_s or 0.0))


def _at(time_s: float, times: Array, poses: Array, nearest: int) -> Array:
    """The pose at a time: the stored one at that instant, else one on the way to its neighbour."""
    other = nearest + (1 if time_s > times[nearest] else -1)
    gap = abs(time_s - times[nearest])
    if gap <= SAME_INSTANT_S or not 0 <= other < len(times) or not sound_pose(poses[other]):
        return poses[nearest]
    share = gap / abs(times[other] - times[nearest])
    return poses[nearest] @ pose.exp(share * pose.log(pose.inverse(poses[nearest]) @ poses[other]))


def _trajectory(path: Path) -> tuple[Array, Array]:
    """Times (n,) and poses of the camera in the world (n, 4, 4)."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        rows = np.array([[float(word) for word in line.split()] for line in lines if line.strip()])
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    if rows.ndim != 2 or rows.shape[1] != 7:
        raise damaged(path, "its lines do not hold a time and six numbers")
    order = np.argsort(rows[:, 0], kind="stable")
    T_camera_world = pose.make(rotation.axis_angle_to_matrix(rows[order, 1:4]), rows[order, 4:7])
    return rows[order, 0], pose.inverse(T_camera_world)


def _objects(path: Path) -> list[Annotation]:
    content = read_json(path)
    try:
        if content.get("skipped"):
            raise damaged(path, "its annotators skipped this scan")
        return [_annotation(facts, number) for number, facts in enumerate(content["data"], start=1)]
    except DataError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(path, f"no annotation of ARKitScenes ({error!r})") from error


def _annotation(facts: Mapping[str, Any], number: int) -> Annotation:
    box = facts["segments"]["obbAligned"]
    rows = np.array(box["normalizedAxes"], dtype=np.float64).reshape(3, 3)
    axes, size_m = from_z_up(rows.T, np.array(box["axesLengths"], dtype=np.float64))
    centre_m = np.array(box["centroid"], dtype=np.float64)
    return Annotation(label=str(facts["label"]), instance=number, centre_m=centre_m, size_m=size_m, axes=axes)


def _frame(picture: Path, intrinsics: Path, depth: Path, depth_intrinsics: Path, shot: Shot) -> Frame:
    rgb, depth_m = read_rgb(picture), read_depth_m(depth, units_per_m=DEPTH_UNITS_PER_M)
    K = _pincam(intrinsics, rgb.shape[:2])
    K_depth = _pincam(depth_intrinsics, depth_m.shape)
    if depth_m.shape != rgb.shape[:2]:
        depth_m = depth_for(depth_m, K_depth, K=K, size_px=(rgb.shape[1], rgb.shape[0]))
    return Frame(rgb=rgb, K=K, T_world_camera=shot.T_world_camera, depth_m=depth_m)


def _pincam(path: Path, shape: tuple[int, ...]) -> Array:
    width, height, fx, fy, cx, cy = read_numbers(path, 6)
    if (height, width) != tuple(shape):
        raise damaged(path, f"made for {width:.0f}x{height:.0f} pixels, the picture has {shape[1]}x{shape[0]}")
    return corner_intrinsics(fx, fy, cx, cy)
