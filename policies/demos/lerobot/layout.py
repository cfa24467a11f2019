"""The names in LeRobot sets.

Source: `huggingface/lerobot`, src/lerobot/datasets (v3.0); its LIBERO set `HuggingFaceVLA/libero` names cameras,
state and action as we do when writing. openpi's `physical-intelligence/libero` has shorter names (v2.0).

    meta/info.json, meta/stats.json, meta/tasks.parquet
    meta/episodes/chunk-000/file-000.parquet                one row per episode
    data/chunk-000/file-000.parquet                         one row per step, many episodes per file
    videos/<key>/chunk-000/file-000.mp4                     many episodes per file
    meta/vst_robot.json                                     ours: orientation, gripper, manifest
    meta/vst_robot/chunk-000/file-000.parquet               ours: the exact values of every episode
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from action_tokenizer import LIBERO, Robot
from policies.demos.robot_file import RobotFile, is_libero
from vst_robot.errors import DataError

VERSION = "v3.0"
READ_VERSIONS = ("v2.0", "v2.1", "v3.0")
INFO = "meta/info.json"
TASKS = "meta/tasks.parquet"
STATS = "meta/stats.json"
DECLARATION = "meta/vst_robot.json"
EPISODES = "meta/episodes/chunk-{chunk:03d}/file-{file:03d}.parquet"
EXACT = "meta/vst_robot/chunk-{chunk:03d}/file-{file:03d}.parquet"
DATA_PATH = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO_PATH = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
FILES_PER_CHUNK = 1000
PICTURE_PREFIX = "observation.images."
KEY_OF_CAMERA = {
    "agentview": "observation.images.image",
    "robot0_eye_in_hand": "observation.images.image2",
}
CAMERA_OF_KEY = {key: camera for camera, key in KEY_OF_CAMERA.items()} | {
    "observation.images.wrist_image": "robot0_eye_in_hand",
    "image": "agentview",
    "wrist_image": "robot0_eye_in_hand",
}
ACTION, CLEAN, STATE, JOINTS = "action", "action_clean", "observation.state", "observation.joint_state"
LIBERO_COLUMNS = RobotFile(
    actions=LIBERO.actions, binary=LIBERO.binary, polarity=LIBERO.polarity, proprio={STATE: LIBERO.proprio}
)
"""Its rate stays LIBERO's, whatever a set states: openpi's conversion says 10."""
OTHER_NAMES = {ACTION: "actions", STATE: "state"}
"""openpi's names."""


@dataclass(frozen=True, kw_only=True)
class LeRobotInfo:
    """What `meta/info.json` says.

    Attributes:
        version: E.g. `v3.0`.
        fps: Steps per second.
        features: Name → dtype, shape and names.
        data_path: Template of the parquet files.
        video_path: Template of the videos; None where pictures lie in the parquet files.
        chunks_size: Episodes (v2) or files (v3) per chunk folder.
        total_episodes: Number of episodes.
        total_frames: Number of steps.
    """

    version: str
    fps: float
    features: Mapping[str, Mapping[str, Any]]
    data_path: str
    video_path: str | None
    chunks_size: int
    total_episodes: int
    total_frames: int

    @classmethod
    def read(cls, folder: Path) -> "LeRobotInfo":
        """Reads a set's `meta/info.json`.

        Raises:
            DataError: It is missing, damaged or of a version that is not known.
        """
        path = folder / INFO
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            info = cls(
                version=str(raw["codebase_version"]),
                fps=float(raw["fps"]),
                features={name: dict(feature) for name, feature in raw["features"].items()},
                data_path=raw["data_path"],
                video_path=raw.get("video_path"),
                chunks_size=int(raw.get("chunks_size", FILES_PER_CHUNK)),
                total_episodes=int(raw["total_episodes"]),
                total_frames=int(raw["total_frames"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{path}: damaged or not of a LeRobot set ({error}); download the set again") from error
        if info.version not in READ_VERSIONS:
            raise DataError(f"{path}: LeRobot {info.version}; known are {', '.join(READ_VERSIONS)}; convert it first")
        return info

    @property
    def video_keys(self) -> tuple[str, ...]:
        """Features that lie in videos."""
        return tuple(name for name, feature in self.features.items() if feature.get("dtype") == "video")

    @property
    def image_keys(self) -> tuple[str, ...]:
        """Features that lie as PNG in the parquet files."""
        return tuple(name for name, feature in self.features.items() if feature.get("dtype") == "image")

    def column(self, name: str) -> str | None:
        """The set's name of one of our columns; None where it has none."""
        return next((own for own in (name, OTHER_NAMES.get(name, name)) if own in self.features), None)

    def robot(self) -> RobotFile:
        """What the features say about the robot; LIBERO's under all names that published sets give it.

        Proprioception without names, or with one name for several numbers, is numbered: its order is enough. Actions
        are not: somebody must know what is executed.
        """
        actions, state = self._names(self.column(ACTION)), self.column(STATE)
        if is_libero(actions, (self._width(self.column(ACTION)), self._width(state))):
            return LIBERO_COLUMNS
        measured = self._names(state) or tuple(f"state_{index}" for index in range(self._width(state)))
        return RobotFile(actions=actions, proprio={STATE: measured} if measured else {}, rate_hz=self.fps)

    def _names(self, column: str | None) -> tuple[str, ...]:
        """Names of a feature's entries, one each; empty where there are none, or not one each."""
        named = self.features.get(column or "", {}).get("names")
        if isinstance(named, Mapping):  # {"motors": [...]}, or {name: index}
            groups = [names for names in named.values() if isinstance(names, list | tuple)]
            named = list(chain.from_iterable(groups)) if groups else sorted(named, key=dict(named).__getitem__)
        names = tuple(map(str, named or ()))
        return names if len(names) == len(set(names)) == self._width(column) else ()

    def _width(self, column: str | None) -> int:
        shape = self.features.get(column or "", {}).get("shape") or (0,)
        return int(shape[0])


def dimension_names(robot: Robot) -> dict[str, tuple[str, ...]]:
    """Feature → names of its entries."""
    return {ACTION: robot.actions, CLEAN: robot.actions, STATE: robot.proprio}


def camera_key(camera: str, robot: Robot) -> str:
    """Feature that holds a camera's pictures; LIBERO's cameras have names of their own in published sets."""
    keys = KEY_OF_CAMERA if robot == LIBERO else {}
    return keys.get(camera, f"{PICTURE_PREFIX}{camera}")


def key_camera(key: str, robot: Robot) -> str:
    """Inverse of `camera_key`."""
    cameras = CAMERA_OF_KEY if robot == LIBERO else {}
    return cameras.get(key, key.removeprefix(PICTURE_PREFIX))
