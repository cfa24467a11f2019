"""Rows of the released layout: ours are sound, other people's are read with all their quirks."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from spatial_pretrain.data_engine import rows
from spatial_pretrain.data_engine.encodings import Encodings
from spatial_pretrain.data_engine.media import decode_clip, decode_picture, encode_clip, encode_picture
from spatial_pretrain.data_engine.samples import Margin, SpatialSample, Turn
from vst_robot.errors import DataError


def picture(seed=0, size=(40, 60)):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def sample(**changes):
    given = {
        "task": "si_distance",
        "form": "bare",
        "turns": (Turn(question="Which?", answer="A. cup"), Turn(question="How far?", answer="0.3 m")),
        "pictures": (picture(),),
        "truth": {"distance_m": np.float32(0.25), "points_px": np.array([[1.5, 2.0]]), "sure": np.bool_(True)},
        "scene": "toy/0",
        "source": "toy",
        "margin": Margin(metres=0.1),
    }
    return SpatialSample(**given | changes)


def official(**changes):
    file = io.BytesIO()
    Image.fromarray(picture()).save(file, format="JPEG")
    record = {
        "conversations": [
            {"from": "human", "value": "<|image_pad|>Where is the cup?"},
            {"from": "gpt", "value": "On the table."},
        ],
        "id": "7",
        "data_source": "scannetpp",
        "images": [{"bytes": file.getvalue(), "path": "a.jpg"}],
        "type": "mm_qa",
        "meta_info": '[{"width": 60, "height": 40, "resized_width": -1, "resized_height": -1}]',
    }
    return record | changes


def test_our_row_has_the_released_columns_and_comes_back():
    row = rows.from_sample(sample(), id="a")
    record = row.record()
    assert list(record) == ["conversations", "id", "data_source", "images", "type", "meta_info"]
    assert record["conversations"][0] == {"from": "human", "value": "<|image_pad|>Which?"}
    assert record["conversations"][3] == {"from": "gpt", "value": "0.3 m"}
    (meta,) = json.loads(record["meta_info"])
    assert {key: meta[key] for key in ("width", "height", "resized_width", "resized_height")} == {
        "width": 60,
        "height": 40,
        "resized_width": -1,
        "resized_height": -1,
    }
    assert meta["vst_robot"]["truth"] == {"distance_m": 0.25, "points_px": [[1.5, 2.0]], "sure": True}
    assert meta["vst_robot"]["margin"] == {"metres": 0.1, "degrees": None, "seconds": None, "pixels": None}
    again = rows.from_record(record)
    assert again.record() == record and again.task == "si_distance" and not rows.problems(again)
    np.testing.assert_array_equal(again.pictures()[0], picture())


def test_several_pictures_have_a_pad_and_an_entry_each():
    row = rows.from_sample(sample(pictures=(picture(), picture(1, (30, 50)))), id="a")
    assert row.messages[0].text.startswith("<|image_pad|><|image_pad|>Which?")
    meta = json.loads(row.record()["meta_info"])
    assert [(m["width"], m["height"]) for m in meta] == [(60, 40), (50, 30)] and "vst_robot" not in meta[1]


def test_the_same_picture_is_encoded_once():
    encodings = Encodings()
    rows.from_sample(sample(pictures=(picture(), picture(1))), id="a", encodings=encodings)
    rows.from_sample(sample(pictures=(picture(1), picture(2))), id="b", encodings=encodings)
    assert len(encodings) == 3
    flat = picture().reshape(60, 40, 3)
    assert encodings.digest(flat) != encodings.digest(picture())


def test_a_clip_is_one_medium_with_a_video_pad():
    frames = tuple(np.full((33, 48, 3), 40 * k, np.uint8) for k in range(5))
    row = rows.from_sample(sample(pictures=frames, type="video", frame_rate_hz=2.0), id="a")
    assert row.messages[0].text == "<|video_pad|>Which?" and len(row.media) == 1 and row.media[0].path == "a_0.mp4"
    assert not rows.problems(row) and row.ours["frames"] == 5
    pictures, rate = decode_clip(row.media[0].data, "x")
    assert rate == 2.0 and len(pictures) == 5 and pictures[0].shape == (34, 48, 3)
    assert all(abs(int(p.mean()) - 40 * k) <= 3 for k, p in enumerate(pictures))
    assert encode_clip(frames, 2.0) == row.media[0].data


def test_a_thought_stands_in_the_answer():
    row = rows.from_sample(sample(type="thought", thought="Look."), id="a")
    assert [m.text for m in row.messages][1::2] == ["A. cup", "<think>Look.</think> 0.3 m"]


def test_a_row_of_text_has_no_pictures():
    row = rows.from_sample(sample(type="text", pictures=()), id="a")
    assert not rows.problems(row) and rows.from_record(row.record()).ours["task"] == "si_distance"


@pytest.mark.parametrize(("value", "error"), [(float("nan"), ValueError), (object(), TypeError)])
def test_a_truth_that_json_cannot_hold(value, error):
    with pytest.raises(error, match="the truth of a sample holds"):
        rows.from_sample(sample(truth={"x": [value]}), id="a")


def test_small_pictures_are_enlarged_and_narrow_ones_refused():
    assert decode_picture(encode_picture(picture(size=(14, 28))), "x").shape == (56, 112, 3)
    with pytest.raises(DataError, match="too narrow"):
        encode_picture(picture(size=(2, 300)))


def test_an_official_row():
    row = rows.from_record(official())
    assert not rows.problems(row) and row.pictures()[0].shape == (40, 60, 3)
    assert row.sizes[0]["width"] == 60 and row.ours == {} and row.task == "mm_qa"


def test_the_misspelt_key():
    (image,) = official()["images"]
    row = rows.from_record(official(images=[{"byres": image["bytes"], "path": "a.jpg"}]))
    assert row.pictures()[0].shape == (40, 60, 3)


def test_an_official_video_row():
    clip = encode_clip([picture(k, (32, 32)) for k in range(4)], 4.0)
    turns = [{"from": "human", "value": "<|video_pad|>How many chairs?"}, {"from": "gpt", "value": "8"}]
    row = rows.from_record(official(type="video", conversations=turns, images=[{"bytes": clip, "path": "a.mp4"}]))
    assert not rows.problems(row) and len(row.pictures()) == 4 and row.is_video


@pytest.mark.parametrize(
    ("text", "pads"),
    [
        ("<image>\nWhat?", 1),  # LLaVA's
        ("What?", 1),  # none
        ("<|image_pad|><|image_pad|>What?", 1),  # too many
        ("<|video_pad|>What?", 1),  # the wrong kind
        ("<|image_pad|>\nWhat?", 2),  # too few
    ],
)
def test_placeholders_that_do_not_fit_are_put_right(text, pads):
    turns = [{"from": "human", "value": text}, {"from": "gpt", "value": "That."}]
    row = rows.from_record(official(conversations=turns, images=official()["images"] * pads, meta_info=None))
    assert row.messages[0].text == "<|image_pad|>" * pads + "What?" and not rows.problems(row)


def test_pads_in_the_middle_stay_where_they_fit():
    text = "First <|image_pad|>, then <|image_pad|>."
    turns = [{"from": "human", "value": text}, {"from": "gpt", "value": "Yes."}]
    row = rows.from_record(official(conversations=turns, images=official()["images"] * 2))
    assert row.messages[0].text == text


def test_pictures_by_path(tmp_path):
    Image.fromarray(picture()).save(tmp_path / "a.png")
    row = rows.from_record(official(images=["a.png"]))
    np.testing.assert_array_equal(row.pictures(tmp_path)[0], picture())
    with pytest.raises(DataError, match=r"row 7: cannot read .*a.png"):
        row.pictures(tmp_path / "b")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conversations": None}, "no conversation"),
        ({"conversations": [{"from": "robot", "value": "x"}]}, "a turn must be"),
        ({"images": [{"bytes": None, "path": None}]}, "neither bytes nor path"),
        ({"meta_info": "{"}, "meta_info is not JSON"),
        ({"meta_info": "3"}, "must be a JSON list"),
    ],
)
def test_a_malformed_row_is_named(changes, words):
    with pytest.raises(DataError, match=rf"row 7.*{words}"):
        rows.from_record(official(**changes))


def test_problems_of_rows():
    turns = [{"from": "human", "value": "<|image_pad|>a"}, {"from": "gpt", "value": " "}, {"from": "gpt", "value": "b"}]
    found = rows.problems(rows.from_record(official(conversations=turns, meta_info="[{}, {}]")))
    assert found == [
        "human and gpt do not take turns, human first",
        "somebody says nothing",
        "meta_info has 2 entries for 1 media",
    ]


def test_a_damaged_picture_is_named():
    row = rows.from_record(official(images=[{"bytes": b"no picture", "path": ""}]))
    with pytest.raises(DataError, match="row 7: not a readable picture"):
        row.pictures()
    row = rows.from_record(official(type="video", images=[{"bytes": b"no clip", "path": ""}]))
    with pytest.raises(DataError, match="row 7: not a readable video"):
        row.pictures()
