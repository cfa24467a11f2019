"""The mean over suites, and the page that links their reports."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval_libero import overall
from eval_libero.metrics import Result, summarise
from eval_libero.overall import Overall
from tests.eval_libero.test_ledger import HEADER, record
from tests.eval_libero.test_metrics import FULL
from vst_robot import config
from vst_robot.errors import InputError

SOLVED = [record(task, episode) for task in range(4) for episode in range(2)]


def result_of(records, suite: str) -> Result:
    return replace(summarise(HEADER, records), suite=suite)


@pytest.fixture
def results() -> list[Result]:
    return [result_of(FULL, "libero_spatial"), result_of(SOLVED, "libero_goal")]


def test_the_mean_counts_every_suite_the_same(results):
    combined = overall.combine(results)
    assert combined.success_rate == pytest.approx((3 / 8 + 1) / 2)
    assert combined.interval.low < combined.success_rate < combined.interval.high
    assert [(row.suite, row.successes, row.finished) for row in combined.suites] == [
        ("libero_spatial", 3, 8),
        ("libero_goal", 8, 8),
    ]


def test_a_line_per_suite_and_one_for_the_mean(results):
    *suites, mean = overall.lines(overall.combine(results), results)
    assert suites[0] == "libero_spatial: 37.5 % (13.7–69.4 %, 3 of 8 episodes)"
    assert suites[1].startswith("libero_goal: 100.0 % (67.6–100.0 %")
    assert mean.startswith("mean over 2 suites: 68.8 % (") and "redrawn within each task" in mean


def test_no_spread_is_no_certainty():
    results = [result_of(SOLVED, "a"), result_of(SOLVED, "b")]
    combined = overall.combine(results)
    assert combined.success_rate == 1.0 and combined.interval.low < 0.85
    assert "Wilson's over all episodes" in overall.headline(combined)


def test_a_suite_without_a_number_leaves_no_mean(results):
    broken = result_of([*FULL[:7], record(3, 1, "error", error="boom")], "libero_10")
    combined = overall.combine([*results, broken])
    assert (combined.success_rate, combined.interval) == (None, None)
    assert overall.headline(combined) == "no number, because there is none for libero_10"
    assert "42.9" not in overall.page(combined, [*results, broken])
    assert "| libero_10 | 3/7 | – | – |" in overall.table(combined)


class Addresses(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name == "href"]


def test_the_files_beside_the_suites(results, tmp_path: Path):
    overall.write(results, tmp_path)
    assert config.load(tmp_path / "overall.json", Overall) == overall.combine(results)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert text.startswith("# Mean over suites: 68.8 %") and "\n## libero_goal: 100.0 %" in text
    addresses = Addresses()
    addresses.feed((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert addresses.found == ["libero_spatial/report.html", "libero_goal/report.html"]


def test_a_folder_is_for_one_suite_or_for_several(results, tmp_path: Path):
    overall.refuse_several_suites(tmp_path)
    overall.refuse_one_suite(tmp_path)
    overall.write(results, tmp_path)
    with pytest.raises(InputError, match="holds the evaluations of several suites"):
        overall.refuse_several_suites(tmp_path)
    (tmp_path / "evaluation.json").touch()
    with pytest.raises(InputError, match="holds the evaluation of one suite: choose another --output"):
        overall.refuse_one_suite(tmp_path)


def test_the_page_tells_what_differs_from_the_protocol(results):
    short, whole = results[0], replace(results[1], notes=())
    short = replace(short, notes=("episodes per task: 2 instead of 50",))
    assert "libero_spatial: episodes per task: 2 instead of 50." in overall.page(
        overall.combine([short, whole]), [short, whole]
    )
    both = [short, replace(whole, notes=short.notes)]
    assert "Every suite: episodes per task: 2 instead of 50." in overall.page(overall.combine(both), both)


def test_the_mean_stands_out_in_the_table(results):
    last = overall.table(overall.combine(results)).splitlines()[-1]
    assert last.startswith("| **mean over suites** |  | **") and last.endswith("| **68.8 %** |")
