"""ScanNet++ as it is published: iPhone video with LiDAR depth, oriented boxes, mesh (`data/<id>/`; Yeshwanth et al.).

The world is the laser scanner's, z up, metres; `aligned_pose` is the iPhone's camera in it, in OpenCV axes. Pictures
are `iphone/rgb/frame_*.jpg`, or are decoded from `rgb.mkv`; depth is `iphone/depth/frame_*.png`, or `depth.bin`. Boxes
are the annotators' `obb`; where mesh and segments are there, an object's vertices are its surface.

Where `splits/nvs_sem_train.txt` lies in the folder only its scenes are used: VSI-Bench is made of the validation set.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spatial_pretrain.readers.boxes import DOWN, Annotation, Things, from_z_up, sound_things
from spatial_pretrain.readers.clips import frame_at
from spatial_pretrain.readers.files import damaged, existing_folder, listing_sha256, read_json
from spatial_pretrain.readers.images import corner_intrinsics, depth_for, read_depth_m, read_rgb
from spatial_pretrain.readers.iphone_depth import DepthBin, open_depth_bin
from spatial_pretrain.readers.ply import read_vertices
from spatial_pretrain.readers.scans import Scan, Shot, sound_pose
from vst_robot.errors import DataError
from vst_robot.geometry import camera
from vst_robot.scenes import Frame, View

Array = np.ndarray

DEPTH_UNITS_PER_M = 1000.0
VIDEO_HZ = 60.0
SURFACE_POINTS = 512
TRAINING_LIST = Path("splits") / "nvs_sem_train.txt"


class ScanNetPlusPlus:
    """A `ScanDataset`."""

    name = "scannetpp"
    views: tuple[View, ...] = ("single", "multi", "video")

    def __init__(self, folder: Path | str) -> None:
        """Reads nothing yet; `folder` holds `data`, or is it."""
        self._folder = Path(folder).expanduser()

    def scan_names(self) -> Sequence[str]:
        """See `ScanDataset`."""
        return tuple(path.parent.parent.name for path in self._poses())

    def open(self, scan: str) -> Scan:
        """See `ScanDataset`."""
        folder = self._root() / scan
        facts, depth = _cameras(folder / "iphone" / "pose_intrinsic_imu.json"), _Depth(folder / "iphone")
        skipped: Counter[str] = Counter()
        shots = _shots(facts, depth, skipped)
        found = sound_things(_objects(folder / "scans"))

        def load(shot: Shot) -> Frame:
            return _frame(folder / "iphone", depth, shot, _intrinsics(facts[shot.key]))

        def things(_: Sequence[Shot]) -> Things:
            return found

        return Scan(name=scan, shots=shots, things=things, load=load, gravity=DOWN, skipped=skipped)

    def fingerprint(self) -> Mapping[str, str]:
        """See `ScanDataset`."""
        return {"cameras": listing_sha256(self._poses(), self._root())}

    def _root(self) -> Path:
        folder = existing_folder(self._folder, "ScanNet++")
        return folder / "data" if (folder / "data").is_dir() else folder

    def _poses(self) -> list[Path]:
        root = self._root()
        found = sorted(root.glob("*/iphone/pose_intrinsic_imu.json"))
        lists = [folder / TRAINING_LIST for folder in (root, root.parent) if (folder / TRAINING_LIST).is_file()]
        wanted = set(lists[0].read_text(encoding="utf-8").split()) if lists else None
        return [path for path in found if wanted is None or path.parent.parent.name in wanted]


class _Depth:
    """Depth maps of one video, from pictures if they were extracted."""

    def __init__(self, folder: Path) -> None:
        self._pictures, self._packed = folder / "depth", folder / "depth.bin"
        self._bin: DepthBin | None = None

    def __contains__(self, key: str) -> bool:
        return (self._pictures / f"{key}.png").is_file() or (self._packed.is_file() and self._number(key))

    def __getitem__(self, key: str) -> Array:
        picture = self._pictures / f"{key}.png"
        if picture.is_file():
            return read_depth_m(picture, units_per_m=DEPTH_UNITS_PER_M)
        return self._opened().depth_m(_number(key))

    def _number(self, key: str) -> bool:
        blocks = self._opened().blocks
        return blocks is None or _number(key) < len(blocks)

    def _opened(self) -> DepthBin:
        if self._bin is None:
            self._bin = open_depth_bin(self._packed)
        return self._bin


def _cameras(path: Path) -> Mapping[str, Mapping[str, Any]]:
    content = read_json(path)
    if not isinstance(content, dict) or not all(isinstance(facts, dict) for facts in content.values()):
        raise damaged(path, "it is no table of frames")
    return content


def _number(key: str) -> int:
    return int(key.rpartition("_")[2])


def _shots(facts: Mapping[str, Mapping[str, Any]], depth: _Depth, skipped: Counter[str]) -> tuple[Shot, ...]:
    shots = []
    for key in sorted(key for key in facts if key.rpartition("_")[2].isdigit()):
        try:
            T = np.array(facts[key].get("aligned_pose"), dtype=np.float64).reshape(4, 4)
            _intrinsics(facts[key])
        except (TypeError, ValueError):
            skipped["frame without a pose"] += 1
            continue
        if not sound_pose(T):
            skipped["frame without a pose"] += 1
        elif key not in depth:
            skipped["frame without depth"] += 1
        else:
            shots.append(Shot(key=key, T_world_camera=T, time_s=_number(key) / VIDEO_HZ))
    return tuple(shots)


def _intrinsics(facts: Mapping[str, Any]) -> Array:
    K = np.array(facts.get("intrinsic"), dtype=np.float64).reshape(3, 3)
    return corner_intrinsics(K[0, 0], K[1, 1], K[0, 2], K[1, 2])


def _frame(folder: Path, depth: _Depth, shot: Shot, K: Array) -> Frame:
    picture = folder / "rgb" / f"{shot.key}.jpg"
    rgb = read_rgb(picture) if picture.is_file() else frame_at(folder / "rgb.mkv", _number(shot.key))
    size, depth_m = (rgb.shape[1], rgb.shape[0]), depth[shot.key]
    # The LiDAR map covers the same view as the picture, in fewer pixels.
    K_depth = camera.resized(K, from_px=size, to_px=(depth_m.shape[1], depth_m.shape[0]))
    return Frame(
        rgb=rgb,
        K=K,
        T_world_camera=shot.T_world_camera,
        depth_m=depth_for(depth_m, K_depth, K=K, size_px=size),
    )


def _objects(folder: Path) -> list[Annotation]:
    path = folder / "segments_anno.json"
    content = read_json(path)
    surfaces = _Surfaces(folder)
    try:
        return [_annotation(group, number, surfaces) for number, group in enumerate(content["segGroups"], start=1)]
    except DataError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, f"a group lacks a part ({error!r})") from error


def _annotation(group: Mapping[str, Any], number: int, surfaces: "_Surfaces") -> Annotation:
    box = group["obb"]
    # Axis after axis in the file: the rows of the 3x3 are the columns wanted here.
    columns = np.array(box["normalizedAxes"], dtype=np.float64).reshape(3, 3).T
    axes, size_m = from_z_up(columns, np.array(box["axesLengths"], dtype=np.float64))
    return Annotation(
        label=str(group["label"]),
        instance=number,
        centre_m=np.array(box["centroid"], dtype=np.float64),
        size_m=size_m,
        axes=axes,
        surface_m=surfaces.of(group.get("segments", ())),
    )


class _Surfaces:
    """Vertices of segments; none if mesh or segments were not downloaded."""

    def __init__(self, folder: Path) -> None:
        mesh, segments = folder / "mesh_aligned_0.05.ply", folder / "segments.json"
        self._points: Array | None = None
        if mesh.is_file() and segments.is_file():
            self._points = read_vertices(mesh)
            self._segment_of = np.array(read_json(segments).get("segIndices", ()))
            if self._segment_of.shape != (len(self._points),):
                raise damaged(segments, f"{self._segment_of.size} numbers for {len(self._points)} vertices")

    def of(self, segments: Sequence[int]) -> Array | None:
        if self._points is None:
            return None
        points = self._points[np.isin(self._segment_of, list(segments))]
        return points[:: max(1, len(points) // SURFACE_POINTS)] if len(points) else None
