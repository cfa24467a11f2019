"""3D boxes read back from the answers' text with scipy and compared with the world's corners."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.task import BoxText
from spatial_pretrain.data_engine.tasks.detection import Detection, absent_labels, categories
from tests.spatial_pretrain.data_engine import single_image as world
from tests.spatial_pretrain.data_engine.toy_scenes import looking, toy, toy_scene

TASK = Detection()
SIGNS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
ROUNDING_M, ROUNDING_RAD = 0.005, np.radians(2.0)


def read(answer):
    """The entries of a fenced answer, whose fence lines are exact."""
    lines = answer.split("\n")
    assert lines[0] == "```json" and lines[-1] == "```"
    return json.loads("\n".join(lines[1:-1]))


def corners(numbers, rotation="euler"):
    turn = (
        Rotation.from_euler("xyz", np.array(numbers[6:]) * 180, degrees=True)
        if rotation == "euler"
        else Rotation.from_quat(numbers[6:])
    )
    return turn.apply(SIGNS * np.array(numbers[3:6]) / 2) + numbers[:3]


def bound(numbers):
    """How far rounding can move a corner."""
    reach = np.linalg.norm(numbers[3:6]) / 2
    return np.sqrt(3) * ROUNDING_M * 1.5 + reach * 2 * np.sin(ROUNDING_RAD / 2) + 1e-6


def same_corners(found, true, tolerance):
    """Every corner has its own counterpart."""
    distances = np.linalg.norm(found[:, None] - true[None], axis=-1)
    return (distances.min(axis=1) <= tolerance).all() and (distances.min(axis=0) <= tolerance).all()


def test_answers_hold_all_objects_of_the_category_at_their_places():
    asked = empty = 0
    for scene, sample in world.of_task(TASK):
        shown = [each for each in scene.objects if world.shown_pixels(scene, each.instance)]
        for turn, truth in zip(sample.turns, sample.truth["questions"], strict=True):
            entries = read(turn.answer)
            label = truth["label"]
            assert f"{label}" in turn.question.split("\n\n")[-1] and {entry["label"] for entry in entries} <= {label}
            things = [each for each in shown if each.label == label]
            assert len(entries) == len(things)
            true = [world.in_camera(scene, each.box.corners_m) for each in things]
            for entry in entries:
                fits = [same_corners(corners(entry["bbox_3d"]), one, bound(entry["bbox_3d"])) for one in true]
                assert sum(fits) == 1
            asked, empty = asked + 1, empty + (not entries)
    assert 0 < empty < 0.1 * asked


def test_the_preamble_describes_the_picture_that_is_shown():
    for scene, sample in list(world.drawn(TASK, "single_turn", 60)):
        height, width = sample.pictures[0].shape[:2]
        text = sample.turns[0].question
        assert str(width) in text and str(height) in text
        hfov, vfov = (float(number) for number in re.findall(r"\d+\.\d\d", text)[:2])
        # Along the shown fields of view the objects' middles fall on the same places as in the frame itself.
        frame = scene.frames[0]
        focal = width / 2 / np.tan(np.radians(hfov / 2))
        assert focal == pytest.approx(100, rel=0.01)
        assert height / 2 / np.tan(np.radians(vfov / 2)) == pytest.approx(focal, rel=0.01)
        for truth in sample.truth["questions"]:
            for box in truth["boxes"]:
                x, y, z = box["centre_camera_m"]
                shown = np.array([width / 2 + focal * x / z, height / 2 + focal * y / z]) / [width, height]
                own = np.array([frame.K[0, 0] * x / z + frame.K[0, 2], frame.K[1, 1] * y / z + frame.K[1, 2]])
                assert shown == pytest.approx(own / frame.size_px, abs=0.02)


def test_quaternions_hold_the_same_boxes():
    setting = replace(world.SETTING, boxes=BoxText(rotation="quaternion", unify_fov=False))
    for scene, sample in world.drawn(TASK, "multi_turn", 40, setting):
        assert "quaternion" in sample.turns[0].question
        assert sample.pictures[0] is scene.frames[0].rgb
        for turn, truth in zip(sample.turns, sample.truth["questions"], strict=True):
            for entry, instance in zip(read(turn.answer), truth["instances"], strict=True):
                true = world.in_camera(scene, world.thing(scene, instance).box.corners_m)
                assert same_corners(corners(entry["bbox_3d"], "quaternion"), true, bound(entry["bbox_3d"]))


def test_numbers_move_by_no_more_than_the_truth():
    rng = np.random.default_rng(0)
    for _, sample in world.drawn(TASK, "single_turn", 100):
        for entry, box in zip(read(sample.turns[0].answer), sample.truth["questions"][0]["boxes"], strict=True):
            moved = np.array(box["centre_camera_m"]) + rng.uniform(-0.01, 0.01, 3)
            assert np.abs(np.round(moved, 2) - entry["bbox_3d"][:3]).max() <= 0.02 + 1e-9


def test_single_turns_only_as_an_ablation():
    setting = replace(world.SETTING, boxes=BoxText(multi_turn=False, unified_focal_px=100))
    assert all(len(sample.turns) == 1 for _, sample in world.drawn(TASK, "multi_turn", 20, setting))
    assert any(len(sample.turns) > 1 for _, sample in world.drawn(TASK, "multi_turn", 20))


def two_chairs(hidden_by=()):
    things = [
        toy("chair", 1, centre_m=(0, -0.8, 0.5), size_m=(0.5, 1, 0.5)),
        toy("chair", 2, centre_m=(0, 0.8, 0.5), size_m=(0.5, 1, 0.5)),
        toy("lamp", 3, centre_m=(3.9, 3.9, 0.5), size_m=(0.1, 1, 0.1)),
        *hidden_by,
    ]
    return toy_scene(things, [looking((4, 0, 1), (0, 0, 0.5))], view="single", size_px=(192, 144))


def test_a_category_with_a_half_hidden_object_is_left_out():
    thresholds = world.SETTING.thresholds
    assert [category.label for category in categories(two_chairs(), thresholds)] == ["chair"]
    screen = toy("cabinet", 4, centre_m=(1.0, 0.55, 0.8), size_m=(0.1, 1.6, 0.44))
    left_out = [category.label for category in categories(two_chairs([screen]), thresholds)]
    assert 0 < world.shown_pixels(two_chairs([screen]), 2) < thresholds.visibility.min_pixels
    assert left_out == ["cabinet"]


def test_boxes_are_listed_from_near_to_far():
    for _, sample in world.drawn(TASK, "multi_turn", 40):
        for truth in sample.truth["questions"]:
            depths = [box["centre_camera_m"][2] for box in truth["boxes"]]
            assert depths == sorted(depths)


def test_only_what_the_picture_does_not_show_at_all_is_absent():
    scene = two_chairs()
    assert absent_labels(scene, world.SETTING.thresholds) == ["lamp"]
    unlabelled = replace(scene, frames=(replace(scene.frames[0], instances=None),))
    assert absent_labels(unlabelled, world.SETTING.thresholds) == []
    rule = world.SETTING.thresholds
    always = replace(rule, detection=replace(rule.detection, absent_share=1.0))
    setting = replace(world.SETTING, thresholds=always)
    sample = TASK.sample(two_chairs(), np.random.default_rng(0), setting, form="single_turn")
    assert "lamp" in sample.turns[0].question and sample.turns[0].answer == "```json\n[]\n```"


def test_an_empty_scene_is_rejected():
    scene = toy_scene([], [looking((4, 0, 1), (0, 0, 0.5))], view="single")
    with pytest.raises(Rejected, match="no category"):
        TASK.sample(scene, np.random.default_rng(0), world.SETTING, form="single_turn")
