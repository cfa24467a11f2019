"""Pickles from third parties, read without running them: numbers, texts, containers and numpy arrays, nothing else.

A pickle may name any function of any module to be called while it loads. Only the names that rebuild numpy arrays and
numbers are looked up here; every other one ends the reading before anything runs.
"""

import codecs
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from spatial_pretrain.readers.files import damaged
from vst_robot.errors import DataError

_ARRAY_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")  # numpy 2 renamed the first to the second
_HARMLESS_BUILTINS = {"set": set, "frozenset": frozenset, "slice": slice, "complex": complex, "bytearray": bytearray}


def read_pickle(path: Path) -> Any:
    """The content of a pickle file.

    Raises:
        DataError: It is missing, cut short, or names anything that is not needed for plain data.
    """
    try:
        with path.open("rb") as file:
            return _PlainUnpickler(file).load()
    except DataError:
        raise
    except MemoryError as error:
        raise damaged(path, "it asks for more memory than there is") from error
    except Exception as error:  # a damaged stream can raise anything
        raise damaged(path, error) from error


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module in _ARRAY_MODULES and name in ("_reconstruct", "scalar"):
            return getattr(np._core.multiarray, name)  # type: ignore[attr-defined]
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        if (module, name) in (("numpy._core.numeric", "_frombuffer"), ("numpy.core.numeric", "_frombuffer")):
            return np._core.numeric._frombuffer  # type: ignore[attr-defined]
        if (module, name) == ("_codecs", "encode"):
            return _latin1
        if (module, name) == ("collections", "OrderedDict"):
            return dict
        if module in ("builtins", "__builtin__") and name in _HARMLESS_BUILTINS:
            return _HARMLESS_BUILTINS[name]
        raise DataError(
            f"the pickle wants to load '{module}.{name}', which plain data does not need: it may be hostile; "
            "download it from its owners again"
        )


def _latin1(text: str, encoding: str) -> bytes:
    """Arrays of older pickles travel as latin-1 text."""
    if encoding != "latin1":
        raise DataError(f"a pickle asks for the text encoding '{encoding}', arrays are written in latin1")
    return codecs.encode(text, "latin1")  # type: ignore[return-value]
