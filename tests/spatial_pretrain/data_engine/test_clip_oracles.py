"""Every answer to a question about a clip, checked against an oracle that goes another way.

`-m slow` takes 500 samples per task. With ground truth that is a little off: `test_knife_edges.py`.
"""

import re

import numpy as np
import pytest

from spatial_pretrain.data_engine.naming import plural
from spatial_pretrain.data_engine.tasks.video_counting import VideoObjectCounting
from spatial_pretrain.data_engine.tasks.video_measurement import VideoMeasurement
from spatial_pretrain.data_engine.tasks.video_object_object import VideoObjectObjectRelation
from spatial_pretrain.data_engine.tasks.video_order import VideoAppearanceOrder
from spatial_pretrain.data_engine.tasks.video_others import VideoOthers
from spatial_pretrain.data_engine.tasks.video_route import VideoRoutePlan
from tests.spatial_pretrain.data_engine import clip_oracles as oracles
from tests.spatial_pretrain.data_engine.gathered import AMOUNTS, SETTING, gathered, share
from tests.spatial_pretrain.data_engine.pair_oracles import thing
from tests.spatial_pretrain.data_engine.ring_scenes import ring_scene
from tests.spatial_pretrain.data_engine.wordings import asks

LEAST = SETTING.thresholds.visibility.min_pixels

amounts = pytest.mark.parametrize("amount", AMOUNTS)


def questions(task, form, amount):
    """(scene, truth, turn) of every turn of one form's share of so many samples; all speak of the truth's objects."""
    for scene, sample in share(task, form, amount):
        for truth, turn in zip(sample.truth["questions"], sample.turns, strict=True):
            numbers = {key: value for key, value in truth.items() if key.endswith("instance")}
            called = {key.removesuffix("_instance"): thing(scene, number).label for key, number in numbers.items()}
            slots = {"thing" if key == "instance" else key: label for key, label in called.items()}
            assert asks(task.name, truth.get("kind", form), turn.question, **slots), turn.question
            yield scene, truth, turn


def chosen(turn):
    """The text behind the letter of a multiple choice's answer."""
    return turn.answer.split(" ", 1)[1]


@amounts
@pytest.mark.parametrize("form", VideoObjectObjectRelation().forms)
def test_relations(form, amount):
    for scene, truth, turn in questions(VideoObjectObjectRelation(), form, amount):
        assert oracles.relation(scene, truth) == truth["answer"] == chosen(turn)
        names = [each.label for each in scene.objects if max(oracles.pixels(scene, [each.instance]))]
        for key, value in truth.items():
            if key.endswith("instance"):
                assert names.count(thing(scene, value).label) == 1  # "the table" can mean one thing only


@amounts
def test_counts(amount):
    for scene, truth, turn in questions(VideoObjectCounting(), "count", amount):
        counts = [oracles.shown(scene, truth["label"], least) for least in (1, LEAST)]
        assert [int(turn.answer)] * 2 == counts == [truth["count"]] * 2
        assert asks("video_object_counting", "count", turn.question, things=plural(truth["label"]))


@amounts
@pytest.mark.parametrize("form", VideoAppearanceOrder().forms)
def test_orders(form, amount):
    for scene, truth, turn in questions(VideoAppearanceOrder(), form, amount):
        for least in (1, LEAST // 2, LEAST):  # the order is the same whatever counts as a sight
            assert ", ".join(oracles.order(scene, truth["labels"], least)) == truth["answer"] == chosen(turn)


@amounts
@pytest.mark.parametrize("form", VideoRoutePlan().forms)
def test_routes_lead_to_the_goal(form, amount):
    for scene, truth, turn in questions(VideoRoutePlan(), form, amount):
        assert oracles.route(scene, truth) == truth["answer"] == chosen(turn)
        stops = [thing(scene, number).label for number in truth["stop_instances"]]
        assert re.findall(r"Go forward until the (.+?)(?:\.| \d\.)", turn.question) == stops
        assert asks("video_route_plan", form, turn.question, goal=stops[-1])


def test_routes_are_free():
    for scene, sample in gathered(VideoRoutePlan(), "two_turns", scenes=2, per_scene=5):
        for truth in sample.truth["questions"]:
            numbers = [truth["start_instance"], *truth["stop_instances"]]
            places = [thing(scene, number).box.centre_m for number in numbers]
            for (a, first), (b, second) in zip(
                zip(numbers, places, strict=True), list(zip(numbers, places, strict=True))[1:], strict=False
            ):
                walk = first + np.linspace(0, 1, 60)[:, None] * (second - first)
                for other in scene.objects:
                    if other.instance not in (a, b):
                        heights = np.concatenate([walk * [1, 1, 0] + [0, 0, z] for z in (0.4, 0.7, 1.0)])
                        local = np.abs((heights - other.box.centre_m) @ other.box.R_frame_box)
                        assert not (local < other.box.size_m / 2).all(axis=1).any()


@amounts
@pytest.mark.parametrize("form", VideoMeasurement().forms)
def test_sizes(form, amount):
    for scene, truth, turn in questions(VideoMeasurement(), form, amount):
        box = thing(scene, truth["instance"]).box
        wanted = oracles.height(box) if form == "height" else oracles.longest(box)
        assert oracles.stated_m(turn.answer) == pytest.approx(wanted, abs=0.0051)
        assert {"cm": "centimeters", "m": "meters"}[turn.answer.split(" ")[1]] in turn.question


@amounts
@pytest.mark.parametrize("form", ["absolute_distance", "camera_distance"])
def test_distances(form, amount):
    for scene, truth, turn in questions(VideoOthers(), form, amount):
        wanted, slack = (oracles.between if form == "absolute_distance" else oracles.from_camera)(scene, truth)
        assert wanted - slack - oracles.ROUNDING_M <= float(turn.answer) <= wanted + oracles.ROUNDING_M
        if form == "absolute_distance":
            first, second = (thing(scene, number).label for number in truth["instances"])
            assert asks("video_others", form, turn.question, first=first, second=second)
        if form == "camera_distance":
            assert truth["frame"] in (0, len(scene.frames) - 1)
            assert asks("video_others", form, turn.question, moment="last" if truth["frame"] else "first")


@amounts
def test_room_sizes(amount):
    sizes = set()
    for scene, _, turn in questions(VideoOthers(), "room_size", amount):
        assert float(turn.answer) == pytest.approx(np.prod(oracles.room_sides(scene)), abs=0.0501)
        sizes.add(turn.answer)
    assert len(sizes) > 3


def test_clips_carry_their_rate_and_all_frames():
    scene, sample = gathered(VideoObjectCounting(), "count", scenes=1, per_scene=1)[0]
    assert (sample.type, sample.frame_rate_hz, len(sample.pictures)) == ("video", 2.0, 30)
    assert ring_scene("video", 0) is scene
