"""A page that shows what a set of demonstrations holds: pictures, actions, lengths."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from action_tokenizer import LIBERO, NUM_BINS, ActionStatistics, Grid, Robot, denormalise, normalise
from policies.demos.noop import noop_mask
from vst_robot import pages
from vst_robot.errors import DataError
from vst_robot.types import Episode, Picture, Task

Bounds = Literal["q01_q99", "min_max"]
GridKind = Literal["openvla", "uniform"]
_BARS = 64
_SAME = 1e-6  # what normalising there and back changes at most
_FRAMES_SHOWN = 4  # a mosaic of two rows
_WIDTH_PX, _HEIGHT_PX = 320, 120
_EXECUTED, _CLEAN = "#e07b39", "#3178c6"


@dataclass(kw_only=True)
class _TaskSummary:
    """What is kept of one task's demonstrations while they stream by."""

    task: Task
    first: Episode
    frames: Mapping[str, Sequence[Picture]]
    lengths: list[int] = field(default_factory=list)
    actions: list[np.ndarray] = field(default_factory=list)
    labels: list[np.ndarray] = field(default_factory=list)
    noops: int = 0
    failed_attempts: int = 0

    def add(self, episode: Episode, robot: Robot) -> None:
        self.lengths.append(len(episode))
        self.actions.append(episode.actions)
        self.labels.append(episode.actions_clean)
        self.noops += int(noop_mask(episode.actions, arm=robot.mask).sum())
        self.failed_attempts += int(episode.provenance.get("attempt", 0))


def render(
    episodes: Iterable[Episode],
    *,
    title: str,
    facts: Mapping[str, str] | None = None,
    bounds: Bounds = "q01_q99",
    grid: GridKind = "uniform",
    robot: Robot = LIBERO,
) -> str:
    """Builds the page as one self-contained HTML text.

    Args:
        episodes: Demonstrations, read one at a time; pictures of the first of each task only.
        title: Heading, e.g. the folder's name.
        facts: Flat facts to list, e.g. those of the store's manifest.
        bounds: What the outermost of the tokenizer's bins stand for.
        grid: Which bins.
        robot: What the dimensions are called.

    Raises:
        DataError: There is no demonstration, or one is damaged.
    """
    summaries = _summarise(episodes, robot)
    if not summaries:
        raise DataError(f"{title} holds no demonstrations; collect some first")
    actions = np.concatenate([values for summary in summaries for values in summary.actions])
    labels = np.concatenate([values for summary in summaries for values in summary.labels])
    count = sum(len(summary.lengths) for summary in summaries)
    sections = [
        pages.Section(heading="Tasks", blocks=[_task_table(summaries)]),
        pages.Section(heading="Pictures", blocks=[_gallery(summaries)]),
        pages.Section(heading="Actions of one demonstration", blocks=_traces(summaries[0].first, robot)),
        pages.Section(heading="Executed values", blocks=_executed(actions, robot)),
        pages.Section(heading="Bins of the labels", blocks=_bins(labels, robot, bounds, grid)),
        pages.Section(heading="How they were made", blocks=[pages.Facts(rows=dict(facts or {}))], folded=True),
    ]
    return pages.render(title, sections, subtitle=f"{count} demonstrations, {len(actions)} steps")


def clipped_share(actions: Float[np.ndarray, "t d"]) -> float:
    """Share of steps in which an arm command (all dimensions but the last) is at the limit of ±1."""
    return float((np.abs(actions[:, :-1]) >= 1).any(axis=1).mean())


def _summarise(episodes: Iterable[Episode], robot: Robot) -> list[_TaskSummary]:
    summaries: dict[str, _TaskSummary] = {}
    for episode in episodes:
        name = episode.task.name
        if name not in summaries:
            summaries[name] = _TaskSummary(task=episode.task, first=episode, frames=_frames(episode))
        summaries[name].add(episode, robot)
    return list(summaries.values())


def _frames(episode: Episode) -> dict[str, list[Picture]]:
    """A few pictures of every camera, first and last included."""
    steps = np.linspace(0, len(episode) - 1, _FRAMES_SHOWN).round().astype(int)
    return {camera: list(episode.images[camera][steps]) for camera in episode.images}


def _task_table(summaries: Sequence[_TaskSummary]) -> pages.Table:
    header = (
        "Task",
        "Demonstrations",
        "Shortest",
        "Median",
        "Longest",
        "Clipped",
        "No-ops",
        "Failed attempts",
    )
    return pages.Table(header=header, rows=[_task_row(summary) for summary in summaries], numeric=header[1:])


def _task_row(summary: _TaskSummary) -> tuple[str, ...]:
    lengths, actions = np.array(summary.lengths), np.concatenate(summary.actions)
    return (
        summary.task.instruction,
        str(len(lengths)),
        str(lengths.min()),
        f"{np.median(lengths):.0f}",
        str(lengths.max()),
        f"{clipped_share(actions):.1%}",
        f"{summary.noops / len(actions):.1%}",
        str(summary.failed_attempts),
    )


