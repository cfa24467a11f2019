"""Every shipped preset loads, says what the paper says, and differs from its neighbours in named keys only."""

import json

import pytest

from policies import presets
from policies.config import FinetuneConfig
from vst_robot import config
from vst_robot.errors import InputError

FULL = [f"{model}-3b-{steps}" for model in ("qwen", "vst") for steps in ("2k5", "10k")]


def flat(tree, prefix=""):
    leaves = {}
    for key, value in tree.items():
        leaves |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return leaves


def difference(a, b):
    left, right = (flat(config.to_dict(presets.load(name))) for name in (a, b))
    return {key for key in left.keys() | right.keys() if left.get(key) != right.get(key)}


@pytest.mark.parametrize("name", presets.names())
def test_loads_and_survives_the_run_record(name):
    loaded = presets.load(name)
    again = config.loads(json.dumps(config.to_dict(loaded)), FinetuneConfig, source="run record")
    assert again == loaded


def test_the_issue_of_table_14_is_complete():
    assert set(FULL) | {"nano", "nano-long", "nano-own"} == set(presets.names())


@pytest.mark.parametrize("name", FULL)
def test_full_presets_are_the_papers(name):
    loaded = presets.load(name)
    training = loaded.training
    assert training.batch_size * training.accumulation_steps == 128
    assert (loaded.packing.enabled, loaded.packing.row_tokens) == (True, 1024)
    assert (training.learning_rate, training.vit_learning_rate) == (5e-5, 5e-6)
    assert (loaded.policy.pictures.cameras, loaded.policy.pictures.size_px) == (("agentview",), 256)
    assert (loaded.policy.actions.chunk, loaded.policy.prompt.proprio) == (1, ())
    assert loaded.evaluation.episodes_per_task == 50


def test_rows_of_table_14_differ_in_backbone_and_steps_only():
    assert difference("qwen-3b-2k5", "qwen-3b-10k") == {"training.max_steps"}
    assert difference("qwen-3b-10k", "vst-3b-10k") == {"policy.backbone"}


def test_what_several_suites_do_to_the_steps():
    assert presets.load("nano").for_suites(4).training.max_steps == 4 * presets.load("nano").training.max_steps
    assert presets.load("nano").for_suites(1) == presets.load("nano")
    for name in FULL:  # the paper's steps are "on the LIBERO benchmark in total"
        assert presets.load(name).for_suites(4) == presets.load(name)


def test_a_misspelt_preset_offers_the_nearest():
    with pytest.raises(InputError, match="did you mean 'nano-long'"):
        presets.load("nano-lang")


def test_a_file_with_errors_names_all_of_them(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[training]\nmax_steps = "many"\n[policy.actions]\nchunks = 5\n')
    with pytest.raises(InputError) as caught:
        presets.load(str(path))
    assert "training.max_steps" in str(caught.value)
    assert "chunks" in str(caught.value)
