import dataclasses
import json

import numpy as np
import pytest

from action_tokenizer import ActionCodec, ActionStatistics, AddedTokens, Grid, LastTokens
from vst_robot.errors import DataError

ACTIONS = np.random.default_rng(0).normal(0, [0.3, 0.3, 0.4, 0.05, 0.05, 0.05, 1.0], (1000, 7))
ACTIONS[:, 6] = np.sign(ACTIONS[:, 6])
STATISTICS = ActionStatistics.fit(ACTIONS)
CODECS = [
    ActionCodec(statistics=STATISTICS, grid=Grid(kind), vocabulary=vocabulary)
    for kind in ("openvla", "uniform")
    for vocabulary in (AddedTokens(151_665), LastTokens(151_936))
]
codecs = pytest.mark.parametrize(
    "codec", CODECS, ids=["openvla-added", "openvla-last", "uniform-added", "uniform-last"]
)


@codecs
def test_round_trip_stays_within_half_a_bin(codec):
    ids = codec.encode(ACTIONS)
    assert ids.dtype == np.int64
    assert ids.shape == ACTIONS.shape
    assert set(np.unique(ids)) <= set(codec.vocabulary.ids().tolist())
    error = np.abs(codec.decode(ids) - np.clip(ACTIONS, STATISTICS.q01, STATISTICS.q99))
    half_bin = codec.grid.half_bin * (np.array(STATISTICS.q99) - STATISTICS.q01) / 2
    assert (error[:, :6] <= half_bin[:6] + 1e-8).all()
    assert (error[:, 6] == 0).all()


@codecs
def test_encoding_what_was_decoded_changes_nothing(codec):
    """Except in the openvla grid's 256th bin, which decodes into the 255th."""
    decoded = codec.decode(codec.encode(ACTIONS))
    assert codec.decode(codec.encode(decoded)) == pytest.approx(decoded, abs=1e-12)


@codecs
def test_batches_of_any_shape(codec):
    chunks = ACTIONS.reshape(10, 20, 5, 7)
    ids = codec.encode(chunks)
    assert (ids.reshape(-1, 7) == codec.encode(ACTIONS)).all()
    assert codec.decode(ids).shape == chunks.shape


@codecs
def test_dictionary_round_trip(codec):
    again = ActionCodec.from_dict(json.loads(json.dumps(codec.to_dict())))
    assert again == codec
    assert again.fingerprint() == codec.fingerprint()


def test_fingerprints_tell_codecs_apart():
    variants = [*CODECS, dataclasses.replace(CODECS[0], binarise_gripper=False)]
    assert len({codec.fingerprint() for codec in variants}) == len(variants)


def test_the_gripper_can_stay_at_its_bin_centre():
    codec = dataclasses.replace(CODECS[0], binarise_gripper=False)
    assert set(np.round(np.abs(codec.decode(codec.encode(ACTIONS))[:, 6]), 5)) == {0.99608}


def test_a_zero_one_gripper_snaps_to_its_own_values():
    actions = ACTIONS.copy()
    actions[:, 6] = actions[:, 6] > 0
    codec = dataclasses.replace(CODECS[0], statistics=ActionStatistics.fit(actions, gripper_polarity="1 open"))
    assert (codec.decode(codec.encode(actions))[:, 6] == actions[:, 6]).all()


def test_a_second_codec_encodes_proprioception():
    proprio = np.random.default_rng(1).normal(size=(100, 3))
    statistics = ActionStatistics.fit(proprio, names=("a", "b", "c"), mask=(True,) * 3, gripper_polarity="none")
    codec = ActionCodec(statistics=statistics, grid=Grid("uniform"), vocabulary=AddedTokens(7))
    inside = np.clip(proprio, statistics.q01, statistics.q99)
    assert codec.decode(codec.encode(proprio)) == pytest.approx(inside, abs=0.02)
    assert codec.clipped_share(proprio) == pytest.approx({"a": 0.02, "b": 0.02, "c": 0.02})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grid": {"kind": "unifrom"}}, "grid.kind.*did you mean 'uniform'"),
        ({"vocabulary": {"kind": "added_tokens"}}, "vocabulary.first_id: missing"),
        ({"vocabulary": {"first_id": 3}}, "missing key 'kind': one of 'added_tokens', 'last_tokens'"),
        ({"vocabulary": {"kind": "last_tokens", "vocab_size": 4}}, "at least 256"),
        ({"colour": 1}, "colour: unknown key"),
    ],
)
def test_damaged_checkpoints_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        ActionCodec.from_dict(CODECS[0].to_dict() | change)


def test_foreign_ids_and_widths_are_refused():
    with pytest.raises(DataError, match="42 is no action token"):
        CODECS[0].decode(np.full((1, 7), 42))
    with pytest.raises(DataError, match="another robot"):
        CODECS[0].encode(np.zeros((2, 8)))
    with pytest.raises(DataError, match="another robot"):
        CODECS[0].decode(np.full((2, 8), 151_700))
