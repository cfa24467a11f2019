import numpy as np
import pytest

from spatial_pretrain.data_engine import marks

GREY = np.full((96, 128, 3), 128, dtype=np.uint8)


def changed(picture):
    rows, columns = np.nonzero((picture != GREY).any(axis=2))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_a_point_is_centred_on_its_pixel_and_the_picture_is_copied():
    drawn = marks.draw_points(GREY, [(40.5, 30.5)], ["blue"])
    assert (GREY == 128).all()
    assert tuple(drawn[30, 40]) == marks.COLOURS["blue"]
    left, upper, right, lower = changed(drawn)
    assert (left + right, upper + lower) == (81, 61)


def test_a_circle_leaves_its_middle_to_be_seen():
    drawn = marks.draw_circles(GREY, [(40.5, 30.5)], ["gold"], ["A"])
    assert (drawn[30, 40] == 128).all() and (drawn == marks.COLOURS["gold"]).all(axis=2).any()


def test_boxes_are_drawn_inside_their_edges():
    drawn = marks.draw_boxes(GREY, [(10, 20, 50, 60)], ["red"])
    assert changed(drawn) == (10, 20, 50, 60)
    assert (drawn[30, 30] == 128).all()


@pytest.mark.parametrize("point", [(2.5, 2.5), (125.5, 93.5), (125.5, 2.5), (64.5, 48.5)])
def test_letters_stay_in_the_picture(point):
    without, with_letter = (marks.draw_points(GREY, [point], ["red"], texts) for texts in ((), ("B",)))
    letter = (without != with_letter).any(axis=2)
    rows, columns = np.nonzero(letter)
    # The whole letter is there: as large as in the middle of the picture.
    assert rows.max() - rows.min() >= 7 and columns.max() - columns.min() >= 5


@pytest.mark.parametrize("side", [128, 960])
def test_letters_differ(side):
    plain = np.full((side, side, 3), 90, dtype=np.uint8)
    drawn = {letter: marks.draw_points(plain, [(side / 2, side / 2)], ["red"], [letter]) for letter in "ABCD"}
    for first in "ABCD":
        for second in "ABCD":
            if first < second:
                assert (drawn[first] != drawn[second]).any(axis=2).sum() >= 12


def test_marks_that_would_cover_each_other_are_told():
    assert marks.points_apart([(10, 10), (60, 10)], (128, 96))
    assert not marks.points_apart([(10, 10), (18, 10)], (128, 96))
    assert marks.boxes_apart([(0, 0, 40, 40), (20, 20, 60, 60)])
    assert not marks.boxes_apart([(0, 0, 40, 40), (2, 2, 41, 42)])


def test_colours_differ_and_are_drawn():
    drawn = [marks.object_colours(4, np.random.default_rng(seed)) for seed in range(50)]
    assert all(len(set(colours)) == 4 for colours in drawn)
    assert {colour for colours in drawn for colour in colours} == set(marks.OBJECT_COLOURS)
    rgb = np.array([marks.COLOURS[name] for name in marks.OBJECT_COLOURS], dtype=float)
    apart = np.linalg.norm(rgb[:, None] - rgb[None], axis=-1) + np.eye(len(rgb)) * 1e3
    assert apart.min() > 60
