"""Thoughts with numbers: each number is the truth's, and the arithmetic can be followed."""

import dataclasses
import re

import numpy as np
import pytest

from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.tasks.reasoned import (
    ReasonedCameraCamera,
    ReasonedCameraMotion,
    ReasonedObjectObject,
    ReasonedSingleImage,
)
from tests.spatial_pretrain.data_engine import pair_oracles
from tests.spatial_pretrain.data_engine.gathered import SETTING
from tests.spatial_pretrain.data_engine.ring_scenes import ring_scene
from tests.spatial_pretrain.data_engine.single_image import room
from tests.spatial_pretrain.data_engine.thoughts.truths import World, clockwise_deg, flat

NUM = dataclasses.replace(SETTING, thought_form="num")
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_PLACE = re.compile(
    rf"(?:[Tt]he (?:center of the )?(?P<name>[a-z ]+?) (?:is|are) at) \((?P<at>{_NUMBER}(?:, {_NUMBER})+)\)"
)


def made(task, scenes):
    for index in range(scenes):
        scene = room(index) if task.view == "single" else ring_scene("multi", index)
        for number, form in enumerate(task.forms):
            try:
                yield scene, task.sample(scene, np.random.default_rng([index, number]), NUM, form=form)
            except Rejected:
                continue


def local(world, point):
    """Right, down and ahead of the first camera held level, from the z-up world."""
    step = point - world.eye(0)
    ahead = world.heading(0) / abs(world.heading(0))
    turned = flat(step) / ahead
    return np.array([-turned.imag, -step[2], turned.real])


@pytest.mark.parametrize("task", [ReasonedObjectObject(), ReasonedSingleImage(), ReasonedCameraCamera()])
def test_places_are_the_truths_and_angles_follow(task):
    places = 0
    for scene, sample in made(task, 10):
        world, text = World(scene, sample), sample.thought
        for match in _PLACE.finditer(text):
            said = np.array([float(value) for value in match["at"].split(", ")])
            point = world.eye(1) if match["name"] == "second camera" else world.centre(world.instances[match["name"]])
            true = local(world, point) if len(said) == 3 else local(world, point)[[0, 2]]
            assert np.abs(said - true).max() <= 0.0051, text
            places += 1
        if turn := re.search(rf"(?:is|difference is) ({_NUMBER}), (?:clockwise|where)", text):
            assert abs((float(turn[1]) - true_angle(world, sample) + 180) % 360 - 180) <= 2.5, text
        if task.view == "single":
            answers = text.split("\n\n")[-1]
            assert sample.turns[0].answer.split()[-1] in answers or sample.form in ("depth_text", "depth_sentences")
        else:
            assert f"option {sample.truth['letter']}" in text and str(sample.truth["answer"]) in text
    assert places >= 2


def true_angle(world, sample):
    if sample.form == "facing":
        return clockwise_deg(world.heading(0), world.heading(1))
    if sample.form == "position":
        return clockwise_deg(world.heading(1), flat(world.eye(0) - world.eye(1)))
    at = world.centre(world.roles["at"][0]) if world.roles.get("at") else world.eye(0)
    known, asked = (flat(world.centre(world.roles[role][0]) - at) for role in ("known", "asked"))
    return clockwise_deg(known, asked)


def test_lengths_are_rounded_distances():
    lengths = 0
    for scene, sample in made(ReasonedSingleImage(), 10):
        world = World(scene, sample)
        for start, end, length in re.findall(
            rf"[Ff]rom the ([a-z ]+?) to the ([a-z ]+?) (?:is|it is) ({_NUMBER}) m\.", sample.thought
        ):
            true = world.distance(world.instances[start], world.instances[end])
            assert abs(float(length) - true) <= 0.02
            lengths += 1
    assert lengths >= 4


def test_turns_and_movements_are_the_cameras():
    told = 0
    for scene, sample in made(ReasonedCameraMotion(), 8):
        turn = re.search(rf"by ({_NUMBER}) \(to the right|Pan is ({_NUMBER})", sample.thought)
        if turn:
            pan = np.degrees(pair_oracles.turn_angles(scene, sample.truth)[0])
            assert abs(float(turn[1] or turn[2]) - pan) <= 0.51
            told += 1
    assert told >= 4
