"""`vst-robot demos regenerate` on files that look like LIBERO's, in the real simulator."""

import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("libero")

from envs.collect import CollectJob, collect
from envs.experts import scripted
from envs.libero import LiberoFactory
from envs.noise import NoiseConfig
from policies.demos.formats import open_demonstrations
from tests.policies.demos.originals import write_originals
from vst_robot.cli import app

TASK_ID = 2
STILL = NoiseConfig(translation=0, rotation=0, push_rate=0)


def paused(episode, at=5, steps=3):
    """The same with a pause: no motion, the gripper as it was."""

    def longer(values):
        return np.concatenate([values[:at], np.repeat(values[at : at + 1], steps, axis=0), values[at:]])

    names = ("actions_clean", "proprio", "joint_positions", "sim_states")
    actions = longer(episode.actions)
    actions[at : at + steps] = [*np.zeros(6), episode.actions[at - 1, 6]]
    images = {camera: longer(pictures) for camera, pictures in episode.images.items()}
    return replace(episode, actions=actions, images=images, **{name: longer(getattr(episode, name)) for name in names})


def cut(episode, steps=20):
    """The same without its end."""
    names = ("actions", "actions_clean", "proprio", "joint_positions", "sim_states")
    images = {camera: pictures[:-steps] for camera, pictures in episode.images.items()}
    return replace(episode, images=images, **{name: getattr(episode, name)[:-steps] for name in names})


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with one demonstration that pauses, and the same without its end."""
    factory = LiberoFactory(suite="libero_spatial", assets="primitive", image_size=32)
    jobs = [CollectJob(task_id=TASK_ID, demo=0)]
    (episode,) = collect(factory, scripted(), jobs, cameras=("agentview",), max_steps=220, noise=STILL)
    folder = tmp_path_factory.mktemp("regeneration")
    whole = paused(episode)
    write_originals(folder / "originals" / f"{episode.task.name}_demo.hdf5", [whole, cut(whole)], size=16)
    return folder


@pytest.fixture
def typed(workplace, monkeypatch, capsys):
    """What comes back when words are typed: exit code, standard output, standard error."""
    monkeypatch.chdir(workplace)
    words = ["demos", "regenerate", "--assets", "primitive", "--cameras", "agentview", "--image-size", "48"]

    def run(*more):
        return app.exit_code([*words, "--workers", "1", *more]), *capsys.readouterr()

    return run


def test_pauses_go_and_failures_are_dropped(typed, workplace):
    code, out, err = typed("--folder", "originals")
    assert code == 0, err
    output = workplace / "data" / "libero_spatial-regenerated"
    manifest = json.loads((output / "regeneration.json").read_text())
    kept, dropped = manifest["demonstrations"]
    assert kept["kept"] and kept["reason"] == f"no-op steps dropped: {kept['noop_steps']}" and kept["noop_steps"] >= 3
    assert not dropped["kept"] and dropped["reason"] == "failed in replay"
    assert {"mujoco", "robosuite", "hf-libero", "assets_sha256", "settle_steps"} <= set(manifest["settings"]["world"])
    assert "1/2" in out and "1 of 2 demonstrations kept" in out
    (episode,) = open_demonstrations(output).episodes()
    assert len(episode) == kept["source_steps"] - kept["noop_steps"]
    assert episode.images["agentview"].shape[1:] == (48, 48, 3) and episode.success
    before = (output / "regeneration.json").stat().st_mtime_ns
    code, again, _ = typed("--folder", "originals")
    assert code == 0 and again.splitlines()[-2:] == out.splitlines()[-2:] and "regenerate:" not in again
    assert (output / "regeneration.json").stat().st_mtime_ns == before


def test_its_own_output_is_refused(typed):
    typed("--folder", "originals")
    code, _, err = typed("--folder", "data/libero_spatial-regenerated", "--output", "twice")
    assert code == 2 and "was regenerated already" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--folder nowhere", "no demonstrations in 'nowhere'"),
        ("--folder originals --workers 0", "at least one worker"),
        ("--folder originals --assets nowhere", "unknown asset pack"),
        ("--folder originals --output originals", "holds something else"),
        ("--folder originals --cameras agentview agentview", "each once"),
        ("--folder originals --image-size 0", "image_size must be at least 1"),
    ],
)
def test_what_cannot_be(words, told, typed, workplace):
    before = sorted(workplace.rglob("*"))
    code, _, err = typed(*words.split())
    assert code == 2 and told in err and err.count("\n") == 1
    assert sorted(workplace.rglob("*")) == before


def test_files_that_are_no_task_or_of_two_suites(typed, workplace):
    (original,) = (workplace / "originals").glob("*.hdf5")
    for name, told in (
        ("pick_up_the_blck_bowl", "unknown task"),
        ("open_the_middle_drawer_of_the_cabinet", "keep every"),
    ):
        folder = workplace / name
        folder.mkdir()
        for target in (name, original.name.removesuffix("_demo.hdf5")):
            (folder / f"{target}_demo.hdf5").write_bytes(original.read_bytes())
        code, _, err = typed("--folder", name)
        assert code == 2 and told in err
