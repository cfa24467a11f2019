"""Questions for RL: the wrapped tasks' questions, with answers that the rewards can read."""

import json
import re

import numpy as np
import pytest

from spatial_pretrain.data_engine import reward_facts, rows
from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.tasks.rewarded import (
    RewardedCameraCamera,
    RewardedCameraMotion,
    RewardedDetection,
    RewardedObjectObject,
    RewardedSingleImage,
)
from spatial_pretrain.data_engine.thresholds import load_profile
from tests.spatial_pretrain.data_engine import pair_oracles as oracles
from tests.spatial_pretrain.data_engine import single_image as world
from tests.spatial_pretrain.data_engine.ring_scenes import ring_scene

SETTING = Setting(thresholds=load_profile("room"))
LINES = re.compile(r"Options:\n((?:[A-H]: .+\n)+)" + re.escape(reward_facts.SELECT) + "$")


def made(task, scenes):
    for index in range(scenes):
        scene = world.room(index) if task.view == "single" else ring_scene("multi", index)
        for number, form in enumerate(task.forms):
            try:
                yield scene, task.sample(scene, np.random.default_rng([index, number]), SETTING, form=form)
            except Rejected:
                continue


def chosen(sample):
    """The text of the option whose letter is the answer."""
    listed = LINES.search(sample.turns[0].question)[1].splitlines()
    return dict(line.split(": ", 1) for line in listed)[sample.turns[0].answer]


@pytest.mark.parametrize("task", [RewardedObjectObject(), RewardedCameraCamera(), RewardedCameraMotion()])
def test_pairs(task):
    found = list(made(task, 10))
    assert len(found) >= 5
    for scene, sample in found:
        assert sample.task == task.name and sample.reward is reward_facts.MULTIPLE_CHOICE and sample.thought is None
        answer = chosen(sample)
        assert answer == sample.truth["answer"] and sample.turns[0].question.count("Options:") == 1
        judge = {"facing": oracles.facing, "position": oracles.position}.get(sample.form)
        if sample.form.startswith(("objects", "camera_")):
            judge = oracles.bearing
        assert judge is None or judge(scene, sample.truth) == answer


def test_one_picture():
    numbers, letters = [], []
    for scene, sample in made(RewardedSingleImage(), 12):
        if sample.form == "measurement_single_turn":
            question = sample.truth["questions"][0]
            factor = 100 if question["unit"] == "centimeters" else 1
            assert (
                sample.reward is reward_facts.NUMBER
                and sample.truth["questions"][0]["unit"] in sample.turns[0].question
            )
            assert abs(float(sample.turns[0].answer) - question["size_m"] * factor) <= 0.5 / (100 / factor) + 1e-9
            numbers.append(sample)
            continue
        assert sample.reward is reward_facts.MULTIPLE_CHOICE
        answer = chosen(sample)
        letters.append(sample.turns[0].answer)
        labels = {thing.label for thing in scene.objects} - {"box"}
        assert not any(re.search(rf"\b{label}\b", sample.turns[0].question) for label in labels)
        if "random" not in sample.form:
            assert sample.truth["names"] == [f"{colour} {kind}" for colour, kind in marked(sample)]
        if sample.form.startswith("distance"):
            pick = min if sample.truth["word"] == "closest" else max
            distances = dict(zip(sample.truth["names"][1:], sample.truth["centre_distances_m"], strict=True))
            assert answer == pick(distances, key=distances.get)
        else:
            depths = dict(zip(sample.truth["names"], sample.truth["depths_m"], strict=True))
            assert answer == (max if sample.form.endswith("farther") else min)(depths, key=depths.get)
    assert numbers and {"A", "B"} <= set(letters)


def marked(sample):
    """Colour and kind of the marks that the picture shows, in the order of the question."""
    if "points" in sample.form:
        return [(world.colour_at(sample.pictures[0], point), "point") for point in sample.truth["points_px"]]
    return [(world.box_colour(sample.pictures[0], box), "box") for box in sample.truth["boxes_px"]]


def test_detection_keeps_its_answer():
    for _, sample in made(RewardedDetection(), 3):
        row = rows.from_sample(sample, id="x")
        assert row.ours["reward"] == {"mode": ["bbox3d"], "question_type": "detection_3d"} and row.type == "bbox_3d"
        boxes = json.loads(sample.turns[0].answer.split("```json\n")[1].split("```")[0])
        assert len(sample.turns) == 1 and all(len(box["bbox_3d"]) == 9 for box in boxes)
