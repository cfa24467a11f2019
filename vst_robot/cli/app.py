"""The command tree of `vst-robot`.

A command's module is imported only when it is chosen, so `vst-robot --help` loads neither torch nor mujoco.
To add a command: write a function whose arguments (or single dataclass) tyro can read, add it to `COMMANDS`.
"""

import importlib
import inspect
import os
import sys
import traceback
import typing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, is_dataclass

from vst_robot import __version__
from vst_robot.errors import VstRobotError, missing_extra, unknown_name

PROGRAM = "vst-robot"
EXIT_BUG = 1
EXIT_USER = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141
REPORT = f"please report it with the lines above and the output of `{PROGRAM} doctor --json`"


@dataclass(frozen=True, kw_only=True)
class Command:
    """Where a command lives and what the overview says about it.

    Attributes:
        module: Dotted name of the module, imported when the command is chosen.
        function: Name of its function.
        summary: One line for the overview.
    """

    module: str
    function: str
    summary: str


COMMANDS = {
    "finetune": Command(
        module="vst_robot.cli.finetune",
        function="finetune",
        summary="the main job: demonstrations (made if missing), training, closed-loop score",
    ),
    "evaluate": Command(
        module="vst_robot.cli.evaluate",
        function="evaluate",
        summary="closed-loop score of a policy on a LIBERO suite, with intervals and a report",
    ),
    "demos collect": Command(
        module="vst_robot.cli.demos",
        function="collect",
        summary="record demonstrations with the scripted expert",
    ),
    "demos inspect": Command(
        module="vst_robot.cli.demos",
        function="inspect",
        summary="a page that shows what a demonstration set holds",
    ),
    "demos convert": Command(
        module="vst_robot.cli.demo_sets",
        function="convert",
        summary="write a set in another format: LIBERO HDF5, RLDS, LeRobot v3",
    ),
    "demos stats": Command(
        module="vst_robot.cli.demo_sets",
        function="stats",
        summary="exact statistics of a set, per suite, saved beside the data",
    ),
    "demos validate": Command(
        module="vst_robot.cli.demo_sets",
        function="validate",
        summary="read a set through and list everything that is wrong with it",
    ),
    "demos replay": Command(
        module="vst_robot.cli.demos",
        function="replay",
        summary="execute recorded actions again and count how many still succeed",
    ),
    "demos regenerate": Command(
        module="vst_robot.cli.regeneration",
        function="regenerate",
        summary="clean LIBERO's human demonstrations as OpenVLA does: no pauses, 256 px, successes only",
    ),
    "demos expert-report": Command(
        module="vst_robot.cli.demos",
        function="expert_report",
        summary="success of the scripted expert per task",
    ),
    "spatial build": Command(
        module="vst_robot.cli.spatial",
        function="build",
        summary="questions with true answers about simulated scenes or RGB-D scans (VST-P)",
    ),
    "spatial teach": Command(
        module="vst_robot.cli.teaching",
        function="teach",
        summary="thoughts and captions by a teacher model behind an endpoint, checked",
    ),
    "spatial reason": Command(
        module="vst_robot.cli.teaching",
        function="reason",
        summary="math, OCR and knowledge with thoughts, from general data and a teacher model",
    ),
    "spatial view": Command(
        module="vst_robot.cli.spatial",
        function="view",
        summary="a page that shows samples of a set, with statistics",
    ),
    "spatial stats": Command(
        module="vst_robot.cli.spatial",
        function="stats",
        summary="tasks, answers, balance of letters and rejections of a set, saved beside it",
    ),
    "spatial validate": Command(
        module="vst_robot.cli.spatial",
        function="validate",
        summary="read a set through and list everything that is wrong with it",
    ),
    "spatial sources": Command(
        module="vst_robot.cli.spatial",
        function="sources",
        summary="list the sources of scenes, or try one",
    ),
    "assets sheet": Command(
        module="vst_robot.cli.assets",
        function="sheet",
        summary="a picture of every object, the asset packs below each other",
    ),
    "doctor": Command(
        module="vst_robot.cli.doctor",
        function="doctor",
        summary="check this machine and say what to do about every problem",
    ),
}

GROUPS = {
    "demos": "demonstrations: collect, convert, look at, check, replay",
    "spatial": "spatial samples: build, look at, count, check",
    "assets": "asset packs: look at them",
}

EXTRA_OF_PACKAGE = {
    "torch": "train",
    "transformers": "train",
    "accelerate": "train",
    "peft": "train",
    "safetensors": "train",
    "PIL": "sim",
    "tensorboard": "train",
    "libero": "sim",
    "robosuite": "sim",
    "mujoco": "sim",
    "gymnasium": "sim",
    "fast_simplification": "sim",
    "imageio": "sim",
    "imageio_ffmpeg": "sim",
    "h5py": "sim",
    "msgpack": "client",
    "websockets": "client",
    "pyarrow": "sim",
    "av": "sim",
    "lz4": "data",
    "tensorflow": "data",
    "tensorflow_datasets": "data",
    "ray": "ray",
    "openai": "teacher",
    "math_verify": "teacher",
}
"""Import name of every optional package → the extra that brings it."""

NO_ROOM = (
    "No space left on device",
    "Disk quota exceeded",
    "File too large",
    "PytorchStreamWriter failed writing",
    "inline_container.cc",
)
"""The last two are all that torch says when a checkpoint does not fit."""
NO_WRITING = ("Permission denied", "Read-only file system", "Not a directory", "File exists")


