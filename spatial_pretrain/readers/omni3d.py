"""Omni3D's JSON files: SUN RGB-D, ARKitScenes, Hypersim, Objectron and others in one layout (Brazil et al., 2023).

A folder holds the annotation files `Omni3D_<set>_<split>.json` (or has them in a folder `Omni3D`) and the pictures
that they name. Cameras have OpenCV axes already, and every picture is its own world. Boxes: `dimensions` are width,
height and length along the box's z, y and x axes, `R_cam` turns box axes into the camera's
(facebookresearch/omni3d, `cubercnn/util/math_util.py`).

Which boxes may be used: the rules with which Cube R-CNN trains (`configs/Base.yaml`). One that is unsound (no valid
3D, no points, doubtful depth) takes its whole category out of that picture; one that is merely hidden or cut off is
kept and called not visible. `has_front` is never set: only some of the sets have headings, and the files do not say
which.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spatial_pretrain.readers.boxes import Annotation, sound_things
from spatial_pretrain.readers.files import damaged, existing_folder, listing_sha256, of_published_form, read_json
from spatial_pretrain.readers.images import read_integers, read_rgb, shrunk
from vst_robot.errors import DataError, UnavailableError
from vst_robot.scenes import Frame, Scene, SceneObject, View

Array = np.ndarray

TRAINING_SPLITS = ("train", "val")
"""VST's detection benchmark is made of the test splits: they are left alone unless asked for."""

MAX_TRUNCATION, MIN_VISIBILITY, MIN_HEIGHT_SHARE = 0.75, 0.25, 0.05
MAX_DEPTH_ERROR = 0.5
SUNRGBD_MAX_DEPTH_M = 8.0


@dataclass(frozen=True, kw_only=True, eq=False)
class _Picture:
    set_name: str
    facts: Mapping[str, Any]
    annotations: tuple[Mapping[str, Any], ...]


class Omni3D:
    """A `SceneSource` of single pictures."""

    name = "omni3d"
    views: tuple[View, ...] = ("single",)

    def __init__(
        self,
        folder: Path | str,
        *,
        sets: tuple[str, ...] = (),
        splits: tuple[str, ...] = TRAINING_SPLITS,
        max_side_px: int = 960,
    ) -> None:
        """Reads nothing yet.

        Args:
            folder: Where the annotation files and the pictures are.
            sets: Names in the files' names, e.g. ``"SUNRGBD"``; all that are there if empty.
            splits: E.g. ``"train"``.
            max_side_px: Larger pictures are made smaller.
        """
        self._folder = Path(folder).expanduser()
        self._sets, self._splits, self._max_side_px = sets, splits, max_side_px
        self._pictures: list[_Picture] | None = None

    def count(self, view: View) -> int:
        """Pictures with annotations."""
        return len(self._all()) if view == "single" else 0

    def scene(self, view: View, index: int) -> Scene:
        """See `SceneSource`."""
        pictures = self._all()
        if view != "single" or not 0 <= index < len(pictures):
            raise DataError(f"omni3d has {len(pictures)} single pictures, no scene {index} of the view '{view}'")
        picture = pictures[index]
        with of_published_form(f"{self.name}/{picture.set_name}/{picture.facts['id']}"):
            return self._scene(picture)

    def _scene(self, picture: _Picture) -> Scene:
        frame = shrunk(self._frame(picture), self._max_side_px)
        objects, skipped = _objects(picture)
        return Scene(
            name=f"{self.name}/{picture.set_name}/{picture.facts['id']}",
            source=f"omni3d/{picture.set_name.lower()}",
            view="single",
            frames=(frame,),
            objects=objects,
            provenance={"file": str(picture.facts["file_path"])}
            | {f"skipped: {why}": str(number) for why, number in sorted(skipped.items())},
        )

    def close(self) -> None:
        """Forgets the annotations."""
        self._pictures = None

    def fingerprint(self) -> Mapping[str, str]:
        """See `SceneSource`."""
        files = listing_sha256(self._files(), self._folder)
        return {"reader": self.name, "annotations": files, "max_side_px": str(self._max_side_px)}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_pictures": None}

    def _files(self) -> list[Path]:
        folder = existing_folder(self._folder, "Omni3D")
        found = [*folder.glob("Omni3D_*.json"), *folder.glob("Omni3D/Omni3D_*.json")]
        files = [path for path in sorted(found) if self._wanted(path)]
        if not files:
            wanted = f"Omni3D_{'|'.join(self._sets) or '*'}_{'|'.join(self._splits)}.json"
            raise UnavailableError(f"there is no {wanted} in {folder}: download Omni3D's annotations into it")
        return files

    def _wanted(self, path: Path) -> bool:
        _, set_name, split = (path.stem + "__").split("_")[:3]
        return split in self._splits and (not self._sets or set_name in self._sets)

    def _all(self) -> list[_Picture]:
        if self._pictures is None:
            self._pictures = [picture for path in self._files() for picture in _read(path)]
        return self._pictures

    def _frame(self, picture: _Picture) -> Frame:
        path = self._folder / picture.facts["file_path"]
        rgb = read_rgb(path)
        if rgb.shape[:2] != (picture.facts["height"], picture.facts["width"]):
            raise damaged(path, f"{rgb.shape[1]}x{rgb.shape[0]} pixels, its annotation says otherwise")
        K = np.array(picture.facts["K"], dtype=np.float64)
        return Frame(rgb=rgb, K=K, T_world_camera=np.eye(4), depth_m=_sunrgbd_depth(path, rgb.shape[:2]))


