"""The paper's mixtures."""

import pytest

from spatial_pretrain.data_engine.mixture import VST_P, VST_R, apportion, counts, vst_r
from vst_robot.errors import InputError


def test_figure_2_adds_up_as_the_paper_says():
    groups = {prefix: sum(n for name, n in VST_P.items() if name.startswith(prefix)) for prefix in ("si", "mi", "vid")}
    total = sum(VST_P.values())
    assert len(VST_P) == 19 and total == 4_165_000
    assert [round(100 * n / total, 1) for n in groups.values()] == [64.8, 33.1, 2.1]
    cot = sum(n for name, n in VST_R.items() if name.startswith("cot"))
    assert cot == 106_000 and sum(VST_R.values()) == 136_000 and round(100 * cot / 136_000, 1) == 77.9


@pytest.mark.parametrize("total", [1, 19, 1000, 10_007, 4_165_000])
def test_any_total_is_met_and_shares_are_kept(total):
    given = counts("vst-p", total, tuple(VST_P))
    assert sum(given.values()) == total
    assert all(abs(given[name] - total * n / 4_165_000) < 1 for name, n in VST_P.items())


def test_a_part_of_a_mixture_keeps_its_proportions():
    assert counts("vst-p", 200, ("mi_detection", "mi_correspondence")) == {"mi_detection": 125, "mi_correspondence": 75}
    assert counts("even", 7, ("a", "b", "c")) == {"a": 3, "b": 2, "c": 2}


def test_what_cannot_be_mixed():
    with pytest.raises(InputError, match="vst-p has no share for si_depth;"):
        counts("vst-p", 10, ("si_depth",))
    with pytest.raises(InputError, match="at least one sample"):
        counts("vst-p", 0, tuple(VST_P))


def test_largest_remainders():
    assert apportion(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert apportion(3, {"a": 0.5, "b": 0.49, "c": 0.01}) == {"a": 2, "b": 1, "c": 0}


def test_detection_is_a_further_stream_for_rl():
    table = vst_r(0.25)
    rl = sum(n for name, n in table.items() if name.startswith("rl_"))
    assert table["rl_detection"] == rl / 4 == 10_000 and {name: table[name] for name in VST_R} == dict(VST_R)
    parts = ("rl_detection", "rl_math")
    assert counts("vst-r", 100, parts, rl_detection_share=0.0) == {"rl_detection": 0, "rl_math": 100}
    with pytest.raises(InputError, match="share of 3D detection"):
        vst_r(1.0)
