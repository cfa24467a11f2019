import pickle

import numpy as np
import pytest

from envs.images import LazyImages
from vst_robot.errors import InputError


@pytest.fixture
def rendered():
    return []


@pytest.fixture
def images(rendered):
    def render(camera):
        rendered.append(camera)
        return np.full((2, 2, 3), len(rendered), dtype=np.uint8)

    return LazyImages(("front", "wrist"), render)


def test_nothing_is_rendered_unless_asked_and_then_once(images, rendered):
    assert list(images) == ["front", "wrist"] and len(images) == 2 and rendered == []
    assert images["wrist"] is images["wrist"]
    assert rendered == ["wrist"]


def test_a_picture_of_the_past_is_refused(images):
    seen = images["front"]
    images.expire()
    assert images["front"] is seen
    with pytest.raises(InputError, match="look before stepping"):
        images["wrist"]


def test_unknown_camera_is_a_missing_key(images):
    assert "side" not in images
    with pytest.raises(KeyError):
        images["side"]


def test_pickling_keeps_what_was_seen(images):
    seen = images["front"]
    copy = pickle.loads(pickle.dumps(images))
    assert set(copy) == {"front"} and np.array_equal(copy["front"], seen)
