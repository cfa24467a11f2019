import pickle

import numpy as np
import pytest
from PIL import Image

from spatial_pretrain.readers.monocular import MetricDepthModel, PlainImages
from tests.spatial_pretrain.readers import worlds
from vst_robot.errors import DataError, UnavailableError


def true_depth(picture):
    """Stands for the network: the room's depth in another size."""
    assert picture.dtype == np.uint8
    return worlds.shown()[0][::2, ::2]


def no_depth(picture):
    return np.full(picture.shape[:2], np.nan)


def write(folder):
    (folder / "below").mkdir()
    Image.fromarray(worlds.shown()[2]).save(folder / "below" / "b.JPG")
    Image.fromarray(worlds.shown()[2]).save(folder / "a.png")
    (folder / "notes.txt").write_text("not a picture")
    return folder


def test_pictures_with_guessed_depth(tmp_path):
    source = PlainImages(write(tmp_path), estimator=true_depth)
    assert source.count("single") == 2
    scene = source.scene("single", 0)
    assert scene.name == "images/a.png"
    assert scene.objects == ()
    assert np.array_equal(scene.frames[0].rgb, worlds.shown()[2])
    assert np.abs(scene.frames[0].depth_m - worlds.shown()[0]).mean() < 0.05
    assert scene.provenance["depth"].startswith("guessed")
    assert scene.frames[0].K[0, 2] == 60


def test_larger_pictures_are_made_smaller(tmp_path):
    frame = PlainImages(write(tmp_path), estimator=true_depth, max_side_px=40).scene("single", 1).frames[0]
    assert frame.size_px == (40, 30)
    assert frame.depth_m.shape == (30, 40)


def test_the_source_crosses_into_workers(tmp_path):
    source = PlainImages(write(tmp_path), estimator=true_depth)
    again = pickle.loads(pickle.dumps(source))
    assert np.array_equal(again.scene("single", 0).frames[0].depth_m, source.scene("single", 0).frames[0].depth_m)
    assert again.fingerprint() == source.fingerprint()
    assert pickle.loads(pickle.dumps(MetricDepthModel("folder"))).model == "folder"


def test_what_cannot_be_used(tmp_path):
    with pytest.raises(DataError, match="no usable depth"):
        PlainImages(write(tmp_path), estimator=no_depth).scene("single", 0)
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    with pytest.raises(DataError, match=r"a\.png"):
        PlainImages(tmp_path, estimator=true_depth).scene("single", 0)
    with pytest.raises(UnavailableError, match="no picture"):
        (tmp_path / "empty").mkdir()
        PlainImages(tmp_path / "empty", estimator=true_depth).count("single")
