"""A set taught through a server on this machine, through files, and after a stop."""

import json
from collections import Counter
from functools import cache

import pytest

from spatial_pretrain.data_engine import shards
from spatial_pretrain.data_engine.rows import problems
from spatial_pretrain.data_engine.teacher import prompts
from tests.spatial_pretrain.data_engine.teacher.chat_server import completion, served, text_of
from tests.spatial_pretrain.data_engine.teacher.lessons import good, row
from vst_robot import atomic
from vst_robot.cli import app


@cache
def all_rows():
    return [row("cot_object_object", "objects_text", number) for number in range(4)] + [
        row("si_scene_caption", "layout")
    ]


@pytest.fixture
def folder(tmp_path):
    rows = all_rows()
    atomic.write_bytes(tmp_path / "set" / "cot" / "0.parquet", shards.encode(rows[:3]))
    atomic.write_bytes(tmp_path / "set" / "more" / "0.parquet", shards.encode(rows[3:]))
    return tmp_path / "set"


def sound(row):
    if prompts.family(row) == "caption":
        return f"<caption>{prompts.answer(row)}</caption>"
    return good(row)


def row_of(body):
    rows = all_rows()
    text = text_of(body)
    return next((row for row in rows[:4] if prompts.question(row) in text), rows[4])


def teach(folder, capsys, *words):
    code = app.exit_code(
        ["spatial", "teach", "--folder", str(folder), "--output", str(folder.parent / "taught"), "--model", "m", *words]
    )
    return code, *capsys.readouterr()


def taught(folder):
    return {row.id: row for path in shards.files(folder.parent / "taught") for row in shards.read(path)}


def test_bad_answers_are_asked_for_again_and_never_written(folder, capsys):
    rows = all_rows()
    asked = Counter()

    def answer(body):
        row = row_of(body)
        asked[row.id] += 1
        if row.id == rows[0].id:
            return 200, "I do not know."
        return 200, sound(row) if asked[row.id] == 2 or row.id != rows[1].id else "{}"

    with served(answer) as url:
        code, out, err = teach(folder, capsys, "--endpoint", url, "--attempts", "2")
        assert code == 0, err
        assert "4 of 5 rows taught" in out and "2 answers refused: no JSON" in out
        assert asked == {rows[0].id: 2, rows[1].id: 2} | {row.id: 1 for row in rows[2:]}
        written = taught(folder)
        assert set(written) == {row.id for row in rows[1:]}
        before = sum(asked.values())
        code, out, _ = teach(folder, capsys, "--endpoint", url, "--attempts", "2")
        assert code == 0 and sum(asked.values()) == before and "4 of 5 rows taught" in out
    first = written[rows[1].id]
    assert problems(first) == [] and first.messages[0].text.startswith("<|image_pad|><|image_pad|>Look closely.")
    assert first.ours["teacher"]["model"] == "m" and first.ours["truth"] == rows[1].ours["truth"]
    code, _, err = teach(folder, capsys, "--endpoint", url, "--temperature", "0.1")
    assert code == 2 and "was taught otherwise (temperature differ)" in err


def test_a_run_that_broke_off_goes_on(folder, capsys):
    rows = all_rows()
    asked = []

    def answer(body):
        asked.append(row_of(body).id)
        return (503, "down") if len(asked) == 3 else (200, sound(row_of(body)))

    with served(answer) as url:
        calls = ["--endpoint", url, "--calls.concurrency", "1", "--calls.retries", "0"]
        code, _, err = teach(folder, capsys, *calls)
        assert code == 2 and "503" in err and len(err.strip().splitlines()) >= 1
        code, out, err = teach(folder, capsys, *calls)
    assert code == 0 and "5 of 5 rows taught" in out, err
    assert sorted(asked) == sorted([row.id for row in rows] + [rows[2].id])


def test_through_files(folder, capsys, tmp_path):
    rows = all_rows()
    code, out, err = teach(folder, capsys, "--requests-only", str(tmp_path / "requests.jsonl"))
    assert code == 0 and "5 requests" in out, err
    requests = [json.loads(line) for line in (tmp_path / "requests.jsonl").read_text().splitlines()]
    assert {request["custom_id"] for request in requests} == {row.id for row in rows}
    lines = []
    for request in requests[::-1]:
        body = completion("m", sound(row_of(request["body"])))
        lines.append({"custom_id": request["custom_id"], "response": {"status_code": 200, "body": body}, "error": None})
    lines[0]["response"] = {"status_code": 500, "body": {}}
    (tmp_path / "responses.jsonl").write_text("\n".join(map(json.dumps, lines)))
    code, out, err = teach(folder, capsys, "--responses", str(tmp_path / "responses.jsonl"))
    assert code == 0 and "4 of 5 rows taught" in out and "1 without answer" in out, err
    code, out, _ = teach(folder, capsys, "--requests-only", str(tmp_path / "rest.jsonl"))
    assert code == 0 and "1 requests" in out
    (tmp_path / "responses.jsonl").write_text('{"custom_id": 3}\n')
    code, _, err = teach(folder, capsys, "--responses", str(tmp_path / "responses.jsonl"))
    assert code == 2 and "line 1: not a line of a batch service's output" in err


def test_mistakes_are_answered_in_a_line(folder, capsys):
    for words, error in [
        ((), "one of --endpoint, --requests-only and --responses"),
        (("--endpoint", "nowhere"), "the endpoint must be a URL"),
        (("--responses", "nothing"), "no file of responses 'nothing'"),
        (("--endpoint", "http://x/v1", "--attempts", "0"), "attempts and max_tokens must be at least 1"),
    ]:
        code, _, err = teach(folder, capsys, *words)
        assert code == 2 and error in err.splitlines()[-1]
