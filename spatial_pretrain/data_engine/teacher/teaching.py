"""Has a teacher write the thoughts or captions of a set, and keeps what passes the checks.

In the output folder:

    teach.json               what was asked for; a second run with other settings is refused
    replies.jsonl            everything that came back, one record per row and attempt
    <task>/<shard>.parquet   the rows whose answer passed

A reply counts once its record is written; a stopped run is continued and pays for nothing twice. Rows are judged anew
from their replies whenever files are written, so the files follow from the replies.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spatial_pretrain.data_engine import shards
from spatial_pretrain.data_engine.build import Header
from spatial_pretrain.data_engine.rows import IMAGE_PAD, THINK, THOUGHT_END, Message, Row
from spatial_pretrain.data_engine.teacher import prompts, responses
from spatial_pretrain.data_engine.teacher.endpoint import Reply, Request
from spatial_pretrain.data_engine.teacher.prompts import TaughtForm
from spatial_pretrain.data_engine.teacher.replies import ReplyRecord, accepted, by_row, note, record_file
from spatial_pretrain.data_engine.teacher.responses import Taught
from vst_robot import atomic, config
from vst_robot.errors import DataError, InputError
from vst_robot.records import RecordFile

HEADER_NAME = "teach.json"
NOT_FOR_A_TEACHER = "rows of other tasks, or without layout"

Ask = Callable[[Iterable[Request]], Iterator[Reply]]
"""`Endpoint.replies`, or whatever else gives answers."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """How a teacher is asked.

    Attributes:
        model: Its name at the endpoint.
        form: Of the thoughts.
        temperature: Of its sampling.
        max_tokens: Of an answer.
        attempts: How often a row is asked about until an answer passes.
    """

    model: str
    form: TaughtForm = "rt_bev"
    temperature: float = 0.7
    max_tokens: int = 2048
    attempts: int = 3

    def __post_init__(self) -> None:
        """Refuses what cannot work."""
        if self.attempts < 1 or self.max_tokens < 1 or not 0 <= self.temperature <= 2:
            raise InputError("attempts and max_tokens must be at least 1, the temperature between 0 and 2")

    def body(self, messages: prompts.Messages) -> dict[str, Any]:
        """Of a chat-completions request."""
        sampling = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        return {"model": self.model, "messages": messages, **sampling}


@dataclass(kw_only=True)
class Report:
    """What a run came to.

    Attributes:
        rows: Rows read.
        taught: Rows written.
        skipped: Rows that no teacher is asked about.
        unanswered: Rows without a reply.
        refused: Problem → how often an answer had it.
    """

    rows: int = 0
    taught: int = 0
    skipped: int = 0
    unanswered: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def teach(
    folder: Path,
    output: Path,
    ask: Ask | None,
    lesson: Lesson,
    *,
    media: Path | None = None,
    provenance: Mapping[str, str] | None = None,
    on_file: Callable[[Report], None] | None = None,
) -> Report:
    """Asks about all rows of a set that have no accepted answer yet, and writes those that have.

    Args:
        folder: A set with layouts, made by `spatial build`.
        output: Folder to make or to complete.
        ask: Sends requests; None to judge and write only what was answered before.
        lesson: How.
        media: Folder of pictures that rows only name.
        provenance: Flat facts about this run.
        on_file: Called after every file of the set.

    Raises:
        InputError: The folder holds no rows, or the output another set.
        UnavailableError: The endpoint fails; what was answered is kept.
    """
    report = Report()
    with atomic.exclusive(output):
        file = _begin(output, folder, lesson, provenance or {})
        known = by_row(file.read())
        for path in shards.files(folder):
            rows = list(shards.read(path))
            fit = [row for row in rows if prompts.family(row) is not None]
            if ask is not None:
                _ask_all(fit, ask, lesson, file, known, media)
            _write(fit, output / _place(path, folder), known, lesson, report)
            report.rows, report.skipped = report.rows + len(rows), report.skipped + len(rows) - len(fit)
            if on_file is not None:
                on_file(report)
    return report


def taught_row(row: Row, taught: Taught, lesson: Lesson) -> Row:
    """The row with the teacher's question and thought, or caption."""
    pads = IMAGE_PAD * sum(message.text.count(IMAGE_PAD) for message in row.messages)
    answer = taught.answer
    if taught.thought is not None:
        answer = f"{THINK}{taught.thought}{THOUGHT_END} {answer}"
    messages = (Message(speaker="human", text=pads + taught.question), Message(speaker="gpt", text=answer))
    ours = {**row.ours, "teacher": {"model": lesson.model, "form": lesson.form}}
    return dataclasses.replace(row, messages=messages, ours=ours)


def _begin(output: Path, folder: Path, lesson: Lesson, provenance: Mapping[str, str]) -> RecordFile[ReplyRecord]:
    settings = {"folder": str(folder.resolve()), **config.to_dict(lesson)}
    path = output / HEADER_NAME
    if path.is_file():
        before = config.load(path, Header, error=DataError).settings
        changed = [name for name in settings if name != "attempts" and before.get(name) != settings[name]]
        if changed:
            raise InputError(f"'{output}' was taught otherwise ({', '.join(changed)} differ); choose another --output")
    config.dump_json(Header(settings=settings, provenance=dict(provenance)), path)
    return record_file(output)


def _ask_all(
    rows: Sequence[Row],
    ask: Ask,
    lesson: Lesson,
    file: RecordFile[ReplyRecord],
    known: dict[str, list[ReplyRecord]],
    media: Path | None,
) -> None:
    """Asks round by round, each time about the rows that have no good answer yet."""
    for round_number in range(lesson.attempts):
        open_rows = [row for row in rows if len(known.get(row.id, ())) <= round_number and accepted(row, known) is None]
        requests = (
            Request(id=row.id, body=lesson.body(prompts.messages(row, lesson.form, media))) for row in open_rows
        )
        for reply in ask(requests) if open_rows else ():
            note(reply, file, known)


def _write(
    rows: Sequence[Row], path: Path, known: Mapping[str, Sequence[ReplyRecord]], lesson: Lesson, report: Report
) -> None:
    written = []
    for row in rows:
        taught = accepted(row, known)
        if taught is not None:
            written.append(taught_row(row, taught, lesson))
        report.unanswered += row.id not in known
        for record in known.get(row.id, ()):
            report.refused.update(problem.partition(":")[0] for problem in responses.check(row, record.text).problems)
    report.taught += len(written)
    if written:
        atomic.write_bytes(path, shards.encode(written))
    else:
        path.unlink(missing_ok=True)


def _place(path: Path, folder: Path) -> Path:
    return path.relative_to(folder).with_suffix(".parquet") if path != folder else Path(path.stem + ".parquet")
