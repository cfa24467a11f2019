"""Errors that a user can act on: each message names the thing and ends with the way out.

The command line turns every `VstRobotError` into one line on standard error and exit code 2.
Bad input derives from `ValueError`, trouble with the world outside from `RuntimeError`.
"""

import difflib
from collections.abc import Iterable


class VstRobotError(Exception):
    """Base of all errors that are reported to the user in one line, without a traceback."""


class InputError(VstRobotError, ValueError):
    """The user asked for something that cannot be: a wrong name, value or combination."""


class DataError(VstRobotError, ValueError):
    """A file is damaged, incomplete or of another kind than declared."""


class UnavailableError(VstRobotError, RuntimeError):
    """The machine lacks something: a package, a renderer, disk space, a device."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> InputError:
    """Builds the error for a misspelt name, offering the nearest valid one.

    Args:
        kind: What the name stands for, e.g. ``"suite"``.
        name: What the user wrote.
        known: All valid names.
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return InputError(f"unknown {kind} '{name}': {hint}known: {', '.join(names)}")


def missing_extra(package: str, extra: str, purpose: str) -> UnavailableError:
    """Builds the error for an optional package that is not installed."""
    return UnavailableError(
        f"{purpose} needs the package '{package}', which is not installed: pip install 'vst-robot[{extra}]'"
    )
