"""The run folder: whose it is, and what is refused before anything is written to it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from envs.suites import get_suite
from policies.demos.chain import DemonstrationChain
from policies.demos.hdf5 import write_episodes
from vst_robot.cli import finetune, footprint
from vst_robot.cli.finetune import FinetuneCommand
from vst_robot.cli.run_folder import RUN_FILE
from vst_robot.errors import DataError, InputError, UnavailableError
from vst_robot.types import Episode, RecordedStart

COMMAND = FinetuneCommand(seed=3)


@pytest.fixture
def make_demonstration():
    """A made-up demonstration of a suite's first task."""

    def make(suite):
        rng = np.random.default_rng(0)
        return Episode(
            task=get_suite(suite).task(0),
            seed=1_000_000,
            actions=rng.uniform(-1, 1, (4, 7)),
            actions_clean=rng.uniform(-1, 1, (4, 7)),
            images={"agentview": np.zeros((4, 8, 8, 3), np.uint8)},
            proprio=rng.normal(size=(4, 8)),
            joint_positions=rng.normal(size=(4, 7)),
            sim_states=rng.normal(size=(4, 12)),
            start=RecordedStart(sim_state=rng.normal(size=12), fixture_poses={}),
            success=True,
        )

    return make


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


def resolved(words):
    return finetune._resolved(finetune.parse(words.split()))


def test_one_suite_is_as_it_ever_was(begun):
    command = resolved("--suite libero_goal")
    assert str(command.output) == "runs/finetune-libero_goal-nano" and command.config.training.max_steps == 3000
    edit(begun, lambda run: run.update(suite="libero_spatial"))  # as runs wrote it before there could be several
    finetune._claim(COMMAND, begun)
    with pytest.raises(InputError, match="suite was"):
        finetune._claim(replace(COMMAND, suite=("libero_goal",)), begun)


@pytest.mark.parametrize(
    ("words", "steps", "told"),
    [
        ("--suite all", 12000, "12000 training steps, 3000 for each: this preset's steps are per suite"),
        ("--suite libero_goal libero_object", 6000, "(libero_object, libero_goal): 6000 training steps, 3000 for each"),
        ("--suite all --max-steps 7", 7, "7 training steps, as asked for with --max-steps"),
        ("--suite all --preset vst-3b-10k", 10000, "this preset's steps are those of the whole run"),
    ],
)
def test_several_suites_say_what_they_do_to_the_steps(words, steps, told):
    command = resolved(words)
    assert command.config.training.max_steps == steps
    assert told in finetune._told_steps(command)


def test_the_folder_of_several_suites():
    assert str(resolved("--suite all").output) == "runs/finetune-all-nano"
    assert str(resolved("--suite libero_10 libero_goal").output) == "runs/finetune-libero_goal+libero_10-nano"


def test_every_suite_has_demonstrations_of_its_own():
    collections = finetune._collections(resolved("--suite libero_goal libero_object --seed 2"))
    assert [(one.suite, one.num, one.seed) for one in collections] == [
        (("libero_object",), 40, 2),
        (("libero_goal",), 40, 2),
    ]


@pytest.mark.parametrize("names", [("libero_object", "libero_goal"), ("libero_object_no_noops", "libero_goal")])
def test_given_demonstrations_lie_in_a_folder_per_suite_or_in_one(names, tmp_path, make_demonstration):
    pytest.importorskip("libero")
    for suite, name in zip(("libero_object", "libero_goal"), names, strict=True):
        for folder in (tmp_path / "each" / name, tmp_path / "one"):
            write_episodes(folder / f"{suite}_demo.hdf5", [make_demonstration(suite)])
    command = resolved("--suite libero_object libero_goal")
    stores = []
    for folder in ("each", "one"):
        demonstrations = replace(command.config.demonstrations, folder=str(tmp_path / folder))
        given = replace(command, config=replace(command.config, demonstrations=demonstrations))
        stores.append(finetune._given(given))
        finetune._check_given(given)
    assert isinstance(stores[0], DemonstrationChain) and stores[1].folder == tmp_path / "one"
    ours, theirs = ({episode.task for episode in store.episodes()} for store in stores)
    assert ours == theirs and len(ours) == 2


def test_a_robot_of_ones_own_needs_a_folder():
    with pytest.raises(InputError, match=r"nothing to collect: name --demonstrations\.folder"):
        finetune._check(replace(COMMAND, suite=finetune.NO_SUITE))


def given(command, folder):
    demonstrations = replace(command.config.demonstrations, folder=str(folder))
    return replace(command, config=replace(command.config, demonstrations=demonstrations))


def test_the_frames_of_collected_demonstrations_are_estimated():
    spatial = 10 * 40 * 110 * 128 * 128 * 3 / 1e9  # tasks, demonstrations, half the step limit, a picture
    assert finetune._frames_gb(resolved("--suite libero_spatial")) == pytest.approx(spatial)
    assert finetune._frames_gb(resolved("--suite libero_spatial --tasks 2 5")) == pytest.approx(spatial / 5)
    assert 12 < finetune._frames_gb(resolved("--suite all")) < 15


def test_the_frames_of_named_demonstrations_are_counted(tmp_path, make_demonstration):
    pytest.importorskip("libero")
    write_episodes(tmp_path / "set" / "goal_demo.hdf5", [make_demonstration("libero_goal")] * 3)
    command = given(resolved("--suite libero_goal"), tmp_path / "set")
    assert finetune._frames_gb(command) == pytest.approx(3 * 4 * 128 * 128 * 3 / 1e9)


def test_a_large_cache_is_told_and_one_that_cannot_fit_refused(tmp_path, monkeypatch):
    command = resolved(f"--suite all --output {tmp_path}/run")
    monkeypatch.setattr(footprint, "free_gb", lambda folder: 20.0)
    assert finetune._check_room(command) == (
        f"frame cache: about 13.0 GB in {tmp_path}/run/frames, where 20.0 GB are free"
    )
    assert finetune._check_room(resolved(f"--tasks 1 --output {tmp_path}/run")) == ""
    monkeypatch.setattr(footprint, "free_gb", lambda folder: 3.0)
    with pytest.raises(UnavailableError, match=r"where 3\.0 GB are free: free some space"):
        finetune._check_room(command)
    (tmp_path / "run" / "frames").mkdir(parents=True)
    assert finetune._check_room(command) == "", "a stopped run has its frames already"


def test_the_full_scale_is_the_own_robots(tmp_path):
    told = finetune._full_scale(resolved("--suite libero_goal"))
    assert "--preset vst-3b-10k" in told
    told = finetune._full_scale(resolved(f"--preset nano-own --suite none --demonstrations.folder {tmp_path}"))
    assert "--policy.backbone rayruiyang/VST-3B-SFT" in told and "--preset" not in told
