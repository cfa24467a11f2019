"""ScanNet's scans as they are published: `.sens` stream, mesh, segments, aggregation and 2D instances.

The world is the scan's after `axisAlignment`, z up. ScanNet has no oriented boxes: here an object's box is the upright
one of least ground area around its vertices, and its vertices are its surface. EmbodiedScan's boxes
(`embodiedscan:<folder>`) were drawn by people and also cover what the scanner missed.

Where `scannetv2_train.txt` lies in the folder only its scans are used: VSI-Bench is made of the validation scans.
"""

import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from spatial_pretrain.readers.boxes import DOWN, Annotation, Things, sound_things, upright_box
from spatial_pretrain.readers.files import damaged, existing_folder, listing_sha256, read_json
from spatial_pretrain.readers.images import depth_for, instance_map, nearest, read_integers
from spatial_pretrain.readers.ply import read_vertices
from spatial_pretrain.readers.scans import Scan, Shot, sound_pose
from spatial_pretrain.readers.sens import SensFile, SensFrame, open_sens
from vst_robot.errors import DataError
from vst_robot.geometry import pose
from vst_robot.scenes import Frame, View

Array = np.ndarray

NOMINAL_HZ = 30.0
MIN_VERTICES = 20
SURFACE_POINTS = 512
TRAINING_LIST = "scannetv2_train.txt"
_LARGEST_8_BIT = 255


class ScanNet:
    """A `ScanDataset`."""

    name = "scannet"
    views: tuple[View, ...] = ("single", "multi", "video")

    def __init__(self, folder: Path | str) -> None:
        """Reads nothing yet; `folder` is `scans`, or the folder that holds it."""
        self._folder = Path(folder).expanduser()

    def scan_names(self) -> Sequence[str]:
        """See `ScanDataset`."""
        return tuple(path.stem for path in self._streams())

    def open(self, scan: str) -> Scan:
        """See `ScanDataset`."""
        folder = self._root() / scan
        T_world_scan = _alignment(folder / f"{scan}.txt")
        stream = open_sens(folder / f"{scan}.sens")
        skipped = Counter({"frame that was cut off": stream.missing}) if stream.missing else Counter()
        shots, frames = _shots(stream, T_world_scan, skipped)
        found = sound_things(_objects(folder, scan, T_world_scan))
        maps = _InstanceMaps(folder / f"{scan}_2d-instance-filt.zip", [thing.instance for thing in found.things])

        def load(shot: Shot) -> Frame:
            return _frame(stream, frames[shot.key], maps, shot)

        def things(_: Sequence[Shot]) -> Things:
            return found

        return Scan(name=scan, shots=shots, things=things, load=load, gravity=DOWN, skipped=skipped)

    def fingerprint(self) -> Mapping[str, str]:
        """See `ScanDataset`."""
        return {"streams": listing_sha256(self._streams(), self._root())}

    def _root(self) -> Path:
        folder = existing_folder(self._folder, "ScanNet")
        return folder / "scans" if (folder / "scans").is_dir() else folder

    def _streams(self) -> list[Path]:
        root = self._root()
        streams = sorted(path for path in root.glob("scene*/scene*.sens") if path.stem == path.parent.name)
        lists = [folder / TRAINING_LIST for folder in (root, root.parent) if (folder / TRAINING_LIST).is_file()]
        if not lists:
            return streams
        wanted = set(lists[0].read_text(encoding="utf-8").split())
        return [path for path in streams if path.stem in wanted]


def _alignment(path: Path) -> Array:
    """`axisAlignment` of the scan's text file; the identity for scans that have none."""
    try:
        lines = [line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line]
        facts = {name.strip(): value for name, value in lines}
        T = np.array(facts["axisAlignment"].split(), dtype=np.float64) if "axisAlignment" in facts else np.eye(4)
        T = T.reshape(4, 4)
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    if not sound_pose(T):
        raise damaged(path, "its axisAlignment is no rotation and translation")
    return T


