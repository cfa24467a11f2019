import multiprocessing
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest

from envs.fake import ACTION_DIM, PointReachExpertFactory, PointReachFactory
from eval_libero import worker
from eval_libero.plan import assign_slots, build_plan
from eval_libero.worker import Equipment, Lane
from tests.eval_libero.worlds import FaultyFactory
from vst_robot.errors import InputError, UnavailableError

STILL = np.zeros((60, ACTION_DIM))
PLAN = build_plan("fake", PointReachFactory().tasks()[:2], episodes_per_task=2, max_steps=5)
KEYS = [e.key for e in PLAN.episodes]


def equipment(factory=None, expert=None):
    return Equipment(
        factory=factory or PointReachFactory(),
        cameras=("agentview",),
        expert=expert,
        filmed=frozenset(),
        videos=Path("unused"),
        video_camera="agentview",
    )


def lane(**keywords):
    return Lane(0, PLAN.episodes, equipment(**keywords))


def test_a_lane_runs_its_episodes_in_order():
    runner = lane()
    reports = [runner.advance(None)]
    while not runner.idle:
        reports.append(runner.advance(STILL))
    assert [r.begun[0] for r in reports if r.begun] == KEYS
    assert [o.planned.key for r in reports for o in r.outcomes] == KEYS
    assert [r.observation.episode for r in reports if r.observation] == KEYS
    assert reports[-1].observation is None


def test_a_finished_episode_and_the_next_question_share_a_round():
    runner = lane()
    runner.advance(None)
    report = runner.advance(STILL)
    assert report.outcomes[0].steps == 5
    assert (report.observation.episode, report.observation.step) == (KEYS[1], 0)


def test_one_simulator_at_a_time_reused_within_a_task(monkeypatch):
    built, closed = [], []
    original = PointReachFactory.__call__

    def build(self, task_id):
        assert len(built) == len(closed), "the old one is closed before the next is built"
        environment = original(self, task_id)
        monkeypatch.setattr(environment, "close", lambda: closed.append(task_id))
        built.append(task_id)
        return environment

    monkeypatch.setattr(PointReachFactory, "__call__", build)
    runner = lane()
    runner.advance(None)
    while not runner.idle:
        runner.advance(STILL)
    assert built == closed == [0, 1]


@pytest.mark.parametrize("when", ["on_reset", "on_step"])
def test_a_crash_is_an_error_and_the_next_episode_runs(when):
    runner = lane(factory=FaultyFactory(**{when: {KEYS[1]: "raise"}}))
    outcomes = [*runner.advance(None).outcomes]
    while not runner.idle:
        outcomes += runner.advance(STILL).outcomes
    assert [o.status for o in outcomes] == ["failure", "error", "failure", "failure"]
    assert outcomes[1].error.startswith("RuntimeError: the simulation exploded (worlds.py:")
    assert outcomes[1].steps == (1 if when == "on_step" else 0)
    assert bool(outcomes[1].start_hash) is (when == "on_step")


@pytest.mark.parametrize(("kind", "error"), [("input", InputError), ("unavailable", UnavailableError)])
def test_what_the_user_must_mend_ends_the_run_before_the_first_episode(kind, error):
    with pytest.raises(error):
        lane(factory=FaultyFactory(on_build=kind)).advance(None)
    with pytest.raises(error):
        lane(factory=FaultyFactory(on_reset={KEYS[0]: kind})).advance(None)


def test_the_same_error_later_is_a_matter_of_one_episode():
    runner = lane(factory=FaultyFactory(on_reset={KEYS[1]: "unavailable"}))
    runner.advance(None)
    assert runner.advance(STILL).outcomes[1].error.startswith("UnavailableError: no renderer")


def test_an_expert_acts_without_questions():
    plan = build_plan("fake", PointReachFactory().tasks()[:1], episodes_per_task=2)
    runner = Lane(0, plan.episodes, equipment(expert=PointReachExpertFactory()))
    reports = [runner.advance(None) for _ in range(3)]
    assert runner.idle
    assert all(report.observation is None for report in reports)
    assert [o.status for r in reports for o in r.outcomes] == ["success", "success"]


def test_reports_cross_process_borders():
    report = pickle.loads(pickle.dumps(lane().advance(None)))
    assert report.observation.images["agentview"].shape == (64, 64, 3)


def serve(slots, equipped, monkeypatch):
    # Only a main thread may set signal handlers.
    monkeypatch.setattr("signal.signal", lambda *args: None)
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=worker.main, args=(theirs, slots, equipped))
    thread.start()
    return ours, thread


def test_main_answers_round_by_round_until_told_to_stop(monkeypatch):
    slots = {s: e for s, e in assign_slots(PLAN.episodes, 4).items() if s % 2}
    ours, thread = serve(slots, equipment(), monkeypatch)
    ours.send({})
    assert [report.slot for report in ours.recv()] == [1, 3]
    ours.send({1: STILL, 3: STILL[:2]})
    done, running = ours.recv()
    assert done.outcomes[0].planned.key == KEYS[1]
    assert running.observation.step == 2
    ours.send({3: STILL})
    assert [report.slot for report in ours.recv()] == [3], "a slot without episodes is silent"
    ours.send(None)
    thread.join(5)
    assert not thread.is_alive()


def test_main_ends_when_the_parent_is_gone(monkeypatch):
    ours, thread = serve({0: PLAN.episodes}, equipment(), monkeypatch)
    ours.close()
    thread.join(5)
    assert not thread.is_alive()


def test_main_sends_the_error_that_ends_the_run(monkeypatch):
    ours, thread = serve({0: PLAN.episodes}, equipment(factory=FaultyFactory(on_build="input")), monkeypatch)
    ours.send({})
    answer = ours.recv()
    assert isinstance(answer, InputError)
    assert "primitive" in str(answer)
    thread.join(5)
