"""What a build consists of: shards that depend on nothing but their description.

A shard belongs to one source and one view, because pictures cost more than questions: every scene is asked about by
all tasks of its view. A shard owns scenes of its source that no other shard looks at, and its samples depend on its
`ShardJob` alone: not on workers, order, or what was made before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spatial_pretrain.data_engine.mixture import apportion
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
        view: Kind of its scenes.
        number: Which one of `of` shards of this feed and view.
        of: How many there are.
        quotas: What it shall hold.
        seed: The build's.
        pace: The build's.
    """

    feed: int
    view: View
    number: int
    of: int
    quotas: Quotas
    seed: int
    pace: Pace = field(default_factory=Pace)

    @property
    def name(self) -> str:
        """Unique in a build, e.g. ``"0-single-00003"``."""
        return f"{self.feed}-{self.view}-{self.number:05d}"

    @property
    def total(self) -> int:
        """Samples that it shall hold."""
        return sum(sum(forms.values()) for forms in self.quotas.values())


def shard_jobs(
    feeds: Sequence[Feed], tasks: Sequence[SpatialTask], counts: Mapping[str, int], *, seed: int, pace: Pace
) -> list[ShardJob]:
    """All shards of a build, the same for any number of workers.

    A task's samples come in equal parts from all feeds that have scenes of its view.

    Args:
        feeds: At least one.
        tasks: What is asked.
        counts: Samples per task's name.
        seed: Decides every draw.
        pace: Sizes and patience.

    Raises:
        InputError: No feed has scenes for a task.
    """
    jobs: list[ShardJob] = []
    for view in VIEWS:
        asked = [task for task in tasks if task.view == view and counts.get(task.name)]
        able = [number for number, feed in enumerate(feeds) if view in feed.source.views]
        if asked and not able:
            names = ", ".join(task.name for task in asked)
            raise InputError(f"no source gives '{view}' scenes, which {names} need: add a source or leave them out")
        shares = {task.name: apportion(counts[task.name], dict.fromkeys(map(str, able), 1)) for task in asked}
        for number in able if asked else ():
            quotas = {t.name: apportion(shares[t.name][str(number)], t.forms) for t in asked}
            jobs += _split(feeds[number].source, number, view, quotas, seed, pace)
    return jobs


def _split(source: SceneSource, feed: int, view: View, quotas: Quotas, seed: int, pace: Pace) -> list[ShardJob]:
    """Shards of one feed and view; never more than there are scenes."""
    total = sum(sum(forms.values()) for forms in quotas.values())
    scenes = source.count(view)
    if scenes == 0 and total:
        raise InputError(f"the source {source.name} has no '{view}' scenes: check its folder or leave its tasks out")
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
