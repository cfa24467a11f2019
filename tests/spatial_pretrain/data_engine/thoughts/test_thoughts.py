"""Every sentence of a thought is read back and found true in the scene; thoughts that are changed are found false."""

import dataclasses
import re

import numpy as np
import pytest

from spatial_pretrain.data_engine import thought_rules
from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.tasks.reasoned import (
    ReasonedCameraCamera,
    ReasonedCameraMotion,
    ReasonedObjectObject,
    ReasonedSingleImage,
)
from tests.spatial_pretrain.data_engine.gathered import SETTING
from tests.spatial_pretrain.data_engine.ring_scenes import ring_scene
from tests.spatial_pretrain.data_engine.single_image import room
from tests.spatial_pretrain.data_engine.thoughts.reading import readings, sentences
from tests.spatial_pretrain.data_engine.thoughts.truths import World, holds

TASKS = [ReasonedObjectObject(), ReasonedCameraCamera(), ReasonedCameraMotion(), ReasonedSingleImage()]
IN_WORDS = ("rt", "rt_bev")
SWAPS = [("left", "right"), ("forward", "back"), ("up", "down"), ("clockwise", "counterclockwise"),
         ("larger", "smaller"), ("nearer", "farther away"), ("leftward", "rightward")]  # fmt: skip


def made(task, thought_form, *, scenes, tries=2, at_most=10_000):
    """(scene, sample) of all forms of a task."""
    setting = dataclasses.replace(SETTING, thought_form=thought_form)
    found = []
    for index in range(scenes):
        scene = room(index % 80) if task.view == "single" else ring_scene("multi", index)
        for number, form in enumerate(task.forms):
            for again in range(tries):
                try:
                    seed = np.random.default_rng([index, number, again])
                    found.append((scene, task.sample(scene, seed, setting, form=form)))
                except Rejected:
                    break
    return found[:at_most]


def false_sentences(scene, sample, thought):
    """Sentences that cannot be read, or of which a reading is false."""
    world, wrong = World(scene, sample), []
    for part, sentence in sentences(thought):
        verdicts = []
        for form, slots in readings(sentence):
            try:
                verdicts.append(holds(form, slots, part, world))
            except (KeyError, ValueError, IndexError, StopIteration):
                continue
        if not verdicts or not all(verdicts):
            wrong.append((sentence, verdicts))
    return wrong


def check(task, thought_form, found):
    for scene, sample in found:
        assert sample.type == "thought" and sample.task == task.name
        assert thought_rules.violations(sample.thought) == []
        assert len(thought_rules.parts(sample.thought)) == (3 if task.view == "single" else 4)
        assert false_sentences(scene, sample, sample.thought) == [], (sample.turns[0].question, sample.thought)


@pytest.mark.parametrize("thought_form", IN_WORDS)
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_sentence_is_true(task, thought_form):
    found = made(task, thought_form, scenes=12, tries=1)
    assert len(found) >= 4
    check(task, thought_form, found)


@pytest.mark.slow
@pytest.mark.parametrize("thought_form", IN_WORDS)
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_sentence_of_many_is_true(task, thought_form):
    found = made(task, thought_form, scenes=150, tries=6, at_most=500)
    assert len(found) >= 300
    check(task, thought_form, found)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_changed_sentence_is_found_false(task):
    """Sides, directions and letters swapped, one sentence at a time."""
    changed = 0
    for scene, sample in made(task, "rt", scenes=6, tries=1):
        for _, sentence in sentences(sample.thought):
            for mutant in mutants(sentence):
                thought = sample.thought.replace(sentence, mutant, 1)
                assert false_sentences(scene, sample, thought), (sentence, mutant)
                changed += 1
    assert changed >= 10


def mutants(sentence):
    for one, other in SWAPS:
        pattern = rf"\b({one}|{other})\b"
        if re.search(pattern, sentence):
            yield re.sub(pattern, lambda match, a=one, b=other: b if match[1] == a else a, sentence)
    if letter := re.search(r"\b([A-D])(?=[.: ,])", sentence):
        other = "B" if letter[1] == "A" else "A"
        yield sentence[: letter.start()] + other + sentence[letter.end() :]
