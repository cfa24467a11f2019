"""The run folder: whose it is, and what is refused before anything is written to it."""

import json
from dataclasses import replace

import pytest

from vst_robot.cli import finetune
from vst_robot.cli.finetune import RUN_FILE, FinetuneCommand
from vst_robot.errors import DataError, InputError

COMMAND = FinetuneCommand(seed=3)


@pytest.fixture
def begun(tmp_path):
    finetune._claim(COMMAND, tmp_path)
    (tmp_path / "metrics.jsonl").write_text("")
    return tmp_path


def edit(folder, change):
    path = folder / RUN_FILE
    data = json.loads(path.read_text())
    change(data["run"])
    path.write_text(json.dumps(data))


def test_the_same_command_goes_on(begun):
    before = (begun / RUN_FILE).read_text()
    finetune._claim(replace(COMMAND, workers=7, output=begun), begun)
    assert (begun / RUN_FILE).read_text() == before


def test_another_command_is_refused_by_the_first_difference(begun):
    with pytest.raises(InputError, match=r"holds another run \(seed was 3, now 4\)"):
        finetune._claim(replace(COMMAND, seed=4), begun)


def test_a_configuration_alone_does_not_bind(tmp_path):
    finetune._claim(COMMAND, tmp_path)
    finetune._claim(replace(COMMAND, seed=4), tmp_path)
    assert json.loads((tmp_path / RUN_FILE).read_text())["run"]["seed"] == 4


def test_a_run_from_before_a_setting_existed_goes_on_with_its_default(begun):
    edit(begun, lambda run: run["config"]["demonstrations"].pop("orientation"))
    finetune._claim(COMMAND, begun)
    edit(begun, lambda run: run.pop("seed"))
    with pytest.raises(InputError, match="seed was 0, now 3"):
        finetune._claim(COMMAND, begun)


@pytest.mark.parametrize("content", ["", "{", "{}", "[]", '{"run"'])
def test_a_damaged_configuration_is_one_line(begun, content):
    (begun / RUN_FILE).write_text(content)
    with pytest.raises(DataError, match=r"config\.json is damaged"):
        finetune._claim(COMMAND, begun)


def test_the_command_for_the_other_episodes_names_the_tasks(capsys, tmp_path):
    command = replace(COMMAND, tasks=(2, 5))
    evaluation = replace(command.config.evaluation, episodes_per_task=10)
    command = replace(command, config=replace(command.config, evaluation=evaluation))
    finetune._offer_more(command, tmp_path / "policy", tmp_path / "scores")
    assert "--tasks 2 5 --protocol vst" in capsys.readouterr().out
