"""What a build consists of: shards that depend on nothing but their description.

A shard belongs to one source and one view, because pictures cost more than questions: every scene is asked about by
all tasks of its view. A shard owns scenes of its source that no other shard looks at, and its samples depend on its
`ShardJob` alone: not on workers, order, or what was made before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from spatial_pretrain.data_engine.mixture import apportion
from spatial_pretrain.data_engine.sample_source import SampleSource
from spatial_pretrain.data_engine.task import Setting, SpatialTask
from vst_robot.errors import InputError
from vst_robot.interfaces import SceneSource
from vst_robot.scenes import VIEWS, View

Quotas = Mapping[str, Mapping[str, int]]
"""Task → form → number of samples."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Feed:
    """A source and what holds for its scenes. Picklable.

    Attributes:
        source: Gives the scenes.
        setting: Thresholds and forms; a table needs others than a room.
        profile: The thresholds' name, for records.
    """

    source: SceneSource
    setting: Setting
    profile: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadyFeed:
    """A source of ready samples, which has a share in the tasks that it has samples of. Picklable."""

    source: SampleSource


READY = "ready"
"""Stands for the view, and for the one form, of a shard of ready samples."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How hard a build tries.

    Attributes:
        per_scene: Samples of one task from one scene, at most.
        patience: Tries in a row without success after which a form is given up.
        shard_samples: About how many samples a shard has: what a kill can cost, and what a worker holds in memory.
    """

    per_scene: int = 2
    patience: int = 120
    shard_samples: int = 400

    def __post_init__(self) -> None:
        """Refuses numbers below one."""
        for name in ("per_scene", "patience", "shard_samples"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, got {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True)
class ShardJob:
    """One shard to make.

    Attributes:
        feed: Index of the feed.
        view: Kind of its scenes; `READY` for a shard of ready samples.
        number: Which one of `of` shards of this feed and view.
        of: How many there are.
        quotas: What it shall hold.
        seed: The build's.
        pace: The build's.
    """

    feed: int
    view: View | Literal["ready"]
    number: int
    of: int
    quotas: Quotas
    seed: int
    pace: Pace = field(default_factory=Pace)

    def __str__(self) -> str:
        """Names it in errors."""
        return f"shard {self.name}"

    @property
    def name(self) -> str:
        """Unique in a build, e.g. ``"0-single-00003"``."""
        return f"{self.feed}-{self.view}-{self.number:05d}"

    @property
    def total(self) -> int:
        """Samples that it shall hold."""
        return sum(sum(forms.values()) for forms in self.quotas.values())


def shard_jobs(
    feeds: Sequence[Feed | ReadyFeed], tasks: Sequence[SpatialTask], counts: Mapping[str, int], *, seed: int, pace: Pace
) -> list[ShardJob]:
    """All shards of a build, the same for any number of workers.

    A task's samples come in equal parts from all feeds that have scenes of its view or samples of it; a feed of
    ready samples gives no more than it has, the rest comes from the scenes.

    Args:
        feeds: At least one.
        tasks: What is asked.
        counts: Samples per task's name.
        seed: Decides every draw.
        pace: Sizes and patience.

    Raises:
        InputError: No feed has scenes for a task, nor samples of it.
    """
    shares = {task.name: _shares(feeds, task, counts[task.name]) for task in tasks if counts.get(task.name)}
    jobs: list[ShardJob] = []
    for view in VIEWS:
        asked = [task for task in tasks if task.view == view and task.name in shares]
        for number, feed in enumerate(feeds):
            if isinstance(feed, Feed) and asked and view in feed.source.views:
                quotas = {t.name: apportion(shares[t.name].get(number, 0), t.forms) for t in asked}
                jobs += _split(feed.source.name, feed.source.count(view), number, view, quotas, seed, pace)
    for number, feed in enumerate(feeds):
        if isinstance(feed, ReadyFeed):
            quotas = {name: {READY: share[number]} for name, share in shares.items() if number in share}
            jobs += _split(feed.source.name, feed.source.count(), number, READY, quotas, seed, pace) if quotas else []
    return jobs


def gives(feed: Feed | ReadyFeed, task: SpatialTask) -> bool:
    """Whether samples of a task can come from a feed."""
    if isinstance(feed, ReadyFeed):
        return task.name in feed.source.numbers()
    return task.view in feed.source.views


def _shares(feeds: Sequence[Feed | ReadyFeed], task: SpatialTask, total: int) -> dict[int, int]:
    """Number of each feed that gives a task → samples that it shall give."""
    able = [number for number, feed in enumerate(feeds) if gives(feed, task)]
    if not able:
        lacking = f"'{task.view}' scenes, which {task.name} need" if task.view else f"samples of {task.name}"
        raise InputError(f"no source gives {lacking}: add a source or leave them out")
    ready = {n: len(feed.source.numbers()[task.name]) for n in able if isinstance(feed := feeds[n], ReadyFeed)}
    equal = {int(number): share for number, share in apportion(total, dict.fromkeys(map(str, able), 1)).items()}
    if len(ready) == len(able):
        return equal
    given = {number: min(equal[number], has) for number, has in ready.items()}
    others = [str(number) for number in able if number not in ready]
    rest = apportion(total - sum(given.values()), dict.fromkeys(others, 1))
    return given | {int(number): share for number, share in rest.items()}


def _split(
    source: str,
    scenes: int | None,
    feed: int,
    view: View | Literal["ready"],
    quotas: Quotas,
    seed: int,
    pace: Pace,
) -> list[ShardJob]:
    """Shards of one feed and view; never more than there are scenes."""
    total = sum(sum(forms.values()) for forms in quotas.values())
    if scenes == 0 and total:
        raise InputError(f"the source {source} has no '{view}' scenes: check its folder or leave its tasks out")
    of = max(1, round(total / pace.shard_samples))
    of = of if scenes is None else min(of, scenes)
    jobs = [
        ShardJob(feed=feed, view=view, number=k, of=of, quotas=_part(quotas, k, of), seed=seed, pace=pace)
        for k in range(of)
    ]
    return [job for job in jobs if job.total]


def _part(quotas: Quotas, number: int, of: int) -> dict[str, dict[str, int]]:
    """The `number`-th of `of` nearly equal parts; all parts add up to the whole."""
    return {
        task: {form: count * (number + 1) // of - count * number // of for form, count in forms.items()}
        for task, forms in quotas.items()
    }
