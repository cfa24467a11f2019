"""Referring phrases are resolved by an oracle of its own; boxes are read back from the text."""

import json
import re
from collections import Counter

import numpy as np

from spatial_pretrain.data_engine.tasks.grounding import Grounding
from tests.spatial_pretrain.data_engine import single_image as world
from tests.spatial_pretrain.data_engine.tasks.test_detection import bound, corners, read, same_corners

TASK = Grounding()


def test_phrase_and_box_mean_the_same_object():
    kinds = Counter()
    for scene, sample in world.of_task(TASK):
        (turn,) = sample.turns
        if sample.form == "phrase_to_box":
            (entry,) = read(turn.answer)
            phrase, numbers = sample.truth["phrase"], entry["bbox_3d"]
            assert phrase in turn.question
            assert entry["label"] == world.meant(scene, phrase).label
        else:
            phrase, numbers = turn.answer, json.loads(re.findall(r"\[-?\d[^\]]*\]", turn.question)[-1])
        one = world.meant(scene, phrase)
        assert one.instance == sample.truth["instance"]
        assert same_corners(corners(numbers), world.in_camera(scene, one.box.corners_m), bound(numbers))
        kinds[sample.truth["phrase_kind"]] += 1
    assert set(kinds) == {"label", "side", "height", "neighbour"} and min(kinds.values()) > 20


def test_no_phrase_hangs_on_a_centimetre_or_a_degree():
    rng = np.random.default_rng(0)
    for scene, sample in world.drawn(TASK, "phrase_to_box", 300):
        phrase = sample.truth["phrase"].removeprefix("the ")
        if sample.truth["phrase_kind"] != "side":
            assert sample.margin.metres is None or sample.margin.metres >= 0.01
            continue
        word, _, label = phrase.partition(" ")
        instances = [
            each.instance for each in scene.objects if each.label == label and world.shown_pixels(scene, each.instance)
        ]
        middles = np.array([world.middle(scene, instance) for instance in instances])
        for _ in range(3):
            step = rng.normal(size=middles.shape)
            moved = middles + 0.01 * step / np.linalg.norm(step, axis=1, keepdims=True)
            axis = rng.normal(size=3)
            turned = _turned(middles, axis / np.linalg.norm(axis))
            for points in (moved, turned):
                columns = points[:, 0] / points[:, 2] * (1 if word == "leftmost" else -1)
                assert instances[int(np.argmin(columns))] == sample.truth["instance"]


def _turned(points, axis):
    """By 1°, Rodrigues' formula."""
    angle = np.radians(1)
    across = np.cross(axis, points)
    return points * np.cos(angle) + across * np.sin(angle) + np.outer(points @ axis, axis) * (1 - np.cos(angle))
