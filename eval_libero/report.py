"""The result for people: a table on the console, Markdown, and one HTML file that opens anywhere."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table as ConsoleTable

from eval_libero.ledger import EpisodeRecord
from eval_libero.metrics import Result, TaskResult
from vst_robot import config, pages
from vst_robot.pages import Bar, Bars, Facts, Gallery, Headline, Medium, Section, Table, Text
from vst_robot.statistics import Interval

RESULT_NAME, MARKDOWN_NAME, PAGE_NAME = "result.json", "report.md", "report.html"
MAX_EMBEDDED_VIDEOS = 12
_LISTED_ERRORS = 20
_COLUMNS = ("task", "success", "95 % interval", "rate", "steps")


def write_report(result: Result, records: Sequence[EpisodeRecord], output: Path) -> None:
    """Writes `result.json`, `report.md` and `report.html` into the folder of an evaluation.

    Raises:
        UnavailableError: The folder cannot be written.
    """
    config.dump_json(result, output / RESULT_NAME)
    pages.write(output / MARKDOWN_NAME, markdown(result))
    pages.write(output / PAGE_NAME, page(result, records, output))


def headline(result: Result) -> str:
    """The suite's number with its interval, or why there is none."""
    if result.success_rate is None:
        return f"no number: {result.incomplete or 'no episode has finished'}"
    caveat = f"; {result.incomplete}" if result.incomplete else ""
    return f"{percent(result.success_rate)} ({range_of(result.interval)}, {_count(result)}{caveat})"


def console_table(result: Result) -> ConsoleTable:
    """The table for the terminal: one row per task, the suite below."""
    table = ConsoleTable(title=f"{result.suite}, protocol {result.protocol}", title_justify="left")
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column == "task" else "right", overflow="fold")
    for task in result.tasks:
        table.add_row(*_row(task))
    table.add_section()
    table.add_row(*_total(result), style="bold")
    return table


def markdown(result: Result) -> str:
    """The same table for a README or an issue, with the headline above and the notes below."""
    notes = [f"- {note}" for note in result.notes]
    return "\n".join([f"# {result.suite}: {headline(result)}", "", table(result), "", *notes]).rstrip() + "\n"


def table(result: Result) -> str:
    """The table alone, in Markdown."""
    rows = [*map(_row, result.tasks), [f"**{cell}**" if cell else "" for cell in _total(result)]]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(_COLUMNS) + " |", "|---|--:|--:|--:|--:|", *lines])


def page(result: Result, records: Sequence[EpisodeRecord], output: Path) -> str:
    """The HTML report; videos are read from the folder and embedded."""
    sections = [
        Section(heading="Success", blocks=[*_verdict(result), _bars(result)]),
        *_rollouts(result, records, output),
        Section(heading="Per task", blocks=[_table(result)]),
        *_errors(records),
        Section(heading="How to read this", blocks=[Text(text=text) for text in _reading(result)]),
        *_differences(result),
        Section(heading="Settings", blocks=[Facts(rows={**result.settings, **result.provenance})], folded=True),
    ]
    policy = result.settings.get("policy.name", "")
    return pages.render(
        f"{policy} on {result.suite}" if policy else result.suite,
        sections,
        subtitle=f"protocol {result.protocol}, {result.expected} episodes on {len(result.tasks)} tasks",
    )


def _verdict(result: Result) -> list[pages.Block]:
    if result.success_rate is None:
        return [Text(text=headline(result), tone="warning")]
    detail = f"95 % interval {range_of(result.interval)}\n{_count(result)}"
    blocks: list[pages.Block] = [Headline(value=percent(result.success_rate), detail=detail)]
    if result.incomplete:
        blocks.append(Text(text=result.incomplete, tone="warning"))
    return blocks


def _bars(result: Result) -> Bars:
    return Bars(
        bars=[
            Bar(
                label=task.instruction,
                value=task.success_rate or 0.0,
                low=task.interval.low,
                high=task.interval.high,
                note=_tally(task),
            )
            for task in result.tasks
        ]
    )


