import errno
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from vst_robot import __version__
from vst_robot.cli import app
from vst_robot.errors import InputError


@dataclass(frozen=True, kw_only=True)
class PaintConfig:
    """How to paint.

    Attributes:
        colour_name: Which paint.
        coats: How often.
    """

    colour_name: str = "red"
    coats: int = 1


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a function behind the command `paint`."""

    def put(function: Callable[..., object]) -> None:
        command = app.Command(module="paint_shop", function="paint", summary="paint something")
        monkeypatch.setitem(app.COMMANDS, "paint", command)
        monkeypatch.setitem(sys.modules, "paint_shop", SimpleNamespace(paint=function))

    return put


def failing(error: BaseException) -> Callable[[], None]:
    def paint() -> None:
        raise error

    return paint


def test_overview_has_a_line_for_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.exit_code(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, command in app.COMMANDS.items():
        assert any(line.strip().startswith(name) and command.summary in line for line in lines)


def test_no_words_at_all_show_the_overview(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.exit_code([]) == 0
    assert "usage: vst-robot COMMAND" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [["demos"], ["demos", "--help"]])
def test_a_group_shows_its_members_only(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert app.exit_code(argv) == 0
    shown = capsys.readouterr().out
    assert "demos replay" in shown
    assert "finetune" not in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.exit_code(["--version"]) == 0
    assert capsys.readouterr().out == f"vst-robot {__version__}\n"


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["evalaute"], "error: unknown command 'evalaute': did you mean 'evaluate'?"),
        (["demos", "replya"], "error: unknown demos command 'replya': did you mean 'replay'?"),
        (["--suite", "x"], "error: unknown command '--suite': known: "),
    ],
)
def test_unknown_command(argv: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.exit_code(argv) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(line)
    assert printed.err.count("\n") == 1
    assert printed.out == ""


@pytest.mark.parametrize("flag", ["--colour-name", "--colour_name"])
def test_a_dataclass_is_filled_from_flags_without_prefix(flag: str, install: Callable[..., None]) -> None:
    seen: list[PaintConfig] = []

    def paint(config: PaintConfig) -> None:
        seen.append(config)

    install(paint)
    assert app.exit_code(["paint", flag, "blue", "--coats", "2"]) == 0
    assert seen == [PaintConfig(colour_name="blue", coats=2)]


def test_a_function_is_filled_by_keyword(install: Callable[..., None]) -> None:
    seen: list[tuple[str, int]] = []

    def paint(*, colour_name: str = "red", coats: int = 1) -> None:
        seen.append((colour_name, coats))

    install(paint)
    assert app.exit_code(["paint", "--coats", "3"]) == 0
    assert seen == [("red", 3)]


def test_a_function_may_read_its_flags_itself(install: Callable[..., None]) -> None:
    seen: list[Sequence[str]] = []

    def paint(flags: Sequence[str]) -> None:
        seen.append(flags)

    install(paint)
    assert app.exit_code(["paint", "--coats", "3"]) == 0
    assert seen == [["--coats", "3"]]


def test_hyphen_and_underscore_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(app, "_call", lambda name, flags: called.append(name))
    app.dispatch(["demos", "expert_report"])
    app.dispatch(["demos", "expert-report"])
    assert called == ["demos expert-report"] * 2


def test_an_error_for_the_user_is_one_line(install: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    install(failing(InputError("no such\n  paint: buy some")))
    assert app.exit_code(["paint"]) == 2
    assert capsys.readouterr().err == "error: no such paint: buy some\n"


def test_an_error_for_the_user_is_found_behind_another(
    install: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    wrapper = RuntimeError("a worker died")
    wrapper.__cause__ = InputError("no such paint")
    install(failing(wrapper))
    assert app.exit_code(["paint"]) == 2
    assert capsys.readouterr().err == "error: no such paint\n"


def test_control_c(install: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    install(failing(KeyboardInterrupt()))
    assert app.exit_code(["paint"]) == 130
    assert capsys.readouterr().err == "stopped; the same command continues\n"


def test_a_bug_shows_its_traceback_and_where_to_report(
    install: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    install(failing(KeyError("oops")))
    assert app.exit_code(["paint"]) == 1
    printed = capsys.readouterr().err
    assert "Traceback" in printed
    assert printed.splitlines()[-1].startswith("this is a bug of vst-robot")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "runs/x/model.safetensors"), "disk is full"),
        (RuntimeError("write failed: No space left on device (os error 28)"), "disk is full: free some space"),
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0"), "disk is full: free"),
        (
            PermissionError(errno.EACCES, os.strerror(errno.EACCES), "runs/x"),
            "cannot use 'runs/x' (permission denied)",
        ),
        (
            OSError(errno.EROFS, os.strerror(errno.EROFS), "runs/x"),
            "cannot use 'runs/x' (read-only file system)",
        ),
        (FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), "runs"), "cannot use 'runs' (file exists)"),
    ],
)
def test_trouble_on_disk_is_one_line(
    error: Exception, words: str, install: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    install(failing(error))
    assert app.exit_code(["paint"]) == 2
    printed = capsys.readouterr().err
    assert words in printed
    assert printed.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_really_full_disk(install: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    def paint() -> None:
        with open("/dev/full", "w") as file:
            file.write("x" * 100_000)

    install(paint)
    assert app.exit_code(["paint"]) == 2
    assert "the disk is full" in capsys.readouterr().err


def test_a_missing_package_names_its_extra(install: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    install(failing(ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")))
    assert app.exit_code(["paint"]) == 2
    assert "pip install 'vst-robot[train]'" in capsys.readouterr().err


def test_a_missing_module_of_our_own_is_a_bug(install: Callable[..., None]) -> None:
    install(failing(ModuleNotFoundError("No module named 'vst_robot.nothing'", name="vst_robot.nothing")))
    assert app.exit_code(["paint"]) == 1


def test_run_ends_the_process_with_the_code() -> None:
    with pytest.raises(SystemExit) as caught:
        app.run(["nonsense"])
    assert caught.value.code == 2


def test_a_reader_that_leaves_early_is_no_drama(tmp_path: Path) -> None:
    source = "from vst_robot.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", source, "--help"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=30) == app.EXIT_BROKEN_PIPE
