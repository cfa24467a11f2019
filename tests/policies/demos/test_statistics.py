import json
from dataclasses import replace

import numpy as np
import pytest

from policies.demos import statistics
from tests.policies.demos.conftest import TASKS
from vst_robot.errors import DataError


def test_every_suite_has_its_own(make_demo, tmp_path):
    other = replace(TASKS[0], suite="libero_10", name="other")
    episodes = [make_demo(0, steps=30), make_demo(1, steps=50), make_demo(2, steps=40, task=other)]
    fitted = statistics.fit(episodes)
    assert list(fitted) == ["libero_10", "libero_goal"]
    goal = fitted["libero_goal"]
    both = np.concatenate([episode.actions_clean for episode in episodes[:2]])
    assert np.array_equal(goal.actions_clean.q01, np.quantile(both, 0.01, axis=0))
    assert np.array_equal(goal.actions_clean.max, both.max(axis=0))
    assert (goal.actions.num_steps, goal.actions.num_episodes) == (80, 2)
    assert all(goal.proprio.mask) and not goal.actions.mask[-1]
    path = statistics.save(fitted, "hash", tmp_path)
    assert statistics.load(tmp_path).suites == fitted
    assert json.loads(path.read_text())["contents"] == "hash"


def test_tasks_of_no_suite_and_no_tasks(make_demo):
    assert list(statistics.fit([make_demo(0, task=replace(TASKS[0], suite=""))])) == ["unknown"]
    with pytest.raises(DataError, match="no demonstrations to compute statistics of"):
        statistics.fit([])
