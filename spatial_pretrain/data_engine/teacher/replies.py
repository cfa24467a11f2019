"""What a teacher answered so far: one record per row and attempt, on disk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spatial_pretrain.data_engine.rows import Row
from spatial_pretrain.data_engine.teacher import responses
from spatial_pretrain.data_engine.teacher.endpoint import Reply
from spatial_pretrain.data_engine.teacher.responses import Taught
from vst_robot.records import RecordFile

REPLIES_NAME = "replies.jsonl"


@dataclass(frozen=True, kw_only=True)
class ReplyRecord:
    """What came back for a row.

    Attributes:
        id: The row's.
        attempt: From 0.
        text: The teacher's words.
        error: Why there are none.
    """

    id: str
    attempt: int
    text: str
    error: str | None = None


def record_file(output: Path) -> RecordFile[ReplyRecord]:
    """The records of an output folder."""
    return RecordFile(
        output / REPLIES_NAME,
        ReplyRecord,
        key=lambda record: (record.id, record.attempt),
        replaceable=lambda record: record.error is not None,
    )


def by_row(records: Iterable[ReplyRecord]) -> dict[str, list[ReplyRecord]]:
    """Row → its answers, oldest first; failed requests are none."""
    found: dict[str, list[ReplyRecord]] = {}
    for record in records:
        if record.error is None:
            found.setdefault(record.id, []).append(record)
    return found


def accepted(row: Row, known: Mapping[str, Sequence[ReplyRecord]]) -> Taught | None:
    """What the first sound answer about a row teaches; None if there is none."""
    return next(
        (taught for record in known.get(row.id, ()) if (taught := responses.check(row, record.text).taught)), None
    )


def note(reply: Reply, replies: RecordFile[ReplyRecord], known: dict[str, list[ReplyRecord]]) -> None:
    """Writes a reply down."""
    attempt = len(known.get(reply.id, ()))
    record = ReplyRecord(id=reply.id, attempt=attempt, text=reply.text, error=reply.error)
    replies.append(record)
    if record.error is None:
        known.setdefault(record.id, []).append(record)
