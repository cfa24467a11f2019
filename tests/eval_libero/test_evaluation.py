"""Whole evaluations with real worker processes on the fake world."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from envs.fake import PointReachExpertFactory, PointReachFactory
from eval_libero import build_plan, evaluate, reload
from eval_libero.ledger import record_file
from policies.fake import RandomPolicy, ReachPolicy
from tests.eval_libero.worlds import FaultyFactory
from vst_robot.errors import InputError, UnavailableError

ROOT = Path(__file__).parents[2]
FACTORY = PointReachFactory()
TASKS = FACTORY.tasks()


def plan_of(episodes=3, **changes):
    return build_plan("fake", TASKS, episodes_per_task=episodes, **changes)


def run(output, policy=None, factory=FACTORY, plan=None, **changes):
    arguments = {"num_slots": 4, "video_episodes": 0} | changes
    return evaluate(plan or plan_of(), factory, policy or ReachPolicy(), output, **arguments)


def facts(folder):
    """Records by key without what may differ between two runs."""
    records = record_file(folder).read()
    return {r.key: dataclasses.replace(r, simulation_s=0.0, finished_at="") for r in records}


class NoisyReach(ReachPolicy):
    """Reaches about half of the time, remembers its episodes, and is shown rows."""

    def __init__(self):
        super().__init__(horizon=3)
        self.rows, self.running, self.forgotten = [], set(), []

    def act_slots(self, observations):
        self.rows.append([o and o.episode for o in observations])
        self.running |= {o.episode for o in observations if o}
        return [o and self._noisy(o) for o in observations]

    def forget(self, episode):
        self.forgotten.append(episode)
        self.running.discard(episode)

    def _noisy(self, observation):
        (noise,) = RandomPolicy(horizon=3).act([observation])
        (clean,) = self.act([observation])
        return dataclasses.replace(clean, actions=0.1 * clean.actions + 0.9 * noise.actions)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    policy = NoisyReach()
    result = run(folder, policy, plan=plan_of(max_steps=20))
    return folder, policy, result


def test_every_episode_of_the_plan_gets_one_record(undisturbed):
    folder, _, result = undisturbed
    assert list(sorted(facts(folder))) == sorted(e.key for e in plan_of().episodes)
    assert result.finished == result.expected == 12
    assert 0 < result.successes < 12, "the comparison below needs both outcomes"
    assert result.success_rate == result.successes / 12


@pytest.mark.parametrize("num_workers", [2, 3])
def test_the_number_of_workers_changes_nothing(undisturbed, tmp_path, num_workers):
    folder, policy, _ = undisturbed
    other = NoisyReach()
    run(tmp_path, other, plan=plan_of(max_steps=20), num_workers=num_workers)
    assert facts(tmp_path) == facts(folder)
    assert other.rows == policy.rows, "the policy was asked the same questions in the same rows"


def test_an_episode_keeps_its_row_and_is_forgotten_once(undisturbed):
    _, policy, _ = undisturbed
    rows_of = {}
    for rows in policy.rows:
        assert len(rows) == 4
        for row, key in enumerate(rows):
            rows_of.setdefault(key, set()).add(row)
    rows_of.pop(None, None)
    assert all(len(rows) == 1 for rows in rows_of.values())
    assert sorted(policy.forgotten) == sorted(rows_of)
    assert policy.running == set()


def test_a_second_run_has_nothing_to_do(undisturbed, tmp_path):
    run(tmp_path)
    before = (tmp_path / "episodes.jsonl").read_bytes()
    policy = NoisyReach()
    policy.fingerprint = ReachPolicy().fingerprint
    again = run(tmp_path, policy)
    assert policy.rows == []
    assert (tmp_path / "episodes.jsonl").read_bytes() == before
    assert again.success_rate == 1.0


def test_episodes_can_be_added_later(tmp_path):
    assert run(tmp_path, plan=plan_of(1)).expected == 4
    grown = run(tmp_path, plan=plan_of(3))
    assert (grown.expected, grown.finished) == (12, 12)
    assert len((tmp_path / "episodes.jsonl").read_text().splitlines()) == 12
    shrunk = run(tmp_path, plan=plan_of(2))
    assert (shrunk.expected, shrunk.finished, shrunk.outside_plan) == (8, 8, 4)


def test_killed_in_the_middle_and_started_again(tmp_path):
    program = """
        import sys
        from pathlib import Path
        from eval_libero import build_plan, evaluate
        from policies.fake import ReachPolicy
        from tests.eval_libero.worlds import SlowFactory

        if __name__ == "__main__":
            factory = SlowFactory(step_s=float(sys.argv[2]))
            plan = build_plan("fake", factory.tasks(), episodes_per_task=4)
            output = Path(sys.argv[1])
            evaluate(plan, factory, ReachPolicy(), output, num_workers=2, num_slots=4, video_episodes=0)
    """
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(program))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def start(folder, step_s):
        command = [sys.executable, str(script), str(tmp_path / folder), str(step_s)]
        return subprocess.Popen(command, env=environment)

    assert start("undisturbed", 0.0).wait(60) == 0
    killed = start("killed", 0.02)
    records = tmp_path / "killed" / "episodes.jsonl"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (records.exists() and records.read_bytes().count(b"\n") >= 5):
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert 5 <= len(facts(tmp_path / "killed")) < 16, "it was in the middle"
    with records.open("ab") as file:
        file.write(b'{"suite": "point_re')  # what a kill within a write leaves
    assert start("killed", 0.0).wait(60) == 0
    assert facts(tmp_path / "killed") == facts(tmp_path / "undisturbed")
    numbers = [json.loads((tmp_path / f / "result.json").read_text()) for f in ("killed", "undisturbed")]
    for number in numbers:
        number.pop("simulation_s")
    assert numbers[0] == numbers[1]


def test_crashes_are_errors_withhold_the_number_and_are_tried_again(tmp_path):
    (tmp_path / "once").mkdir()
    faults = {"point_reach/1/0": "raise", "point_reach/2/1": "raise"}
    factory = FaultyFactory(on_reset=faults, on_step=faults, once=tmp_path / "once")
    first = run(tmp_path / "out", factory=factory, num_workers=2)
    assert (first.finished, first.errors, first.success_rate) == (10, 2, None)
    assert "2 crashed" in first.incomplete
    assert reload(tmp_path / "out", allow_errors=True).success_rate == 1.0
    again = run(tmp_path / "out", factory=factory, num_workers=2)
    assert (again.finished, again.errors, again.success_rate) == (12, 0, 1.0)
    run(tmp_path / "healthy")
    assert facts(tmp_path / "out") == facts(tmp_path / "healthy")


def test_a_dead_worker_costs_its_running_episodes_only(tmp_path):
    (tmp_path / "once").mkdir()
    factory = FaultyFactory(on_step={"point_reach/1/1": "kill"}, once=tmp_path / "once")
    result = run(tmp_path / "out", factory=factory, num_workers=2)
    lost = {key for key, record in facts(tmp_path / "out").items() if record.status == "error"}
    assert "point_reach/1/1" in lost
    assert {key.split("/")[1] for key in lost} <= {"1", "3"}, "slots 1 and 3 live in the second worker"
    assert result.errors == len(lost) <= 2
    assert all("killed by SIGKILL" in facts(tmp_path / "out")[key].error for key in lost)
    assert run(tmp_path / "out", factory=factory).success_rate == 1.0


@pytest.mark.parametrize("kind", ["kill", "exit"])
def test_workers_that_keep_dying_end_the_run_and_keep_what_is_done(tmp_path, kind):
    keys = [e.key for e in plan_of().episodes if e.task_id == 3]
    word = {"kill": "SIGKILL", "exit": "exit code 3"}[kind]
    with pytest.raises(UnavailableError, match=rf"died 3 times.*{word}"):
        run(tmp_path, factory=FaultyFactory(on_reset=dict.fromkeys(keys, kind)), num_workers=4)
    statuses = [record.status for record in facts(tmp_path).values()]
    assert statuses.count("error") == 2
    assert "success" in statuses


def test_a_silent_worker_counts_as_dead(tmp_path):
    factory = FaultyFactory(on_step={"point_reach/0/0": "hang"})
    result = run(tmp_path, factory=factory, plan=plan_of(1), worker_timeout_s=2.0, num_workers=4)
    assert (result.errors, result.successes) == (1, 3)
    assert "no answer for 2 s" in facts(tmp_path)["point_reach/0/0"].error


@pytest.mark.parametrize(("kind", "error"), [("input", InputError), ("unavailable", UnavailableError)])
def test_what_the_user_must_mend_is_raised_as_it_is(tmp_path, kind, error):
    with pytest.raises(error, match=r"use 'primitive'|install libegl1"):
        run(tmp_path, factory=FaultyFactory(on_build=kind))
    assert facts(tmp_path) == {}


def test_a_factory_that_cannot_travel(tmp_path):
    class Local(PointReachFactory):
        pass

    with pytest.raises(InputError, match="cannot be sent to a worker"):
        run(tmp_path, factory=Local())


def test_workers_never_load_torch(tmp_path):
    factory = FaultyFactory(on_step=dict.fromkeys(["point_reach/0/0"], "modules"))
    run(tmp_path, factory=factory, plan=plan_of(1))
    assert "RuntimeError: clean" in facts(tmp_path)["point_reach/0/0"].error


def test_experts_act_inside_the_workers(tmp_path):
    result = run(tmp_path, PointReachExpertFactory(), num_workers=2)
    assert result.success_rate == 1.0
    assert result.settings["policy.name"] == "point_reach_expert"


def test_training_on_evaluation_states_is_refused_before_anything_is_written(tmp_path):
    run(tmp_path / "first")
    trained = {facts(tmp_path / "first")["point_reach/2/0"].start_hash}
    with pytest.raises(InputError, match="start from evaluation states"):
        run(tmp_path / "second", training_start_hashes=trained)
    assert "point_reach/2/0" not in facts(tmp_path / "second")
    with pytest.raises(InputError, match="point_reach/2/0"):
        run(tmp_path / "first", training_start_hashes=trained)


def test_other_settings_are_refused(tmp_path):
    run(tmp_path, plan=plan_of(1))
    with pytest.raises(InputError, match=r"'policy\.horizon' was '4', now '2'"):
        run(tmp_path, ReachPolicy(horizon=2), plan=plan_of(1))
    with pytest.raises(InputError, match=r"'world\.image_size' was '64', now '32'"):
        run(tmp_path, factory=PointReachFactory(image_size=32), plan=plan_of(1))


def test_a_broken_policy_ends_the_run_at_once(tmp_path):
    class Nan(ReachPolicy):
        def act(self, observations):
            return [dataclasses.replace(c, actions=c.actions * np.nan) for c in super().act(observations)]

    with pytest.raises(InputError, match="finite"):
        run(tmp_path, Nan())
    assert facts(tmp_path) == {}


def test_progress_ends_complete_and_shows_every_record_once(tmp_path):
    seen = []
    run(tmp_path, num_workers=2, on_progress=seen.append)
    assert [p.rounds for p in seen] == list(range(1, len(seen) + 1))
    assert [p.finished for p in seen] == sorted(p.finished for p in seen)
    assert (seen[-1].finished, seen[-1].expected, seen[-1].successes) == (12, 12, 12)
    assert sorted(r.key for p in seen for r in p.new) == sorted(facts(tmp_path))
    later = []
    run(tmp_path, plan=plan_of(4), on_progress=later.append)
    assert later[-1].finished == 16


def test_filmed_episodes_have_videos_and_the_same_outcome(tmp_path):
    pytest.importorskip("imageio_ffmpeg")
    run(tmp_path / "plain", plan=plan_of(1))
    run(tmp_path / "filmed", plan=plan_of(1), video_episodes=2)
    plain, filmed = facts(tmp_path / "plain"), facts(tmp_path / "filmed")
    videos = {key: record.video for key, record in filmed.items() if record.video}
    assert videos == {f"point_reach/{i}/0": f"videos/point_reach-{i}-0.mp4" for i in (0, 2)}
    assert all((tmp_path / "filmed" / video).stat().st_size > 500 for video in videos.values())
    assert {k: dataclasses.replace(r, video="") for k, r in filmed.items()} == plain
    assert (tmp_path / "filmed" / "report.html").read_text().count("data:video/mp4") == 2


@pytest.mark.parametrize(
    ("changes", "what"),
    [({"num_workers": 0}, "--workers"), ({"num_slots": 0}, "--slots"), ({"video_episodes": -1}, "--videos")],
)
def test_impossible_numbers(tmp_path, changes, what):
    with pytest.raises(InputError, match=what):
        run(tmp_path, **changes)
