import pickle
import zipfile

import numpy as np
import pytest

from envs.init_states import load_init_states, read_init_states
from envs.suites import SUITES
from vst_robot.errors import DataError


def _archive(path, obj, protocol=2):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(obj, protocol=protocol))
    return path


@pytest.mark.parametrize("suite, width", [("libero_spatial", 92), ("libero_object", 110), ("libero_goal", 79)])
def test_published_states(suite, width):
    for task in SUITES[suite].tasks():
        states = load_init_states(task)
        assert states.shape == (50, width) and np.isfinite(states).all()


def test_states_cannot_be_changed_by_accident():
    states = load_init_states(SUITES["libero_spatial"].task(0))
    with pytest.raises(ValueError):
        states[0, 0] = 1.0


def test_array_survives(tmp_path):
    array = np.random.default_rng(0).normal(size=(3, 5))
    assert np.array_equal(read_init_states(_archive(tmp_path / "a", array)), array)


class _Evil:
    def __reduce__(self):
        return print, ("owned",)


@pytest.mark.parametrize("protocol", [2, 4])
def test_foreign_names_are_refused_before_they_run(tmp_path, protocol, capsys):
    with pytest.raises(DataError, match=r"refused to load '.*print'"):
        read_init_states(_archive(tmp_path / f"evil{protocol}", _Evil(), protocol))
    assert capsys.readouterr().out == ""


def test_object_arrays_are_refused(tmp_path):
    with pytest.raises(DataError, match="not a float64 array"):
        read_init_states(_archive(tmp_path / "objects", np.array([[None]], dtype=object)))


def test_damage_is_reported(tmp_path):
    (tmp_path / "half").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(DataError, match="half"):
        read_init_states(tmp_path / "half")
    with pytest.raises(DataError, match="gone"):
        read_init_states(tmp_path / "gone")
