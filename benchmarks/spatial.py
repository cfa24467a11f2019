"""How fast spatial samples are made: by task, with rendering, over many samples, on two processes.

    python benchmarks/spatial.py tasks --source rooms         samples per second of CPU time, task by task
    python benchmarks/spatial.py build --source rooms         a whole build, rendering and files included
    python benchmarks/spatial.py scale --num 100000           memory and time over a long build
    python benchmarks/spatial.py parallel                     two processes against one, in turns

CPU time counts all threads of the process, so other work on the machine changes it little. A sample's time includes
the questions that were rejected on the way to it.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from spatial_pretrain.data_engine import catalogue, mixture, rows
from spatial_pretrain.data_engine.build import build
from spatial_pretrain.data_engine.encodings import Encodings
from spatial_pretrain.data_engine.harvest import make_shard
from spatial_pretrain.data_engine.plan import Feed, Pace, shard_jobs
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample
from spatial_pretrain.data_engine.task import SpatialTask
from vst_robot.cli import scene_sources
from vst_robot.cli.scene_sources import Making, Wording
from vst_robot.scenes import Scene, View

QUESTIONS_PER_FORM = 3
SHORT_S = 0.01


def main() -> None:
    """Runs the part that was named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["tasks", "build", "scale", "parallel"])
    parser.add_argument("--source", default="rooms")
    parser.add_argument("--tasks", nargs="+", default=["si"])
    parser.add_argument("--image-size", type=int, default=256)
    parser.add_argument("--scenes", type=int, default=20, help="captured scenes per view (tasks)")
    parser.add_argument("--num", type=int, default=2000, help="samples (build, scale, parallel)")
    parser.add_argument("--turns", type=int, default=3, help="rounds of one process and two (parallel)")
    args = parser.parse_args()
    parts = {"tasks": by_task, "build": whole_build, "scale": at_scale, "parallel": in_parallel}
    parts[args.part](args)


def by_task(args: argparse.Namespace) -> None:
    """Per task: questions from captured scenes and their rows with encoded pictures; all tasks together; the scenes."""
    feed, tasks = _feed(args), catalogue.load(args.tasks)
    print(f"{'task':<32}{'samples':>9}{'rejected':>10}{'questions/s':>13}{'rows/s':>9}")
    for view in dict.fromkeys(task.view for task in tasks):
        if view not in feed.source.views:
            continue
        feed.source.scene(view, args.scenes)  # opens the simulator
        begun = time.process_time()
        scenes = [feed.source.scene(view, index) for index in range(args.scenes)]
        each = (time.process_time() - begun) / args.scenes
        able = [task for task in tasks if task.view == view and _one_task(task, feed, scenes)]
        _together(able, feed, scenes)
        print(f"{view + ' scenes':<32}{args.scenes:>9}{'':>10}{1 / each:>13.1f} per second, rendered")


def _one_task(task: SpatialTask, feed: Feed, scenes: Sequence[Scene]) -> int:
    """Prints a task's line and returns how many samples it gave."""
    asked_s, written_s, count, rejected = 0.0, 0.0, 0, 0
    for number, scene in enumerate(scenes):  # as in a build, a scene's samples are written before the next scene
        begun = time.process_time()
        samples, refused = _asked(task, feed, scene, number)
        asked = time.process_time()
        encodings = Encodings()
        for sample in samples:
            rows.from_sample(sample, id=str(number), encodings=encodings)
        asked_s, written_s = asked_s + asked - begun, written_s + time.process_time() - begun
        count, rejected = count + len(samples), rejected + refused
    share = rejected / (rejected + count)
    print(f"{task.name:<32}{count:>9}{share:>10.0%}{count / asked_s:>13.0f}{count / written_s:>9.0f}")
    return count


@dataclass(frozen=True, kw_only=True, eq=False)
class _Captured:
    """Scenes that are there already, as a source."""

    scenes: Sequence[Scene]
    name: str = "captured"

    @property
    def views(self) -> tuple[View, ...]:
        return (self.scenes[0].view,)

    def count(self, view: View) -> int:
        del view
        return len(self.scenes)

    def scene(self, view: View, index: int) -> Scene:
        del view
        return self.scenes[index]

    def close(self) -> None: ...

    def fingerprint(self) -> dict[str, str]:
        return {}


