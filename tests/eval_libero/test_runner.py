import numpy as np
import pytest

from envs.fake import PointReachFactory
from eval_libero.ledger import record_file
from eval_libero.plan import build_plan
from eval_libero.rollout import Outcome
from eval_libero.runner import Asker, Scribe
from eval_libero.worker import SlotReport
from vst_robot.errors import InputError
from vst_robot.types import ActionChunk, Observation

EPISODES = build_plan("fake", PointReachFactory().tasks(), episodes_per_task=2).episodes


def observation(slot):
    return Observation(images={}, instruction="", proprio=np.zeros(8), episode=f"s/0/{slot}", step=4)


def chunk(value):
    return ActionChunk(actions=np.full((2, 7), float(value)))


class Echo:
    """Answers an observation with the number of its episode."""

    cameras = ()

    def __init__(self):
        self.asked = []

    def act(self, observations):
        self.asked.append([o.episode for o in observations])
        return [chunk(o.episode.split("/")[-1]) for o in observations]

    def forget(self, episode):
        pass

    def fingerprint(self):
        return {"name": "echo"}


class RowEcho(Echo):
    def act_slots(self, observations):
        self.asked.append([o and o.episode for o in observations])
        return [o and chunk(o.episode.split("/")[-1]) for o in observations]


class Answers(Echo):
    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def act(self, observations):
        return self.answer


def test_only_waiting_slots_are_asked_in_order():
    policy = Echo()
    answers = Asker(policy, 4).ask({3: observation(3), 1: observation(1)})
    assert policy.asked == [["s/0/1", "s/0/3"]]
    assert {slot: actions[0, 0] for slot, actions in answers.items()} == {1: 1, 3: 3}


def test_a_policy_with_rows_sees_its_empty_ones():
    policy = RowEcho()
    answers = Asker(policy, 4).ask({3: observation(3), 1: observation(1)})
    assert policy.asked == [[None, "s/0/1", None, "s/0/3"]]
    assert {slot: actions[0, 0] for slot, actions in answers.items()} == {1: 1, 3: 3}


def test_nobody_is_asked_about_nothing():
    policy = Echo()
    assert Asker(policy, 4).ask({}) == {}
    assert policy.asked == []


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ([], "1 observations with 0 chunks"),
        ([chunk(0), chunk(0)], "with 2 chunks"),
        ([chunk(np.nan)], "finite"),
        ([ActionChunk(actions=np.zeros(7))], r"shape \(7,\)"),
        ([ActionChunk(actions=np.zeros((0, 7)))], r"shape \(0, 7\)"),
        ([None], "episode s/0/2, step 4"),
    ],
)
def test_nonsense_is_refused(answer, what):
    with pytest.raises(InputError, match=what):
        Asker(Answers(answer), 4).ask({2: observation(2)})


def outcome(index, **changes):
    values = {"planned": EPISODES[index], "status": "failure", "steps": 60, "start_hash": f"hash-{index}"}
    return Outcome(**(values | changes))


def report(*outcomes, begun=None):
    return SlotReport(slot=0, outcomes=outcomes, observation=None, begun=begun)


@pytest.fixture
def scribe(tmp_path):
    return Scribe(record_file(tmp_path), "f00d", frozenset({"hash-trained"}), lambda: "now")


def test_outcomes_become_records(scribe, tmp_path):
    scribe.note(report(outcome(0, filmed=True), outcome(1, status="error", error="bad", start_hash="")))
    first, second = record_file(tmp_path).read()
    assert (first.key, first.status, first.steps, first.max_steps) == ("point_reach/0/0", "failure", 60, 60)
    assert (first.fingerprint, first.finished_at) == ("f00d", "now")
    assert (first.video, second.video) == ("videos/point_reach-0-0.mp4", "")
    assert (second.status, second.error) == ("error", "bad")


@pytest.mark.parametrize(
    "overlapping",
    [
        report(outcome(0), outcome(1, start_hash="hash-trained")),
        report(outcome(0), begun=("point_reach/0/1", "hash-trained")),
    ],
)
def test_nothing_is_written_once_an_overlap_is_seen(scribe, tmp_path, overlapping):
    with pytest.raises(InputError, match="start from evaluation states"):
        scribe.note(overlapping)
    assert record_file(tmp_path).read() == []
