import numpy as np
import pytest

from policies.demos.growing_array import GrowingArray
from vst_robot.errors import DataError


@pytest.mark.parametrize(("dtype", "shape"), [(np.uint8, (4, 5, 3)), (np.float64, (7,)), (np.int64, ())])
def test_equals_what_numpy_saves(tmp_path, dtype, shape):
    rows = np.arange(12345 * int(np.prod(shape)), dtype=np.int64).astype(dtype).reshape(12345, *shape)
    with GrowingArray(tmp_path / "x.npy", shape, rows.dtype) as array:
        for part in np.array_split(rows, 7):
            array.append(part)
    read = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, rows)
    np.save(tmp_path / "y.npy", rows)
    assert (tmp_path / "x.npy").read_bytes() == (tmp_path / "y.npy").read_bytes()


def test_rows_that_are_no_views_of_whole_memory(tmp_path):
    rows = np.arange(60).reshape(10, 6)[::2, ::-1]
    with GrowingArray(tmp_path / "x.npy", (6,), rows.dtype) as array:
        array.append(rows)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), rows)


def test_other_shapes_are_refused(tmp_path):
    with GrowingArray(tmp_path / "x.npy", (2,), np.dtype(float)) as array:
        array.append(np.zeros((3, 2)))
        with pytest.raises(DataError, match=r"x\.npy: got float64 \(3,\) after float64 \(2,\)"):
            array.append(np.zeros((3, 3)))
        with pytest.raises(DataError, match="got float32"):
            array.append(np.zeros((3, 2), np.float32))
