"""Hypersim's photorealistic rooms as Apple publishes them (`ai_VVV_NNN/`; Roberts et al., 2021).

Everything is true here: instances, boxes, depth. Conversions: asset units to metres, cameras from x right, y up, z
backward to OpenCV axes, depth along the ray to planar depth. Some scenes were taken with shifted or tilted lenses, and
only `metadata_camera_parameters.csv` (apple/ml-hypersim, `contrib/mikeroberts3000`) says which: without that file no
scene is given, because a wrong K makes every answer wrong. A shifted lens is read, a tilted one refused.

Row n of the box tables is semantic instance n; an instance's category is the NYU40 class of most of its pixels.
"""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from spatial_pretrain.readers.boxes import DOWN, Annotation, Things, from_z_up, sound_things
from spatial_pretrain.readers.files import damaged, existing_folder, listing_sha256
from spatial_pretrain.readers.images import instance_map, read_rgb
from spatial_pretrain.readers.labels import NYU40
from spatial_pretrain.readers.scans import Scan, Shot, sound_pose
from vst_robot.errors import DataError, UnavailableError, missing_extra
from vst_robot.geometry import camera, pose
from vst_robot.scenes import Frame, View

Array = np.ndarray

PARAMETERS = "metadata_camera_parameters.csv"
_BOXES = "metadata_semantic_instance_bounding_box_object_aligned_2d_"
_FROM_OPENGL = np.diag([1.0, -1.0, -1.0])


class Hypersim:
    """A `ScanDataset`; a scan is one camera's path through a room. The path has no times, so there are no clips."""

    name = "hypersim"
    views: tuple[View, ...] = ("single", "multi")

    def __init__(self, folder: Path | str) -> None:
        """Reads nothing yet; `folder` holds `ai_*` and the table of camera parameters."""
        self._folder = Path(folder).expanduser()

    def scan_names(self) -> Sequence[str]:
        """See `ScanDataset`."""
        return tuple(f"{path.parent.parent.name}/{path.name}" for path in self._cameras())

    def open(self, scan: str) -> Scan:
        """See `ScanDataset`."""
        scene, camera_name = scan.split("/")
        detail = self._folder / scene / "_detail"
        M_camera_uv = self._parameters(scene)
        unit_m = _unit_m(detail / "metadata_scene.csv")
        files = _Files(self._folder / scene / "images", camera_name)
        skipped: Counter[str] = Counter()
        shots = _shots(detail / camera_name, unit_m, files, skipped)
        boxes = _Boxes(detail / "mesh", unit_m)

        def load(shot: Shot) -> Frame:
            return _frame(files, shot, M_camera_uv)

        def things(chosen: Sequence[Shot]) -> Things:
            return boxes.of(files, chosen)

        return Scan(name=scan, shots=shots, things=things, load=load, gravity=DOWN, skipped=skipped)

    def fingerprint(self) -> Mapping[str, str]:
        """See `ScanDataset`."""
        poses = [path / "camera_keyframe_positions.hdf5" for path in self._cameras()]
        return {"cameras": listing_sha256(poses, self._folder)}

    def _cameras(self) -> list[Path]:
        found = existing_folder(self._folder, "Hypersim").glob("ai_*/_detail/cam_*")
        return sorted(path for path in found if (path / "camera_keyframe_positions.hdf5").is_file())

    def _parameters(self, scene: str) -> Float[Array, "3 3"]:
        """The matrix from picture coordinates in [-1, 1] (v up) to a ray of the camera (z backward)."""
        places = (self._folder, self._folder / "contrib" / "mikeroberts3000")
        path = next((place / PARAMETERS for place in places if (place / PARAMETERS).is_file()), None)
        if path is None:
            raise UnavailableError(
                f"there is no {PARAMETERS} in {self._folder}, so nobody knows which lenses were shifted: copy it from "
                "github.com/apple/ml-hypersim, contrib/mikeroberts3000"
            )
        try:
            with path.open(newline="", encoding="utf-8") as file:
                row = next(row for row in csv.DictReader(file) if row["scene_name"] == scene)
            return np.array([[float(row[f"M_cam_from_uv_{i}{j}"]) for j in range(3)] for i in range(3)])
        except StopIteration:
            raise DataError(f"{path} has no line for the scene {scene}") from None
        except (OSError, KeyError, ValueError) as error:
            raise damaged(path, error) from error


class _Files:
    """Where the pictures of one camera lie."""

    def __init__(self, images: Path, camera_name: str) -> None:
        self._geometry = images / f"scene_{camera_name}_geometry_hdf5"
        self._preview = images / f"scene_{camera_name}_final_preview"

    def picture(self, key: str) -> Path:
        return self._preview / f"frame.{key}.tonemap.jpg"

    def geometry(self, key: str, kind: str) -> Path:
        return self._geometry / f"frame.{key}.{kind}.hdf5"

    def missing(self, key: str) -> str | None:
        if not self.picture(key).is_file():
            return "frame without a picture"
        if not self.geometry(key, "depth_meters").is_file():
            return "frame without depth"
        kinds = ("semantic", "semantic_instance")
        whole = all(self.geometry(key, kind).is_file() for kind in kinds)
        return None if whole else "frame without instances"