def run(argv: Sequence[str] | None = None) -> None:
    """Runs one command and ends the process.

    Args:
        argv: Words after the program's name; the process's own if left out.

    Raises:
        SystemExit: Always. 0: done, 1: a bug of ours, 2: something that the user can mend, 130: Ctrl-C.
    """
    raise SystemExit(exit_code(list(sys.argv[1:] if argv is None else argv)))


def exit_code(argv: list[str]) -> int:
    """Runs one command; whatever goes wrong becomes a line on standard error and an exit code."""
    try:
        dispatch(argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        _complain("stopped; the same command continues")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Python flushes standard output once more on exit; give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    except Exception as error:  # the outermost border: here an exception becomes an exit code
        return _explain(error)
    return 0


def dispatch(argv: list[str]) -> None:
    """Finds the command that `argv` begins with and runs it.

    Raises:
        InputError: There is no such command.
    """
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(_overview())
    elif argv[0] == "--version":
        print(f"{PROGRAM} {__version__}")
    else:
        name, rest = _split(argv)
        if name in GROUPS:
            print(_overview(name))
        else:
            _call(name, rest)


def load(name: str) -> Callable[..., object]:
    """Imports the function behind a command.

    Raises:
        UnavailableError: It needs a package of an extra that is not installed.
    """
    command = COMMANDS[name]
    return getattr(importlib.import_module(command.module), command.function)


def _split(argv: list[str]) -> tuple[str, list[str]]:
    """Splits `argv` into a command's (or group's) full name and its flags; hyphen and underscore are one."""
    first = argv[0].replace("_", "-")
    if first in COMMANDS:
        return first, argv[1:]
    if first not in GROUPS:
        raise unknown_name("command", argv[0], _first_words())
    if len(argv) == 1 or argv[1] in ("-h", "--help"):
        return first, []
    name = f"{first} {argv[1].replace('_', '-')}"
    if name not in COMMANDS:
        raise unknown_name(f"{first} command", argv[1], _members(first))
    return name, argv[2:]


def _call(name: str, flags: list[str]) -> None:
    """Calls a command with what its flags say.

    A function whose only parameter is called `flags` reads them itself (its defaults depend on one of them);
    else tyro turns them into the function's arguments, or into the dataclass that is its only one.
    """
    function = load(name)
    if list(inspect.signature(function).parameters) == ["flags"]:
        function(flags)
        return
    import tyro

    prog, description = f"{PROGRAM} {name}", COMMANDS[name].summary
    config_class = _only_dataclass(function)
    if config_class is None:
        tyro.cli(function, prog=prog, description=description, args=flags)
    else:
        function(tyro.cli(config_class, prog=prog, description=description, args=flags))


def _only_dataclass(function: Callable[..., object]) -> type | None:
    """The dataclass that is the function's only parameter, so that its flags carry no prefix."""
    parameters = list(inspect.signature(function).parameters)
    hints = typing.get_type_hints(function, include_extras=True)
    kind = hints.get(parameters[0]) if len(parameters) == 1 else None
    return kind if isinstance(kind, type) and is_dataclass(kind) else None


def _first_words() -> list[str]:
    return list(dict.fromkeys(name.split()[0] for name in COMMANDS))


def _members(group: str) -> list[str]:
    return [name.split()[1] for name in COMMANDS if name.startswith(f"{group} ")]


def _overview(group: str | None = None) -> str:
    """The help text of the whole program or of one group, from the literal table alone."""
    chosen = {name: c.summary for name, c in COMMANDS.items() if group is None or name.startswith(f"{group} ")}
    width = max(map(len, chosen))
    lines = [f"usage: {PROGRAM} {group or ''}".rstrip() + " COMMAND [--flags]", ""]
    lines += [GROUPS[group]] if group else ["Vision-language-action policies with spatial pretraining built in."]
    lines += ["", *(f"  {name:<{width}}  {summary}" for name, summary in chosen.items()), ""]
    lines += [f"{PROGRAM} COMMAND --help lists the flags of a command."]
    return "\n".join(lines + ([] if group else [f"{PROGRAM} --version prints the version."]))


def _explain(error: Exception) -> int:
    """Writes what the user needs to know about an error and returns the exit code."""
    line = next(filter(None, map(_user_line, _chain(error))), None)
    if line is None:
        traceback.print_exception(error)
        _complain(f"this is a bug of {PROGRAM} {__version__}: {REPORT}")
        return EXIT_BUG
    _complain(f"error: {line}")
    return EXIT_USER


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what caused it, outermost first."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _user_line(error: BaseException) -> str | None:
    """One line if the user can do something about `error`, else nothing."""
    if isinstance(error, VstRobotError):
        return " ".join(str(error).split())
    if isinstance(error, ModuleNotFoundError):
        return _missing_package(error)
    return _trouble_on_disk(error)


def _missing_package(error: ModuleNotFoundError) -> str | None:
    package = (error.name or "").split(".")[0]
    if package not in EXTRA_OF_PACKAGE:
        return None
    return str(missing_extra(package, EXTRA_OF_PACKAGE[package], "this command"))


def _trouble_on_disk(error: BaseException) -> str | None:
    """Full disks and forbidden folders; the errors of safetensors, torch and h5py share only their words."""
    words, named = str(error), getattr(error, "filename", None)
    if any(reason in words for reason in NO_ROOM):
        place = f" (writing to '{named}')" if named else ""
        return f"the disk is full{place}: free some space or choose another --output"
    path = named or os.getcwd()
    reason = next((reason for reason in NO_WRITING if reason in words), None)
    if reason is None or not isinstance(error, OSError | RuntimeError):
        return None
    return f"cannot use '{path}' ({reason.lower()}): change its permissions or choose another folder"


def _complain(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