def _rollouts(result: Result, records: Sequence[EpisodeRecord], output: Path) -> list[Section]:
    instructions = {task.task_id: task.instruction for task in result.tasks}
    media = [
        Medium(
            uri=pages.video_uri(output / record.video),
            caption=f"{instructions[record.task_id]}: {record.status} after {record.steps} steps "
            f"(episode {record.episode})",
            kind="video",
        )
        for record in _shown(records, output)
        if record.task_id in instructions
    ]
    if not media:
        return []
    rule = Text(text="Filmed episodes were chosen before any outcome was known. Double speed.")
    return [Section(heading="Rollouts", blocks=[Gallery(media=media), rule])]


def _shown(records: Sequence[EpisodeRecord], output: Path) -> list[EpisodeRecord]:
    """The first filmed success and the first filmed failure of each task."""
    first: dict[tuple[int, str], EpisodeRecord] = {}
    for record in sorted(records, key=lambda r: (r.task_id, r.episode)):
        if record.video and (output / record.video).is_file():
            first.setdefault((record.task_id, record.status), record)
    return list(first.values())[:MAX_EMBEDDED_VIDEOS]


def _table(result: Result) -> Table:
    rows = [_row(task) for task in result.tasks]
    return Table(header=_COLUMNS, rows=rows, numeric=_COLUMNS[1:], footer=_total(result))


def _errors(records: Sequence[EpisodeRecord]) -> list[Section]:
    rows = [(record.key, record.error) for record in records if record.status == "error"]
    if not rows:
        return []
    more = [Text(text=f"and {len(rows) - _LISTED_ERRORS} more")] * (len(rows) > _LISTED_ERRORS)
    table = Table(header=("episode", "what went wrong"), rows=rows[:_LISTED_ERRORS])
    return [Section(heading="Errors", blocks=[table, *more])]


def _reading(result: Result) -> list[str]:
    texts = [
        "Whiskers and intervals are Wilson's at 95 %: with few episodes a rate can lie far from the truth.",
        "Episodes that crashed are errors, not failures; rates leave them out. Steps: mean over successes.",
    ]
    if result.bootstrap:
        texts.append(f"Redrawing episodes within each task gives {range_of(result.bootstrap)} for the suite.")
    if result.outside_plan:
        texts.append(f"{result.outside_plan} records in the folder lie outside this plan and are not counted.")
    return texts


def _differences(result: Result) -> list[Section]:
    blocks = [Text(text=note) for note in result.notes]
    return [Section(heading="Differences from the protocol", blocks=blocks)] if blocks else []


def _row(task: TaskResult) -> list[str]:
    rate = "–" if task.success_rate is None else percent(task.success_rate)
    interval = range_of(task.interval) if task.finished else "–"
    steps = "–" if task.mean_steps is None else f"{task.mean_steps:.0f}"
    return [task.instruction, _tally(task), interval, rate, steps]


def _total(result: Result) -> list[str]:
    rate = "–" if result.success_rate is None else percent(result.success_rate)
    interval = range_of(result.interval) if result.success_rate is not None else "–"
    return ["all tasks", _tally(result), interval, rate, ""]


def _tally(row: TaskResult | Result) -> str:
    crashed = f" (+{row.errors} error{'s' * (row.errors > 1)})" if row.errors else ""
    return f"{row.successes}/{row.finished}{crashed}"


def _count(result: Result) -> str:
    return f"{result.successes} of {result.finished} episodes"


def percent(rate: float) -> str:
    """A rate for people, e.g. ``"78.5 %"``."""
    return f"{100 * rate:.1f} %"


def range_of(interval: Interval) -> str:
    """An interval of rates for people, e.g. ``"74.2–82.2 %"``."""
    return f"{100 * interval.low:.1f}–{100 * interval.high:.1f} %"
