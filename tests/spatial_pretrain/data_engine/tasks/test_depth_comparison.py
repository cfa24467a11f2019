"""Depth comparison against an oracle that walks along rays and reads the questions' own words."""

import json
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.tasks.depth_comparison import DepthComparison
from spatial_pretrain.data_engine.templates import load_templates
from tests.spatial_pretrain.data_engine import single_image as world
from tests.spatial_pretrain.data_engine.toy_scenes import looking, toy, toy_scene

TASK = DepthComparison()
EACH = -(-world.PER_TASK // len(TASK.forms))


@pytest.mark.parametrize("form", ["visual_points", "random_points_closer", "random_points_farther"])
def test_points_are_in_the_order_of_a_walk_along_their_rays(form):
    for scene, sample in world.drawn(TASK, form, EACH):
        points = sample.truth["points_px"]
        named = sorted(set(re.findall(r"point-[A-Z]", sample.turns[0].question)))
        assert named == [f"point-{letter}" for letter in "ABCD"[: len(points)]]
        assert all(world.colour_at(sample.pictures[0], point) == "red" for point in points)
        walked = dict(zip(named, (world.walked_depth_m(scene, point) for point in points), strict=True))
        order = sorted(walked, key=walked.__getitem__)
        expected = {"visual_points": ", ".join(order), "random_points_closer": order[0]}.get(form, order[-1])
        assert sample.turns[0].answer == expected


@pytest.mark.parametrize("form", ["text", "sentences"])
def test_named_objects_are_in_the_order_of_their_middles(form):
    mark = "." if form == "text" else ". "
    for scene, sample in world.drawn(TASK, form, EACH):
        question = sample.turns[0].question
        if form == "text":
            listed = dict(
                re.findall(
                    r"([A-D])\.([a-z ]+?)(?=[,.?:; ]+[A-D]\.|\.|,? ?\b(?:arranged|when|and write)\b|\?|$)", question
                )
            )
            things = {letter: world.meant(scene, f"the {label.strip()}") for letter, label in listed.items()}
            answer = re.findall(r"\b[A-D]\b", sample.turns[0].answer.split("is")[-1])
        else:
            phrases = re.findall(r"\d\. (the [a-z ]+?)(?= \d\.|$)", question)
            things = {phrase: world.meant(scene, phrase) for phrase in phrases}
            answer = re.findall(r"\d\. (the [a-z ]+)", sample.turns[0].answer)
        assert mark in question and len(things) == len(sample.truth["names"]) >= 2
        depths = {name: world.middle(scene, each.instance)[2] for name, each in things.items()}
        assert answer == sorted(depths, key=depths.__getitem__)


@pytest.mark.parametrize("form", ["visual_boxes", "coloured_boxes_nearer", "coloured_boxes_farther"])
def test_drawn_boxes_hold_their_objects_in_the_order_of_depth(form):
    for scene, sample in world.drawn(TASK, form, EACH):
        instances, boxes = sample.truth["instances"], sample.truth["boxes_px"]
        assert boxes == [world.mask_box(scene, instance) for instance in instances]
        depths = [world.middle(scene, instance)[2] for instance in instances]
        order = np.argsort(depths)
        labels = [world.thing(scene, instance).label for instance in instances]
        if form == "visual_boxes":
            assert sample.turns[0].answer == ", ".join(f"box-{'ABCD'[i]} ({labels[i]})" for i in order)
            continue
        named = world.coloured_names(sample.turns[0].question)
        assert [colour for _, colour, _ in named] == [world.box_colour(sample.pictures[0], box) for box in boxes]
        assert sample.turns[0].answer == sample.truth["names"][order[0 if form.endswith("nearer") else -1]]
        assert [name for name, _, _ in named] == sample.truth["names"]
        assert sample.truth["names"].count(sample.turns[0].answer) == 1


@pytest.mark.parametrize("form", ["textual_boxes", "textual_points"])
def test_written_boxes_and_points_are_in_the_order_of_depth(form):
    key = "bbox_2d" if form == "textual_boxes" else "point_2d"
    for scene, sample in world.drawn(TASK, form, EACH):
        entries = json.loads(sample.turns[0].answer)
        asked = [json.loads(text) for text in re.findall(r"\[\d[\d, ]*\]", sample.turns[0].question)]
        assert sorted(asked) == sorted(entry[key] for entry in entries)
        instances = scene.frames[0].instances
        if form == "textual_boxes":
            boxes = {tuple(world.mask_box(scene, each)): each for each in np.unique(instances) if each}
            things = [world.thing(scene, boxes[tuple(entry[key])]) for entry in entries]
            depths = [world.middle(scene, each.instance)[2] for each in things]
        else:
            things = [world.thing(scene, int(instances[y, x])) for x, y in (entry[key] for entry in entries)]
            depths = [world.walked_depth_m(scene, (x + 0.5, y + 0.5)) for x, y in (entry[key] for entry in entries)]
        assert [entry["label"] for entry in entries] == [each.label for each in things]
        assert depths == sorted(depths, reverse=True)


def test_the_margin_is_where_the_order_of_two_points_turns():
    things = [
        toy("box", 1, centre_m=(0, -0.6, 0.5), size_m=(0.3, 0.3, 0.3)),
        toy("lamp", 2, centre_m=(-1, 0.6, 0.5), size_m=(0.3, 0.3, 0.3)),
    ]
    scene = toy_scene(things, [looking((4, 0, 0.5), (0, 0, 0.5))], view="single", size_px=(256, 192))
    sample = TASK.sample(scene, np.random.default_rng(0), world.SETTING, form="text")
    # 1.0 m deeper and 1.2 m to the side: equal after a turn by atan(1 / 1.2); both move half a metre.
    assert sample.margin.metres == pytest.approx(0.5, abs=0.01)
    assert sample.margin.degrees == pytest.approx(np.degrees(np.arctan(1 / 1.2)), abs=0.5)


def test_objects_of_almost_one_depth_are_not_compared():
    things = [
        toy("box", 1, centre_m=(0, -0.6, 0.5), size_m=(0.3, 0.3, 0.3)),
        toy("lamp", 2, centre_m=(-0.15, 0.6, 0.5), size_m=(0.3, 0.3, 0.3)),
    ]
    scene = toy_scene(things, [looking((4, 0, 0.5), (0, 0, 0.5))], view="single", size_px=(256, 192))
    with pytest.raises(Rejected, match="too few things"):
        TASK.sample(scene, np.random.default_rng(0), world.SETTING, form="visual_points")


def test_a_large_thing_whose_depth_can_be_read_in_two_ways_is_compared_by_points_only():
    # The table's visible front is nearer than the box, its middle farther.
    things = [
        toy("table", 1, centre_m=(-1.0, -0.8, 0.4), size_m=(3.0, 0.8, 0.8)),
        toy("box", 2, centre_m=(-0.2, 0.8, 0.4), size_m=(0.4, 0.4, 0.4)),
    ]
    scene = toy_scene(things, [looking((4, 0, 0.6), (0, 0, 0.4))], view="single", size_px=(256, 192))
    rng = np.random.default_rng(0)
    assert TASK.sample(scene, rng, world.SETTING, form="visual_points").truth["near_to_far"]
    with pytest.raises(Rejected):
        TASK.sample(scene, rng, world.SETTING, form="coloured_boxes_nearer")


def test_letters_are_drawn_evenly():
    letters = Counter(sample.turns[0].answer[-1] for _, sample in world.drawn(TASK, "random_points_closer", 400))
    assert set(letters) == {"A", "B"} and stats.chisquare(list(letters.values())).pvalue > 1e-3


def test_every_form_has_wordings_in_both_sets():
    for name in ("vst", "varied"):
        assert set(load_templates(TASK.name, (name,)).forms) == set(TASK.forms)


def test_without_a_depth_map_nothing_is_asked():
    scene = world.room(0)
    blind = replace(scene, frames=(replace(scene.frames[0], depth_m=None),))
    with pytest.raises(Rejected, match="no depth map"):
        TASK.sample(blind, np.random.default_rng(0), world.SETTING, form="visual_points")