def _gallery(summaries: Sequence[_TaskSummary]) -> pages.Gallery:
    """Two rows of two pictures per task and camera, in reading order."""
    media = [
        pages.Medium(
            uri=pages.picture_uri(_mosaic(frames)),
            caption=f"{summary.task.instruction} ({camera})",
            kind="picture",
        )
        for summary in summaries
        for camera, frames in summary.frames.items()
    ]
    return pages.Gallery(media=media)


def _mosaic(frames: Sequence[Picture]) -> Picture:
    rows = [np.concatenate(list(row), axis=1) for row in (frames[:2], frames[2:])]
    return np.concatenate(rows, axis=0)


def _traces(episode: Episode, robot: Robot) -> list[pages.Block]:
    legend = f"{episode.task.instruction}: executed command (orange) and the expert's label (blue) at every step."
    media = [
        _graphic(_lines(episode.actions[:, index], episode.actions_clean[:, index]), name)
        for index, name in enumerate(robot.actions)
    ]
    return [pages.Text(text=legend), pages.Gallery(media=media)]


def _executed(actions: Float[np.ndarray, "t d"], robot: Robot) -> list[pages.Block]:
    """Histograms, and for LIBERO's arm how often it is at the limit that its controller has."""
    histograms = pages.Gallery(media=[_histogram(actions[:, index], name) for index, name in enumerate(robot.actions)])
    if robot != LIBERO:
        return [histograms]
    share = clipped_share(actions)
    return [pages.Text(text=f"In {share:.1%} of the steps an arm command is at its limit of ±1."), histograms]


def _limits(values: Float[np.ndarray, "*shape"]) -> tuple[float, float]:
    """[-1, 1], or more if the values reach further."""
    return min(-1.0, float(values.min())), max(1.0, float(values.max()))


def _histogram(values: Float[np.ndarray, " t"], name: str) -> pages.Medium:
    """Counts of values."""
    counts, _ = np.histogram(values, bins=_BARS, range=_limits(values))
    low, high = np.quantile(values, [0.01, 0.99])
    return _graphic(_bars(counts), f"{name}: 98 % in [{low:.2f}, {high:.2f}]")


def _bars(counts: Float[np.ndarray, " k"]) -> str:
    """Upright bars over the whole width, the highest at full height."""
    width, heights = _WIDTH_PX / len(counts), counts / max(counts.max(), 1) * _HEIGHT_PX
    bars = "".join(
        f'<rect x="{k * width:.2f}" y="{_HEIGHT_PX - h:.1f}" width="{width:.2f}" height="{h:.1f}"/>'
        for k, h in enumerate(heights)
        if h > 0
    )
    return f'<g fill="{_CLEAN}">{bars}</g>'


def _bins(labels: Float[np.ndarray, "t d"], robot: Robot, bounds: Bounds, grid: GridKind) -> list[pages.Block]:
    """How often the tokenizer's bins are used, with statistics of these very labels, and what it clips."""
    names = robot.actions
    statistics = ActionStatistics.fit(labels, names=names, mask=robot.mask, bounds=bounds)
    normalised = normalise(labels, statistics)
    bins = Grid(grid).encode(normalised)
    clipped = np.abs(denormalise(normalised, statistics) - labels) > _SAME
    text = (
        f"Bounds {bounds}, {grid} grid: {clipped.any(axis=1).mean():.1%} of the steps have a command "
        "that the tokenizer clips. Every bar is one bin; a trained policy can say no others."
    )
    media = [_bin_histogram(bins[:, index], name, clipped[:, index].mean()) for index, name in enumerate(names)]
    return [pages.Text(text=text), pages.Gallery(media=media)]


def _bin_histogram(bins: Int[np.ndarray, " t"], name: str, clipped: float) -> pages.Medium:
    counts = np.bincount(bins, minlength=NUM_BINS)
    caption = f"{name}: {np.count_nonzero(counts)} of {NUM_BINS} bins, {clipped:.1%} clipped"
    return _graphic(_bars(np.sqrt(counts)), caption)


def _lines(executed: Float[np.ndarray, " t"], clean: Float[np.ndarray, " t"]) -> str:
    limits = _limits(np.concatenate([executed, clean]))
    return _line(executed, limits, _EXECUTED) + _line(clean, limits, _CLEAN)


def _line(values: Float[np.ndarray, " t"], limits: tuple[float, float], colour: str) -> str:
    x, (low, high) = np.linspace(0, _WIDTH_PX, len(values)), limits
    y = (high - values) / (high - low) * (_HEIGHT_PX - 2) + 1
    points = " ".join(f"{left:.1f},{top:.1f}" for left, top in zip(x, y, strict=True))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _graphic(content: str, caption: str) -> pages.Medium:
    """A drawing with a line at zero, as a picture that needs no other file."""
    middle = f"M0 {_HEIGHT_PX / 2}H{_WIDTH_PX}"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH_PX} {_HEIGHT_PX}" '
        f'width="{_WIDTH_PX}" height="{_HEIGHT_PX}"><path d="{middle}" stroke="#888" stroke-width="0.5"/>'
        f"{content}</svg>"
    )
    uri = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    return pages.Medium(uri=uri, caption=caption, kind="picture")
