"""Distances against corner means and sampled surfaces in the world frame, read from the questions' own words."""

import re
from collections import Counter

import numpy as np
import pytest

from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.tasks.distance import DistanceComparison
from tests.spatial_pretrain.data_engine import single_image as world
from tests.spatial_pretrain.data_engine.toy_scenes import looking, surface_points, toy, toy_scene

TASK = DistanceComparison()
FAR = re.compile(r"farthest|longest|largest|most distant")


def marked_instance(scene, sample, colour):
    """The object whose point or box has a colour, found in the picture itself."""
    truth = sample.truth
    if sample.form.endswith("points"):
        columns_rows = [(int(x), int(y)) for x, y in truth["points_px"]]
        colours = [world.colour_at(sample.pictures[0], point) for point in columns_rows]
        x, y = columns_rows[colours.index(colour)]
        return int(scene.frames[0].instances[y, x])
    colours = [world.box_colour(sample.pictures[0], box) for box in truth["boxes_px"]]
    box = truth["boxes_px"][colours.index(colour)]
    return next(
        each.instance
        for each in scene.objects
        if world.shown_pixels(scene, each.instance) and world.mask_box(scene, each.instance) == box
    )


def test_the_answer_wins_in_the_world():
    for scene, sample in world.of_task(TASK):
        question, answer = sample.turns[0].question, sample.turns[0].answer
        named = world.coloured_names(question)
        instances = {name: marked_instance(scene, sample, colour) for name, colour, _ in named}
        names = sample.truth["names"]
        assert set(instances) == set(names) and len(instances) == len(named)
        assert all(name.split("-")[0] == world.thing(scene, each).label for name, each in instances.items())
        means = {name: world.thing(scene, each).box.corners_m.mean(axis=0) for name, each in instances.items()}
        thing = names[0]
        distances = {name: float(np.linalg.norm(means[name] - means[thing])) for name in names[1:]}
        word = "farthest" if FAR.search(question) else "closest"
        winner = (max if word == "farthest" else min)(distances, key=distances.__getitem__)
        assert winner == sample.truth["answer"] and word == sample.truth["word"]
        if sample.form.startswith("bare"):
            assert answer == winner
        else:
            stated = re.findall(r"Distance\[(.+?), (.+?)\]=(\d+\.\d\d)m", answer)
            assert [(thing, name) for name in names[1:]] == [(first, second) for first, second, _ in stated]
            assert all(abs(float(value) - distances[name]) <= 0.005001 for _, name, value in stated)
            conclusion = re.split(r"\d\.\d\dm", answer)[-1]
            assert re.findall(rf"\b{world.NAME}", conclusion) == [winner]


def test_the_answer_also_wins_between_surfaces():
    rng = np.random.default_rng(0)
    for scene, sample in world.drawn(TASK, "bare_boxes", 80):
        clouds = [surface_points(world.thing(scene, each).box, 1500, rng) for each in sample.truth["instances"]]
        gaps = [np.linalg.norm(cloud[:, None, :] - clouds[0][None, ::3, :], axis=-1).min() for cloud in clouds[1:]]
        best = np.argmin(gaps) if sample.truth["word"] == "closest" else np.argmax(gaps)
        assert sample.truth["names"][1 + best] == sample.truth["answer"]


def test_no_answer_hangs_on_a_centimetre():
    rng = np.random.default_rng(0)
    for _, sample in world.of_task(TASK):
        assert sample.margin.metres >= 0.01
        centres = np.array(sample.truth["centres_camera_m"])
        for size in (0.01, sample.margin.metres * 0.999):
            step = rng.normal(size=centres.shape)
            moved = centres + size * step / np.linalg.norm(step, axis=1, keepdims=True)
            distances = np.linalg.norm(moved[1:] - moved[0], axis=1)
            best = np.argmin(distances) if sample.truth["word"] == "closest" else np.argmax(distances)
            assert sample.truth["names"][1 + best] == sample.truth["answer"]


def test_no_place_and_no_word_gives_the_answer_away():
    places, words = Counter(), Counter()
    for _, sample in world.drawn(TASK, "bare_points", 400):
        if len(sample.truth["names"]) == 3:
            places[sample.truth["names"].index(sample.truth["answer"])] += 1
        words[sample.truth["word"]] += 1
    assert abs(places[1] - places[2]) < 4 * np.sqrt(sum(places.values()))
    assert abs(words["closest"] - words["farthest"]) < 4 * np.sqrt(400)


def test_equal_distances_are_not_asked_for():
    things = [
        toy("chair", 1, centre_m=(0, 0, 0.5), size_m=(0.5, 1, 0.5)),
        toy("box", 2, centre_m=(0, 1.2, 0.3), size_m=(0.5, 0.6, 0.5)),
        toy("lamp", 3, centre_m=(0, -1.25, 0.3), size_m=(0.5, 0.6, 0.5)),
    ]
    scene = toy_scene(things, [looking((4, 0, 1), (0, 0, 0.5))], view="single", size_px=(192, 144))
    samples = []
    for seed in range(30):
        try:
            samples.append(TASK.sample(scene, np.random.default_rng(seed), world.SETTING, form="bare_points"))
        except Rejected:
            continue
    assert samples and all(sample.truth["names"][0] != "chair" for sample in samples)


def test_fewer_than_three_objects_are_rejected():
    scene = toy_scene(
        [toy("chair", 1, centre_m=(0, 0, 0.5), size_m=(0.5, 1, 0.5))], [looking((4, 0, 1), (0, 0, 0.5))], view="single"
    )
    with pytest.raises(Rejected, match="fewer than three"):
        TASK.sample(scene, np.random.default_rng(0), world.SETTING, form="bare_boxes")
