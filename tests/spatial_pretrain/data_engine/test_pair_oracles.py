"""Every answer to a question about two pictures, checked against an oracle that goes another way.

By default on some dozens of samples per form; `-m slow` takes at least 500 per task.
"""

from functools import partial

import numpy as np
import pytest

from spatial_pretrain.data_engine.tasks.camera_camera import CameraCameraRelation
from spatial_pretrain.data_engine.tasks.camera_motions import CameraMotionTask
from spatial_pretrain.data_engine.tasks.correspondence import Correspondence
from spatial_pretrain.data_engine.tasks.object_object import ObjectObjectRelation
from tests.spatial_pretrain.data_engine import pair_oracles as oracles
from tests.spatial_pretrain.data_engine.gathered import SETTING, gathered
from tests.spatial_pretrain.data_engine.ring_scenes import moved

FEW = {"scenes": 15, "per_scene": 4, "at_most": 30}
MANY = {"scenes": 150, "per_scene": 12, "at_most": 260}
AMOUNTS = [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.slow)]
NUDGES = [(0.0, 0.0), (0.01, 0.0), (0.0, 1.0)]


def nudged(found, seed=0):
    """Each sample with the true scene, and with ground truth that is 1 cm or 1° off."""
    rng = np.random.default_rng(seed)
    for scene, sample in found:
        for metres, degrees in NUDGES:
            yield moved(scene, rng, metres=metres, degrees=degrees), sample.truth


def anchors_are_exclusive(scene, truth):
    """Every object is plainly seen in the picture that the question names, and no pixel of it is in the other."""
    rule = SETTING.thresholds.visibility
    first, second = (scene.frames[frame].instances for frame in truth["frames"])
    for key, value in truth.items():
        for number in [value] if key.endswith("_instance") or key == "instance" else []:
            counts = sorted([(first == number).sum(), (second == number).sum()])
            assert counts[0] == 0 and counts[1] >= rule.min_pixels


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("form", CameraCameraRelation().forms)
def test_camera_camera(form, amount):
    found = gathered(CameraCameraRelation(), form, **amount)
    assert len(found) >= 10 if amount is FEW else len(found) >= 250
    oracle = {"facing": oracles.facing, "position": oracles.position}[form]
    for scene, truth in nudged(found):
        assert oracle(scene, truth) == truth["answer"]


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("form", [form for form in ObjectObjectRelation().forms if not form.startswith("distance")])
def test_directions_between_objects(form, amount):
    found = gathered(ObjectObjectRelation(), form, **amount)
    assert len(found) >= 4 if amount is FEW else len(found) >= 85
    for scene, truth in nudged(found):
        assert oracles.bearing(scene, truth) == truth["answer"]
        anchors_are_exclusive(scene, truth)


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("form", ["distance_text", "distance_points"])
def test_distances_between_objects(form, amount):
    found = gathered(ObjectObjectRelation(), form, **amount)
    assert len(found) >= 4 if amount is FEW else len(found) >= 85
    for scene, truth in nudged(found):
        assert oracles.contest(scene, truth) == truth["answer"]
        anchors_are_exclusive(scene, truth)


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("form", ["pan", "tilt", "roll", "main_rotation"])
def test_turns(form, amount):
    found = gathered(CameraMotionTask(), form, **amount)
    assert len(found) >= 15 if amount is FEW else len(found) >= 125
    oracle = oracles.main_turn if form == "main_rotation" else partial(oracles.turn, axis=form)
    for scene, truth in nudged(found):
        assert oracle(scene, truth) == truth["answer"]
    axis = {"tilt": 0, "pan": 1, "roll": 2}
    for scene, sample in found:
        name = next(name for name in axis if sample.truth["answer"].startswith(name))
        sign = 1 if sample.truth["answer"].endswith(("right", "upward", " clockwise")) else -1
        assert sign * oracles.own_rotation(scene, sample.truth)[axis[name]] > 0  # the camera's own axes agree


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("form", ["translation", "translation_own_axes", "combined"])
def test_movements(form, amount):
    found = gathered(CameraMotionTask(), form, **amount)
    assert len(found) >= 10 if amount is FEW else len(found) >= 125
    for scene, truth in nudged(found):
        options = [oracles.words_in(option) for option in truth["options"]]
        assert oracles.movement(scene, truth, level=False) == oracles.words_in(truth["answer"])
        if form != "translation_own_axes":
            assert oracles.movement(scene, truth, level=True) == oracles.words_in(truth["answer"])
        if form == "combined":
            assert truth["answer"].endswith(oracles.turn(scene, truth, "pan"))
        else:
            assert len({frozenset(option) for option in options}) == len(options)  # they differ as sets


@pytest.mark.parametrize(
    "amount", [pytest.param(FEW, id="few"), pytest.param({**MANY, "at_most": 520}, id="many", marks=pytest.mark.slow)]
)
def test_correspondences(amount):
    found = gathered(Correspondence(), "points", **amount)
    assert len(found) >= 15 if amount is FEW else len(found) >= 500
    rule = SETTING.thresholds.correspondence
    for scene, sample in found:
        truth = sample.truth
        instance, instances, distances = oracles.corresponding(scene, truth)
        letter = "ABCD".index(truth["letter"])
        assert truth["options"][letter] == truth["answer"] == f"point-{truth['letter']}"
        assert instance == truth["instances"][letter] and instances == truth["instances"]  # all are on their objects
        right, *wrong = [distances[letter], *(d for number, d in enumerate(distances) if number != letter)]
        assert right <= rule.min_apart_m / 2 + 1e-3 and min(wrong) >= rule.min_apart_m / 2 - 1e-3


@pytest.mark.parametrize(("metres", "degrees"), NUDGES[1:])
def test_correspondences_hold_if_camera_and_boxes_are_a_little_off(metres, degrees):
    rng = np.random.default_rng(3)
    for scene, sample in gathered(Correspondence(), "points", **FEW):
        truth = sample.truth
        off = moved(scene, rng, metres=metres, degrees=degrees)
        second = off.frames[truth["frames"][1]]
        world = truth["points_world_m"]["ABCD".index(truth["letter"])]
        local = np.linalg.inv(second.T_world_camera) @ np.array([*world, 1.0])
        pixel = (second.K @ local[:3] / local[2])[:2]
        distances = np.linalg.norm(np.array(truth["points_second_px"]) - pixel, axis=1)
        assert int(np.argmin(distances)) == "ABCD".index(truth["letter"])


def test_points_in_pictures_are_where_the_question_says():
    for scene, sample in gathered(ObjectObjectRelation(), "objects_points", **FEW):
        plain = [scene.frames[frame].rgb for frame in sample.truth["frames"]]
        assert all((drawn != rgb).any() for drawn, rgb in zip(sample.pictures, plain, strict=True))


def test_the_same_seed_gives_the_same_sample():
    once, again = (gathered(ObjectObjectRelation(), "objects_points", **FEW)[0][1] for _ in range(2))
    assert once.turns == again.turns and once.truth == again.truth
    assert all((a == b).all() for a, b in zip(once.pictures, again.pictures, strict=True))
