"""Several suites, each evaluated in a folder of its own: their mean, and the page that links their reports.

    <output>/<suite>/         a whole evaluation, as of that suite alone
    <output>/overall.json     the numbers of this module
    <output>/report.md, report.html

Everything here is computed from the suites' results, so it is made anew whenever one of them has changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval_libero import report
from eval_libero.ledger import HEADER_NAME
from eval_libero.metrics import LEVEL, Result
from vst_robot import config, pages
from vst_robot.errors import InputError
from vst_robot.pages import Bar, Bars, Facts, Headline, Links, Section, Table, Text
from vst_robot.statistics import Interval, mean_bootstrap, wilson

OVERALL_NAME = "overall.json"
_SEED = 0
_COLUMNS = ("suite", "success", "95 % interval", "rate")


@dataclass(frozen=True, kw_only=True)
class SuiteRow:
    """One suite's number.

    Attributes:
        suite: Canonical name, also of its folder.
        protocol: Name of the protocol.
        success_rate: Successes over finished episodes; None if `incomplete` says why.
        incomplete: Why there is no number, or what it leaves out.
        successes: Episodes that succeeded.
        finished: Episodes that succeeded or failed.
        interval: Wilson's, of the success rate.
    """

    suite: str
    protocol: str
    success_rate: float | None
    incomplete: str
    successes: int
    finished: int
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class Overall:
    """What `overall.json` holds.

    Attributes:
        success_rate: Mean of the suites' rates, each counting the same; None if one of them has no number.
        interval: Of the mean; None without it.
        method: How the interval was computed, in words.
        suites: One row per suite.
    """

    success_rate: float | None
    interval: Interval | None
    method: str
    suites: tuple[SuiteRow, ...]


def combine(results: Sequence[Result]) -> Overall:
    """The mean over suites.

    Its interval redraws episodes within each task. Where every task is at 0 or 100 %, redrawing shows no spread, which
    is no certainty: then it is Wilson's, over all episodes.
    """
    rates = [result.success_rate for result in results if result.success_rate is not None]
    whole = len(rates) == len(results)
    interval, method = _interval(results) if whole else (None, "")
    return Overall(
        success_rate=float(np.mean(rates)) if whole else None,
        interval=interval,
        method=method,
        suites=tuple(_row_of(result) for result in results),
    )


def write(results: Sequence[Result], output: Path) -> Overall:
    """Writes `overall.json`, `report.md` and `report.html` beside the suites' folders.

    Raises:
        UnavailableError: The folder cannot be written.
    """
    overall = combine(results)
    config.dump_json(overall, output / OVERALL_NAME)
    pages.write(output / report.MARKDOWN_NAME, markdown(overall, results))
    pages.write(output / report.PAGE_NAME, page(overall, results))
    return overall


def lines(overall: Overall, results: Sequence[Result]) -> list[str]:
    """A line per suite, and one for the mean."""
    each = [f"{result.suite}: {report.headline(result)}" for result in results]
    return [*each, f"mean over {len(results)} suites: {headline(overall)}"]


def headline(overall: Overall) -> str:
    """The mean with its interval, or which suites have no number."""
    if overall.success_rate is None or overall.interval is None:
        without = ", ".join(row.suite for row in overall.suites if row.success_rate is None)
        return f"no number, because there is none for {without}"
    return f"{report.percent(overall.success_rate)} ({report.range_of(overall.interval)}, {overall.method})"


def markdown(overall: Overall, results: Sequence[Result]) -> str:
    """Mean and suites for a README or an issue, the suites' own tables below."""
    each = [line for result in results for line in ("", report.markdown(result).replace("# ", "## ", 1).rstrip())]
    return "\n".join([f"# Mean over suites: {headline(overall)}", "", table(overall), *each]) + "\n"


def table(overall: Overall) -> str:
    """The table of suites alone, in Markdown."""
    *suites, mean = _rows(overall)
    bold = [f"**{cell}**" if cell else "" for cell in mean]
    rows = [f"| {' | '.join(cells)} |" for cells in (_COLUMNS, *suites, bold)]
    return "\n".join([rows[0], "|---|--:|--:|--:|", *rows[1:]])


