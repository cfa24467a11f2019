import os
import signal
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from envs.collect import SUCCESS_STEPS, CollectJob, collect, collection_facts
from envs.fake import REACH_M, PointReachEnvironment, PointReachExpert, PointReachExpertFactory, PointReachFactory
from envs.noise import NoiseConfig
from vst_robot.errors import InputError, UnavailableError

FACTORY = PointReachFactory(image_size=16)
JOBS = [CollectJob(task_id=task_id, demo=demo, seed=3) for task_id in range(3) for demo in range(2)]


def run(jobs=JOBS, expert=PointReachExpertFactory(), factory=FACTORY, **options):  # noqa: B008
    options = {"cameras": ("agentview",), "max_steps": 40, "num_workers": 1} | options
    episodes = list(collect(factory, expert, jobs, **options))
    return {(episode.task.task_id, int(episode.provenance["demo"])): episode for episode in episodes}


def arrays(episode):
    names = ("actions", "actions_clean", "proprio", "joint_positions", "sim_states")
    return [*(getattr(episode, name) for name in names), episode.images["agentview"], episode.start.sim_state]


@dataclass(frozen=True)
class TroubledExpertFactory:
    """Fails, crashes or tells about its process when it meets certain starts."""

    kind: str

    def __call__(self, environment):
        return TroubledExpert(self.kind)

    def fingerprint(self):
        return {"name": self.kind}


class TroubledExpert(PointReachExpert):
    def __init__(self, kind):
        self.kind = kind

    def act(self, environment: PointReachEnvironment):
        trouble = environment.task.task_id == 1
        if trouble and self.kind == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if trouble and self.kind == "raises":
            raise RuntimeError("contact\nlost")
        if self.kind == "lazy" or (self.kind == "unlucky" and environment.hand_m[0] > 0):
            return np.zeros(7)
        if self.kind == "torch" and {"torch", "transformers", "tensorflow"} & set(sys.modules):
            raise RuntimeError("a worker loaded torch")
        return super().act(environment)


@pytest.fixture(scope="module")
def collected():
    return run()


def test_every_job_yields_a_successful_demonstration(collected):
    assert sorted(collected) == [(job.task_id, job.demo) for job in JOBS]
    for episode in collected.values():
        steps = len(episode)
        assert episode.success and SUCCESS_STEPS < steps <= 40
        assert episode.images["agentview"].shape == (steps, 16, 16, 3)
        assert (episode.images["agentview"][:, 0, 0] == (255, 0, 255)).all(), "the true picture's first row is its top"
        assert [len(values) for values in arrays(episode)[:-1]] == [steps] * 6
        # what was seen before the first action is the start itself
        np.testing.assert_array_equal(episode.sim_states[0], episode.start.sim_state)


def test_a_demonstration_ends_when_the_goal_has_held(collected):
    for episode in collected.values():
        hands_m, discs_m = episode.sim_states[:, 1:3], episode.sim_states[:, 4:].reshape(-1, 4, 2)
        away_m = np.linalg.norm(hands_m - discs_m[:, episode.task.task_id], axis=1)
        # states are those before each action, so the last of the steps at the goal is not among them
        assert (away_m[1 - SUCCESS_STEPS :] < REACH_M).all() and away_m[-SUCCESS_STEPS] >= REACH_M


def test_noise_is_executed_and_the_label_is_clean(collected):
    for episode in collected.values():
        noise = episode.actions - episode.actions_clean
        assert np.abs(noise[:, :6]).min(axis=0).max() > 0
        assert (noise[:, 6] == 0).all() and np.abs(episode.actions).max() <= 1
        # the expert of the fake world answers with a function of the state it sees
        hand_m, disc_m = episode.sim_states[:, 1:3], episode.sim_states[:, 4:].reshape(-1, 4, 2)
        towards = (disc_m[:, episode.task.task_id] - hand_m) / 0.05
        np.testing.assert_allclose(episode.actions_clean[:, :2], np.clip(towards, -1, 1))


def test_two_workers_collect_the_same(collected):
    again = run(jobs=JOBS[::-1], num_workers=2)
    for key, episode in collected.items():
        assert (again[key].seed, again[key].provenance) == (episode.seed, episode.provenance)
        for left, right in zip(arrays(again[key]), arrays(episode), strict=True):
            np.testing.assert_array_equal(left, right)


def test_start_seeds_never_meet():
    jobs = [CollectJob(task_id=t, demo=d, seed=s) for t in (0, 1, 99) for d in (0, 1, 999) for s in (0, 1, 400)]
    seeds = [job.start_seed(attempt) for job in jobs for attempt in (0, 1, 99)]
    assert len(set(seeds)) == len(seeds)
    assert min(seeds) == 1_000_000 and max(seeds) < 2**32, "numpy's global generator takes 32 bits"


@pytest.mark.parametrize("numbers", [{"task_id": 100}, {"demo": 1000}, {"seed": 401}, {"demo": -1}])
def test_numbers_out_of_range(numbers):
    with pytest.raises(InputError, match=f"{next(iter(numbers))} must lie between 0 and"):
        CollectJob(**{"task_id": 0, "demo": 0} | numbers)


