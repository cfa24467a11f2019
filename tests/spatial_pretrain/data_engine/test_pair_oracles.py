"""Every answer to a question about two pictures, checked against an oracle that goes another way.

By default on some dozens of samples; `-m slow` takes 500 per task. With ground truth that is a little off:
`test_knife_edges.py`.
"""

import numpy as np
import pytest

from spatial_pretrain.data_engine import marks
from spatial_pretrain.data_engine.anchors import ORDINALS
from spatial_pretrain.data_engine.tasks.camera_camera import CameraCameraRelation
from spatial_pretrain.data_engine.tasks.camera_motions import CameraMotionTask
from spatial_pretrain.data_engine.tasks.correspondence import Correspondence
from spatial_pretrain.data_engine.tasks.object_object import ObjectObjectRelation
from tests.spatial_pretrain.data_engine import pair_oracles as oracles
from tests.spatial_pretrain.data_engine.gathered import AMOUNTS, SETTING, gathered, share
from tests.spatial_pretrain.data_engine.wordings import asks

amounts = pytest.mark.parametrize("amount", AMOUNTS)


def questions(task, form, amount):
    """(scene, sample, truth) of one form's share of so many samples, whose answers are their truths'."""
    for scene, sample in share(task, form, amount):
        letter, text = sample.turns[0].answer[0], sample.turns[0].answer[3:]
        assert sample.truth["options"]["ABCDEFGH".index(letter)] == sample.truth["answer"] == text
        yield scene, sample, sample.truth


@amounts
@pytest.mark.parametrize("form", CameraCameraRelation().forms)
def test_camera_camera(form, amount):
    for scene, sample, truth in questions(CameraCameraRelation(), form, amount):
        assert {"facing": oracles.facing, "position": oracles.position}[form](scene, truth) == truth["answer"]
        slots = {"premise": truth["premise"]} if form == "facing" else {}
        assert asks(sample.task, form, sample.turns[0].question, **slots)


@amounts
@pytest.mark.parametrize("form", [form for form in ObjectObjectRelation().forms if not form.startswith("distance")])
def test_directions_between_objects(form, amount):
    for scene, sample, truth in questions(ObjectObjectRelation(), form, amount):
        assert oracles.bearing(scene, truth) == truth["answer"]
        numbers = {slot: truth[f"{slot}_instance"] for slot in ("known", "at", "asked") if f"{slot}_instance" in truth}
        slots = {slot: placed(scene, sample, number) for slot, number in numbers.items()}
        assert asks(sample.task, form, sample.turns[0].question, premise=truth["premise"], **slots)


@amounts
@pytest.mark.parametrize("form", ["distance_text", "distance_points"])
def test_distances_between_objects(form, amount):
    for scene, sample, truth in questions(ObjectObjectRelation(), form, amount):
        winner = oracles.contest(scene, truth)
        assert oracles.called(scene, sample, winner) == truth["answer"]
        others = [oracles.called(scene, sample, number) for number in truth["candidate_instances"]]
        assert sorted(others) == sorted(truth["options"])
        word = {"closest": "closest to", "farthest": "farthest from"}[truth["word"]]
        slots = {"thing": placed(scene, sample, truth["instance"]), "word": word}
        slots["picture"] = ORDINALS[oracles.picture_of(scene, truth, winner)]
        assert asks(sample.task, form, sample.turns[0].question, **slots)


def placed(scene, sample, instance):
    """What a question must call an object, and in which picture it is."""
    place = oracles.picture_of(scene, sample.truth, instance)
    return f"{oracles.called(scene, sample, instance)} in the {ORDINALS[place]} image"


@amounts
@pytest.mark.parametrize("form", ["pan", "tilt", "roll", "main_rotation"])
def test_turns(form, amount):
    axis = {"tilt": 0, "pan": 1, "roll": 2}
    for scene, _, truth in questions(CameraMotionTask(), form, amount):
        assert oracles.is_motion(scene, form, truth)
        name = next(name for name in axis if truth["answer"].startswith(name))
        sign = 1 if truth["answer"].endswith(("right", "upward", " clockwise")) else -1
        assert sign * oracles.own_rotation(scene, truth)[axis[name]] > 0  # the camera's own axes agree


@amounts
@pytest.mark.parametrize("form", ["translation", "translation_own_axes", "combined"])
def test_movements(form, amount):
    for scene, _, truth in questions(CameraMotionTask(), form, amount):
        assert oracles.is_motion(scene, form, truth)
        options = [oracles.words_in(option) for option in truth["options"]]
        if form != "combined":
            assert len({frozenset(option) for option in options}) == len(options)  # they differ as sets


@amounts
def test_correspondences(amount):
    rule = SETTING.thresholds.correspondence
    for scene, sample, truth in questions(Correspondence(), "points", amount):
        instance, instances, distances = oracles.corresponding(scene, truth)
        letter = "ABCD".index(truth["letter"])
        assert truth["answer"] == f"point-{truth['letter']}"
        assert instance == truth["instances"][letter] and instances == truth["instances"]  # all are on their objects
        assert circled(sample.pictures[0], scene.frames[truth["frames"][0]], truth["point_first_px"])
        right, *wrong = [distances[letter], *(d for number, d in enumerate(distances) if number != letter)]
        assert right <= rule.min_apart_m / 2 + 1e-3 and min(wrong) >= rule.min_apart_m / 2 - 1e-3


def circled(drawn, frame, point_px):
    """Whether one circle is drawn, and around a point."""
    rows, columns = np.nonzero((drawn != frame.rgb).any(axis=-1))
    spread = np.abs(np.stack([columns, rows], axis=1) + 0.5 - point_px).max(axis=0)
    return (spread < 2 * marks.point_radius_px(frame.size_px) + 4).all() and len(rows) > 0


def test_the_same_seed_gives_the_same_sample():
    task, few = ObjectObjectRelation(), {"scenes": 15, "per_scene": 4, "at_most": 1}
    once, again = (gathered(task, "objects_points", **few)[0][1] for _ in range(2))
    assert once.turns == again.turns and once.truth == again.truth
    assert all((a == b).all() for a, b in zip(once.pictures, again.pictures, strict=True))
