"""Several sets as one."""

import shutil
from dataclasses import replace

import pytest

from action_tokenizer import LIBERO
from policies.demos.chain import DemonstrationChain, chained
from policies.demos.formats import open_demonstrations
from policies.demos.store import DemonstrationStore
from tests.policies.demos.conftest import TASKS, assert_same_numbers
from vst_robot.errors import DataError


@pytest.fixture
def sets(hdf5_set, make_demo, tmp_path):
    """The set of two tasks, and another suite's with one task and three demonstrations."""
    first = DemonstrationStore(hdf5_set)
    task = replace(TASKS[0], suite="libero_object", name="pick_up_the_milk")
    second = DemonstrationStore(tmp_path / "object")
    facts = {"noise.translation": "0.15", "expert.name": "other"}
    second.prepare(
        replace(
            first.manifest, suite="libero_object", tasks=(task,), cameras=("agentview",), num_per_task=3, facts=facts
        )
    )
    for demo in range(3):
        second.add(
            make_demo(40 + demo, task=task, cameras=("agentview",), provenance={"start_hash": f"x{demo}"}), demo=demo
        )
    return first, second


def test_one_behind_the_other(sets):
    chain = DemonstrationChain(sets)
    expected = [episode for one in sets for episode in one.episodes(2)]
    got = list(chain.episodes(2))
    assert len(got) == 6 and len(list(chain.episodes())) == 7
    for one, other in zip(expected, got, strict=True):
        assert_same_numbers(one, other)
    assert len(list(chain.entries())) == 7
    assert chain.start_hashes() == sets[0].start_hashes() | {"x0", "x1", "x2"}


def test_it_reads_one_episode_at_a_time(sets):
    (sets[1].folder / "parts" / "pick_up_the_milk" / "demo_1.hdf5").write_bytes(b"no HDF5")
    episodes = DemonstrationChain(sets[::-1]).episodes(1)
    with pytest.raises(DataError, match=r"demo_1\.hdf5"):
        next(episodes)
    episodes = DemonstrationChain(sets).episodes(1)
    assert [next(episodes).task for _ in range(2)] == list(TASKS), "what comes first can be read all the same"


def test_the_manifest_says_what_all_share(sets):
    manifest = DemonstrationChain(sets).manifest
    assert (manifest.suite, manifest.num_per_task) == ("libero_goal+libero_object", 2)
    assert [task.name for task in manifest.tasks] == ["task_0", "task_1", "pick_up_the_milk"]
    assert manifest.cameras == ("agentview",) and manifest.facts == {"noise.translation": "0.15"}


def test_a_set_by_others_leaves_none(sets, plain_set):
    assert DemonstrationChain([sets[0], DemonstrationStore(plain_set(1))]).manifest is None


def test_the_hash_follows_every_part_and_their_order(sets):
    whole = DemonstrationChain(sets)
    hashes = {whole.contents_hash(2), whole.contents_hash(1), DemonstrationChain(sets[::-1]).contents_hash(2)}
    assert len(hashes) == 3 and DemonstrationChain(sets).contents_hash(2) in hashes


def test_too_few_in_one_part(sets):
    with pytest.raises(DataError, match="task 'task_0' has 2 demonstrations, 3 are asked for"):
        list(DemonstrationChain(sets).episodes(3))


def test_orientations_are_not_mixed(sets, plain_set):
    mirrored = DemonstrationStore(plain_set(1, orientation="mirrored"))
    with pytest.raises(DataError, match=r"mirrored pictures, .* true ones; orientations are never mixed"):
        list(DemonstrationChain([sets[0], mirrored]).episodes())


def test_a_single_set_stays_itself(sets):
    assert chained(sets[:1]) is sets[0]


def test_all_parts_are_of_one_robot(sets, plain_set, tmp_path):
    assert DemonstrationChain(sets).robot == LIBERO
    own = tmp_path / "own"
    shutil.copytree(plain_set(1), own)
    (own / "robot.toml").write_text('actions = ["elbow", "wrist"]')
    other = open_demonstrations(own)
    with pytest.raises(DataError, match=r"own is of another robot \(elbow, wrist\) than .* \(x, y"):
        DemonstrationChain([*sets, other])
