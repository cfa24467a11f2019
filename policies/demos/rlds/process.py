"""A process of its own for TensorFlow, which crashes beside OpenGL and Triton (`docs/footguns.md`).

The parent calls methods of an object that lives there. What crosses the pipe are arrays, bytes and text.
"""

import contextlib
import importlib
import multiprocessing
import os
import weakref
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from vst_robot.errors import DataError
from vst_robot.processes import start_deaf

MODULE = "policies.demos.rlds.tensorflow_side"


class TensorFlowProcess:
    """An object in a spawned process. It ends with this one, however that ends.

    Args:
        kind: Name of a class in `tensorflow_side`.
        *arguments: Its arguments.

    Raises:
        DataError: Its construction failed.
    """

    def __init__(self, kind: str, *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._connection, kind, arguments), daemon=True)
        start_deaf(process)
        theirs.close()
        self._close = weakref.finalize(self, _end, self._connection, process)
        self._answer()

    def call(self, method: str, *arguments: Any) -> Any:
        """Calls a method there.

        Raises:
            DataError: It raised; the message is TensorFlow's, in one line.
        """
        try:
            self._connection.send((method, arguments))
        except OSError as error:
            raise DataError("the process that runs TensorFlow has ended; is there enough memory?") from error
        return self._answer()

    def close(self) -> None:
        """Ends the process."""
        self._close()

    def _answer(self) -> Any:
        try:
            error, value = self._connection.recv()
        except (EOFError, OSError) as lost:
            raise DataError("the process that runs TensorFlow has ended; is there enough memory?") from lost
        if error is not None:
            raise DataError(error)
        return value


def _serve(connection: Connection, parents: Connection, kind: str, arguments: tuple[Any, ...]) -> None:
    """The other process: answers until the parent closes the pipe or is gone."""
    parents.close()
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "TFDS_DISABLE_GCS": "1"}
    served: Any = None

    def construct() -> None:
        nonlocal served
        with _silence():
            served = getattr(importlib.import_module(MODULE), kind)(*arguments)

    _answer_with(connection, construct)
    with contextlib.suppress(EOFError, OSError):
        while served is not None:
            method, values = connection.recv()
            _answer_with(connection, getattr(served, method), *values)


def _answer_with(connection: Connection, function: Any, *arguments: Any) -> None:
    try:
        value, error = function(*arguments), None
    except Exception as exception:  # the border of the process: an exception becomes a line
        value, error = None, f"{type(exception).__name__}: {_first_line(exception)}"
    connection.send((error, value))


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "no message")


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """What TensorFlow writes to standard error while it is loaded helps nobody."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _end(connection: Connection, process: BaseProcess) -> None:
    connection.close()
    process.kill()  # what it wrote is closed already; TensorFlow takes long to say goodbye
    process.join()
