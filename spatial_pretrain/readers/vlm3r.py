"""VLM-3R's question rows over clips, regrouped per clip into conversations of several turns (VITA-Group/VLM-3R).

A folder holds JSON files, each a list of rows with `conversations`, `video` (a path) and `question_type`, and the
clips under the paths that the rows name, perhaps in `processed_data/` or `videos/`. Questions of one kind about one
clip become one conversation: the kinds belong to different tasks of VST-P, two thirds of whose video part was made so.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spatial_pretrain.data_engine.samples import SpatialSample, Turn
from spatial_pretrain.readers.clips import spread_frames
from spatial_pretrain.readers.conversations import turns_of
from spatial_pretrain.readers.files import damaged, existing_folder, listing_sha256, read_json
from vst_robot.errors import DataError, UnavailableError

TASKS = {
    "object_counting": "video_object_counting",
    "object_size_estimation": "video_measurement",
    "object_rel_distance": "video_object_object_relation",
    "object_rel_direction": "video_object_object_relation",
    "obj_appearance_order": "video_appearance_order",
    "route_planning": "video_route_plan",
    "route_plan": "video_route_plan",
}
"""Beginnings of question types and their tasks; all else (absolute distance, room size, cameras) is `OTHERS`."""

OTHERS = "video_others"
HEADING = "These are frames of a video."
_PLACES = ("", "processed_data", "videos")

_Group = tuple[str, str, tuple[Mapping[str, Any], ...]]


class Vlm3r:
    """A `SampleSource`."""

    name = "vlm3r"

    def __init__(self, folder: Path | str, *, max_turns: int = 8, max_frames: int = 32) -> None:
        """Reads nothing yet.

        Args:
            folder: JSON files and clips.
            max_turns: Most questions of one conversation; the rest of a clip's become further conversations.
            max_frames: Most frames of a clip, spread evenly over it.
        """
        self._folder = Path(folder).expanduser()
        self._max_turns, self._max_frames = max_turns, max_frames
        self._groups: list[_Group] | None = None

    def count(self) -> int:
        """Conversations."""
        return len(self._all())

    def numbers(self) -> Mapping[str, Sequence[int]]:
        """See `SampleSource`."""
        found: dict[str, list[int]] = defaultdict(list)
        for number, (_, kind, _) in enumerate(self._all()):
            found[_task(kind)].append(number)
        return dict(found)

    def sample(self, index: int) -> SpatialSample:
        """See `SampleSource`."""
        groups = self._all()
        if not 0 <= index < len(groups):
            raise DataError(f"vlm3r has {len(groups)} conversations, not number {index}")
        clip, kind, rows = groups[index]
        frames, rate_hz = spread_frames(self._clip(clip), self._max_frames)
        turns = [turn for row in rows for turn in turns_of(row["conversations"], f"vlm3r {clip}")]
        return SpatialSample(
            task=_task(kind),
            form=kind,
            turns=(turns[0], *(_without_heading(turn) for turn in turns[1:])),
            pictures=frames,
            truth={"question_type": kind, "clip": clip, "row_ids": [str(row.get("id", "")) for row in rows]},
            scene=clip,
            source=self.name,
            type="video",
            frame_rate_hz=rate_hz,
        )

    def close(self) -> None:
        """Forgets the rows."""
        self._groups = None

    def fingerprint(self) -> Mapping[str, str]:
        """See `SampleSource`."""
        facts = {"max_turns": str(self._max_turns), "max_frames": str(self._max_frames)}
        return {"reader": self.name, "rows": listing_sha256(self._files(), self._folder), **facts}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_groups": None}

    def _files(self) -> list[Path]:
        return sorted(existing_folder(self._folder, "VLM-3R").rglob("*.json"))

    def _all(self) -> list[_Group]:
        if self._groups is None:
            by_clip: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
            for path in self._files():
                for row in _rows(path):
                    by_clip[row["video"], str(row.get("question_type", "unknown"))].append(row)
            self._groups = [group for key, rows in sorted(by_clip.items()) for group in self._cut(*key, rows)]
        if not self._groups:
            raise UnavailableError(f"there is no JSON file with questions about clips in {self._folder}")
        return self._groups

    def _cut(self, clip: str, kind: str, rows: list[Mapping[str, Any]]) -> list[_Group]:
        return [(clip, kind, tuple(rows[at : at + self._max_turns])) for at in range(0, len(rows), self._max_turns)]

    def _clip(self, clip: str) -> Path:
        root = self._folder.resolve()
        for place in _PLACES:
            path = (root / place / clip).resolve()
            if path.is_relative_to(root) and path.is_file():
                return path
        raise DataError(f"vlm3r: the clip {clip} is not in {self._folder}; make it by VLM-3R's recipe, or leave it out")


def _rows(path: Path) -> list[Mapping[str, Any]]:
    """The file's rows about clips; files of other things (metadata) have none."""
    content = read_json(path)
    if not isinstance(content, list):
        return []
    rows: list[Mapping[str, Any]] = [
        row for row in content if isinstance(row, dict) and "conversations" in row and "video" in row
    ]
    if any(not isinstance(row["video"], str) or not isinstance(row["conversations"], list) for row in rows):
        raise damaged(path, "a row's video is no path, or its conversation no list")
    return rows


def _task(kind: str) -> str:
    return next((task for start, task in TASKS.items() if kind.startswith(start)), OTHERS)


def _without_heading(turn: Turn) -> Turn:
    """The clip is announced once, in the first question."""
    return Turn(question=turn.question.removeprefix(HEADING).strip() or turn.question, answer=turn.answer)
