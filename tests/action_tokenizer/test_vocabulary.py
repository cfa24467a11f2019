import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from action_tokenizer import ACTION_TOKENS, NUM_BINS, AddedTokens, LastTokens, bin_features
from vst_robot.errors import DataError

vocabularies = pytest.mark.parametrize("vocabulary", [AddedTokens(1000), LastTokens(32000)], ids=["added", "last"])
ALL_BINS = np.arange(NUM_BINS)


class WordTokenizer:
    """A tokenizer that knows whole tokens only; anything else becomes one piece per character."""

    def __init__(self, tokens, first_id=500):
        self.table = {token: first_id + i for i, token in enumerate(tokens)}

    def convert_tokens_to_ids(self, tokens):
        return [self.table.get(token) for token in tokens]

    def encode(self, text, *, add_special_tokens):
        assert not add_special_tokens
        words = [word + ">" for word in text.split(">") if word]
        return [piece for word in words for piece in ([self.table[word]] if word in self.table else map(ord, word))]


@vocabularies
def test_ids_round_trip(vocabulary):
    ids = vocabulary.encode(ALL_BINS)
    assert (ids == vocabulary.ids()).all()
    assert ids.dtype == np.int64
    assert (vocabulary.decode(ids) == ALL_BINS).all()
    assert vocabulary.decode(ids.reshape(2, 4, 32)).shape == (2, 4, 32)


def test_added_ids_ascend_with_the_bin():
    assert AddedTokens(1000).encode(np.array([0, 7, 255])).tolist() == [1000, 1007, 1255]


@given(d=st.integers(1, 256), vocab_size=st.integers(256, 200_000))
def test_last_ids_follow_openvla(d, vocab_size):
    """OpenVLA: id = vocab_size - d, d = 1 being the most negative bin."""
    assert LastTokens(vocab_size).encode(np.array(d - 1)) == vocab_size - d


@vocabularies
def test_foreign_ids_are_refused(vocabulary):
    ids = vocabulary.ids()
    for foreign in (ids.min() - 1, ids.max() + 1, 0):
        with pytest.raises(DataError, match=f"{foreign} is no action token"):
            vocabulary.decode(np.array([ids[3], foreign]))


@vocabularies
@pytest.mark.parametrize("bad", [-1, 256])
def test_foreign_bins_are_refused(vocabulary, bad):
    with pytest.raises(DataError, match=f"{bad} is no bin"):
        vocabulary.encode(np.array([0, bad]))


def test_token_names():
    assert (ACTION_TOKENS[0], ACTION_TOKENS[-1]) == ("<|action_000|>", "<|action_255|>")
    assert len(set(ACTION_TOKENS)) == NUM_BINS


def test_ids_are_read_from_a_tokenizer():
    assert AddedTokens.from_tokenizer(WordTokenizer(ACTION_TOKENS)) == AddedTokens(500)


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ([], "whole tokens"),
        (ACTION_TOKENS[:-1], "whole tokens"),
        (ACTION_TOKENS[::-1], "not consecutive and ascending"),
        ((*ACTION_TOKENS[:100], "<|other|>", *ACTION_TOKENS[100:]), "not consecutive"),
    ],
)
def test_a_tokenizer_without_them_is_refused(tokens, message):
    with pytest.raises(DataError, match=message):
        AddedTokens.from_tokenizer(WordTokenizer(tokens))


def test_tokens_that_are_known_but_split_are_refused():
    tokenizer = WordTokenizer(ACTION_TOKENS)
    tokenizer.encode = lambda text, *, add_special_tokens: [ord(letter) for letter in text]
    with pytest.raises(DataError, match="whole tokens"):
        AddedTokens.from_tokenizer(tokenizer)


def test_impossible_vocabularies_are_refused():
    with pytest.raises(DataError, match="at least 256"):
        LastTokens(255)
    with pytest.raises(DataError, match="negative"):
        AddedTokens(-1)


def test_bin_features_are_deterministic_and_of_unit_rms():
    features = bin_features(256, 128, seed=3)
    assert features.shape == (256, 128)
    assert np.sqrt((features**2).mean(0)) == pytest.approx(np.ones(128))
    assert (features == bin_features(256, 128, seed=3)).all()
    assert (features != bin_features(256, 128, seed=4)).any()


def test_neighbouring_bins_begin_near_each_other():
    features = bin_features(256, 128)
    features = features / np.linalg.norm(features, axis=1, keepdims=True)
    similarity = features @ features.T
    by_distance = [np.diagonal(similarity, offset).mean() for offset in (1, 2, 4, 8, 16, 32)]
    assert by_distance[0] > 0.97
    assert (np.diff(by_distance) < 0).all()
    assert (np.argsort(-similarity, axis=1)[:, 0] == ALL_BINS).all()
