"""Names that fit one object alone, and how they read in a question."""

from dataclasses import replace

import numpy as np
import pytest

from spatial_pretrain.data_engine import catalogue
from spatial_pretrain.data_engine.references import confusable, unique_names
from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.visibility import sights
from tests.spatial_pretrain.data_engine.gathered import SETTING
from tests.spatial_pretrain.data_engine.ring_scenes import ring_scene

WORDS = (
    *("tall", "small", "narrow", "wide", "low", "dark", "pale", "old", "new", "square", "round", "red", "blue", "grey"),
    *("green", "broken", "shiny", "striped", "soft", "plain"),
)


def described(scene):
    """Every object has a description with its article, as rooms give them."""
    things = [
        replace(thing, description=f"the {word} {thing.label}")
        for thing, word in zip(scene.objects, WORDS[: len(scene.objects)], strict=True)
    ]
    return replace(scene, objects=tuple(things))


@pytest.mark.parametrize(
    ("label", "other", "both"),
    [("table", "coffee table", True), ("coffee table", "table", False), ("able", "table", False)],
)
def test_which_labels_may_mean_each_other(label, other, both):
    assert confusable(label, other) == both


def test_doubles_go_by_their_descriptions_without_an_article():
    scene = ring_scene("multi", 0)
    frames = range(len(scene.frames))
    plain, full = (
        unique_names(each, sights(each, SETTING.thresholds.visibility), frames) for each in (scene, described(scene))
    )
    assert set(plain) < set(full)
    for thing, name in full.items():
        assert name == plain.get(thing, f"{WORDS[thing]} {scene.objects[thing].label}")


SEVERAL_FRAMES = [task for task in catalogue.load(["all", "cot", "rl"]) if task.view in ("multi", "video")]


@pytest.mark.parametrize("task", SEVERAL_FRAMES, ids=lambda task: task.name)
def test_no_article_is_written_twice(task):
    scenes = [described(ring_scene(task.view, index)) for index in range(15 if task.view == "multi" else 2)]
    asked = 0
    for number, scene in enumerate(scenes):
        for form in task.forms if asked < 12 else ():
            try:
                sample = task.sample(scene, np.random.default_rng(number), SETTING, form=form)
            except Rejected:
                continue
            asked += 1
            text = " ".join(f"{turn.question} {turn.answer}" for turn in sample.turns).lower()
            assert not any(f" {article} the " in text for article in ("the", "a", "an")), text
    assert asked
