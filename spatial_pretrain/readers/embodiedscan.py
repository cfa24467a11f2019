"""EmbodiedScan's oriented boxes over ScanNet, 3RScan, Matterport3D and ARKitScenes (Wang et al., 2024).

A folder holds `embodiedscan_infos_<split>.pkl` (itself or in `embodiedscan/` or `annotations/`) and the pictures and
depth maps that they name. The world is EmbodiedScan's axis-aligned one, z up: `axis_align_matrix @ cam2global` is a
camera's pose in it. Boxes have nine numbers, the last three being intrinsic ZXY Euler angles in radians
(OpenRobotLab/EmbodiedScan, `embodiedscan/structures/bbox_3d/euler_box3d.py`). An image's `visible_instance_ids` are
positions in the list of instances; here an instance's number is its position plus one.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from spatial_pretrain.readers.boxes import DOWN, Annotation, Things, from_z_up, sound_things
from spatial_pretrain.readers.files import damaged, existing_folder, listing_sha256
from spatial_pretrain.readers.images import corner_intrinsics, depth_for, read_depth_m, read_rgb
from spatial_pretrain.readers.restricted_pickle import read_pickle
from spatial_pretrain.readers.scans import Scan, Shot, sound_pose
from vst_robot.errors import DataError, UnavailableError
from vst_robot.scenes import Frame, View

Array = np.ndarray

MATTERPORT_UNITS_PER_M, OTHER_UNITS_PER_M = 4000.0, 1000.0
SCANNET_HZ = 30.0
ARKIT_TIME = re.compile(r"_(\d+\.\d+)$")


class EmbodiedScan:
    """A `ScanDataset`."""

    name = "embodiedscan"
    views: tuple[View, ...] = ("single", "multi", "video")

    def __init__(
        self, folder: Path | str, *, splits: tuple[str, ...] = ("train",), datasets: tuple[str, ...] = ()
    ) -> None:
        """Reads nothing yet.

        Args:
            folder: Where the annotation files and the four data sets are.
            splits: Annotation files to use.
            datasets: ``"scannet"``, ``"3rscan"``, ``"matterport3d"``, ``"arkitscenes"``; all if empty.
        """
        self._folder = Path(folder).expanduser()
        self._splits, self._datasets = splits, datasets
        self._items: dict[str, tuple[Mapping[str, Any], Mapping[int, str]]] | None = None

    def scan_names(self) -> Sequence[str]:
        """See `ScanDataset`: the annotations name four data sets, and few people have them all."""
        return tuple(name for name, (item, _) in self._all().items() if self._is_there(name, item))

    def open(self, scan: str) -> Scan:
        """See `ScanDataset`."""
        item, categories = self._all()[scan]
        try:
            return self._opened(scan, item, categories)
        except (KeyError, TypeError, IndexError, ValueError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(f"embodiedscan {scan}: its annotation is incomplete ({error!r})") from error

    def fingerprint(self) -> Mapping[str, str]:
        """See `ScanDataset`."""
        return {"annotations": listing_sha256(self._files(), self._folder), "datasets": " ".join(self._datasets)}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_items": None}

    def _files(self) -> list[Path]:
        folder = existing_folder(self._folder, "EmbodiedScan")
        names = [f"{place}embodiedscan_infos_{s}.pkl" for s in self._splits for place in _PLACES]
        files = [folder / name for name in names if (folder / name).is_file()]
        if not files:
            wanted = " or ".join(f"embodiedscan_infos_{split}.pkl" for split in self._splits)
            raise UnavailableError(f"there is no {wanted} in {folder}: download EmbodiedScan's annotations into it")
        return files

    def _all(self) -> dict[str, tuple[Mapping[str, Any], Mapping[int, str]]]:
        if self._items is None:
            self._items = {name: item for path in self._files() for name, item in _read(path).items()}
        return self._items

    def _is_there(self, name: str, item: Mapping[str, Any]) -> bool:
        """Whether the scan's data set is wanted and its pictures were downloaded."""
        if self._datasets and name.split("/")[0] not in self._datasets:
            return False
        try:
            return (self._folder / item["images"][0]["img_path"]).parent.is_dir()
        except (KeyError, IndexError, TypeError):
            return True  # opening it says what is wrong

    def _opened(self, scan: str, item: Mapping[str, Any], categories: Mapping[int, str]) -> Scan:
        T_world_global = np.array(item.get("axis_align_matrix", np.eye(4)), dtype=np.float64)
        skipped: Counter[str] = Counter()
        images, shots = {}, []
        for facts in item["images"]:
            shot = _shot(facts, T_world_global)
            if not sound_pose(shot.T_world_camera):
                skipped["frame without a pose"] += 1
            elif not (self._folder / facts["depth_path"]).is_file():
                skipped["frame without depth"] += 1
            else:
                images[shot.key] = facts
                shots.append(shot)
        shots.sort(key=lambda shot: (shot.time_s or 0.0, shot.key))
        found = sound_things(_annotation(facts, n, categories) for n, facts in enumerate(item["instances"], 1))

        def load(shot: Shot) -> Frame:
            return self._frame(item, images[shot.key], shot)

        def things(_: Sequence[Shot]) -> Things:
            return found

        return Scan(name=scan, shots=tuple(shots), things=things, load=load, gravity=DOWN, skipped=skipped)

    def _frame(self, item: Mapping[str, Any], facts: Mapping[str, Any], shot: Shot) -> Frame:
        rgb = read_rgb(self._folder / facts["img_path"])
        K = _intrinsics(facts.get("cam2img", item.get("cam2img")))
        stated = facts.get("depth_cam2img", item.get("depth_cam2img"))
        K_depth = K if stated is None else _intrinsics(stated)
        matterport = item["sample_idx"].startswith("matterport3d")
        units = MATTERPORT_UNITS_PER_M if matterport else OTHER_UNITS_PER_M
        depth_m = read_depth_m(self._folder / facts["depth_path"], units_per_m=units)
        if depth_m.shape != rgb.shape[:2] or not np.allclose(K, K_depth):
            depth_m = depth_for(depth_m, K_depth, K=K, size_px=(rgb.shape[1], rgb.shape[0]))
        return Frame(rgb=rgb, K=K, T_world_camera=shot.T_world_camera, depth_m=depth_m)


