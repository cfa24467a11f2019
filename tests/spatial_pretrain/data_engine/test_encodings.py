import numpy as np
from PIL import Image

from spatial_pretrain.data_engine import media
from spatial_pretrain.data_engine.encodings import Encodings
from spatial_pretrain.data_engine.samples import SpatialSample, Turn


def sample(pictures, **changes):
    turn = Turn(question="What?", answer="That.")
    given = {"task": "t", "form": "f", "turns": (turn,), "truth": {}, "scene": "toy/0", "source": "toy"}
    return SpatialSample(**given | {"pictures": tuple(pictures)} | changes)


def pictures(number=3):
    return [np.random.default_rng(seed).integers(0, 256, (32, 40, 3), dtype=np.uint8) for seed in range(number)]


def test_a_clip_is_encoded_once_for_each_rate(monkeypatch):
    made = []
    monkeypatch.setattr(media, "encode_clip", lambda frames, rate_hz: made.append(rate_hz) or str(rate_hz).encode())
    encodings = Encodings()
    for rate_hz in (2.0, 2.0, 4.0):
        files = encodings.files(sample(pictures(), type="video", frame_rate_hz=rate_hz))
        assert files == [str(rate_hz).encode()]
    assert made == [2.0, 4.0] and len(encodings) == 2


def test_pictures_are_told_apart_by_what_is_in_them():
    first, second, _ = pictures()
    encodings = Encodings()
    files = encodings.files(sample([first, first.copy(), second, first[:, ::-1]]))
    assert files[0] == files[1] and len(set(files)) == len(encodings) == 3


def test_a_picture_that_is_gone_is_not_taken_for_one_in_its_place():
    encodings = Encodings()
    files = set()
    for shade in range(50):  # freed memory is given out again
        files.update(encodings.files(sample([np.full((32, 32, 3), shade, dtype=np.uint8)])))
    assert len(files) == len(encodings) == 50


def test_png_is_lossless_says_nothing_odd_and_is_the_same_again(tmp_path):
    for size in ((32, 40), (57, 31), (256, 256)):
        picture = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
        data = media.encode_picture(picture)
        assert data == media.encode_picture(picture.copy())
        (tmp_path / "a.png").write_bytes(data)
        with Image.open(tmp_path / "a.png") as image:
            assert image.format == "PNG" and image.mode == "RGB" and image.info.get("aspect", (1, 1)) == (1, 1)
            np.testing.assert_array_equal(np.asarray(image), picture)
