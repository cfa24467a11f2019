"""The one place where pictures are mirrored and resized."""

import numpy as np
import pytest

from policies.config import PicturesConfig
from policies.pictures import augment, prepare, resize


def letter_f(size=64):
    picture = np.zeros((size, size, 3), np.uint8)
    picture[8:56, 16:24] = 255
    picture[8:16, 16:48] = 255
    picture[28:36, 16:40] = 255
    return picture


def test_same_orientation_is_left_alone():
    assert (prepare(letter_f(), "true", PicturesConfig(size_px=64, orientation="true")) == letter_f()).all()


def test_mirroring_exchanges_left_and_right_and_nothing_else():
    seen = prepare(letter_f(), "true", PicturesConfig(size_px=64, orientation="mirrored"))
    assert (seen == letter_f()[:, ::-1]).all()
    assert not (seen == letter_f()[::-1]).all()


def test_mirrored_data_reach_a_mirrored_policy_unchanged():
    assert (prepare(letter_f(), "mirrored", PicturesConfig(size_px=64, orientation="mirrored")) == letter_f()).all()


def test_whole_number_reduction_is_the_box_mean():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    mean = picture.reshape(4, 2, 4, 2, 3).mean(axis=(1, 3))
    assert np.abs(resize(picture, 4).astype(float) - mean).max() <= 0.5


@pytest.mark.parametrize("offset", range(20))
def test_shift_moves_by_at_most_the_limit(offset):
    config = PicturesConfig(size_px=64, shift_px=3)
    moved = augment(letter_f(), config, np.random.default_rng(offset))
    shifts = [(dy, dx) for dy in range(-3, 4) for dx in range(-3, 4)]
    assert any((np.roll(letter_f(), shift, axis=(0, 1)) == moved).all() for shift in shifts)