_PLACES = ("", "embodiedscan/", "annotations/")


def _read(path: Path) -> dict[str, tuple[Mapping[str, Any], Mapping[int, str]]]:
    content = read_pickle(path)
    try:
        categories = {int(number): str(name) for name, number in content["metainfo"]["categories"].items()}
        return {str(item["sample_idx"]): (item, categories) for item in content["data_list"]}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(path, f"no EmbodiedScan annotations ({error!r})") from error


def _shot(facts: Mapping[str, Any], T_world_global: Array) -> Shot:
    key = Path(facts["img_path"]).stem
    seen = facts.get("visible_instance_ids")
    T_global_camera = np.array(facts["cam2global"], dtype=np.float64)
    with np.errstate(invalid="ignore"):
        T = T_world_global @ T_global_camera
    return Shot(
        key=key,
        T_world_camera=T,
        time_s=_time(facts["img_path"], key),
        seen=None if seen is None else frozenset(int(position) + 1 for position in seen),
    )


def _time(path: str, key: str) -> float | None:
    """Seconds, where the file's name tells: frame numbers in ScanNet, time stamps in ARKitScenes."""
    arkit = ARKIT_TIME.search(key)
    if path.startswith("scannet") and key.isdigit():
        return int(key) / SCANNET_HZ
    return float(arkit.group(1)) if arkit else None


def _annotation(facts: Mapping[str, Any], number: int, categories: Mapping[int, str]) -> Annotation:
    numbers = np.array(facts["bbox_3d"], dtype=np.float64)
    if numbers.shape != (9,):
        numbers = np.full(9, np.nan)
    finite = bool(np.isfinite(numbers).all())
    turned = Rotation.from_euler("ZXY", numbers[6:]).as_matrix() if finite else np.full((3, 3), np.nan)
    axes, size_m = from_z_up(turned, numbers[3:6])
    label = categories.get(int(facts["bbox_label_3d"]), "")
    return Annotation(label=label, instance=number, centre_m=numbers[:3], size_m=size_m, axes=axes)


def _intrinsics(cam2img: Any) -> Array:
    K = np.array(cam2img, dtype=np.float64)
    return corner_intrinsics(K[0, 0], K[1, 1], K[0, 2], K[1, 2])
