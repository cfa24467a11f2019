"""Rows in the layout of VST's released sets, from our samples and from anybody's parquet.

The columns are the released ones: `conversations`, `id`, `data_source`, `images` (`{bytes, path}` each; for videos the
bytes are the clip), `type`, and `meta_info`, a JSON list with the size of every picture. What is ours alone stands
under the key `vst_robot` of that list's first element: task, form, scene, truth and margin.

Reading is as tolerant as the release's own parser (`tools/parse_vst_500k.py` of Yangr116/VST): the misspelt key `byres`
of a picture, LLaVA's `<image>`, and placeholders that do not match the pictures in number.
"""

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from spatial_pretrain.data_engine import media
from spatial_pretrain.data_engine.encodings import Encodings
from spatial_pretrain.data_engine.samples import IMAGE_PAD, VIDEO_PAD, SpatialSample
from vst_robot.errors import DataError
from vst_robot.types import Picture

Speaker = Literal["human", "gpt"]
OURS = "vst_robot"
UNKNOWN_PX = -1
THINK, THOUGHT_END = "<think>", "</think>"
_LLAVA = re.compile(r"<(?:image|video)>\n?")
_SPEAKERS: dict[str, Speaker] = {"human": "human", "user": "human", "gpt": "gpt", "assistant": "gpt"}
_TRUTH_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class Message:
    """What one side says; placeholders stand where pictures and clips belong."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, kw_only=True)
class Medium:
    """An encoded picture or clip.

    Attributes:
        data: Its bytes; None if only its name is known.
        path: Its file's name.
    """

    data: bytes | None
    path: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """One row of a set.

    Attributes:
        id: Unique in its set.
        data_source: The set that the pictures come from.
        type: The released `type`: decides by the words in it (`text`, `video`, `thought`, `bbox_3d`).
        messages: Human first, taking turns.
        media: Pictures, or clips where `type` says video.
        sizes: The released keys of `meta_info`: per picture its width and height, `UNKNOWN_PX` if not known.
        ours: Our facts about it (`facts_of`); empty for other people's rows.
    """

    id: str
    data_source: str
    type: str
    messages: tuple[Message, ...]
    media: tuple[Medium, ...]
    sizes: tuple[Mapping[str, Any], ...] = ()
    ours: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def is_video(self) -> bool:
        """Whether its media are clips."""
        return "video" in self.type

    @property
    def task(self) -> str:
        """Our name of the task; other people's rows give their type."""
        return str(self.ours.get("task", self.type))

    def pictures(self, folder: Path | None = None) -> list[Picture]:
        """Its pictures decoded; those of all clips one after the other for a video.

        Args:
            folder: Where media lie that have a path only.

        Raises:
            DataError: One is damaged or missing.
        """
        files = [_bytes_of(medium, folder, self.id) for medium in self.media]
        if not self.is_video:
            return [media.decode_picture(data, f"row {self.id}") for data in files]
        return [picture for data in files for picture in media.decode_clip(data, f"row {self.id}")[0]]

    def record(self) -> dict[str, Any]:
        """The row as a plain dictionary of the released columns."""
        first, *others = [dict(size) for size in self.sizes] or [_size(UNKNOWN_PX, UNKNOWN_PX)]
        meta = [first | ({OURS: self.ours} if self.ours else {}), *others]
        return {
            "conversations": [{"from": message.speaker, "value": message.text} for message in self.messages],
            "id": self.id,
            "data_source": self.data_source,
            "images": [{"bytes": medium.data, "path": medium.path} for medium in self.media],
            "type": self.type,
            "meta_info": json.dumps(meta, ensure_ascii=False, allow_nan=False),
        }


def from_sample(sample: SpatialSample, *, id: str, encodings: Encodings | None = None) -> Row:
    """The row of a sample.

    Args:
        sample: What a task made.
        id: Unique, fit for a file's name.
        encodings: Shared by the samples of a scene, it saves encoding unmarked pictures and clips again.

    Raises:
        DataError: A picture cannot be written.
        ValueError: A number of the truth is NaN or infinite.
        TypeError: JSON has no form for a value of the truth.
    """
    pad, suffix = (VIDEO_PAD, "mp4") if sample.type == "video" else (IMAGE_PAD, "png")
    files = (Encodings() if encodings is None else encodings).files(sample)
    height, width = sample.pictures[0].shape[:2] if sample.pictures else (UNKNOWN_PX, UNKNOWN_PX)
    sizes = [_size(width, height)] if suffix == "mp4" else [_size(p.shape[1], p.shape[0]) for p in sample.pictures]
    return Row(
        id=id,
        data_source=sample.source,
        type=sample.type,
        messages=_messages(sample, pad * len(files)),
        media=tuple(Medium(data=data, path=f"{id}_{k}.{suffix}") for k, data in enumerate(files)),
        sizes=tuple(sizes),
        ours=facts_of(sample),
    )


def facts_of(sample: SpatialSample) -> dict[str, Any]:
    """What we know of a sample beside the released columns, as JSON values; lengths in metres to a micrometre."""
    facts = {
        "task": sample.task,
        "form": sample.form,
        "scene": sample.scene,
        "margin": dataclasses.asdict(sample.margin),
        "truth": sample.truth,
    }
    if sample.frame_rate_hz is not None:
        facts |= {"frame_rate_hz": sample.frame_rate_hz, "frames": len(sample.pictures)}
    if sample.reward is not None:
        facts["reward"] = sample.reward.plain
    return {key: _plain(value) for key, value in facts.items()}


