import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_pretrain.packing import PackedDataset, first_fit_decreasing, pack
from vst_robot.errors import DataError


@given(st.lists(st.integers(1, 40), max_size=60), st.integers(0, 5), st.integers(1, 20))
def test_every_sample_is_in_one_row_or_dropped(lengths, seed, buffer) -> None:
    packing = pack(lengths, 30, seed=seed, buffer=buffer)
    placed = [index for row in packing.rows for index in row]
    assert sorted([*placed, *packing.dropped]) == list(range(len(lengths)))
    assert all(sum(lengths[index] for index in row) <= 30 for row in packing.rows)
    assert packing.dropped == tuple(index for index, length in enumerate(lengths) if length > 30)
    assert packing == pack(lengths, 30, seed=seed, buffer=buffer)


def test_first_fit_decreasing_by_hand() -> None:
    assert first_fit_decreasing([0, 1, 2, 3], [3, 7, 5, 4], 10) == [(1, 0), (2, 3)]


def test_seed_changes_the_rows() -> None:
    lengths = [3, 9, 4, 7, 5, 6, 2, 8] * 4
    assert pack(lengths, 16, seed=0, buffer=8).rows != pack(lengths, 16, seed=1, buffer=8).rows


def test_dataset_of_rows() -> None:
    packed = PackedDataset(["a", "bb", "ccc"], pack([1, 2, 3], 3, buffer=3))
    assert sorted(sorted(packed[row]) for row in range(len(packed))) == [["a", "bb"], ["ccc"]]


def test_nothing_fits() -> None:
    with pytest.raises(DataError, match="row of 2 tokens"):
        PackedDataset(["long"], pack([9], 2))
