"""Captions of two pictures and of clips: every claim is read and looked up in the masks, poses and boxes."""

import re

import numpy as np
import pytest

from spatial_pretrain.data_engine.naming import joined, plural, with_article
from spatial_pretrain.data_engine.tasks.multi_view_caption import MultiViewCaption
from spatial_pretrain.data_engine.tasks.video_caption import VideoSceneCaption
from tests.spatial_pretrain.data_engine import clip_oracles
from tests.spatial_pretrain.data_engine.gathered import AMOUNTS, SETTING, share
from tests.spatial_pretrain.data_engine.pair_oracles import thing, turn
from tests.spatial_pretrain.data_engine.wordings import says, sentences

LEAST = SETTING.thresholds.visibility.min_pixels
FITS = {
    "left": lambda side, here, there: here >= LEAST and side < -0.1,
    "right": lambda side, here, there: here >= LEAST and side > 0.1,
    "others": lambda side, here, there: here >= LEAST and abs(side) < 0.15,
    "still": lambda side, here, there: here >= LEAST and there >= LEAST,
    "new": lambda side, here, there: here == 0 and there >= LEAST,
    "gone": lambda side, here, there: here >= LEAST and there == 0,
}
"""By its mask's place (share of the width to the right of the middle) and size in the first picture, its size in the
second: whether an object is in a part of a pair's caption."""


def side(scene, frame, instance):
    """Where the middle of a mask is, as a share of the width to the right of the picture's middle."""
    columns = np.nonzero(scene.frames[frame].instances == instance)[1]
    return (columns.mean() + 0.5) / scene.frames[frame].size_px[0] - 0.5 if len(columns) else None


@pytest.mark.parametrize("amount", AMOUNTS)
def test_captions_of_pairs_tell_what_the_pictures_show(amount):
    parts = set()
    for scene, sample in share(MultiViewCaption(), "change", amount):
        truth, said = sample.truth, sentences(sample.turns[0].answer)
        for part, numbers in truth["instances"].items():
            listed = joined([with_article(thing(scene, number).label) for number in numbers])
            assert any(says(sample.task, part, sentence, things=listed) for sentence in said)
            for number in numbers:
                here, there = (int((scene.frames[frame].instances == number).sum()) for frame in truth["frames"])
                assert FITS[part](side(scene, truth["frames"][0], number), here, there)
        if truth["pan"] is None:
            assert any(says(sample.task, "second", sentence) for sentence in said)
        else:
            assert truth["pan"] == turn(scene, truth, "pan")
            assert any(says(sample.task, "turned", sentence, pan=truth["pan"]) for sentence in said)
        assert len(said) == len(truth["instances"]) + 1
        parts |= set(truth["instances"])
    assert parts == set(FITS)


@pytest.mark.parametrize("amount", AMOUNTS)
def test_captions_of_clips_tell_what_they_show(amount):
    for scene, sample in share(VideoSceneCaption(), "walk", amount):
        truth, (opening, then, *rest) = sample.truth["questions"][0], sentences(sample.turns[0].answer)
        counts = truth["counts"]
        for least in (1, LEAST):
            assert clip_oracles.order(scene, truth["order"], least) == truth["order"]
            assert {label: clip_oracles.shown(scene, label, least) for label in counts} == counts
        first, *later = (plural(label) if label in counts else with_article(label) for label in truth["order"])
        assert says(sample.task, "opening", opening, thing=first)
        assert says(sample.task, "order", then, things=joined(later))
        if counts:
            numbers = joined([f"{count} {plural(label)}" for label, count in counts.items()])
            assert says(sample.task, "counts", rest.pop(0), things=numbers)
        for sentence, span in zip(rest, truth["distances"], strict=True):
            one, other = (thing(scene, number).label for number in span["instances"])
            (length,) = re.findall(r"\d+\.\d\d", sentence)
            assert says(sample.task, "distance", sentence, first=one, second=other, distance=length)
            wanted, slack = clip_oracles.between(scene, span)
            assert wanted - slack - clip_oracles.ROUNDING_M <= float(length) <= wanted + clip_oracles.ROUNDING_M
