"""An `.npy` file that grows along its first axis while its length is not yet known."""

from pathlib import Path

import numpy as np

from vst_robot.errors import DataError


class GrowingArray:
    """Appends rows to a file that `np.load` (memory-mapped too) reads once it is closed. A context manager.

    NumPy leaves room in the header for the first axis to grow, so the length can be filled in at the end.

    Args:
        path: The file to make.
        row_shape: Shape of one row.
        dtype: Its type.
    """

    def __init__(self, path: Path, row_shape: tuple[int, ...], dtype: np.dtype) -> None:
        self._path, self._row_shape, self._dtype = path, tuple(row_shape), np.dtype(dtype)
        self._length = 0
        self._file = path.open("wb")
        self._write_header()
        self._header_bytes = self._file.tell()

    def __enter__(self) -> "GrowingArray":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, rows: np.ndarray) -> None:
        """Adds rows of shape (n, *row_shape).

        Raises:
            DataError: They have another shape or type than the first ones.
        """
        if rows.shape[1:] != self._row_shape or rows.dtype != self._dtype:
            raise DataError(
                f"{self._path.name}: got {rows.dtype} {rows.shape[1:]} after {self._dtype} "
                f"{self._row_shape}; all demonstrations of a set need the same sizes"
            )
        self._file.write(np.ascontiguousarray(rows).data)
        self._length += len(rows)

    def close(self) -> None:
        """Fills in the length."""
        if self._file.closed:
            return
        with self._file:
            self._file.seek(0)
            self._write_header()
            assert self._file.tell() == self._header_bytes

    def _write_header(self) -> None:
        header = {
            "descr": np.lib.format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (self._length, *self._row_shape),
        }
        np.lib.format.write_array_header_1_0(self._file, header)
