"""Layouts drawn from above."""

import numpy as np
import pytest

from spatial_pretrain.data_engine import bev
from tests.spatial_pretrain.data_engine.layouts import TURNED_RIGHT, camera, layout, thing

ROOM = layout(
    thing(1, "sofa", (-2.0, 0.5, 3.0), size_m=(1.0, 0.8, 2.0)),
    thing(2, "lamp", (2.0, 0.2, 1.0), size_m=(0.4, 1.5, 0.4)),
)


def grey(picture):
    """The picture in blocks of 16 px: `.` paper, `o` something in the sofa's colour, `x` in the lamp's."""
    colours = {"o": bev.colour_of(0), "x": bev.colour_of(1)}
    rows = []
    for top in range(0, picture.shape[0] - 15, 16):
        row = ""
        for left in range(0, picture.shape[1] - 15, 16):
            block = picture[top : top + 16, left : left + 16].reshape(-1, 3)
            full = [name for name, colour in colours.items() if (block == colour).all(axis=1).mean() > 0.5]
            row += full[0] if full else "."
        rows.append(row)
    return "\n".join(rows)


def test_the_same_picture_every_time():
    assert (bev.draw(ROOM) == bev.draw(ROOM)).all()
    assert grey(bev.draw(ROOM)) == GOLDEN, grey(bev.draw(ROOM))


def test_things_are_where_the_plan_says():
    sheet, picture = bev.sheet_of(ROOM), bev.draw(ROOM)
    for number, each in enumerate(ROOM.objects):
        x, z = each.centre_m[0], each.centre_m[2]
        corners = sheet.pixels(np.array([[x - 0.13, z + 0.13], [x + 0.13, z - 0.13]])).astype(int)
        for column, row in corners:
            assert tuple(picture[row, column]) == bev.colour_of(number) or each.name == "lamp"
    first = sheet.pixels(np.zeros((1, 2)))[0]
    assert first[0] == sheet.size_px[0] / 2 and first[1] > 0.8 * sheet.size_px[1]
    assert (sheet.pixels(np.array([[0.0, 1.0]]))[0] == first - [0, sheet.px_per_m]).all()


def test_wedges_are_as_wide_as_the_lens_and_point_where_the_camera_looks():
    eye, left, right = bev.wedge(camera((1.0, 0.0, 2.0), TURNED_RIGHT), 1.0)
    assert np.allclose(eye, (1, 2)) and np.allclose((left + right) / 2 - eye, (np.cos(np.radians(53.13 / 2)), 0))
    assert left[1] > right[1]  # the left edge of its picture is further up the page


def test_the_scale_follows_the_layout():
    small = layout(thing(1, "bowl", (0.2, 0.1, 0.6), size_m=(0.1, 0.1, 0.1)), cameras=(camera(),))
    assert bev.sheet_of(small).grid_m == 0.1 and bev.sheet_of(ROOM).grid_m == 1.0
    far = layout(thing(1, "tower", (300.0, 0.0, 500.0)))
    assert bev.sheet_of(far).px_per_m == bev.SCALES_PX_PER_M[-1]
    behind = layout(thing(1, "door", (0.0, 0.0, -3.0)), cameras=(camera(),))
    sheet = bev.sheet_of(behind)
    assert (sheet.pixels(np.array([[0.0, -3.2]])) < sheet.size_px).all()


def test_a_thing_without_extent():
    flat = layout(thing(1, "mark", (0.0, 0.0, 1.0), size_m=(0.0, 0.0, 0.0)))
    assert bev.draw(flat).shape[2] == 3


@pytest.mark.parametrize("number", range(12))
def test_neighbours_differ_in_colour(number):
    one, other = (np.array(bev.colour_of(each)) for each in (number, number + 1))
    assert np.abs(one - other).max() > 40


GOLDEN = """\
"""