class _Boxes:
    """The tables of one scene's boxes."""

    def __init__(self, mesh: Path, unit_m: float) -> None:
        self._extents_m = read_table(mesh / f"{_BOXES}extents.hdf5", 2) * unit_m
        self._centres_m = read_table(mesh / f"{_BOXES}positions.hdf5", 2) * unit_m
        self._axes = read_table(mesh / f"{_BOXES}orientations.hdf5", 3)
        if not len(self._extents_m) == len(self._centres_m) == len(self._axes):
            raise damaged(mesh / f"{_BOXES}extents.hdf5", "the three tables of boxes differ in length")

    def of(self, files: _Files, shots: Sequence[Shot]) -> Things:
        votes: dict[int, Counter[int]] = {}
        for shot in shots:
            instances = read_table(files.geometry(shot.key, "semantic_instance"), 2).astype(np.int64)
            classes = read_table(files.geometry(shot.key, "semantic"), 2).astype(np.int64)
            known = instances > 0
            pairs, counts = np.unique(np.stack([instances[known], classes[known]]), axis=1, return_counts=True)
            for instance, kind, count in zip(*pairs, counts, strict=True):
                votes.setdefault(int(instance), Counter())[int(kind)] += int(count)
        return sound_things(self._annotation(number, votes[number]) for number in sorted(votes))

    def _annotation(self, number: int, votes: Counter[int]) -> Annotation:
        kind = votes.most_common(1)[0][0]
        label = NYU40[kind - 1] if 1 <= kind <= len(NYU40) else ""
        if number >= len(self._extents_m):
            nothing = np.full(3, np.nan)
            return Annotation(label=label, instance=number, centre_m=nothing, size_m=nothing, axes=np.eye(3))
        axes, size_m = from_z_up(self._axes[number], self._extents_m[number])
        return Annotation(label=label, instance=number, centre_m=self._centres_m[number], size_m=size_m, axes=axes)


def read_table(path: Path, dimensions: int) -> Array:
    """The one array of a Hypersim file, float64.

    Raises:
        DataError: The file is missing, cut short, or holds another number of dimensions.
        UnavailableError: h5py is missing.
    """
    try:
        import h5py
    except ImportError as error:
        raise missing_extra("h5py", "data", "reading Hypersim") from error
    try:
        with h5py.File(path, "r") as file:
            table = np.asarray(file["dataset"], dtype=np.float64)  # type: ignore[arg-type]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise damaged(path, error) from error
    if table.ndim != dimensions:
        raise damaged(path, f"{table.ndim} dimensions instead of {dimensions}")
    return table


def _unit_m(path: Path) -> float:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            facts = {row[0].strip(): row[1] for row in csv.reader(file) if len(row) > 1}
        return float(facts["meters_per_asset_unit"])
    except (OSError, KeyError, ValueError) as error:
        raise damaged(path, error) from error


def _shots(folder: Path, unit_m: float, files: _Files, skipped: Counter[str]) -> tuple[Shot, ...]:
    positions = read_table(folder / "camera_keyframe_positions.hdf5", 2) * unit_m
    turns = read_table(folder / "camera_keyframe_orientations.hdf5", 3)
    indices = folder / "camera_keyframe_frame_indices.hdf5"
    numbers = read_table(indices, 1) if indices.is_file() else np.arange(len(positions))
    if not len(positions) == len(turns) == len(numbers):
        raise damaged(folder / "camera_keyframe_positions.hdf5", "positions and orientations differ in number")
    shots = []
    for number, p_m, R in zip(numbers, positions, turns, strict=True):
        T = camera.opengl_to_opencv(pose.make(R, p_m))
        key = f"{int(number):04d}"
        reason = files.missing(key) if sound_pose(T) else "frame without a pose"
        if reason is None:
            shots.append(Shot(key=key, T_world_camera=T))
        else:
            skipped[reason] += 1
    return tuple(shots)


def _frame(files: _Files, shot: Shot, M_camera_uv: Array) -> Frame:
    rgb = read_rgb(files.picture(shot.key))
    height, width = rgb.shape[:2]
    K = pinhole_of(M_camera_uv, width_px=width, height_px=height)
    path = files.geometry(shot.key, "depth_meters")
    along_ray_m, numbers = read_table(path, 2), read_table(files.geometry(shot.key, "semantic_instance"), 2)
    if along_ray_m.shape != (height, width) or numbers.shape != (height, width):
        raise damaged(path, f"it has {along_ray_m.shape[::-1]} pixels, its picture {(width, height)}")
    return Frame(
        rgb=rgb,
        K=K,
        T_world_camera=shot.T_world_camera,
        depth_m=planar(along_ray_m, K),
        instances=instance_map(numbers.astype(np.int64)),
    )


def pinhole_of(M_camera_uv: Float[Array, "3 3"], *, width_px: int, height_px: int) -> Float[Array, "3 3"]:
    """K of Hypersim's camera matrix.

    Raises:
        DataError: The lens was tilted against the film, so no K describes it.
    """
    uv_from_pixel = np.array([[2 / width_px, 0, -1], [0, -2 / height_px, 1], [0, 0, 1]])
    try:
        K = np.linalg.inv(_FROM_OPENGL @ M_camera_uv @ uv_from_pixel)
    except np.linalg.LinAlgError:
        raise DataError("a Hypersim camera matrix is singular") from None
    K = K / K[2, 2]
    beside = np.abs([K[1, 0] / K[1, 1], K[0, 1] / K[0, 0], K[2, 0] * width_px, K[2, 1] * height_px])
    if not np.isfinite(K).all() or beside.max() > 1e-3 or min(K[0, 0], K[1, 1]) <= 0:
        raise DataError("a Hypersim scene was taken with a tilted lens, which no pinhole camera describes")
    return K * np.array([[1, 0, 1], [0, 1, 1], [0, 0, 1]])


def planar(along_ray_m: Float[Array, "h w"], K: Float[Array, "3 3"]) -> Float[Array, "h w"]:
    """Planar depth from distances to the camera's centre; 0 where the ray meets nothing."""
    rays = camera.unproject(np.ones(along_ray_m.shape), K)
    depth_m = along_ray_m / np.linalg.norm(rays, axis=-1)
    return np.where(np.isfinite(depth_m) & (depth_m > 0), depth_m, 0).astype(np.float32)
