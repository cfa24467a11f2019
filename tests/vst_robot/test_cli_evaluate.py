"""Several suites in one command, in a world of milliseconds under LIBERO's names."""

import json

import pytest

from tests.eval_libero.worlds import SuiteFactory
from vst_robot.cli import app, evaluate
from vst_robot.errors import UnavailableError

WORDS = "evaluate --policy random --episodes 1 --videos 0 --slots 2 --workers 1"
SUITES = ("libero_object", "libero_goal")


@pytest.fixture
def typed(monkeypatch, tmp_path, capsys):
    """What comes back when words are typed: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(evaluate, "LiberoFactory", SuiteFactory)
    monkeypatch.setattr(evaluate, "resolve", lambda assets: None)
    monkeypatch.setattr(evaluate, "choose_renderer", lambda: None)
    monkeypatch.setattr(
        evaluate.preconditions, "chosen_tasks", lambda suite, tasks: tuple(SuiteFactory(suite=suite.name).tasks())
    )

    def run(words):
        code = app.exit_code([*WORDS.split(), *words.split()])
        return code, *capsys.readouterr()

    return run


def records(folder):
    return [json.loads(line) for line in (folder / "episodes.jsonl").read_text().splitlines()]


def outcomes(folder):
    """Records by episode, without what a clock says."""
    return {(r["task_id"], r["episode"]): {**r, "simulation_s": 0, "finished_at": ""} for r in records(folder)}


def test_suite_by_suite_with_the_limits_of_each(typed, tmp_path):
    code, out, err = typed("--suite libero_goal libero_object")
    assert code == 0, err
    folder = tmp_path / "runs" / "evaluate-random-libero_object+libero_goal"
    limits = {suite: {record["max_steps"] for record in records(folder / suite)} for suite in SUITES}
    assert limits == {"libero_object": {280}, "libero_goal": {300}}
    for words in (
        "libero_object, protocol vst",
        "libero_goal, protocol vst",
        "\nlibero_object: ",
        "\nlibero_goal: ",
        "\nmean over 2 suites: ",
    ):
        assert words in out
    assert out.splitlines()[-1] == f"report: {folder.relative_to(tmp_path) / 'report.html'}"
    assert (folder / "report.html").is_file() and (folder / "libero_goal" / "report.html").is_file()


def test_a_stopped_evaluation_goes_on_in_the_suite_where_it_was(typed, tmp_path):
    assert typed("--suite libero_object libero_goal --output scores --max-steps 3")[0] == 0
    goal = tmp_path / "scores" / "libero_goal" / "episodes.jsonl"
    done, whole = (tmp_path / "scores" / "libero_object" / "episodes.jsonl").read_bytes(), outcomes(goal.parent)
    goal.write_bytes(goal.read_bytes().split(b"\n", 1)[0] + b"\n")
    code, out, _ = typed("--suite libero_object libero_goal --output scores --max-steps 3")
    assert code == 0 and "mean over 2 suites: 0.0 %" in out
    assert (tmp_path / "scores" / "libero_object" / "episodes.jsonl").read_bytes() == done
    assert outcomes(goal.parent) == whole


def test_one_suite_lies_where_it_always_lay(typed, tmp_path):
    assert typed("--suite libero_goal --max-steps 3")[0] == 0
    assert (tmp_path / "runs" / "evaluate-random-libero_goal" / "episodes.jsonl").is_file()
    code, _, err = typed("--suite all --max-steps 3 --output runs/evaluate-random-libero_goal")
    assert code == 2 and "holds the evaluation of one suite" in err


def test_a_crash_in_one_suite_does_not_hide_the_others(tmp_path, capsys, monkeypatch):
    from tests.eval_libero.test_overall import FULL, SOLVED, record, result_of

    broken = result_of([*FULL[:7], record(3, 1, "error", error="boom")], "libero_object")
    with pytest.raises(UnavailableError, match=r"no success rate of libero_object: of 8 episodes 1 crashed"):
        evaluate.show_suites([broken, result_of(SOLVED, "libero_goal")], tmp_path)
    out = capsys.readouterr().out
    assert "libero_goal: 100.0 %" in out and "no number, because there is none for libero_object" in out
