"""Captions of two pictures and of clips: every claim is looked up in the masks, poses and boxes."""

import re

import numpy as np
import pytest

from spatial_pretrain.data_engine.naming import plural
from spatial_pretrain.data_engine.tasks.multi_view_caption import MultiViewCaption
from spatial_pretrain.data_engine.tasks.video_caption import VideoSceneCaption
from tests.spatial_pretrain.data_engine.gathered import SETTING, gathered
from tests.spatial_pretrain.data_engine.pair_oracles import thing, turn
from tests.spatial_pretrain.data_engine.test_clip_oracles import pixels, sampled_distance

LEAST = SETTING.thresholds.visibility.min_pixels
PAIRS = [
    pytest.param({"scenes": 8, "per_scene": 4}, id="few"),
    pytest.param({"scenes": 150, "per_scene": 12, "at_most": 520}, id="many", marks=pytest.mark.slow),
]
CLIPS = [
    pytest.param({"scenes": 2, "per_scene": 5}, id="few"),
    pytest.param({"scenes": 25, "per_scene": 21}, id="many", marks=pytest.mark.slow),
]


def sides(scene, frame, instance):
    """Where the middle of a mask is, as a share of the width to the right of the picture's middle."""
    columns = np.nonzero(scene.frames[frame].instances == instance)[1]
    return (columns.mean() + 0.5) / scene.frames[frame].size_px[0] - 0.5


@pytest.mark.parametrize("amount", PAIRS)
def test_captions_of_pairs_tell_what_the_pictures_show(amount):
    found = gathered(MultiViewCaption(), "change", **amount)
    assert len(found) >= 4
    for scene, sample in found:
        truth, caption = sample.truth, sample.turns[0].answer
        first, second = (scene.frames[frame].instances for frame in truth["frames"])
        told = truth["instances"]
        labels = [thing(scene, number).label for part in told.values() for number in part]
        counts = {label: len(re.findall(rf"\b{label}\b", caption)) for label in labels}
        assert all(counts[label] == labels.count(label) for label in labels)
        for part, numbers in told.items():
            for number in numbers:
                here, there = (first == number).sum(), (second == number).sum()
                assert (here >= LEAST) == (part != "new") and (here == 0) == (part == "new")
                if part in ("still", "new"):
                    assert there >= LEAST
                if part == "gone":
                    assert there == 0
                if part in ("left", "right"):
                    assert sides(scene, truth["frames"][0], number) * {"left": -1, "right": 1}[part] > 0.1
        if truth["pan"] is not None:
            assert truth["pan"] == turn(scene, truth, "pan") and truth["pan"] in caption
        else:
            assert "pan" not in caption.replace("panel", "")


@pytest.mark.parametrize("amount", CLIPS)
def test_captions_of_clips_tell_what_they_show(amount):
    found = gathered(VideoSceneCaption(), "walk", **amount)
    assert len(found) >= 6
    for scene, sample in found:
        truth, caption = sample.truth["questions"][0], sample.turns[0].answer
        masks = {
            label: np.array(pixels(scene, [each.instance for each in scene.objects if each.label == label]))
            for label in truth["order"]
        }
        for rule in (1, LEAST):
            assert sorted(masks, key=lambda label: int((masks[label] >= rule).argmax())) == truth["order"]
        for label, count in truth["counts"].items():
            alike = [each.instance for each in scene.objects if each.label == label]
            assert sum(max(pixels(scene, [number])) >= LEAST for number in alike) == count
            assert f"{count} {plural(label)}" in caption
        lengths = [float(text) for text in re.findall(r"(\d+\.\d\d) ?m\b", caption)]
        assert len(lengths) == len(truth["distances"])
        for length, span in zip(lengths, truth["distances"], strict=True):
            wanted, slack = sampled_distance(*(thing(scene, number).box for number in span["instances"]))
            assert wanted - slack - 0.006 <= length <= wanted + 0.006
