import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from action_tokenizer import NUM_BINS, Grid
from vst_robot.errors import DataError

grids = pytest.mark.parametrize("grid", [Grid("openvla"), Grid("uniform")], ids=["openvla", "uniform"])
unit = st.floats(-1, 1)


@grids
@given(value=unit)
def test_round_trip_stays_within_half_a_bin(grid, value):
    assert abs(grid.decode(grid.encode(np.array(value))) - value) <= grid.half_bin + 1e-12


@grids
@given(pair=st.tuples(unit, unit))
def test_encoding_is_monotone(grid, pair):
    low, high = sorted(pair)
    assert grid.encode(np.array(low)) <= grid.encode(np.array(high))


@grids
def test_a_centre_encodes_to_its_own_bin(grid):
    bins = np.arange(NUM_BINS)
    expected = np.minimum(bins, 254) if grid.kind == "openvla" else bins
    assert (grid.encode(grid.centres) == expected).all()


@grids
def test_every_bin_is_reached_and_bins_ascend(grid):
    bins = grid.encode(np.linspace(-1, 1, 100_001))
    assert (np.unique(bins) == np.arange(NUM_BINS)).all()
    assert bins.dtype == np.int64


def test_ends_of_the_openvla_grid():
    grid = Grid("openvla")
    assert grid.encode(np.array([-1.0, np.nextafter(1, 0), 1.0])).tolist() == [0, 254, 255]
    assert grid.decode(np.array([0, 254, 255])) == pytest.approx([-254 / 255, 254 / 255, 254 / 255], abs=1e-15)


def test_ends_of_the_uniform_grid():
    grid = Grid("uniform")
    assert grid.encode(np.array([-1.0, -1 + 1 / 128, 0.0, 1.0])).tolist() == [0, 1, 128, 255]
    assert grid.decode(np.array([0, 128, 255])).tolist() == [-1 + 1 / 256, 1 / 256, 1 - 1 / 256]


def test_openvla_grid_equals_the_formula_written_out():
    """What OpenVLA's tokenizer computes, one value at a time, with its own indices d = 1…256."""
    edges = [-1 + 2 * i / 255 for i in range(256)]
    values = np.random.default_rng(0).uniform(-1.1, 1.1, 100_000)
    grid = Grid("openvla")
    bins = grid.encode(values)
    decoded = grid.decode(bins)
    for i in range(0, len(values), 7):
        clipped = min(max(values[i], -1.0), 1.0)
        d = min(int((clipped + 1) * 127.5) + 1, 256)
        assert bins[i] + 1 == d
        k = min(max(d - 1, 0), 254)
        assert decoded[i] == pytest.approx((edges[k] + edges[k + 1]) / 2, abs=1e-12)


def test_openvla_grid_equals_digitize():
    values = np.random.default_rng(1).normal(0, 0.6, 100_000)
    edges = np.linspace(-1.0, 1.0, 256)
    assert (Grid("openvla").encode(values) + 1 == np.digitize(np.clip(values, -1.0, 1.0), edges)).all()


@grids
def test_values_beyond_the_ends_are_clipped(grid):
    assert grid.encode(np.array([-7.0, 7.0, -np.inf, np.inf])).tolist() == [0, 255, 0, 255]


@grids
def test_nan_is_refused(grid):
    with pytest.raises(DataError, match="NaN"):
        grid.encode(np.array([0.0, np.nan]))


@grids
@pytest.mark.parametrize("bad", [-1, 256])
def test_foreign_bins_are_refused(grid, bad):
    with pytest.raises(DataError, match="0…255"):
        grid.decode(np.array([3, bad]))


@grids
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 7)])
def test_shapes_are_kept(grid, shape):
    bins = grid.encode(np.zeros(shape))
    assert bins.shape == shape
    assert grid.decode(bins).shape == shape
