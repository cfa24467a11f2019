"""Same seed, same records, in the real simulator: for any number of workers, and after any kill."""

import json
import subprocess
import sys
import time

import pytest

COMMAND = [
    *(sys.executable, "-m", "vst_robot", "evaluate", "--policy", "random", "--tasks", "0", "2", "--episodes", "2"),
    *("--max-steps", "9", "--videos", "0", "--slots", "2"),
]


def start(folder, workers):
    words = [*COMMAND, "--output", str(folder), "--workers", str(workers)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def evaluate(folder, workers):
    process = start(folder, workers)
    _, complaint = process.communicate(timeout=300)
    assert process.returncode == 0, complaint
    return records(folder)


def records(folder):
    """All records, in the order of their writing, without what a clock says."""
    rows = [json.loads(line) for line in (folder / "episodes.jsonl").read_text().splitlines()]
    return [{k: v for k, v in row.items() if k not in ("simulation_s", "finished_at")} for row in rows]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return evaluate(tmp_path_factory.mktemp("one") / "scores", 1)


def test_two_workers_write_what_one_writes(undisturbed, tmp_path):
    assert len(undisturbed) == 4 and len({row["start_hash"] for row in undisturbed}) == 4
    assert evaluate(tmp_path / "scores", 2) == undisturbed


def test_killed_in_the_middle_and_started_again(undisturbed, tmp_path):
    folder = tmp_path / "scores"
    process = start(folder, 2)
    written = folder / "episodes.jsonl"
    while process.poll() is None and not (written.exists() and b"\n" in written.read_bytes()):
        time.sleep(0.01)
    process.kill()
    process.communicate()
    with written.open("ab") as file:
        file.write(b'{"suite": "libero_spat')  # as if the kill had come in the middle of a record
    # A slot whose first episode was kept begins its second at once, so only the order of writing may differ.
    assert in_plan_order(evaluate(folder, 1)) == in_plan_order(undisturbed)


def in_plan_order(rows):
    return sorted(rows, key=lambda row: (row["task_id"], row["episode"]))