def _together(tasks: Sequence[SpatialTask], feed: Feed, scenes: Sequence[Scene]) -> None:
    """A shard of a build over all tasks of a view, from captured scenes: rows share pictures, the files are made."""
    feed = replace(feed, source=_Captured(scenes=scenes))
    few, many = (
        shard_jobs([feed], tasks, {task.name: count for task in tasks}, seed=0, pace=Pace(shard_samples=10_000))[0]
        for count in (1, 4 * len(scenes))
    )
    make_shard(feed, tasks, few)  # loads wordings and the files' writer
    begun = time.process_time()
    shard = make_shard(feed, tasks, many)
    used = time.process_time() - begun
    made, tried = sum(sum(forms.values()) for forms in shard.samples.values()), sum(shard.tried.values())
    print(
        f"{many.view + ' tasks together':<32}{made:>9}{1 - made / tried:>10.0%}{'':>13}{made / used:>9.0f} with files"
    )


def _asked(task: SpatialTask, feed: Feed, scene: Scene, seed: int) -> tuple[list[SpatialSample], int]:
    """Questions in the forms' shares, a few per scene, as in a build."""
    forms, shares = list(task.forms), np.array(list(task.forms.values()))
    rng = np.random.default_rng(seed)
    samples, rejected = [], 0
    for _ in range(QUESTIONS_PER_FORM * len(forms)):
        form = forms[int(rng.choice(len(forms), p=shares / shares.sum()))]
        try:
            samples.append(task.sample(scene, rng, feed.setting, form=form))
        except Rejected:
            rejected += 1
    return samples, rejected


def whole_build(args: argparse.Namespace) -> None:
    """Samples per second of CPU time, with the default pace, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        begun, wall = time.process_time(), time.monotonic()
        made = _build(args, Path(folder), args.num, workers=1)
        used, passed = time.process_time() - begun, time.monotonic() - wall
    print(f"{made} samples, {made / used:.1f} per second of CPU time, {made / passed:.1f} per second of the clock")


def at_scale(args: argparse.Namespace) -> None:
    """One long build in this process: after each tenth of the samples, peak memory and CPU time of that tenth.

    A build goes view by view, so tenths can be compared where all tasks are of one view.
    """
    marks: list[tuple[int, float, float]] = [(0, time.process_time(), _peak_mib())]

    def note(done: int) -> None:
        if done >= len(marks) * args.num / 10:
            marks.append((done, time.process_time(), _peak_mib()))
            (count, seconds, _), (before, begun, _) = marks[-1], marks[-2]
            rate = (seconds - begun) / (count - before) * 1000
            print(f"{count:>8} samples  {rate:6.2f} ms each  peak {marks[-1][2]:7.0f} MiB", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        _build(args, Path(folder), args.num, workers=1, on_done=note)
    first, last = marks[1], marks[-1]
    slope = (last[1] - marks[-2][1]) / (last[0] - marks[-2][0]) / ((first[1] - marks[0][1]) / (first[0] - marks[0][0]))
    print(f"last tenth against the first: time {slope:.2f}x, peak memory {last[2] / first[2]:.2f}x")


def in_parallel(args: argparse.Namespace) -> None:
    """Clock time of two processes against one, and against what two busy cores give to plain arithmetic."""
    ratios, machine = [], []
    for turn in range(args.turns):
        times = []
        for workers in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                begun = time.monotonic()
                _build(args, Path(folder), args.num, workers=workers, seed=turn)
                times.append(time.monotonic() - begun)
        ratios.append(times[0] / times[1])
        machine.append(_arithmetic(1) * 2 / _arithmetic(2))
        print(f"two processes: {ratios[-1]:.2f}x one; plain arithmetic: {machine[-1]:.2f}x", flush=True)
    ratio, possible = float(np.median(ratios)), float(np.median(machine))
    print(
        f"median {ratio:.2f}x of {possible:.2f}x that the machine gives: {ratio / possible:.0%}; of 2x: {ratio / 2:.0%}"
    )


def _arithmetic(processes: int) -> float:
    """Seconds of the clock that so many processes take, each for the same work."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        pool.map(_work, [SHORT_S] * processes)  # the processes are there
        begun = time.monotonic()
        pool.map(_work, [1.0] * processes, chunksize=1)
        return time.monotonic() - begun


def _work(amount: float) -> float:
    total = 0.0
    for number in range(int(40_000_000 * amount)):
        total += number & 3
    return total


def _build(args: argparse.Namespace, folder: Path, num: int, *, workers: int, seed: int = 0, on_done=None) -> int:
    tasks = catalogue.load(args.tasks)
    counts = mixture.counts("even", num, tuple(task.name for task in tasks))
    told = (lambda progress: on_done(progress.done)) if on_done else None
    records = build([_feed(args)], tasks, counts, folder, seed=seed, workers=workers, pace=Pace(), on_progress=told)
    return sum(record.total for record in records)


def _feed(args: argparse.Namespace) -> Feed:
    making = Making(seed=0, image_size=args.image_size, assets="primitive")
    return scene_sources.open_feed(args.source, making, profile="auto", wording=Wording())


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
