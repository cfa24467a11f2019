"""Every answer to a question about a clip, checked against an oracle that goes another way.

Distances by brute-force sampling of surfaces, directions in a map that is turned so that one looks up it, sights by
the pixels of the instance maps, routes by walking them. `-m slow` takes at least 500 samples per task.
"""

import cmath

import numpy as np
import pytest
from scipy.spatial import cKDTree

from spatial_pretrain.data_engine.tasks.video_counting import VideoObjectCounting
from spatial_pretrain.data_engine.tasks.video_measurement import VideoMeasurement
from spatial_pretrain.data_engine.tasks.video_object_object import VideoObjectObjectRelation
from spatial_pretrain.data_engine.tasks.video_order import VideoAppearanceOrder
from spatial_pretrain.data_engine.tasks.video_others import VideoOthers
from spatial_pretrain.data_engine.tasks.video_route import VideoRoutePlan
from tests.spatial_pretrain.data_engine.gathered import SETTING, gathered
from tests.spatial_pretrain.data_engine.pair_oracles import thing
from tests.spatial_pretrain.data_engine.ring_scenes import moved, ring_scene

FEW = {"scenes": 2, "per_scene": 5}
MANY = {"scenes": 25, "per_scene": 21}
AMOUNTS = [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.slow)]
NUDGES = [(0.0, 0.0), (0.01, 0.0), (0.0, 1.0)]
STEPS = 25


def nudged(found):
    """Each question with the true scene, and with ground truth that is 1 cm or 1° off."""
    rng = np.random.default_rng(0)
    for scene, sample in found:
        for metres, degrees in NUDGES:
            off = moved(scene, rng, metres=metres, degrees=degrees)
            for truth in sample.truth["questions"]:
                yield off, truth


def surface(box):
    """A grid of points on the six faces; no point of the surface is farther than half a step's diagonal from one."""
    unit = np.linspace(-0.5, 0.5, STEPS)
    grid = np.stack(np.meshgrid(unit, unit, unit), axis=-1).reshape(-1, 3)
    grid = grid[(np.abs(grid) == 0.5).any(axis=1)]
    return grid * box.size_m @ box.R_frame_box.T + box.centre_m


def sampled_distance(first, second):
    """At most so much too large: the farthest that the nearest points can be from the grids."""
    slack = sum(
        float(np.sort(box.size_m)[1:] @ np.sort(box.size_m)[1:]) ** 0.5 / (STEPS - 1) / 2 for box in (first, second)
    )
    return float(cKDTree(surface(first)).query(surface(second))[0].min()), slack


def on_map(scene, truth):
    """Where the asked object is, if one stands at the origin and looks up the map; x is to the right."""
    at, facing, asked = (thing(scene, truth[f"{slot}_instance"]).box.centre_m[:2] for slot in ("at", "facing", "asked"))
    ahead, there = complex(*(facing - at)), complex(*(asked - at))
    return there / ahead * abs(ahead) * 1j


def side(scene, truth):
    there = on_map(scene, truth)
    right = "right" if there.real > 0 else "left"
    if truth["kind"] == "left_right":
        return right
    if truth["kind"] == "left_right_back":
        return "back" if abs(cmath.phase(there / 1j)) >= np.radians(135) else right
    if truth["kind"] == "quadrants":
        return f"{'front' if there.imag > 0 else 'back'}-{right}"
    words = ["front", "front-right", "right", "back-right", "back", "back-left", "left", "front-left"]
    ways = [1j * cmath.exp(-1j * np.pi / 4 * step) for step in range(8)]
    return words[int(np.argmax([(there * way.conjugate()).real for way in ways]))]


def closest(scene, truth):
    this = thing(scene, truth["instance"]).box
    candidates = [thing(scene, number).box for number in truth["candidate_instances"]]
    return truth["candidates"][int(np.argmin([sampled_distance(this, box)[0] for box in candidates]))]


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("form", VideoObjectObjectRelation().forms)
def test_relations(form, amount):
    found = gathered(VideoObjectObjectRelation(), form, **(FEW if amount is FEW else {**MANY, "at_most": 90}))
    assert len(found) >= 8 if amount is FEW else len(found) == 90
    for scene, truth in nudged(found):
        oracle = closest if truth["kind"] == "closest" else side
        assert oracle(scene, truth) == truth["answer"]
        names = [each.label for each in scene.objects if max(pixels(scene, [each.instance]))]
        for key, value in truth.items():
            if key.endswith("instance"):
                assert names.count(thing(scene, value).label) == 1  # "the table" can mean one thing only


def pixels(scene, numbers):
    """Per frame, the largest mask of any of some objects."""
    return [max(int((frame.instances == number).sum()) for number in numbers) for frame in scene.frames]


