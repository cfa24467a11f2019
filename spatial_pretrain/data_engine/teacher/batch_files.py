"""Requests and answers as files, for batch services that speak OpenAI's format."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from spatial_pretrain.data_engine import shards
from spatial_pretrain.data_engine.teacher import prompts, replies
from spatial_pretrain.data_engine.teacher.endpoint import Reply, Request
from spatial_pretrain.data_engine.teacher.teaching import Ask, Lesson
from vst_robot.errors import DataError, InputError


def write_requests(folder: Path, output: Path, file: Path, lesson: Lesson, *, media: Path | None = None) -> int:
    """Writes one line per row without accepted answer for a batch service (OpenAI's format); returns how many.

    Args:
        folder: The set.
        output: Where answers are gathered; need not be there yet.
        file: To write, whole or not at all.
        lesson: How the teacher is asked.
        media: Folder of pictures that rows only name.

    Raises:
        InputError: No row is left for a teacher.
    """
    known = replies.by_row(replies.record_file(output).read())
    temporary = file.with_name(f".{file.name}.part")
    count = 0
    with temporary.open("w", encoding="utf-8") as lines:
        for path in shards.files(folder):
            for row in shards.read(path):
                if prompts.family(row) is not None and replies.accepted(row, known) is None:
                    body = lesson.body(prompts.messages(row, lesson.form, media))
                    line = {"custom_id": row.id, "method": "POST", "url": "/v1/chat/completions", "body": body}
                    lines.write(json.dumps(line, ensure_ascii=False) + "\n")
                    count += 1
    if not count:
        temporary.unlink()
        raise InputError(f"'{folder}' leaves nothing to ask a teacher: it needs rows of cot tasks or si_scene_caption")
    temporary.replace(file)
    return count


def from_responses(file: Path, output: Path) -> Ask:
    """Answers from a batch service's output file, one line per request, in any order.

    Those that were taken in before are left out, so that the same file may be read again.

    Args:
        file: The service's.
        output: Where answers are gathered.

    Raises:
        InputError: There is no such file.
        DataError: A line is not one.
    """
    if not file.is_file():
        raise InputError(f"there is no file of responses '{file}'")
    before = {(record.id, record.text) for record in replies.record_file(output).read()}
    found: dict[str, Reply] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            reply = _response(line, f"{file}, line {number}")
            if (reply.id, reply.text) not in before:
                found[reply.id] = reply

    def ask(requests: Iterable[Request]) -> Iterator[Reply]:
        return (found.pop(request.id) for request in requests if request.id in found)

    return ask


def _response(line: str, where: str) -> Reply:
    try:
        record = json.loads(line)
        response = record.get("response") or {}
        if response.get("status_code", 200) != 200 or record.get("error"):
            return Reply(id=str(record["custom_id"]), error=f"status {response.get('status_code', 'unknown')}")
        text = response["body"]["choices"][0]["message"]["content"] or ""
        return Reply(id=str(record["custom_id"]), text=text, error=None if text.strip() else "empty answer")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise DataError(f"{where}: not a line of a batch service's output ({error!r})") from error
