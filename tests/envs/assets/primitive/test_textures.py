import imageio.v3 as iio
import numpy as np
import pytest

from envs.assets.primitive import textures


@pytest.mark.parametrize("size", [(3, 5), (200, 150)])
def test_png_is_read_back(size):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    np.testing.assert_array_equal(iio.imread(textures.png(picture)), picture)


@pytest.mark.parametrize(
    "shade",
    [
        textures.grain(64, planks=4, seed=0),
        textures.tiles(64, count=2, grout_px=1, seed=0),
        textures.plaster(64, seed=0),
    ],
)
def test_patterns_stay_near_full_brightness_and_vary(shade):
    assert shade.shape == (64, 64)
    assert 0.7 < shade.min() < shade.max() < 1.3
    assert shade.std() > 0.005
    assert textures.tinted(shade, (1, 0.5, 0)).dtype == np.uint8
