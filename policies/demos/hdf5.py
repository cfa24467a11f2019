"""Reads LIBERO HDF5 files, ours and others', one demonstration at a time; re-exports the writing side."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import h5py
import numpy as np
from jaxtyping import UInt8

from action_tokenizer import LIBERO
from policies.demos import layout
from policies.demos.checks import WAY_OUT, check_pictures, check_series
from policies.demos.writing import merge_files, write_episodes
from vst_robot.errors import DataError
from vst_robot.types import Episode, Orientation, Picture, RecordedStart, Task

__all__ = ["DemonstrationFile", "StoredPictures", "merge_files", "write_episodes"]

Node = Any
"""A file or group. h5py types every item as a union of group, dataset and more; the checks are ours."""

ORIENTATIONS = get_args(Orientation)
UNKNOWN_SEED = -1
UNKNOWN_TASK_ID = -1


@dataclass(frozen=True, kw_only=True)
class StoredPictures(Mapping[str, np.ndarray]):
    """The pictures of one demonstration, read when asked for; true rows whatever the file holds. Picklable.

    Attributes:
        path: The file.
        demo: Number of the demonstration.
        names: Cameras that the file holds.
        bottom_up: Whether rows are stored bottom-up.
    """

    path: Path
    demo: int
    names: tuple[str, ...]
    bottom_up: bool

    def __getitem__(self, camera: str) -> UInt8[np.ndarray, "t h w 3"]:
        """All pictures of a camera.

        Raises:
            DataError: The file lacks the camera, or is damaged.
        """
        return self._read(camera, slice(None))

    def frame(self, camera: str, step: int) -> Picture:
        """One picture."""
        return self._read(camera, step)

    def __contains__(self, camera: object) -> bool:
        return camera in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def _read(self, camera: str, steps: slice | int) -> np.ndarray:
        where = f"{self.path}, demo_{self.demo}"
        if camera not in self.names:
            raise DataError(f"{where}: no camera '{camera}'; the file holds {', '.join(self.names) or 'none'}")
        with reading(self.path, where) as file:
            raw = file[f"data/demo_{self.demo}/obs/{layout.camera_dataset(camera)}"][steps]
        return np.ascontiguousarray(layout.flip_rows(raw)) if self.bottom_up else raw


@dataclass(frozen=True, kw_only=True)
class DemonstrationFile:
    """One task's demonstrations. Holds no open file: every access opens, reads and closes.

    Attributes:
        path: The file.
        task: Its task. For a file without our attributes: one of the `tasks` given to `open`, else what its
            attributes tell, with `task_id` -1.
        orientation: Orientation of the pictures as handed out.
        bottom_up: Whether the stored rows are bottom-up, as robosuite and LIBERO have them.
        demos: Numbers of the demonstrations present, ascending; may have gaps.
    """

    path: Path
    task: Task
    orientation: Orientation
    bottom_up: bool
    demos: tuple[int, ...]

    @classmethod
    def open(
        cls, path: Path | str, *, tasks: Sequence[Task] = (), orientation: Orientation | None = None
    ) -> "DemonstrationFile":
        """Reads the head of a file.

        Args:
            path: A LIBERO HDF5 file.
            tasks: Known tasks, to name the task of a file without our attributes.
            orientation: Orientation of the pictures; needed where the file does not declare it.

        Raises:
            DataError: Not a readable LIBERO file, of a newer version, or its orientation is another one or
                unknown.
        """
        path = Path(path)
        with reading(path, str(path)) as file:
            head: dict[str, Any] = dict(file["data"].attrs)
            demos = _demo_numbers(file)
        own = _json(head.get(layout.OWN_ATTRIBUTE, "{}"), path)
        if own.get("format", layout.FORMAT_VERSION) > layout.FORMAT_VERSION:
            raise DataError(f"{path}: written by a newer version (format {own['format']}); upgrade vst-robot")
        return cls(
            path=path,
            task=_task(path, head, own, tasks),
            orientation=_orientation(path, head, own, orientation),
            bottom_up=head.get(layout.ROWS_ATTRIBUTE, "opengl") != "opencv",
            demos=demos,
        )

    def __len__(self) -> int:
        """Number of demonstrations."""
        return len(self.demos)

    def __iter__(self) -> Iterator[Episode]:
        """All demonstrations in order, one in memory at a time."""
        return (self.episode(demo) for demo in self.demos)

    def episode(self, demo: int) -> Episode:
        """Reads a demonstration; its pictures stay on the disk until looked at.

        Raises:
            DataError: The demonstration is missing, damaged or does not hold together.
        """
        where = f"{self.path}, demo_{demo}"
        with reading(self.path, where) as file:
            group = file[f"data/demo_{demo}"]
            series = _series(group, where)
            return Episode(
                task=self.task,
                seed=int(group.attrs.get("seed", UNKNOWN_SEED)),
                images=self._pictures(group, demo, where),
                start=_start(group, series["sim_states"], where),
                success=bool(group["dones"][-1] or group["rewards"][-1]),
                orientation=self.orientation,
                provenance=_json(group.attrs.get("provenance", "{}"), where),
                **series,
            )

    def provenance(self, demo: int) -> Mapping[str, str]:
        """Flat facts about a demonstration's making; empty in files by others."""
        where = f"{self.path}, demo_{demo}"
        with reading(self.path, where) as file:
            return _json(file[f"data/demo_{demo}"].attrs.get("provenance", "{}"), where)

    def model_xml(self, demo: int) -> str | None:
        """The simulator's model when the episode began, as LIBERO's own files keep it; None in others."""
        with reading(self.path, f"{self.path}, demo_{demo}") as file:
            text = file[f"data/demo_{demo}"].attrs.get("model_file")
        return text.decode() if isinstance(text, bytes) else text

    def _pictures(self, group: Node, demo: int, where: str) -> StoredPictures:
        datasets = [name for name in group["obs"] if name.endswith("_rgb")]
        for name in datasets:
            check_pictures(group["obs"][name], layout.dataset_camera(name), where, steps=len(group["actions"]))
        names = tuple(layout.dataset_camera(name) for name in datasets)
        return StoredPictures(path=self.path, demo=demo, names=names, bottom_up=self.bottom_up)


