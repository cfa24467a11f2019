"""Finding what is wrong with rows."""

import dataclasses

import pytest

from spatial_pretrain.data_engine import rows, shards
from spatial_pretrain.data_engine.samples import Turn
from spatial_pretrain.data_engine.validate import row_problems, validate
from tests.spatial_pretrain.data_engine.test_rows import official, picture, sample
from vst_robot import atomic


def choice(**truth):
    given = {"options": ["left", "right"], "letter": "B", "answer": "right"} | truth
    turn = Turn(question="Which? Options: A. left, B. right", answer="B. right")
    return rows.from_sample(sample(turns=(turn,), truth=given), id="a")


def test_sound_rows():
    assert row_problems(choice()) == [] == row_problems(rows.from_record(official()))
    small = rows.from_sample(sample(pictures=(picture(size=(14, 28)),)), id="a")
    assert row_problems(small) == []


@pytest.mark.parametrize(
    ("truth", "words"),
    [
        ({"options": ["right", "right"]}, "the answer 'right' is 2 times among the options"),
        ({"options": ["left", "up"]}, "the answer 'right' is 0 times among the options"),
        ({"options": ["right", "left"]}, "the answer's letter is not that of 'right'"),
    ],
)
def test_answers_that_are_not_the_truth(truth, words):
    assert words in row_problems(choice(**truth))


def test_sizes_that_are_not_the_pictures():
    row = rows.from_record(official(meta_info='[{"width": 61, "height": 40}]'))
    assert row_problems(row) == ["meta_info tells 61×40 px, the picture has 60×40"]
    assert row_problems(rows.from_record(official(meta_info='[{"width": -1, "height": -1}]'))) == []


def test_a_clip_that_lost_pictures():
    frames = tuple(picture(k, (32, 32)) for k in range(4))
    row = rows.from_sample(sample(pictures=frames, type="video", frame_rate_hz=2.0), id="a")
    assert row_problems(row) == []
    assert row_problems(dataclasses.replace(row, ours={"frames": 5})) == ["the clip has 4 pictures, not 5"]


def test_a_damaged_file_does_not_hide_the_others(tmp_path):
    atomic.write_bytes(tmp_path / "b.parquet", shards.encode([choice(), choice()]))
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    told = []
    report = validate(tmp_path, on_row=told.append)
    assert report.rows == 2 and told == [1, 2] and len(report.problems) == 2
    assert "a.parquet is damaged" in report.problems[0] and "the id is there twice" in report.problems[1]
