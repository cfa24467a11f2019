"""The features of RLDS sets, as plain data, and an episode in them.

Source: `modified_libero_rlds`, the sets that OpenVLA and OFT train on (`moojink/rlds_dataset_builder`,
LIBERO_Spatial/LIBERO_Spatial_dataset_builder.py). They store LIBERO's gripper (-1 open, +1 closed; the loader turns
it round) and mirrored pictures. Ours add `action_clean`, and the exact values in `vst_robot`.

    steps/observation/{image, wrist_image}    encoded pictures (JPEG in the published sets, PNG in ours)
    steps/observation/{state, joint_state}    float32 (8,), (7,)
    steps/{action, action_clean}              float32 (7,)
    steps/{language_instruction, is_first, is_last, is_terminal, discount, reward}
    steps/vst_robot                           bytes: a row of exact values
    episode_metadata/{file_path, vst_robot}   the HDF5 file of the task, JSON of the facts
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from action_tokenizer import LIBERO, Robot
from policies.demos import layout as libero
from policies.demos.columns import ExactRecord, OpenColumns, exact_record, exact_rows
from policies.demos.disk_pictures import encode_picture
from vst_robot.errors import DataError
from vst_robot.types import Episode, Orientation

VERSION = "1.0.0"
STATE = "state"
OWN = "vst_robot"
KEY_OF_CAMERA = {"agentview": "image", "robot0_eye_in_hand": "wrist_image"}
CAMERA_OF_KEY = {key: camera for camera, key in KEY_OF_CAMERA.items()}
PUBLISHED = re.compile(r"libero_(spatial|object|goal|10|90)_no_noops")
"""Names of the published sets, whose pictures are mirrored."""
OWN_CLASSES = "tensorflow_datasets.core.features."
"""`features.json` names Python classes, which tensorflow-datasets imports. No others than its own are let in."""
WAY_OUT = "download or convert the set again"


@dataclass(frozen=True, kw_only=True)
class SetInfo:
    """What `dataset_info.json` says.

    Attributes:
        root: The folder with `dataset_info.json`.
        name: Name of the set.
        splits: Split → number of episodes, in order.
    """

    root: Path
    name: str
    splits: Mapping[str, int]

    @classmethod
    def read(cls, root: Path) -> "SetInfo":
        """Reads the head of a set, without TensorFlow.

        Raises:
            DataError: It is damaged, or names classes that are not tensorflow-datasets' own.
        """
        path = root / "dataset_info.json"
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            splits = {split["name"]: sum(map(int, split["shardLengths"])) for split in raw["splits"]}
            features = json.loads((root / "features.json").read_text(encoding="utf-8"))
            foreign = [name for name in _classes(features) if not name.startswith(OWN_CLASSES)]
            info = cls(root=root, name=str(raw["name"]), splits=splits)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: damaged or not of an RLDS set ({error}); {WAY_OUT}") from error
        if foreign:
            raise DataError(f"{root / 'features.json'}: names the class '{foreign[0]}', which will not be imported")
        return info

    @property
    def orientation(self) -> Orientation | None:
        """That of a published set; None if the set is another one."""
        return "mirrored" if PUBLISHED.fullmatch(self.name) else None


def example(episode: Episode, robot: Robot = LIBERO) -> dict[str, Any]:
    """An episode as the features hold it, pictures encoded; lists and arrays only."""
    steps, record = len(episode), exact_record(episode)
    last = np.arange(steps) == steps - 1
    observation: dict[str, Any] = {
        "state": episode.proprio.astype(np.float32),
        "joint_state": episode.joint_positions.astype(np.float32),
    }
    for camera, pictures in episode.images.items():
        observation[camera_key(camera, robot)] = [encode_picture(picture) for picture in pictures]
    task = episode.task
    return {
        "steps": {
            "observation": observation,
            "action": episode.actions.astype(np.float32),
            "action_clean": episode.actions_clean.astype(np.float32),
            "language_instruction": [task.instruction] * steps,
            "is_first": np.arange(steps) == 0,
            "is_last": last,
            "is_terminal": last & episode.success,
            "discount": np.ones(steps, np.float32),
            "reward": (last & episode.success).astype(np.float32),
            OWN: [row.tobytes() for row in record.rows],
        },
        "episode_metadata": {"file_path": f"{task.suite}/{task.name}{libero.SUFFIX}", OWN: record.facts},
    }


def columns(
    steps: Mapping[str, Any], metadata: Mapping[str, Any], where: str, states: Sequence[str] = (STATE,)
) -> OpenColumns:
    """The open columns of an episode as the process hands it over.

    Args:
        steps: Feature → its values at all steps.
        metadata: Features of the episode.
        where: File and episode, for messages.
        states: Features under `observation` that make up the proprioception.

    Raises:
        DataError: One is missing.
    """
    try:
        observation, words = steps["observation"], steps["language_instruction"]
        return OpenColumns(
            action=steps["action"],
            action_clean=steps.get("action_clean"),
            state=np.hstack([np.zeros((len(words), 0), np.float32), *(observation[name] for name in states)]),
            joint_state=observation.get("joint_state"),
            instruction=_text(words[0]) if len(words) else "",
            task_name=_task_name(metadata),
            success=bool(len(steps["reward"])) and bool(steps["reward"][-1] > 0),
        )
    except KeyError as error:
        raise DataError(f"{where}: the set has no feature {error}; it is not in the layout of LIBERO's sets") from error


def exact(steps: Mapping[str, Any], metadata: Mapping[str, Any], where: str) -> ExactRecord | None:
    """Our record in an episode; None in sets by others.

    Raises:
        DataError: It is damaged.
    """
    if OWN not in steps or OWN not in metadata:
        return None
    rows = list(steps[OWN])
    if len({len(row) for row in rows}) > 1:
        raise DataError(f"{where}: the exact values are damaged (rows of different lengths); {WAY_OUT}")
    return ExactRecord(facts=_text(metadata[OWN]), rows=exact_rows(b"".join(rows), len(rows), where))


def camera_key(camera: str, robot: Robot) -> str:
    """Feature under `observation` that holds a camera's pictures; LIBERO's cameras have names of their own there."""
    return KEY_OF_CAMERA.get(camera, camera) if robot == LIBERO else camera


def key_camera(key: str, robot: Robot) -> str:
    """Inverse of `camera_key`."""
    return CAMERA_OF_KEY.get(key, key) if robot == LIBERO else key


def set_name(folder: Path) -> str:
    """The name of a set in a folder, as tensorflow-datasets allows it."""
    name = re.sub(r"\W+", "_", folder.name.casefold()).strip("_")
    return name if name[:1].isalpha() else f"set_{name}"


def count_records(path: Path) -> int:
    """Number of records in a TFRecord file, by their lengths alone.

    Raises:
        DataError: The file ends within a record.
    """
    size, count = path.stat().st_size, 0
    with path.open("rb") as file:
        while (start := file.tell()) < size:
            head = file.read(12)  # length, its checksum; data and their checksum follow
            end = start + 16 + int.from_bytes(head[:8], "little")
            if len(head) < 12 or end > size:
                raise DataError(f"{path}: ends within record {count}; {WAY_OUT}")
            file.seek(end)
            count += 1
    return count


def _task_name(metadata: Mapping[str, Any]) -> str | None:
    path = _text(metadata.get("file_path", ""))
    return PurePosixPath(path).name.removesuffix(libero.SUFFIX) if path.endswith(libero.SUFFIX) else None


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _classes(tree: Any) -> Iterator[str]:
    """Names of Python classes in `features.json`, in its present and its older form."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in ("pythonClassName", "python_class_name") or (key == "type" and "content" in tree):
                yield str(value)
            else:
                yield from _classes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _classes(value)