def test_failed_starts_are_replaced_by_the_next():
    progress = []
    episodes = run(
        expert=TroubledExpertFactory("unlucky"),
        noise=NoiseConfig(translation=0, rotation=0),
        max_steps=12 + SUCCESS_STEPS,
        on_progress=progress.append,
    )
    assert sorted(episodes) == [(job.task_id, job.demo) for job in JOBS]
    attempts = [int(episode.provenance["attempt"]) for episode in episodes.values()]
    assert max(attempts) > 0
    assert progress[-1].failed_attempts == sum(attempts)
    assert [step.done for step in progress] == [1, 2, 3, 4, 5, 6] and progress[-1].total == 6
    assert set(progress[0].worker_s) == {"resets", "rendering", "expert", "simulation"}
    assert all(progress[-1].worker_s[name] > spent > 0 for name, spent in progress[0].worker_s.items())
    for (task_id, demo), episode in episodes.items():
        attempt = int(episode.provenance["attempt"])
        assert episode.seed == CollectJob(task_id=task_id, demo=demo, seed=3).start_seed(attempt)


def test_an_expert_that_never_succeeds_is_named():
    with pytest.raises(InputError, match=r"task 2, demonstration 5 .*failed all 3 attempts at 'reach_blue'.*12 steps"):
        run(
            jobs=[CollectJob(task_id=2, demo=5)],
            expert=TroubledExpertFactory("lazy"),
            max_steps=12,
            max_attempts=3,
        )


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            "killed",
            r"task 1, demonstration \d \(start seeds from 31\d+\): the worker process died \(SIGKILL\)",
        ),
        ("raises", r"task 1, demonstration \d \(start seeds from 31\d+\): RuntimeError: contact lost"),
    ],
)
def test_a_crash_names_its_job_and_loses_nothing_else(kind, message):
    done = []
    with pytest.raises(UnavailableError, match=message) as caught:
        for episode in collect(FACTORY, TroubledExpertFactory(kind), JOBS, cameras=(), max_steps=40):
            done.append(episode.task.task_id)
    assert done == [0, 0] and "\n" not in str(caught.value)


def test_workers_never_load_torch():
    assert len(run(jobs=JOBS[:1], expert=TroubledExpertFactory("torch"))) == 1


def test_abandoned_collecting_ends_its_workers():
    import multiprocessing

    running = collect(FACTORY, PointReachExpertFactory(), JOBS, cameras=(), max_steps=40, num_workers=2)
    next(running)
    assert multiprocessing.active_children()
    running.close()
    assert not multiprocessing.active_children()


COLLECTION = """
import sys, time
from envs.collect import CollectJob, collect
from envs.fake import PointReachExpertFactory, PointReachFactory
from policies.demos.store import DemonstrationStore, StoreManifest

if __name__ == "__main__":
    factory = PointReachFactory(image_size=16)
    store = DemonstrationStore(sys.argv[1])
    store.prepare(
        StoreManifest(
            suite="point_reach", tasks=tuple(factory.tasks()), cameras=("agentview",), image_size=16, seed=0,
            num_per_task=2,
        )
    )
    jobs = [CollectJob(task_id=task_id, demo=demo) for task_id, demo in store.missing()]
    for episode in collect(factory, PointReachExpertFactory(), jobs, cameras=("agentview",), max_steps=60):
        store.add(episode)
        store.merge()
        print(len(store.missing()), flush=True)
        if len(sys.argv) > 2:
            time.sleep(60)
    print(store.contents_hash())
"""


def test_a_killed_collection_continues(tmp_path):
    (tmp_path / "collection.py").write_text(COLLECTION)

    def command(folder, *extra):
        return [sys.executable, str(tmp_path / "collection.py"), str(tmp_path / folder), *extra]

    with subprocess.Popen(command("killed", "slow"), stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout.readline() == "7\n"
        killed.kill()
    resumed = subprocess.run(command("killed"), capture_output=True, text=True, check=True)
    whole = subprocess.run(command("undisturbed"), capture_output=True, text=True, check=True)
    assert resumed.stdout.split()[:-1] == ["6", "5", "4", "3", "2", "1", "0"]
    assert resumed.stdout.split()[-1] == whole.stdout.split()[-1]


def test_facts_name_world_expert_and_noise():
    facts = collection_facts(FACTORY, PointReachExpertFactory(), NoiseConfig(translation=0.2))
    assert facts["environment.name"] == "point_reach" and facts["expert.name"] == "point_reach_expert"
    assert facts["noise.translation"] == "0.2"


def test_nothing_to_do_starts_nothing():
    assert run(jobs=[]) == {}
    with pytest.raises(InputError, match="num_workers"):
        run(num_workers=0)
    with pytest.raises(InputError, match=r"rotation was -0\.1"):
        NoiseConfig(rotation=-0.1)
