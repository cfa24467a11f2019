import pickle
from collections import OrderedDict

import numpy as np
import pytest

from spatial_pretrain.readers.restricted_pickle import read_pickle
from vst_robot.errors import DataError


@pytest.mark.parametrize("protocol", range(2, 6))
def test_plain_data_comes_back(tmp_path, protocol):
    data = {
        "array": np.arange(6.0).reshape(2, 3),
        "text": np.array(["a", "bc"]),
        "scalar": np.float32(0.5),
        "list": [1, None, True, 2.5, b"x", {1, 2}, (3, "ä")],
        "ordered": OrderedDict(a=1),
    }
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(data, protocol=protocol))
    read = read_pickle(tmp_path / "x.pkl")
    assert np.array_equal(read["array"], data["array"])
    assert read["text"].tolist() == ["a", "bc"]
    assert read["scalar"] == 0.5
    assert read["list"] == data["list"]
    assert read["ordered"] == {"a": 1}


class Calls:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("name", ["eval", "exec", "getattr", "__import__", "open"])
def test_builtins_that_act_are_refused(tmp_path, name):
    (tmp_path / "x.pkl").write_bytes(b"cbuiltins\n" + name.encode() + b"\n(S'1'\ntR.")
    with pytest.raises(DataError, match=rf"builtins\.{name}"):
        read_pickle(tmp_path / "x.pkl")


def test_other_modules_are_refused(tmp_path):
    import os

    (tmp_path / "x.pkl").write_bytes(pickle.dumps(Calls(os.system, "touch never")))
    with pytest.raises(DataError, match="system"):
        read_pickle(tmp_path / "x.pkl")


def test_an_array_that_promises_too_much(tmp_path):
    stream = pickle.dumps(np.zeros(4), protocol=2).replace(b"K\x04\x85", b"J\xff\xff\xff\x7f\x85")
    (tmp_path / "x.pkl").write_bytes(stream)
    with pytest.raises(DataError, match=r"x\.pkl"):
        read_pickle(tmp_path / "x.pkl")
