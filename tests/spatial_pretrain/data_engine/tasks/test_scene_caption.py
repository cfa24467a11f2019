"""Captions read sentence by sentence and held against the world's corners."""

import re

import numpy as np
import pytest

from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.tasks.scene_caption import SceneCaption
from tests.spatial_pretrain.data_engine import single_image as world
from tests.spatial_pretrain.data_engine.toy_scenes import looking, toy, toy_scene

TASK = SceneCaption()
MARKED = rf"{world.NAME} \((\w+) point-(\d)\)"


def instances_of(scene, sample):
    """Name → instance, found through the points that are drawn in the picture."""
    found = {}
    for point in sample.truth["points_px"]:
        instance = int(scene.frames[0].instances[int(point[1]), int(point[0])])
        colour = world.colour_at(sample.pictures[0], point)
        number = sample.truth["points_px"].index(point) + 1
        found[f"{world.thing(scene, instance).label} ({colour} point-{number})"] = instance
    return found


def holds(sentence, names, scene, instances, slack_m=0.0):
    """Whether a sentence about one or several named objects is true, or would be if things stood so much elsewhere."""
    near_m = 0.0051 + slack_m
    things = [instances[name] for name in names]
    middles = np.array([world.middle(scene, each) for each in things])
    heights = [float(np.ptp(world.thing(scene, each).box.corners_m @ scene.gravity)) for each in things]
    numbers = [float(text) for text in re.findall(r"(\d+\.\d\d) m", sentence)]
    rest = re.sub(MARKED, "", sentence)
    if " all " in f" {rest.lower()} ":
        *members, anchor = middles
        sign = 1 if "right" in rest else -1
        same = {name.split(" (")[0] for name in names[:-1]}
        everyone = [name for name in instances if name.split(" (")[0] in same]
        return (
            len(same) == 1 and set(everyone) == set(names[:-1]) and all(sign * (m[0] - anchor[0]) > 0 for m in members)
        )
    if len(names) == 1:
        return len(numbers) == 1 and abs(numbers[0] - middles[0, 2]) < near_m
    step = middles[0] - middles[1]
    checks = {
        "left": step[0] < min(-0.5 + slack_m, 0),
        "right": step[0] > max(0.5 - slack_m, 0),
        "in front": step[2] < min(-1 + slack_m, 0),
        "behind": step[2] > max(1 - slack_m, 0),
        "taller": heights[0] - heights[1] > max(0.3 - slack_m, 0),
        "shorter": heights[1] - heights[0] > max(0.3 - slack_m, 0),
    }
    said = [word for word in checks if re.search(rf"\b{word}\b", rest)]
    gaps = {
        "in front": -step[2],
        "behind": step[2],
        "taller": heights[0] - heights[1],
        "shorter": heights[1] - heights[0],
    }
    if not said:
        return len(numbers) == 1 and abs(numbers[0] - np.linalg.norm(step)) < near_m
    return len(said) == 1 and checks[said[0]] and all(abs(number - gaps[said[0]]) < near_m for number in numbers)


def test_every_sentence_is_true():
    words = set()
    for scene, sample in world.of_task(TASK):
        instances = instances_of(scene, sample)
        caption = sample.turns[0].answer
        said = re.findall(r"[^.]*(?:\d\.\d\d[^.]*)*\.(?= |$)", caption)
        assert "".join(said) == caption and 4 <= len(said) <= 20
        order = []
        for sentence in said:
            names = [match.group(0) for match in re.finditer(MARKED, sentence)]
            assert names and set(names) <= set(instances), sentence
            assert holds(sentence, names, scene, instances), sentence
            order += names if len(names) == 1 else []
            words |= set(re.findall(r"left|right|in front|behind|taller|shorter|\ball\b", sentence))
        assert set(order) == set(instances)
        depths = [world.middle(scene, instances[name])[2] for name in order]
        assert depths == sorted(depths)
    assert words >= {"left", "right", "in front", "behind", "taller", "shorter", "all"}


def test_no_claim_hangs_on_a_centimetre_or_a_degree():
    for _, sample in world.of_task(TASK, 200):
        assert sample.margin.metres >= 0.01
        assert sample.margin.degrees is None or sample.margin.degrees >= 1


def test_too_few_objects_are_rejected():
    scene = toy_scene(
        [toy("chair", 1, centre_m=(0, 0, 0.5), size_m=(0.5, 1, 0.5))],
        [looking((4, 0, 1), (0, 0, 0.5))],
        view="single",
        size_px=(192, 144),
    )
    with pytest.raises(Rejected, match="too few objects"):
        TASK.sample(scene, np.random.default_rng(0), world.SETTING, form="layout")
