"""Scans on disk as a source of scenes: a data set lists its scans and opens one; all else is the same for all.

A scan is a walk through one place: many frames with poses, and objects in one world. Scene `i` of a view belongs to
scan `i // n`, n being how many the `Selection` wants of each, so that neighbours share what is open. A scan that has
fewer raises `DataError` for the rest; callers count that and go on.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float

from spatial_pretrain.readers.boxes import Thing, Things
from spatial_pretrain.readers.files import of_published_form
from spatial_pretrain.readers.frame_selection import Selection, distinct, spread, steady
from spatial_pretrain.readers.images import shrunk
from spatial_pretrain.readers.visibility import is_seen
from vst_robot.errors import DataError, UnavailableError
from vst_robot.scenes import Frame, Scene, SceneObject, View

Array = np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Shot:
    """A frame that can be read.

    Attributes:
        key: Its name in the data set, for scene names and messages.
        T_world_camera: Pose in the scan's world, OpenCV axes.
        time_s: When it was taken; None if the data set does not say.
        seen: Instances that the data set itself calls visible; None if it does not say.
    """

    key: str
    T_world_camera: Float[Array, "4 4"]
    time_s: float | None = None
    seen: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Scan:
    """One opened scan.

    Attributes:
        name: Unique in the data set.
        shots: Frames with a sound pose, in the order of time.
        things: The objects, given the chosen shots and their frames (most data sets ignore both).
        load: Reads a shot's frame in full size, without its time; DataError if a file of it is missing or damaged.
        gravity: Unit vector down, in the scan's world.
        skipped: How many frames were left out for which reason.
    """

    name: str
    shots: tuple[Shot, ...]
    things: Callable[[Sequence[Shot]], Things]
    load: Callable[[Shot], Frame]
    gravity: Float[Array, "3"] | None = None
    skipped: Counter[str] = field(default_factory=Counter)


class ScanDataset(Protocol):
    """A data set of scans. Picklable; `open` does the reading."""

    @property
    def name(self) -> str:
        """E.g. ``"scannet"``."""
        ...

    @property
    def views(self) -> tuple[View, ...]:
        """The views that its frames allow."""
        ...

    def scan_names(self) -> Sequence[str]:
        """All scans that are there, in a fixed order, without opening one."""
        ...

    def open(self, scan: str) -> Scan:
        """Opens one.

        Raises:
            DataError: It is damaged or incomplete.
        """
        ...

    def fingerprint(self) -> Mapping[str, str]:
        """Flat facts about the files."""
        ...


class ScanSource:
    """A `SceneSource` of a data set's scans."""

    def __init__(self, dataset: ScanDataset, selection: Selection | None = None) -> None:
        """Opens nothing yet.

        Args:
            dataset: What to read.
            selection: Which frames, how many and in which size.
        """
        self.name = dataset.name
        self.views = dataset.views
        self._dataset = dataset
        self._selection = selection or Selection()
        self._names: Sequence[str] | None = None
        self._opened: Scan | None = None
        self._walk: list[Shot] = []
        self._damaged: dict[str, str] = {}

    def count(self, view: View) -> int:
        """Scans times scenes per scan: an upper bound, because short scans have fewer."""
        return len(self._scan_names()) * self._per_scan(view)

    def scene(self, view: View, index: int) -> Scene:
        """See `SceneSource`."""
        names, per_scan = self._scan_names(), self._per_scan(view)
        if not 0 <= index < len(names) * per_scan:
            raise DataError(f"{self.name} has {len(names) * per_scan} scenes of the view '{view}', not number {index}")
        with of_published_form(f"{self.name} {names[index // per_scan]}"):
            scan = self._open(names[index // per_scan])
            shots = self._chosen(scan, view, index % per_scan)
            frames = tuple(self._frame(scan, shot, shots[0]) for shot in shots)
            return self._scene(scan, view, shots, frames)

    def close(self) -> None:
        """Forgets the scan that was opened last, and what was wrong with it."""
        self._opened, self._walk, self._damaged = None, [], {}

    def fingerprint(self) -> Mapping[str, str]:
        """See `SceneSource`."""
        return {"reader": self.name, **self._dataset.fingerprint(), "selection": repr(self._selection)}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_opened": None, "_walk": [], "_damaged": {}}

    def _scan_names(self) -> Sequence[str]:
        if self._names is None:
            self._names = self._dataset.scan_names()
        if not self._names:
            raise UnavailableError(f"there is no complete scan of {self.name} in the folder; download some first")
        return self._names

    def _per_scan(self, view: View) -> int:
        if view not in self.views:
            raise DataError(f"{self.name} has no scenes of the view '{view}'; it has {', '.join(self.views)}")
        return {"single": self._selection.singles, "multi": self._selection.sets, "video": 1}[view]

    def _open(self, name: str) -> Scan:
        if name in self._damaged:  # all its scenes are asked for, one after the other
            raise DataError(self._damaged[name])
        if self._opened is None or self._opened.name != name:
            self._opened = self._opened_now(name)
            poses = [shot.T_world_camera for shot in self._opened.shots]
            limits = {"min_move_m": self._selection.min_move_m, "min_turn_deg": self._selection.min_turn_deg}
            self._walk = [self._opened.shots[i] for i in distinct(poses, **limits)]
        if not self._opened.shots:
            raise DataError(f"{self.name} {name}: no frame can be used{_counted(self._opened.skipped)}")
        return self._opened

    def _opened_now(self, name: str) -> Scan:
        try:
            return self._dataset.open(name)
        except DataError as error:
            self._opened, self._damaged = None, {name: str(error)}
            raise

    def _chosen(self, scan: Scan, view: View, number: int) -> list[Shot]:
        if view == "video":
            return self._clip(scan)
        walk = self._walk
        length, wanted = (1, self._selection.singles) if view == "single" else self._set_size(scan, len(walk))
        first = spread(len(walk) - length + 1, wanted, number)
        if first is None:
            raise DataError(f"{self.name} {scan.name}: fewer than {number + 1} different scenes of the view '{view}'")
        return walk[first : first + length]

    def _set_size(self, scan: Scan, available: int) -> tuple[int, int]:
        if available < 2:
            raise DataError(f"{self.name} {scan.name}: fewer than two different frames for the view 'multi'")
        return min(self._selection.set_frames, available), self._selection.sets

    def _clip(self, scan: Scan) -> list[Shot]:
        times = [shot.time_s for shot in scan.shots if shot.time_s is not None]
        if len(times) < len(scan.shots) or len(times) < 2 or any(np.diff(times) <= 0):
            raise DataError(f"{self.name} {scan.name}: its frames have no times for the view 'video'")
        return [scan.shots[i] for i in steady(times, self._selection.clip_frames)]

    def _frame(self, scan: Scan, shot: Shot, first: Shot) -> Frame:
        time_s = 0.0 if shot.time_s is None or first.time_s is None else shot.time_s - first.time_s
        return replace(shrunk(scan.load(shot), self._selection.max_side_px), time_s=time_s)

    def _scene(self, scan: Scan, view: View, shots: Sequence[Shot], frames: tuple[Frame, ...]) -> Scene:
        found = scan.things(shots)
        objects = tuple(self._object(thing, shots, frames) for thing in found.things)
        keys = shots[0].key if len(shots) == 1 else f"{shots[0].key}-{shots[-1].key}"
        skipped = {f"skipped: {why}": str(number) for why, number in sorted((scan.skipped + found.skipped).items())}
        return Scene(
            name=f"{self.name}/{scan.name}/{view}/{keys}",
            source=self.name,
            view=view,
            frames=frames,
            objects=objects,
            gravity=scan.gravity,
            provenance={"scan": scan.name, "frames": " ".join(shot.key for shot in shots), **skipped},
        )

    def _object(self, thing: Thing, shots: Sequence[Shot], frames: Sequence[Frame]) -> SceneObject:
        rule = self._selection.visibility
        visible = tuple(
            (shot.seen is None or thing.instance in shot.seen) and is_seen(thing, frame, rule)
            for shot, frame in zip(shots, frames, strict=True)
        )
        return SceneObject(
            label=thing.label,
            instance=thing.instance,
            box=thing.box,
            visible=visible,
            has_front=thing.has_front,
            surface_m=thing.surface_m,
        )


FARTHEST_M = 1e5
"""No scan is that large."""


def sound_pose(T: Array) -> bool:
    """Whether a 4x4 matrix is a rotation and a translation; lost tracking is written as infinities or huge numbers."""
    if T.shape != (4, 4) or not (np.abs(T) < FARTHEST_M).all():
        return False
    R, rigid = T[:3, :3], np.abs(T[3] - [0, 0, 0, 1]).max() < 1e-6
    return bool(rigid and np.abs(R @ R.T - np.eye(3)).max() < 1e-3 and np.linalg.det(R) > 0)


def _counted(skipped: Counter[str]) -> str:
    return "".join(f"; {number} x {why}" for why, number in sorted(skipped.items()))
