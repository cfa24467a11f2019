"""`vst-robot demos collect | expert-report` over several suites: what is asked of each, and where it goes."""

from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("libero")

from vst_robot.cli import app, demos


@pytest.fixture
def collected(monkeypatch):
    """The collections that a command starts, none of which happens."""
    started = []

    def note(config):
        started.append(config)
        return SimpleNamespace(files=list, folder=config.output)

    monkeypatch.setattr(demos, "collect_missing", note)
    return started


@pytest.fixture
def evaluated(monkeypatch):
    asked = []
    monkeypatch.setattr(demos.evaluation, "evaluate", asked.append)
    return asked


def typed(words):
    """The exit code of a command."""
    return app.exit_code(words.split())


def folders(collections):
    return {one.suite: one.output for one in collections}


def test_a_folder_for_each_suite(collected):
    assert typed("demos collect --suite libero_goal libero_object --output sets --num 3") == 0
    assert folders(collected) == {
        ("libero_object",): Path("sets/libero_object"),
        ("libero_goal",): Path("sets/libero_goal"),
    }
    assert {one.num for one in collected} == {3}


def test_without_output_every_suite_has_its_usual_folder(collected):
    assert typed("demos collect --suite all") == 0
    assert len(collected) == 4 and set(folders(collected).values()) == {None}


def test_a_single_suite_is_the_folder_itself(collected):
    assert typed("demos collect --suite libero_goal --output set") == 0
    assert folders(collected) == {("libero_goal",): Path("set")}


@pytest.mark.parametrize("command", ["collect", "expert-report"])
def test_tasks_are_numbered_within_a_suite(command, collected, evaluated, capsys):
    assert typed(f"demos {command} --suite all --tasks 1") == 2
    assert "--tasks needs a single --suite" in capsys.readouterr().err
    assert not collected and not evaluated


def test_nothing_is_recorded_where_a_later_suite_cannot_be(collected, monkeypatch):
    def refuse(config):
        if config.suite == ("libero_10",):
            raise demos.InputError("no such thing")

    monkeypatch.setattr(demos, "check", refuse)
    assert typed("demos collect --suite all") == 2
    assert not collected


def test_the_expert_is_measured_on_all(evaluated):
    assert typed("demos expert-report --suite all --episodes 2") == 0
    (asked,) = evaluated
    assert (asked.policy, len(asked.suite), asked.episodes) == ("scripted", 4, 2)
    assert asked.output == Path("runs/expert-all-primitive")
