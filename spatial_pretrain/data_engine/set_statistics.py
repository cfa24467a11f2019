"""What a set of rows holds: tasks, forms, answers, the balance of option letters, and what was rejected."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scipy import stats

from spatial_pretrain.data_engine.build import ShardRecord
from spatial_pretrain.data_engine.rows import Row

MAX_ANSWERS = 1000
"""Different answers that are counted one by one; the rest of a task's answers count together."""
OTHER = "(other answers)"
_LETTER = re.compile(r"^\(?([A-H])(?:[.:)] |$)")


@dataclass(kw_only=True)
class TaskStatistics:
    """One task's rows.

    Attributes:
        task: Its name.
        samples: Rows.
        turns: Questions in them.
        pictures: Pictures (a clip counts as one).
        forms: Form → rows.
        answers: First answer → rows, without the option's letter.
        letters: Number of options → letter → rows.
        min_margin: Smallest margin of each kind: `metres`, `degrees`, `seconds`, `pixels`.
        tried: Questions tried in the build.
        rejected: Reason → how often.
        missing: Rows that the build fell short of.
    """

    task: str
    samples: int = 0
    turns: int = 0
    pictures: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    letters: dict[int, Counter[str]] = field(default_factory=dict)
    min_margin: dict[str, float] = field(default_factory=dict)
    tried: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    missing: int = 0

    def add(self, row: Row) -> None:
        """Counts one row."""
        self.samples += 1
        self.turns += len(row.messages) // 2
        self.pictures += len(row.media)
        self.forms[str(row.ours.get("form", ""))] += 1
        answer = row.messages[1].text.rsplit("</think>", 1)[-1].strip()
        self._count_answer(_LETTER.sub("", answer) or answer)
        chosen = letter(row)
        if chosen is not None:
            self.letters.setdefault(chosen[1], Counter())[chosen[0]] += 1
        for kind, value in (row.ours.get("margin") or {}).items():
            if value is not None:
                before = self.min_margin.setdefault(kind, value)
                self.min_margin[kind] = min(before, value)

    @property
    def rejected_share(self) -> float | None:
        """Share of tried questions that were rejected; None where the build's records are missing."""
        return sum(self.rejected.values()) / self.tried if self.tried else None

    def balance(self) -> dict[int, float]:
        """Number of options → p-value of the χ² test that all letters are equally frequent."""
        return {
            number: float(stats.chisquare([counts[name] for name in "ABCDEFGH"[:number]]).pvalue)
            for number, counts in sorted(self.letters.items())
        }

    def _count_answer(self, answer: str) -> None:
        known = answer in self.answers or len(self.answers) < MAX_ANSWERS
        self.answers[answer if known else OTHER] += 1


@dataclass(frozen=True, kw_only=True)
class SetStatistics:
    """All tasks of a set, and its scenes.

    Attributes:
        tasks: In the order of their names.
        scenes: Scenes used by the build; 0 where its records are missing.
        damaged: Reason → scenes that could not be used.
        crashes: Task → the first unexpected error.
    """

    tasks: tuple[TaskStatistics, ...]
    scenes: int = 0
    damaged: Mapping[str, int] = field(default_factory=dict)
    crashes: Mapping[str, str] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """All rows."""
        return sum(task.samples for task in self.tasks)

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "samples": self.samples,
            "scenes": self.scenes,
            "damaged": dict(self.damaged),
            "crashes": dict(self.crashes),
            "tasks": {task.task: _plain(task) for task in self.tasks},
        }


def collect(rows: Iterable[Row], records: Sequence[ShardRecord] = (), *, only: Sequence[str] = ()) -> SetStatistics:
    """Counts rows, which may stream by, and what the build recorded beside them.

    Args:
        rows: Of a set.
        records: Its shards'.
        only: Tasks that are reported; all if none is named.
    """
    tasks: dict[str, TaskStatistics] = {}

    def of(name: str) -> TaskStatistics:
        return tasks.setdefault(name, TaskStatistics(task=name))

    for row in rows:
        of(row.task).add(row)
    found = _with_records(tasks, of, records)
    return replace(found, tasks=tuple(task for task in found.tasks if not only or task.task in only))


def letter(row: Row) -> tuple[str, int] | None:
    """The letter that a multiple-choice row's first answer begins with, and how many options there are."""
    found = _LETTER.match(row.messages[1].text.rsplit("</think>", 1)[-1].strip())
    if found is None:
        return None
    truth = row.ours.get("truth") or {}
    options = truth.get("options")
    if isinstance(options, list) and options:
        return found.group(1), len(options)
    question = row.messages[0].text
    listed = [name for name in "ABCDEFGH" if re.search(rf"(?:^|[\s(]){name}[.:)]\s?\S", question)]
    return (found.group(1), len(listed)) if found.group(1) in listed else None


def _with_records(tasks: dict[str, TaskStatistics], of: Any, records: Sequence[ShardRecord]) -> SetStatistics:
    damaged: Counter[str] = Counter()
    crashes: dict[str, str] = {}
    for record in records:
        damaged.update(record.damaged)
        crashes = record.crashes | crashes
        for name, tried in record.tried.items():
            of(name).tried += tried
            of(name).rejected.update(record.rejected.get(name, {}))
            of(name).missing += record.missing.get(name, 0)
    ordered = tuple(tasks[name] for name in sorted(tasks))
    return SetStatistics(tasks=ordered, scenes=sum(r.scenes for r in records), damaged=damaged, crashes=crashes)


def _plain(task: TaskStatistics) -> dict[str, Any]:
    return {
        "samples": task.samples,
        "turns": task.turns,
        "pictures": task.pictures,
        "forms": dict(task.forms.most_common()),
        "answers": dict(task.answers.most_common(20)),
        "letters": {str(number): dict(sorted(counts.items())) for number, counts in sorted(task.letters.items())},
        "letters_p": {str(number): round(p, 6) for number, p in task.balance().items()},
        "min_margin": dict(task.min_margin),
        "tried": task.tried,
        "rejected": dict(task.rejected.most_common()),
        "missing": task.missing,
    }