def from_record(record: Mapping[str, Any], where: str = "row") -> Row:
    """Reads a row of the released layout.

    Args:
        record: The columns; `images` may be missing, hold bytes under `bytes` or `byres`, or be plain paths.
        where: Begins error messages.

    Raises:
        DataError: A column is missing, nobody speaks, or `meta_info` is not JSON.
    """
    where = f"{where} {record.get('id', '')}".strip()
    kind = str(record.get("type") or "mm_qa")
    files = () if "text" in kind else tuple(_medium(item, where) for item in record.get("images") or ())
    meta = _meta(record.get("meta_info"), where)
    return Row(
        id=str(record.get("id", "")),
        data_source=str(record.get("data_source") or ""),
        type=kind,
        messages=_repaired(_conversation(record, where), VIDEO_PAD if "video" in kind else IMAGE_PAD, len(files)),
        media=files,
        sizes=tuple({key: value for key, value in size.items() if key != OURS} for size in meta),
        ours=meta[0].get(OURS, {}) if meta else {},
    )


def problems(row: Row) -> list[str]:
    """What the released trainer would stumble over; empty for a sound row."""
    found = []
    if [message.speaker for message in row.messages] != ["human", "gpt"] * (len(row.messages) // 2):
        found.append("human and gpt do not take turns, human first")
    if any(not message.text.strip() for message in row.messages):
        found.append("somebody says nothing")
    pads = [sum(message.text.count(pad) for message in row.messages) for pad in (IMAGE_PAD, VIDEO_PAD)]
    if pads != ([0, len(row.media)] if row.is_video else [len(row.media), 0]):
        found.append(f"{pads[0]} image and {pads[1]} video placeholders for {len(row.media)} media")
    if "text" in row.type and row.media:
        found.append("pictures in a row of text")
    if row.sizes and row.media and len(row.sizes) != len(row.media):
        found.append(f"meta_info has {len(row.sizes)} entries for {len(row.media)} media")
    return found


def _messages(sample: SpatialSample, pads: str) -> tuple[Message, ...]:
    """Pads before the first question; a thought before the last answer."""
    messages = []
    for number, turn in enumerate(sample.turns):
        thinks = sample.thought is not None and number == len(sample.turns) - 1
        answer = f"{THINK}{sample.thought}{THOUGHT_END} {turn.answer}" if thinks else turn.answer
        messages.append(Message(speaker="human", text=(pads if number == 0 else "") + turn.question))
        messages.append(Message(speaker="gpt", text=answer))
    return tuple(messages)


def _plain(value: Any) -> Any:
    """JSON values of dictionaries, sequences, scalars and numpy's; floats rounded."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"the truth of a sample holds {value}")
        return round(value, _TRUTH_DIGITS) + 0.0
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(f"the truth of a sample holds a {type(value).__name__}, which JSON has no form for")


def _size(width: int, height: int) -> dict[str, int]:
    return {"width": width, "height": height, "resized_width": UNKNOWN_PX, "resized_height": UNKNOWN_PX}


def _medium(item: Any, where: str) -> Medium:
    if isinstance(item, str):
        return Medium(data=None, path=item)
    if not isinstance(item, Mapping):
        raise DataError(f"{where}: an entry of 'images' must be a path or {{bytes, path}}")
    data = item.get("bytes")
    data = item.get("byres") if data is None else data
    if data is None and not item.get("path"):
        raise DataError(f"{where}: a picture with neither bytes nor path")
    return Medium(data=data, path=str(item.get("path") or ""))


def _bytes_of(medium: Medium, folder: Path | None, id: str) -> bytes:
    if medium.data is not None:
        return medium.data
    path = (folder or Path()) / medium.path
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"row {id}: cannot read {path}: {error.strerror}; name the folder of the pictures") from error


def _meta(text: Any, where: str) -> list[dict[str, Any]]:
    """The list in `meta_info`; a single object is taken for a list of one, no text for none."""
    if text is None or text == "":
        return []
    try:
        meta = json.loads(text) if isinstance(text, str) else text
    except ValueError as error:
        raise DataError(f"{where}: meta_info is not JSON: {error}") from error
    meta = [meta] if isinstance(meta, Mapping) else meta
    if not isinstance(meta, list) or not all(isinstance(size, Mapping) for size in meta):
        raise DataError(f"{where}: meta_info must be a JSON list of objects")
    return [dict(size) for size in meta]


def _conversation(record: Mapping[str, Any], where: str) -> list[Message]:
    turns = record.get("conversations")
    turns = [] if turns is None else list(turns)
    messages = []
    for turn in turns:
        speaker = _SPEAKERS.get(str(turn.get("from"))) if isinstance(turn, Mapping) else None
        if speaker is None or not isinstance(turn.get("value"), str):
            raise DataError(f"{where}: a turn must be {{from: human or gpt, value: text}}")
        messages.append(Message(speaker=speaker, text=turn["value"]))
    if len(messages) < 2 or messages[0].speaker != "human":
        raise DataError(f"{where}: no conversation that a human begins and gpt answers")
    return messages


def _repaired(messages: list[Message], pad: str, number: int) -> tuple[Message, ...]:
    """The release's rule: placeholders that do not fit the media are all removed and put before the first question."""
    texts = [_LLAVA.sub("", message.text) for message in messages]
    if sum(text.count(pad) for text in texts) != number or any(text.count(_other(pad)) for text in texts):
        texts = [text.replace(IMAGE_PAD, "").replace(VIDEO_PAD, "") for text in texts]
        texts[0] = pad * number + texts[0].lstrip("\n")
    return tuple(dataclasses.replace(message, text=text) for message, text in zip(messages, texts, strict=True))


def _other(pad: str) -> str:
    return VIDEO_PAD if pad == IMAGE_PAD else IMAGE_PAD
