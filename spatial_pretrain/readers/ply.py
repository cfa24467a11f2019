"""Vertices of a PLY mesh, ASCII or binary, without its faces."""

from pathlib import Path

import numpy as np
from jaxtyping import Float

from spatial_pretrain.readers.files import damaged

_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": ""}
_MAX_HEADER_BYTES = 65536


def read_vertices(path: Path) -> Float[np.ndarray, "n 3"]:
    """The vertices' x, y, z in the file's order, float64.

    Raises:
        DataError: The file is missing, cut short, or its first element is not `vertex`.
    """
    try:
        with path.open("rb") as file:
            order, count, fields, body = _header(file.read(_MAX_HEADER_BYTES))
            file.seek(body)
            if order == "":
                lines = [file.readline() for _ in range(count)]
                table = np.array([line.split() for line in lines], dtype=np.float64).reshape(count, len(fields))
                return np.stack([table[:, [name for name, _ in fields].index(axis)] for axis in "xyz"], axis=1)
            layout = np.dtype([(name, order + kind) for name, kind in fields])
            table = np.frombuffer(file.read(count * layout.itemsize), dtype=layout, count=count)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise damaged(path, error) from error
    return np.stack([table[axis].astype(np.float64) for axis in "xyz"], axis=1)


def _header(start: bytes) -> tuple[str, int, list[tuple[str, str]], int]:
    """Byte order, number of vertices, their fields, and where they begin."""
    end = start.index(b"end_header")
    lines = start[:end].decode("ascii", "replace").split("\n")
    if lines[0].strip() != "ply":
        raise ValueError("no PLY file")
    order = next(_ORDERS[line.split()[1]] for line in lines if line.startswith("format"))
    elements = [index for index, line in enumerate(lines) if line.startswith("element")]
    _, name, count = lines[elements[0]].split()
    if name != "vertex":
        raise ValueError(f"its first element is '{name}', not 'vertex'")
    stop = elements[1] if len(elements) > 1 else len(lines)
    properties = [line.split() for line in lines[elements[0] : stop] if line.startswith("property")]
    return order, int(count), [(name, _TYPES[kind]) for _, kind, name in properties], start.index(b"\n", end) + 1