def demo_numbers(path: Path) -> tuple[int, ...]:
    """Numbers of the demonstrations in a file, ascending.

    Raises:
        DataError: The file is damaged.
    """
    with reading(path, str(path)) as file:
        return _demo_numbers(file)


def read_orientation(path: Path) -> Orientation | None:
    """Orientation that a file declares in our attribute; None if it declares nothing.

    Raises:
        DataError: The file is damaged, or declares something else.
    """
    with reading(path, str(path)) as file:
        own = _json(file["data"].attrs.get(layout.OWN_ATTRIBUTE, "{}"), path)
    return _orientation(path, {}, own, None) if "orientation" in own else None


def _demo_numbers(file: Node) -> tuple[int, ...]:
    names = [name for name in file["data"] if re.fullmatch(r"demo_\d+", name)]
    return tuple(sorted(int(name.removeprefix("demo_")) for name in names))


def _series(group: Node, where: str) -> dict[str, np.ndarray]:
    actions, observations = group["actions"][:], group["obs"]
    if not len(actions):
        raise DataError(f"{where}: holds no steps; {WAY_OUT}")
    pose = {name: (observations[name][:], width) for name, width in layout.PROPRIO_DATASETS.items()}
    series = {
        "actions": (actions, len(LIBERO.actions)),
        "actions_clean": (
            group["actions_clean"][:] if "actions_clean" in group else actions,
            actions.shape[-1],
        ),
        "states": (group["states"][:], None),
        "joint_states": (observations["joint_states"][:], None),
        **pose,
    }
    for name, (values, width) in series.items():
        check_series(values, name, where, steps=len(actions), width=width)
    return {
        "actions": actions.astype(np.float64),
        "actions_clean": series["actions_clean"][0].astype(np.float64),
        "sim_states": series["states"][0],
        "joint_positions": series["joint_states"][0],
        "proprio": np.hstack([values for values, _ in pose.values()]),
    }


def _start(group: Node, sim_states: np.ndarray, where: str) -> RecordedStart:
    """Files by others know no fixture poses; OpenVLA's keep the start state as the first of `states`."""
    poses = _json(group.attrs.get("fixture_poses", "{}"), where)
    return RecordedStart(
        sim_state=np.asarray(group.attrs.get("init_state", sim_states[0]), np.float64),
        fixture_poses={name: tuple(pose) for name, pose in poses.items()},
    )


def _orientation(path: Path, head: Mapping[str, Any], own: Mapping[str, Any], told: Orientation | None) -> Orientation:
    """Ours is declared; that of LIBERO's own files follows from their row order; any other must be told."""
    declared = own.get("orientation")
    if declared not in (None, *ORIENTATIONS):
        raise DataError(f"{path}: unknown orientation '{declared}'; {WAY_OUT}")
    if declared is not None and told not in (None, declared):
        raise DataError(
            f"{path}: declares its pictures '{declared}', which contradicts '{told}'; orientations are never mixed"
        )
    if declared is None and told is None and layout.ROWS_ATTRIBUTE not in head:
        raise DataError(
            f"{path}: does not declare whether its pictures are 'true' (as the simulator shows them) or 'mirrored' "
            "(as in the published RLDS sets); tell it with the flag that ends in 'orientation'"
        )
    return declared or told or "true"


def _task(path: Path, head: Mapping[str, Any], own: Mapping[str, Any], tasks: Sequence[Task]) -> Task:
    name = own.get("task_name", path.name.removesuffix(layout.SUFFIX))
    for task in tasks:
        if task.name == name:
            return task
    words = _json(head.get("problem_info", "{}"), path).get("language_instruction", "")
    return Task(
        suite=own.get("suite", Path(str(head.get("bddl_file_name", ""))).parent.name),
        task_id=own.get("task_id", UNKNOWN_TASK_ID),
        name=name,
        # LIBERO's early files hold a list of characters.
        instruction=words if isinstance(words, str) else "".join(words),
    )


def _json(text: str | bytes, where: Path | str) -> dict[str, Any]:
    try:
        return json.loads(text)
    except ValueError as error:
        raise DataError(f"{where}: an attribute is not JSON; {WAY_OUT}") from error


@contextmanager
def reading(path: Path, where: str, kind: str = "LIBERO's") -> Iterator[Node]:
    """Opens a file; whatever HDF5 or a missing name complains about becomes one line.

    Args:
        path: The file.
        where: File and demonstration, for messages.
        kind: Whose layout it should have, likewise.

    Raises:
        DataError: It is missing or damaged, or lacks something.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except KeyError as error:
        missing = str(error.args[0]).replace('"', "'")
        raise DataError(f"{where}: not in {kind} layout ({missing}); {WAY_OUT}") from error
    except DataError:
        raise
    except (TypeError, ValueError) as error:  # a group or a lump of bytes where numbers should be
        raise DataError(f"{where}: not in {kind} layout ({error}); {WAY_OUT}") from error
    except (OSError, RuntimeError) as error:
        raise DataError(f"{where}: damaged or truncated HDF5; delete it and {WAY_OUT}") from error