def _read(path: Path) -> list[_Picture]:
    content = read_json(path)
    try:
        by_image: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
        for annotation in content["annotations"]:
            by_image[annotation["image_id"]].append(annotation)
        pictures = [(picture, by_image[picture["id"]]) for picture in content["images"]]
        needed = ("file_path", "width", "height", "K")
        for picture, _ in pictures:
            _ = [picture[name] for name in needed]
    except (KeyError, TypeError) as error:
        raise damaged(path, f"no Omni3D annotations ({error!r})") from error
    set_name = path.stem.split("_")[1]
    return [_Picture(set_name=set_name, facts=p, annotations=tuple(a)) for p, a in pictures if a]


def _objects(picture: _Picture) -> tuple[tuple[SceneObject, ...], Counter[str]]:
    seen: dict[int, bool] = {}
    stated: list[Annotation] = []
    for number, facts in enumerate(picture.annotations, start=1):
        if facts.get("behind_camera"):
            continue  # not in the picture: nothing is asked about it, nothing is missed
        stated.append(_annotation(facts, number))
        seen[number] = _is_visible(facts, picture.facts["height"])
    found = sound_things(stated)
    objects = tuple(
        SceneObject(label=thing.label, instance=thing.instance, box=thing.box, visible=(seen[thing.instance],))
        for thing in found.things
    )
    return objects, found.skipped


def _annotation(facts: Mapping[str, Any], number: int) -> Annotation:
    width, height, length = (list(facts.get("dimensions", ())) + [np.nan] * 3)[:3]
    return Annotation(
        label=str(facts.get("category_name", "")),
        instance=number,
        centre_m=np.array(facts.get("center_cam", ()), dtype=np.float64),
        size_m=np.array([length, height, width], dtype=np.float64),
        axes=np.array(facts.get("R_cam", ()), dtype=np.float64),
        defect=_defect(facts),
    )


def _defect(facts: Mapping[str, Any]) -> str | None:
    if not facts.get("valid3D", True):
        return "box without valid 3D"
    if facts.get("lidar_pts", -1) == 0 or facts.get("segmentation_pts", -1) == 0:
        return "box without points"
    if facts.get("depth_error", -1) > MAX_DEPTH_ERROR:
        return "box of doubtful depth"
    return None


def _is_visible(facts: Mapping[str, Any], height_px: int) -> bool:
    truncation, visibility = facts.get("truncation", -1), facts.get("visibility", -1)
    if truncation >= MAX_TRUNCATION or 0 <= visibility <= MIN_VISIBILITY:
        return False
    corners = next((facts[name] for name in _BOXES_2D if facts.get(name) and facts[name][0] != -1), None)
    return corners is None or corners[3] - corners[1] > MIN_HEIGHT_SHARE * height_px


_BOXES_2D = ("bbox2D_tight", "bbox2D_trunc", "bbox2D_proj")


def _sunrgbd_depth(picture: Path, shape: tuple[int, int]) -> Array | None:
    """SUN RGB-D keeps a depth picture beside the photograph, its 16 bits turned left by three."""
    files = sorted((picture.parent.parent / "depth_bfx").glob("*.png")) if picture.parent.name == "image" else []
    if len(files) != 1:
        return None
    raw = read_integers(files[0])
    if raw.shape != shape:
        return None
    depth_m = (((raw >> 3) | (raw << 13)) & 0xFFFF) / np.float32(1000)
    return np.where(depth_m <= SUNRGBD_MAX_DEPTH_M, depth_m, 0).astype(np.float32)