@pytest.mark.parametrize("amount", AMOUNTS)
def test_counts(amount):
    found = gathered(VideoObjectCounting(), "count", **amount)
    assert len(found) >= 8 if amount is FEW else len(found) >= 500
    least = SETTING.thresholds.visibility.min_pixels
    for scene, sample in found:
        for truth, turn in zip(sample.truth["questions"], sample.turns, strict=True):
            alike = [each.instance for each in scene.objects if each.label == truth["label"]]
            strict = sum(max(pixels(scene, [number])) >= least for number in alike)
            generous = sum(max(pixels(scene, [number])) > 0 for number in alike)
            assert turn.answer == str(strict) == str(generous) == str(truth["count"])


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("form", ["three", "four"])
def test_orders(form, amount):
    found = gathered(VideoAppearanceOrder(), form, **(FEW if amount is FEW else {**MANY, "at_most": 260}))
    assert len(found) >= 8 if amount is FEW else len(found) >= 250
    least = SETTING.thresholds.visibility.min_pixels
    for scene, sample in found:
        for truth in sample.truth["questions"]:
            masks = {
                label: np.array(pixels(scene, [each.instance for each in scene.objects if each.label == label]))
                for label in truth["labels"]
            }
            for rule in (1, least // 2, least):  # the order is the same whatever counts as a sight
                order = sorted(masks, key=lambda label: int((masks[label] >= rule).argmax()))
                assert ", ".join(order) == truth["answer"]


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("form", VideoRoutePlan().forms)
def test_routes_lead_to_the_goal(form, amount):
    few = {**FEW, "scenes": 3}  # a clip with few names has no routes
    found = gathered(VideoRoutePlan(), form, **(few if amount is FEW else {**MANY, "at_most": 170}))
    assert len(found) >= 6 if amount is FEW else len(found) == 170
    ways = {"turn left": 1j, "turn right": -1j, "turn back": -1}
    for scene, truth in nudged(found):
        spots = [complex(*thing(scene, truth[f"{name}_instance"]).box.centre_m[:2]) for name in ("start", "facing")]
        stops = [complex(*thing(scene, number).box.centre_m[:2]) for number in truth["stop_instances"]]
        at, looking = spots[0], spots[1] - spots[0]
        for word, stop in zip(truth["answer"].lower().split(", "), stops, strict=True):
            leg = stop - at
            fit = {way: (leg / looking * factor.conjugate()).real / abs(leg / looking) for way, factor in ways.items()}
            assert max(fit, key=lambda way: fit[way]) == word
            at, looking = stop, leg


def test_routes_are_free():
    for scene, sample in gathered(VideoRoutePlan(), "two_turns", **FEW):
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


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("form", ["longest", "height"])
def test_sizes(form, amount):
    found = gathered(VideoMeasurement(), form, **(FEW if amount is FEW else {**MANY, "at_most": 260}))
    for scene, sample in found:
        for truth, turn in zip(sample.truth["questions"], sample.turns, strict=True):
            corners = thing(scene, truth["instance"]).box.corners_m
            edges = sorted(np.linalg.norm(corners[:, None] - corners[None], axis=-1)[0])[1:]
            a, b = edges[:2]  # the two shortest ways to other corners are edges; so is the next that is no diagonal
            c = next(edge for edge in edges[2:] if not np.isclose(edge, np.hypot(a, b)))
            wanted = np.ptp(corners[:, 2]) if form == "height" else max(a, b, c)
            number, unit = turn.answer.split(" ")
            assert float(number) / {"cm": 100, "m": 1}[unit] == pytest.approx(wanted, abs=0.0051)
            assert {"cm": "centimeters", "m": "meters"}[unit] in turn.question


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("form", VideoOthers().forms)
def test_distances_and_room_sizes(form, amount):
    found = gathered(VideoOthers(), form, **(FEW if amount is FEW else {**MANY, "at_most": 180}))
    assert len(found) >= 8
    for scene, sample in found:
        for truth, turn in zip(sample.truth["questions"], sample.turns, strict=True):
            answer = float(turn.answer)
            if form == "room_size":
                assert answer == pytest.approx(64.0)
            elif form == "absolute_distance":
                wanted, slack = sampled_distance(*(thing(scene, number).box for number in truth["instances"]))
                assert wanted - slack - 0.006 <= answer <= wanted + 0.006
            else:
                eye = scene.frames[truth["frame"]].T_world_camera[:3, 3]
                points = surface(thing(scene, truth["instance"]).box)
                wanted = np.linalg.norm(points - eye, axis=1).min()
                assert answer == pytest.approx(wanted, abs=0.02)
                assert ("first" if truth["frame"] == 0 else "last") in turn.question


def test_clips_carry_their_rate_and_all_frames():
    scene, sample = gathered(VideoObjectCounting(), "count", scenes=1, per_scene=1)[0]
    assert (sample.type, sample.frame_rate_hz, len(sample.pictures)) == ("video", 2.0, 30)
    assert ring_scene("video", 0) is scene
