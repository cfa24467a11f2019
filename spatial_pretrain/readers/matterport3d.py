"""Matterport3D's houses as they are published (Chang et al., 2017); a scan is one region (room) of a house.

`<house>/` holds `matterport_color_images`, `matterport_depth_images`, `matterport_camera_intrinsics`,
`matterport_camera_poses` and `house_segmentations/<house>.house`, whose lines name the categories (C), the panoramas
(P) and the objects (O) with oriented boxes. World z up, metres. Lenses are distorted: pictures and depth are brought
to a pinhole camera with the coefficients of the intrinsics file (k1, k2, p1, p2, k3, as in OpenCV).

EmbodiedScan has corrected boxes for these pictures (`embodiedscan:<folder>`), which the paper prefers.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from spatial_pretrain.readers.boxes import DOWN, Annotation, Things, from_z_up, sound_things
from spatial_pretrain.readers.files import damaged, existing_folder, listing_sha256, read_numbers
from spatial_pretrain.readers.images import corner_intrinsics, read_depth_m, read_rgb
from spatial_pretrain.readers.scans import Scan, Shot, sound_pose
from vst_robot.errors import DataError
from vst_robot.scenes import Frame, View

Array = np.ndarray

DEPTH_UNITS_PER_M = 4000.0
FAR_M = 12.0
"""Objects farther from all cameras of a scene are left out: a house has a thousand."""

_PATTERNS = (
    "*/house_segmentations/*.house",
    "*/*/house_segmentations/*.house",
    "v1/scans/*/house_segmentations/*.house",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class _House:
    folder: Path
    regions: Mapping[int, tuple[str, ...]]
    objects: tuple[Annotation, ...]


class Matterport3D:
    """A `ScanDataset`; panoramas have no times, so there are no clips."""

    name = "matterport3d"
    views: tuple[View, ...] = ("single", "multi")

    def __init__(self, folder: Path | str) -> None:
        """Reads nothing yet; `folder` holds the houses, or `v1/scans`."""
        self._folder = Path(folder).expanduser()

    def scan_names(self) -> Sequence[str]:
        """See `ScanDataset`. A house that cannot be read has none."""
        names = []
        for path in self._houses():
            try:
                names += [f"{path.stem}/region{number}" for number in sorted(_read(path).regions)]
            except DataError:
                names.append(f"{path.stem}/region0")  # opening it says what is wrong
        return tuple(names)

    def open(self, scan: str) -> Scan:
        """See `ScanDataset`."""
        name, region = scan.split("/region")
        house = _read(next(path for path in self._houses() if path.stem == name))
        skipped: Counter[str] = Counter()
        shots = _shots(house, house.regions.get(int(region), ()), skipped)

        def load(shot: Shot) -> Frame:
            return _frame(house.folder, shot)

        def things(chosen: Sequence[Shot]) -> Things:
            eyes = np.stack([shot.T_world_camera[:3, 3] for shot in chosen])
            return sound_things(a for a in house.objects if not _far(a.centre_m, eyes))

        return Scan(name=scan, shots=shots, things=things, load=load, gravity=DOWN, skipped=skipped)

    def fingerprint(self) -> Mapping[str, str]:
        """See `ScanDataset`."""
        return {"houses": listing_sha256(self._houses(), self._folder)}

    def _houses(self) -> list[Path]:
        root = existing_folder(self._folder, "Matterport3D")
        return sorted({path.stem: path for pattern in _PATTERNS for path in root.glob(pattern)}.values())


def _far(centre_m: Array, eyes_m: Array) -> bool:
    """Whether a centre is too far from all cameras; a broken one is not, so that it is counted."""
    return bool(np.isfinite(centre_m).all() and np.linalg.norm(eyes_m - centre_m, axis=1).min() > FAR_M)


def _read(path: Path) -> _House:
    try:
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        categories = {line[1]: line[5] for line in lines if line[:1] == ["C"]}
        regions: dict[int, list[str]] = defaultdict(list)
        for line in lines:
            if line[:1] == ["P"] and int(line[3]) >= 0:
                regions[int(line[3])].append(line[1])
        objects = [_annotation(line, categories) for line in lines if line[:1] == ["O"]]
    except (OSError, ValueError, IndexError) as error:
        raise damaged(path, error) from error
    if not regions:
        raise damaged(path, "it names no panorama")
    panoramas = {number: tuple(names) for number, names in regions.items()}
    return _House(folder=path.parent.parent, regions=panoramas, objects=tuple(objects))


def _annotation(line: Sequence[str], categories: Mapping[str, str]) -> Annotation:
    """`O object region category px py pz a0x a0y a0z a1x a1y a1z r0 r1 r2 …`; radii are half sizes."""
    numbers = np.array([float(word) for word in line[4:16]])
    if numbers.size != 12:
        raise ValueError(f"object {line[1]} lacks numbers of its box")
    first, second = numbers[3:6], numbers[6:9]
    axes, size_m = from_z_up(np.stack([first, second, np.cross(first, second)], axis=1), 2 * numbers[9:12])
    return Annotation(
        label=categories.get(line[3], ""),
        instance=int(line[1]) + 1,
        centre_m=numbers[:3],
        size_m=size_m,
        axes=axes,
    )


def _shots(house: _House, panoramas: Sequence[str], skipped: Counter[str]) -> tuple[Shot, ...]:
    shots = []
    for panorama in panoramas:
        for picture in sorted((house.folder / "matterport_color_images").glob(f"{panorama}_i*.jpg")):
            _, _, place = picture.stem.rpartition("_i")
            key = f"{panorama}_{place}"
            if not _depth_path(house.folder, key).is_file():
                skipped["frame without depth"] += 1
                continue
            pose_path = house.folder / "matterport_camera_poses" / f"{panorama}_pose_{place}.txt"
            T = read_numbers(pose_path, 16).reshape(4, 4) if pose_path.is_file() else np.full((4, 4), np.nan)
            if sound_pose(T):
                shots.append(Shot(key=key, T_world_camera=T))
            else:
                skipped["frame without a pose"] += 1
    return tuple(shots)


def _depth_path(folder: Path, key: str) -> Path:
    panorama, camera_index, yaw = key.rsplit("_", 2)
    return folder / "matterport_depth_images" / f"{panorama}_d{camera_index}_{yaw}.png"


def _frame(folder: Path, shot: Shot) -> Frame:
    panorama, camera_index, yaw = shot.key.rsplit("_", 2)
    rgb = read_rgb(folder / "matterport_color_images" / f"{panorama}_i{camera_index}_{yaw}.jpg")
    depth_m = read_depth_m(_depth_path(folder, shot.key), units_per_m=DEPTH_UNITS_PER_M)
    path = folder / "matterport_camera_intrinsics" / f"{panorama}_intrinsics_{camera_index}.txt"
    numbers = read_numbers(path, 11)
    width, height, fx, fy, cx, cy, *bends = numbers
    if not np.isfinite(numbers).all() or min(fx, fy) <= 0:
        raise damaged(path, "its numbers describe no lens")
    if rgb.shape[:2] != (height, width) or depth_m.shape != (height, width):
        raise damaged(path, f"made for {width:.0f}x{height:.0f} pixels, which its pictures do not have")
    K = corner_intrinsics(fx, fy, cx, cy)
    rows, columns, inside = straight_from_bent(K, np.array(bends), rgb.shape[:2])
    return Frame(
        rgb=rgb[rows, columns],
        K=K,
        T_world_camera=shot.T_world_camera,
        depth_m=np.where(inside, depth_m[rows, columns], np.float32(0)),
    )


def straight_from_bent(
    K: Float[Array, "3 3"], bends: Float[Array, "5"], shape: tuple[int, ...]
) -> tuple[Array, Array, Array]:
    """Where a pinhole picture's pixels lie in a distorted one.

    Args:
        K: Of both pictures.
        bends: k1, k2, p1, p2, k3 of OpenCV's distortion model.
        shape: Rows and columns.

    Returns:
        Row and column of the nearest pixel (h, w), and whether it lies in the distorted picture (else the nearest
        one of its edge).
    """
    height, width = shape[:2]
    v, u = np.meshgrid(np.arange(height) + 0.5, np.arange(width) + 0.5, indexing="ij")
    x, y = (u - K[0, 2]) / K[0, 0], (v - K[1, 2]) / K[1, 1]
    k1, k2, p1, p2, k3 = bends
    squared = x**2 + y**2
    radial = 1 + squared * (k1 + squared * (k2 + squared * k3))
    bent_x = x * radial + 2 * p1 * x * y + p2 * (squared + 2 * x**2)
    bent_y = y * radial + p1 * (squared + 2 * y**2) + 2 * p2 * x * y
    columns = np.floor(bent_x * K[0, 0] + K[0, 2]).astype(int)
    rows = np.floor(bent_y * K[1, 1] + K[1, 2]).astype(int)
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1), inside
