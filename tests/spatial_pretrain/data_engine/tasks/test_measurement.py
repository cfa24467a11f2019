"""Sizes against corners in the world frame, read from the questions' own words and the marks in the picture."""

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.tasks.measurement import Measurement
from tests.spatial_pretrain.data_engine import single_image as world
from tests.spatial_pretrain.data_engine.toy_scenes import looking, toy, toy_scene

TASK = Measurement()
TALL = re.compile(r"\bheight of\b|how tall|how high|from bottom to top|vertical size", re.IGNORECASE)


def longest_edge(corners):
    """Of all pairs of corners, edges are those whose middle is the middle of no other pair."""
    return max(np.linalg.norm(corners[a] - corners[b]) for a, b in ((0, 1), (0, 3), (0, 4)))


def test_answers_are_the_sizes_of_the_marked_objects():
    turns = 0
    for scene, sample in world.of_task(TASK):
        seen = set()
        for turn, truth in zip(sample.turns, sample.truth["questions"], strict=True):
            label, colour, text = re.search(rf"the ({world.NAME}) \((\w+) point-(\w)\)", turn.question).groups()
            assert world.colour_at(sample.pictures[0], truth["point_px"]) == colour
            x, y = truth["point_px"]
            thing = world.thing(scene, int(scene.frames[0].instances[int(y), int(x)]))
            assert thing.label == label and text not in seen
            seen.add(text)
            corners = thing.box.corners_m
            size_m = np.ptp(corners @ scene.gravity) if TALL.search(turn.question) else longest_edge(corners)
            value, unit = turn.answer.split(" ")
            assert ("centimeters" in turn.question, unit) in ((True, "cm"), (False, "m"))
            stated_m = float(value) / (100 if unit == "cm" else 1)
            assert stated_m == pytest.approx(size_m, abs=0.005 + 1e-6)
            assert abs(round(size_m + 0.01, 2) - stated_m) <= 0.02 + 1e-9  # moves with the truth, no faster
            turns += 1
    assert turns > world.PER_TASK


def test_every_measured_object_lies_wholly_in_the_picture():
    for scene, sample in world.drawn(TASK, "multi_turn", 60):
        width, height = scene.frames[0].size_px
        for truth in sample.truth["questions"]:
            corners = world.in_camera(scene, world.thing(scene, truth["instance"]).box.corners_m)
            pixels = corners / corners[:, 2:] @ scene.frames[0].K.T
            assert (pixels[:, :2] > [-0.03 * width, -0.03 * height]).all()
            assert (pixels[:, :2] < [1.03 * width, 1.03 * height]).all()


def one_box(at_m=(0, 0, 0.5)):
    box = toy("box", 1, centre_m=at_m, size_m=(0.4, 1.0, 0.4))
    return toy_scene([box], [looking((3, 0, 0.5), (0, 0, 0.5))], view="single", size_px=(192, 144))


def test_objects_cut_by_the_picture_are_not_measured():
    assert TASK.sample(one_box(), np.random.default_rng(0), world.SETTING, form="single_turn")
    with pytest.raises(Rejected, match="wholly"):
        TASK.sample(one_box((0, 2.2, 0.5)), np.random.default_rng(0), world.SETTING, form="single_turn")


def test_a_fallen_thing_has_no_height():
    scene = one_box()
    thing = scene.objects[0]
    fallen = replace(
        thing.box, R_frame_box=Rotation.from_euler("x", 40, degrees=True).as_matrix() @ thing.box.R_frame_box
    )
    leaning = replace(scene, objects=(replace(thing, box=fallen),))
    kinds = {kind(one, seed) for one in (leaning,) for seed in range(20)}
    assert kinds == {"largest"}
    assert {kind(scene, seed) for seed in range(20)} == {"largest", "height"}


def kind(scene, seed):
    sample = TASK.sample(scene, np.random.default_rng(seed), world.SETTING, form="single_turn")
    return sample.truth["questions"][0]["kind"]


def test_implausible_sizes_are_not_asked_for():
    scene = one_box()
    rule = world.SETTING.thresholds
    narrow = replace(world.SETTING, thresholds=replace(rule, measurement=replace(rule.measurement, max_m=0.9)))
    with pytest.raises(Rejected):
        TASK.sample(scene, np.random.default_rng(0), narrow, form="single_turn")