def page(overall: Overall, results: Sequence[Result]) -> str:
    """The HTML page: mean, one bar per suite, links to their reports."""
    settings = results[0].settings
    shared = {name: text for name, text in settings.items() if all(r.settings.get(name) == text for r in results)}
    links = {f"{row.suite}: tasks, rollouts, settings": f"{row.suite}/{report.PAGE_NAME}" for row in overall.suites}
    sections = [
        Section(heading="Success", blocks=[_verdict(overall), _bars(overall)]),
        Section(heading="Per suite", blocks=[_table(overall), Links(pages=links)]),
        Section(heading="How to read this", blocks=[Text(text=text) for text in _reading(overall, results)]),
        Section(heading="Shared settings", blocks=[Facts(rows=shared)], folded=True),
    ]
    policy = settings.get("policy.name", "")
    names = ", ".join(row.suite for row in overall.suites)
    return pages.render(f"{policy} on {names}" if policy else names, sections, subtitle=f"{len(results)} suites")


def refuse_one_suite(output: Path) -> None:
    """Refuses a folder whose own files are of a single suite, for they would be overwritten.

    Raises:
        InputError: It is one.
    """
    if (output / HEADER_NAME).exists():
        raise InputError(f"{output} holds the evaluation of one suite: choose another --output for several")


def refuse_several_suites(output: Path) -> None:
    """The other way round.

    Raises:
        InputError: The folder holds several suites' evaluations.
    """
    if (output / OVERALL_NAME).exists():
        raise InputError(f"{output} holds the evaluations of several suites: name one of its folders as --output")


def _interval(results: Sequence[Result]) -> tuple[Interval, str]:
    counts = [[(task.successes, task.finished) for task in result.tasks] for result in results]
    redrawn = mean_bootstrap(counts, np.random.default_rng(_SEED), level=LEVEL)
    if redrawn.low < redrawn.high:
        return redrawn, "episodes redrawn within each task"
    successes, finished = sum(r.successes for r in results), sum(r.finished for r in results)
    return wilson(successes, finished, LEVEL), "Wilson's over all episodes"


def _row_of(result: Result) -> SuiteRow:
    return SuiteRow(
        suite=result.suite,
        protocol=result.protocol,
        success_rate=result.success_rate,
        incomplete=result.incomplete,
        successes=result.successes,
        finished=result.finished,
        interval=result.interval,
    )


def _rows(overall: Overall) -> list[list[str]]:
    rows = [
        _cells(row.suite, row.success_rate, row.interval, f"{row.successes}/{row.finished}") for row in overall.suites
    ]
    return [*rows, _cells("mean over suites", overall.success_rate, overall.interval, "")]


def _cells(name: str, rate: float | None, interval: Interval | None, tally: str) -> list[str]:
    if rate is None or interval is None:
        return [name, tally, "–", "–"]
    return [name, tally, report.range_of(interval), report.percent(rate)]


def _verdict(overall: Overall) -> pages.Block:
    if overall.success_rate is None or overall.interval is None:
        return Text(text=headline(overall), tone="warning")
    detail = f"mean over suites\n95 % interval {report.range_of(overall.interval)}"
    return Headline(value=report.percent(overall.success_rate), detail=detail)


def _bars(overall: Overall) -> Bars:
    bars = [
        Bar(
            label=row.suite,
            value=row.success_rate or 0.0,
            low=row.interval.low,
            high=row.interval.high,
            note=f"{row.successes}/{row.finished}",
        )
        for row in overall.suites
    ]
    return Bars(bars=bars)


def _table(overall: Overall) -> Table:
    *rows, mean = _rows(overall)
    return Table(header=_COLUMNS, rows=rows, numeric=_COLUMNS[1:], footer=mean)


def _reading(overall: Overall, results: Sequence[Result]) -> list[str]:
    texts = ["The mean counts every suite the same. Intervals of single suites are Wilson's at 95 %."]
    if overall.method:
        texts.append(f"Interval of the mean: {overall.method}.")
    for note in dict.fromkeys(note for result in results for note in result.notes):
        noted = [result.suite for result in results if note in result.notes]
        texts.append(f"{'Every suite' if len(noted) == len(results) else ', '.join(noted)}: {note}.")
    return texts
