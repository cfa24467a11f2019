import pytest

from envs.stopwatch import Stopwatch


def test_times_of_an_activity_add_up():
    times = iter([0.0, 1.0, 5.0, 7.5, 10.0, 11.0])
    watch = Stopwatch(clock=lambda: next(times))
    for activity in ("simulation", "rendering", "simulation"):
        with watch.on(activity):
            pass
    watch.add({"rendering": 0.5})
    assert watch.seconds == {"simulation": 2.0, "rendering": 3.0}


def test_what_fails_is_counted_too():
    times = iter([0.0, 4.0])
    watch = Stopwatch(clock=lambda: next(times))
    with pytest.raises(ValueError), watch.on("expert"):
        raise ValueError
    assert watch.seconds == {"expert": 4.0}
