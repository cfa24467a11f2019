"""`vst-robot demos convert | stats | validate` as a user types them."""

import h5py
import numpy as np
import pytest

pytest.importorskip("libero")  # LIBERO's task list; the `sim` extra

from policies.demos.formats import open_demonstrations
from policies.demos.hdf5 import write_episodes
from policies.demos.statistics import load
from vst_robot.cli import app
from vst_robot.types import Episode, RecordedStart, Task

TASK = Task(suite="libero_goal", task_id=3, name="put_the_bowl", instruction="put the bowl")


def episode(seed):
    rng = np.random.default_rng(seed)
    return Episode(
        task=TASK,
        seed=1_000_000 + seed,
        actions=rng.uniform(-1, 1, (4, 7)),
        actions_clean=rng.uniform(-1, 1, (4, 7)),
        images={"agentview": np.full((4, 32, 32, 3), 40 * seed, np.uint8)},
        proprio=rng.normal(size=(4, 8)),
        joint_positions=rng.normal(size=(4, 7)),
        sim_states=rng.normal(size=(4, 12)),
        start=RecordedStart(sim_state=rng.normal(size=12), fixture_poses={}),
        success=True,
    )


@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    """A set in `./set`, and what comes back when words are typed: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    write_episodes(tmp_path / "set" / "put_the_bowl_demo.hdf5", [episode(k) for k in range(3)])

    def run(words):
        code = app.exit_code(words.split())
        return code, *capsys.readouterr()

    return run


def test_there_and_back(typed, tmp_path):
    code, out, _ = typed("demos convert --folder set --to lerobot --output robot")
    assert code == 0 and "3 demonstrations in robot (lerobot, pictures true)" in out
    assert typed("demos convert --folder robot --to hdf5 --output back")[0] == 0
    for one, two in zip(
        open_demonstrations(tmp_path / "set").episodes(), open_demonstrations(tmp_path / "back").episodes(), strict=True
    ):
        assert np.array_equal(one.actions, two.actions) and one.task == two.task == TASK
    code, _, err = typed("demos convert --folder back --to lerobot --output set")
    assert code == 2 and "set holds something else than this conversion; choose another --output" in err


def test_statistics_are_the_same_in_both_formats(typed, tmp_path):
    typed("demos convert --folder set --to lerobot --output robot")
    (code, one, _), (_, two, _) = typed("demos stats --folder set"), typed("demos stats --folder robot")
    assert code == 0 and "libero_goal: 3 demonstrations, 12 steps" in one
    assert one.splitlines()[:-1] == two.splitlines()[:-1]
    assert load(tmp_path / "set").suites == load(tmp_path / "robot").suites


def test_validate_lists_everything_and_fails(typed, tmp_path):
    code, out, err = typed("demos validate --folder set")
    assert code == 0 and "3 demonstrations, 12 steps, nothing wrong" in out and not err
    with h5py.File(tmp_path / "set" / "put_the_bowl_demo.hdf5", "r+") as file:
        file["data/demo_0/actions"][1, 1] = np.nan
        del file["data/demo_2/actions"]
    code, out, err = typed("demos validate --folder set")
    assert code == 2 and err == "error: set: 2 problems, listed above\n"
    assert "demo_0: 'actions' is not finite at step 1" in out and "demo_2: not in LIBERO's layout" in out
    code, out, err = typed("demos validate --folder set --cameras agentview side")
    assert "demo_1: no camera 'side'" in out and "3 problems" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("demos stats --folder nothing", "no folder 'nothing'"),
        ("demos stats --folder .", "no demonstrations to compute statistics of"),
        ("demos validate --folder set --suite libero_gaol", "did you mean 'libero_goal'?"),
        ("demos validate --folder set --orientation mirrored", "contradicts 'mirrored'"),
        ("demos stats --folder set --gripper openvla", "LIBERO's gripper"),
    ],
)
def test_bad_input(words, message, typed):
    code, out, err = typed(words)
    assert code == 2
    assert message in out + err
