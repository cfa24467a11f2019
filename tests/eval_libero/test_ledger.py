import dataclasses
import json
from pathlib import Path

import pytest

from envs.fake import PointReachFactory
from eval_libero import ledger
from eval_libero.ledger import EpisodeRecord, Header
from eval_libero.plan import build_plan
from vst_robot.errors import DataError, InputError

PLAN = build_plan("fake", PointReachFactory().tasks(), episodes_per_task=2)
HEADER = Header(plan=PLAN, settings=ledger.settings_of(PLAN, {"assets": "primitive"}, {"sha256": "abc"}))


def record(task_id=0, episode=0, status="success", **changes):
    values = {
        "suite": "point_reach",
        "task_id": task_id,
        "episode": episode,
        "status": status,
        "steps": 5,
        "max_steps": 60,
        "seed": 0,
        "start_hash": f"hash-{task_id}-{episode}",
        "fingerprint": HEADER.fingerprint,
        "simulation_s": 0.1,
        "finished_at": "2025-01-01T00:00:00+00:00",
    }
    return EpisodeRecord(**(values | changes))


def test_settings_keep_the_three_parts_apart():
    assert HEADER.settings["world.assets"] == "primitive"
    assert HEADER.settings["policy.sha256"] == "abc"
    assert HEADER.settings["protocol"] == "fake"


def test_begin_and_go_on(tmp_path: Path):
    ledger.begin(tmp_path, HEADER).append(record())
    records = ledger.begin(tmp_path, HEADER)
    assert [r.key for r in records.read()] == ["point_reach/0/0"]
    assert ledger.read_header(tmp_path) == HEADER


def test_the_plan_may_grow(tmp_path: Path):
    ledger.begin(tmp_path, HEADER).append(record())
    grown = dataclasses.replace(HEADER, plan=dataclasses.replace(PLAN, episodes_per_task=9))
    assert len(ledger.begin(tmp_path, grown).read()) == 1
    assert len(ledger.read_header(tmp_path).plan.episodes) == 36


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("policy.sha256", "'policy.sha256' was 'abc', now 'xyz'; choose another --output"),
        ("world.assets", "'world.assets' was 'primitive', now 'xyz'"),
        ("max_steps", "'max_steps' was '60', now 'xyz'"),
        ("world.new", "'world.new' was '', now 'xyz'"),
    ],
)
def test_other_settings_are_refused_by_name(tmp_path: Path, name, message):
    ledger.begin(tmp_path, HEADER).append(record())
    other = dataclasses.replace(HEADER, settings=HEADER.settings | {name: "xyz"})
    with pytest.raises(InputError, match=message):
        ledger.begin(tmp_path, other)
    assert ledger.read_header(tmp_path) == HEADER, "a refused run changes nothing"


def test_records_of_other_settings_are_refused(tmp_path: Path):
    ledger.begin(tmp_path, HEADER).append(record(fingerprint="0123"))
    with pytest.raises(InputError, match="point_reach/0/0 made under other settings"):
        ledger.begin(tmp_path, HEADER)


def test_records_without_their_header_are_refused(tmp_path: Path):
    ledger.begin(tmp_path, HEADER).append(record())
    (tmp_path / "evaluation.json").unlink()
    with pytest.raises(InputError, match=r"lost its evaluation\.json"):
        ledger.begin(tmp_path, HEADER)


def test_settings_do_not_bind_before_the_first_record(tmp_path: Path):
    ledger.begin(tmp_path, HEADER)
    other = dataclasses.replace(HEADER, settings=HEADER.settings | {"policy.sha256": "xyz"})
    ledger.begin(tmp_path, other)
    assert ledger.read_header(tmp_path) == other


def test_a_damaged_header_is_refused(tmp_path: Path):
    ledger.begin(tmp_path, HEADER).append(record())
    path = tmp_path / "evaluation.json"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(DataError, match=r"evaluation\.json"):
        ledger.begin(tmp_path, HEADER)


def test_a_folder_without_evaluation(tmp_path: Path):
    with pytest.raises(InputError, match="holds no evaluation"):
        ledger.read_header(tmp_path)


def test_an_error_may_be_followed_by_an_outcome_but_an_outcome_by_nothing(tmp_path: Path):
    records = ledger.begin(tmp_path, HEADER)
    records.append(record(status="error"))
    records.append(record(status="failure"))
    with pytest.raises(InputError, match="already holds"):
        records.append(record(status="success"))
    assert [r.status for r in ledger.record_file(tmp_path).read()] == ["failure"]


def test_a_record_is_one_line_of_plain_values(tmp_path: Path):
    ledger.begin(tmp_path, HEADER).append(record())
    line = json.loads((tmp_path / "episodes.jsonl").read_text())
    assert {"suite", "task_id", "episode", "status", "steps", "seed", "fingerprint"} <= set(line)
    assert all(isinstance(value, str | int | float) for value in line.values())


def test_overlap_with_training_names_the_episodes():
    evaluated = {f"s/0/{i}": f"h{i}" for i in range(9)}
    ledger.check_overlap(evaluated, frozenset({"x"}))
    with pytest.raises(InputError, match=r"demonstrations start from evaluation states \(s/0/1, s/0/2, s/0/3 and 2"):
        ledger.check_overlap(evaluated, frozenset({"h1", "h2", "h3", "h4", "h5"}))