def _shots(
    stream: SensFile, T_world_scan: Array, skipped: Counter[str]
) -> tuple[tuple[Shot, ...], dict[str, SensFrame]]:
    stamped = bool(np.all(np.diff([frame.time_us for frame in stream.frames]) > 0))
    shots, frames = [], {}
    for number, frame in enumerate(stream.frames):
        if not sound_pose(frame.T_world_camera):
            skipped["frame without a pose"] += 1
            continue
        if not frame.depth_bytes:
            skipped["frame without depth"] += 1
            continue
        time_s = frame.time_us / 1e6 if stamped else number / NOMINAL_HZ
        shots.append(Shot(key=str(number), T_world_camera=T_world_scan @ frame.T_world_camera, time_s=time_s))
        frames[str(number)] = frame
    return tuple(shots), frames


def _objects(folder: Path, scan: str, T_world_scan: Array) -> list[Annotation]:
    mesh = folder / f"{scan}_vh_clean_2.ply"
    segments = folder / f"{scan}_vh_clean_2.0.010000.segs.json"
    aggregation = folder / f"{scan}.aggregation.json"
    points = pose.apply(T_world_scan, read_vertices(mesh))
    segment_of = _segment_numbers(segments)
    if segment_of.shape != (len(points),):
        raise damaged(segments, f"{segment_of.size} segment numbers for {len(points)} vertices")
    try:
        groups = [(int(g["objectId"]), str(g["label"]), list(g["segments"])) for g in _field(aggregation, "segGroups")]
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(aggregation, f"a group lacks a part ({error!r})") from error
    return [annotation_of(points[np.isin(segment_of, parts)], label, n + 1) for n, label, parts in groups]


def _segment_numbers(path: Path) -> Array:
    try:
        return np.array(_field(path, "segIndices"), dtype=np.int64)
    except (TypeError, ValueError, OverflowError) as error:
        raise damaged(path, f"its segIndices are not all whole numbers ({error})") from error


def _field(path: Path, name: str) -> list:
    content = read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get(name), list):
        raise damaged(path, f"it has no list '{name}'")
    return content[name]


def annotation_of(points_m: Array, label: str, instance: int) -> Annotation:
    """The object whose vertices these are."""
    enough = len(points_m) >= MIN_VERTICES and bool(np.isfinite(points_m).all())
    centre_m, size_m, axes = upright_box(points_m) if enough else (np.zeros(3), np.ones(3), np.eye(3))
    step = max(1, len(points_m) // SURFACE_POINTS)
    return Annotation(
        label=label,
        instance=instance,
        centre_m=centre_m,
        size_m=size_m,
        axes=axes,
        surface_m=points_m[::step],
        defect=None if enough else "box without points",
    )


class _InstanceMaps:
    """Pictures of instance numbers in the scan's archive; None where it has none."""

    def __init__(self, archive: Path, instances: Sequence[int]) -> None:
        # Eight bits per pixel: in the few scans with more objects, numbers wrap round and mean nothing.
        self._archive = archive if archive.is_file() and max(instances, default=0) <= _LARGEST_8_BIT else None

    def __getitem__(self, key: str) -> Array | None:
        if self._archive is None:
            return None
        try:
            with zipfile.ZipFile(self._archive) as archive:
                content = archive.read(f"instance-filt/{key}.png")
        except KeyError:
            return None
        except (OSError, zipfile.BadZipFile) as error:
            raise damaged(self._archive, error) from error
        return instance_map(read_integers(self._archive, content))


def _frame(stream: SensFile, frame: SensFrame, maps: _InstanceMaps, shot: Shot) -> Frame:
    rgb = stream.rgb(frame)
    size = rgb.shape[1], rgb.shape[0]
    instances = maps[shot.key]
    if instances is not None and abs(instances.shape[0] * size[0] - instances.shape[1] * size[1]) > sum(size) * 2:
        raise DataError(f"{stream.path.stem}: the instances of frame {shot.key} have another shape than its picture")
    return Frame(
        rgb=rgb,
        K=stream.K,
        T_world_camera=shot.T_world_camera,
        depth_m=depth_for(stream.depth_m(frame), stream.K_depth, K=stream.K, size_px=size),
        instances=nearest(instances, size),
    )
