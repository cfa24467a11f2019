from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from spatial_pretrain.data_engine.options import LETTERS, STYLES, Options
from spatial_pretrain.data_engine.samples import Rejected


@pytest.mark.parametrize(
    ("style", "listed", "answer"),
    [
        ("A. x, B. y", "A. left, B. right", "B. right"),
        ("A. x B. y", "A. left B. right", "B. right"),
        ("A: x, B: y", "A: left, B: right", "B: right"),
    ],
)
def test_options_are_written_as_in_the_paper(style, listed, answer):
    options = Options(texts=("left", "right"), answer_index=1, style=style)
    assert (options.listed, options.answer, options.letter) == (listed, answer, "B")


def test_letters_and_styles_are_uniform_and_the_answer_is_there_once():
    rng = np.random.default_rng(0)
    letters, styles = Counter(), Counter()
    for _ in range(4000):
        options = Options.shuffled(rng, "north", ["south", "east", "west"])
        letters[options.letter] += 1
        styles[options.style] += 1
        assert sorted(options.texts) == ["east", "north", "south", "west"]
        assert options.texts[LETTERS.index(options.letter)] == "north"
    assert chisquare([letters[letter] for letter in LETTERS[:4]]).pvalue > 1e-3
    assert chisquare([styles[style] for style in STYLES]).pvalue > 1e-3


def test_drawn_options_are_right_equally_often_however_common_they_are():
    rng = np.random.default_rng(1)
    pool = {"common": list(range(90)), "rare": [90], "third": [91], "fourth": [92], "never": []}
    right = Counter()
    for _ in range(2000):
        options, candidate = Options.drawn(rng, pool)
        answer = options.texts[options.answer_index]
        right[answer] += 1
        assert candidate in pool[answer]
        assert "never" not in options.texts
    assert chisquare(list(right.values())).pvalue > 1e-3 and len(right) == 4


def test_a_pool_with_too_few_answers_is_rejected():
    with pytest.raises(Rejected, match="too few different answers"):
        Options.drawn(np.random.default_rng(0), {"a": [1], "b": [2], "c": []}, count=3)


def test_equal_options_are_refused():
    with pytest.raises(AssertionError, match="not distinct"):
        Options.shuffled(np.random.default_rng(0), "Left", ["left"])
