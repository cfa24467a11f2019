"""What a reader without pictures guesses of the multiple-choice questions about real scenes.

    python benchmarks/text_reader.py --source rooms --view multi --scenes 1500

The tests hold this reader to chance where labels say nothing about size and place. Here they do: windows are in walls,
nightstands stand beside beds. Each half of the scenes is guessed by who has read the questions and answers about the
other half; told are percentage points above chance, and 2.5 standard deviations of what chance alone gives.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain

import numpy as np

from spatial_pretrain.data_engine import catalogue
from spatial_pretrain.data_engine.plan import Feed
from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.task import SpatialTask
from tests.spatial_pretrain.data_engine.test_leaks import CHOICES
from tests.spatial_pretrain.data_engine.text_reader import chance_error, guessed
from vst_robot.cli import scene_sources
from vst_robot.cli.scene_sources import Making, Wording
from vst_robot.errors import DataError
from vst_robot.scenes import VIEWS, Scene

TRIES_PER_SCENE = 4
NEIGHBOURS = 8
"""Scenes that may share a room stay in one half."""
MIN_QUESTIONS = 30

Question = tuple[str, Sequence[str], int, int]


def main() -> None:
    """Prints a line per form, and one per task."""
    args = _arguments()
    feed, tasks, asked = _asked(args)
    feed.source.close()
    for task in tasks:
        halves = [_halves(asked[task.name, form]) for form in CHOICES[task.name]]
        for form, (first, second) in zip(CHOICES[task.name], halves, strict=True):
            _tell(task.name, form, first, second)
        _tell(task.name, "all", *(list(chain.from_iterable(half)) for half in zip(*halves, strict=True)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default="rooms")
    parser.add_argument("--view", choices=VIEWS, default="single")
    parser.add_argument("--scenes", type=int, default=600)
    parser.add_argument("--image-size", type=int, default=192)
    parser.add_argument("--seed", type=int, default=5)
    return parser.parse_args()


def _asked(args: argparse.Namespace) -> tuple[Feed, list[SpatialTask], dict[tuple[str, str], list[Question]]]:
    """The source, its multiple-choice tasks, and the questions of each of their forms."""
    making = Making(seed=args.seed, image_size=args.image_size, assets="primitive")
    feed = scene_sources.open_feed(args.source, making, profile="auto", wording=Wording())
    tasks = [task for task in catalogue.load(list(CHOICES)) if task.view == args.view]
    asked: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for index in range(args.scenes):
        try:
            scene = feed.source.scene(args.view, index)
        except DataError:
            continue
        for task in tasks:
            for form in CHOICES[task.name]:
                asked[task.name, form] += _questions(task, form, scene, feed, index)
    return feed, tasks, asked


def _questions(task: SpatialTask, form: str, scene: Scene, feed: Feed, index: int) -> list[Question]:
    found = []
    for attempt in range(TRIES_PER_SCENE):
        try:
            sample = task.sample(scene, np.random.default_rng([index, attempt]), feed.setting, form=form)
        except Rejected:
            continue
        for truth, turn in zip(sample.truth.get("questions", [sample.truth]), sample.turns, strict=True):
            found.append((turn.question, truth["options"], "ABCDEFGH".index(truth["letter"]), index // NEIGHBOURS))
    return found


def _halves(questions: Sequence[Question]) -> tuple[list[Question], list[Question]]:
    first, second = ([each for each in questions if each[3] % 2 == half] for half in (0, 1))
    return first, second


def _tell(task: str, form: str, first: list[Question], second: list[Question]) -> None:
    both = [*first, *second]
    if min(len(first), len(second)) < MIN_QUESTIONS:
        print(f"{task:<32}{form:<28}{len(both):>7} questions: too few", flush=True)
        return
    gain, chance = 100 * guessed(first, second), 250 * chance_error(both)
    print(f"{task:<32}{form:<28}{len(both):>7} questions  {gain:+5.1f} points  (chance: ±{chance:.1f})", flush=True)


if __name__ == "__main__":
    main()
