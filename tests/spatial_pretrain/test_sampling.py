from itertools import islice

from spatial_pretrain.sampling import VisitSampler


def test_each_pass_visits_everything_once() -> None:
    visits = list(VisitSampler(7, 24, seed=3))
    assert len(visits) == len(VisitSampler(7, 24, seed=3)) == 24
    passes = [visits[start : start + 7] for start in range(0, 24, 7)]
    assert all(sorted(one) == list(range(7)) for one in passes[:3])
    assert len({tuple(one) for one in passes[:3]}) == 3


def test_order_depends_on_the_seed_alone() -> None:
    assert list(VisitSampler(9, 18, seed=1)) == list(VisitSampler(9, 18, seed=1))
    assert list(VisitSampler(9, 18, seed=1)) != list(VisitSampler(9, 18, seed=2))


def test_a_longer_run_begins_the_same() -> None:
    assert list(islice(VisitSampler(5, 100, seed=0), 12)) == list(VisitSampler(5, 12, seed=0))
