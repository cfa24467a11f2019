import dataclasses
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from eval_libero import report
from eval_libero.metrics import Result, summarise
from tests.eval_libero.test_ledger import HEADER, record
from tests.eval_libero.test_metrics import FULL
from vst_robot import config

BROKEN = [*FULL[:7], record(3, 1, "error", error="RuntimeError: <boom> | (world.py:3)", start_hash="")]


def console_text(result: Result) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(report.console_table(result))
    return console.file.getvalue()


def test_the_files_of_a_report(tmp_path: Path):
    result = summarise(HEADER, FULL)
    report.write_report(result, FULL, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["report.html", "report.md", "result.json"]
    assert config.load(tmp_path / "result.json", Result) == result
    plain = json.loads((tmp_path / "result.json").read_text())
    assert plain["success_rate"] == 0.375
    assert plain["interval"]["low"] == pytest.approx(0.1368, abs=1e-4)
    assert plain["settings"]["policy.sha256"] == "abc"


def test_console_and_markdown_show_every_task_and_the_suite():
    result = summarise(HEADER, FULL)
    for text in (console_text(result), report.markdown(result)):
        assert "reach the green disc" in text
        assert "1/2" in text
        assert "37.5 %" in text
        assert "13.7–69.4 %" in text
    assert report.markdown(result).startswith("# point_reach: 37.5 % (13.7–69.4 %, 3 of 8 episodes)")
    assert "- episodes per task: 2 instead of 50" in report.markdown(result)


def test_without_a_headline_no_number_is_shown_for_the_suite():
    result = summarise(HEADER, BROKEN)
    page = report.page(result, BROKEN, Path("nowhere"))
    assert "42.9" not in console_text(result) + report.markdown(result) + page
    assert "1 crashed" in report.headline(result)
    assert "RuntimeError: &lt;boom&gt;" in page
    assert "42.9 %" in report.headline(summarise(HEADER, BROKEN, allow_errors=True))
    assert "1 crashed" in report.headline(summarise(HEADER, BROKEN, allow_errors=True))


def test_an_evaluation_without_a_finished_episode_is_still_a_report():
    result = summarise(HEADER, [])
    assert "8 have not run" in report.headline(result)
    assert "–" in console_text(result)
    assert report.page(result, [], Path("nowhere"))


def test_a_bar_in_a_table_cell_keeps_the_table_whole():
    tasks = (dataclasses.replace(HEADER.plan.tasks[0], instruction="a | b"), *HEADER.plan.tasks[1:])
    header = dataclasses.replace(HEADER, plan=dataclasses.replace(HEADER.plan, tasks=tasks))
    assert "| a \\| b |" in report.markdown(summarise(header, FULL))


def test_first_success_and_first_failure_of_each_task_are_embedded(tmp_path: Path):
    filmed = [dataclasses.replace(r, video=f"v-{r.task_id}-{r.episode}.mp4") for r in FULL]
    for r in filmed[1:]:  # one has been deleted
        (tmp_path / r.video).write_bytes(r.video.encode())
    page = report.page(summarise(HEADER, filmed), filmed[::-1], tmp_path)
    captions = [line for line in page.splitlines() if "figcaption>" in line]
    assert len(captions) == page.count("data:video/mp4") == 5
    assert "reach the red disc: success after 11 steps (episode 1)" in captions[0]


def test_no_videos_no_section(tmp_path: Path):
    page = report.page(summarise(HEADER, FULL), FULL, tmp_path)
    assert "Rollouts" not in page
