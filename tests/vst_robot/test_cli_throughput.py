from collections.abc import Iterator

from vst_robot.cli.throughput import Throughput


def ticks(*seconds: float):
    times: Iterator[float] = iter(seconds)
    return lambda: next(times)


def test_shares_are_of_all_workers_time():
    throughput = Throughput(workers=2, clock=ticks(0.0, 10.0, 13.0, 60.0))
    with throughput.writing():
        pass
    throughput.worker_s = {"simulation": 60.0, "rendering": 30.0, "expert": 12.0, "resets": 6.0}
    assert throughput.summary(80) == (
        "80 demonstrations per minute on 2 worker(s): simulation 50%, rendering 25%, expert 10%, waiting 10%, "
        "resets 5% of their time; writing 5% beside them. Bottleneck: simulation"
    )


def test_writing_that_workers_wait_for_is_the_bottleneck():
    throughput = Throughput(workers=1, clock=ticks(0.0, 0.0, 58.0, 60.0))
    with throughput.writing():
        pass
    throughput.worker_s = {"simulation": 20.0}
    assert throughput.summary(30).endswith("writing 97% beside them. Bottleneck: writing")
