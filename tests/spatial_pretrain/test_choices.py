"""Mode and median of a distribution over ordered bins."""

import torch

from spatial_pretrain.choices import greedy, median


def scores(*probabilities):
    return torch.tensor([probabilities]).log()


def test_an_exact_value_beats_its_spread_out_rival_only_by_mode():
    hesitating = scores(0.3, 0.001, 0.001, 0.17, 0.18, 0.18, 0.168)
    assert greedy(hesitating).item() == 0
    assert median(hesitating).item() == 4


def test_both_agree_where_the_model_is_sure():
    sure = scores(0.01, 0.01, 0.96, 0.01, 0.01)
    assert greedy(sure).item() == median(sure).item() == 2


def test_the_ends_are_reached():
    assert median(scores(0.9, 0.05, 0.05)).item() == 0
    assert median(scores(0.05, 0.05, 0.9)).item() == 2
    assert median(torch.full((4, 256), -1e4)).max().item() < 256


def test_rows_are_independent():
    a, b = torch.randn(2, 1, 256)
    assert median(torch.cat([a, b])).tolist() == [*median(a).tolist(), *median(b).tolist()]
