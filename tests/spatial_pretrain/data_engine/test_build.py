"""Building sets: the same bytes whoever makes them, continued after a kill, nothing lost or counted twice."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass

import pytest

from spatial_pretrain.data_engine import shards
from spatial_pretrain.data_engine.build import build, read_header, read_records
from spatial_pretrain.data_engine.plan import Feed, Pace, shard_jobs
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.thresholds import load_profile
from tests.spatial_pretrain.data_engine.toy_scenes import ToyScenes
from tests.spatial_pretrain.data_engine.toy_tasks import Never, Tallest
from vst_robot import atomic
from vst_robot.errors import DataError, InputError, UnavailableError

PACE = Pace(shard_samples=10, patience=20)
TASKS = (Tallest(), Tallest(name="mi_detection", view="multi"))
COUNTS = {"si_measurement": 23, "mi_detection": 11}


@dataclass(frozen=True, kw_only=True)
class FewScenes(ToyScenes):
    """A data set of `scenes` scenes, of which every `bad`-th is damaged."""

    scenes: int = 4
    bad: int = 1_000_000

    def count(self, view):
        return self.scenes

    def scene(self, view, index):
        assert 0 <= index < self.scenes
        if index % self.bad == self.bad - 1:
            raise DataError(f"scene {index}: a pose is not finite; download it again")
        return super().scene(view, index)


@dataclass(frozen=True, kw_only=True)
class Deadly(ToyScenes):
    """Kills the process that asks."""

    def scene(self, view, index):
        os.kill(os.getpid(), signal.SIGKILL)


def feed(source=None):
    source = source or ToyScenes(image_size=48)
    return Feed(source=source, setting=Setting(thresholds=load_profile("room")), profile="room")


def bytes_of(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


def rows_of(folder):
    return [row for path in shards.files(folder) for row in shards.read(path)]


def test_all_that_was_asked_for(tmp_path):
    told = []
    records = build([feed()], TASKS, COUNTS, tmp_path, pace=PACE, on_progress=told.append)
    rows = rows_of(tmp_path)
    assert Counter(row.task for row in rows) == COUNTS
    assert Counter(row.ours["form"] for row in rows if row.task == "si_measurement") == {"letter": 17, "words": 6}
    assert len({row.id for row in rows}) == len(rows)
    assert sum(record.total for record in records) == told[-1].done == told[-1].total == 34
    assert told[0].done == 0 and not any(record.missing for record in records)
    for record in records:
        for task, tried in record.tried.items():
            given = sum(record.samples[task].values())
            assert tried == given + sum(record.rejected.get(task, {}).values())


def test_workers_do_not_change_a_byte(tmp_path):
    build([feed()], TASKS, COUNTS, tmp_path / "one", pace=PACE)
    build([feed()], TASKS, COUNTS, tmp_path / "two", pace=PACE, workers=2)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    assert read_records(tmp_path / "one") == read_records(tmp_path / "two")
    build([feed()], TASKS, COUNTS, tmp_path / "other", pace=PACE, seed=1)
    assert bytes_of(tmp_path / "one").keys() == bytes_of(tmp_path / "other").keys()
    assert not set(bytes_of(tmp_path / "one").values()) & set(bytes_of(tmp_path / "other").values())


def test_a_task_does_not_depend_on_its_company(tmp_path):
    jobs = shard_jobs([feed()], TASKS[:1], {"si_measurement": 8}, seed=0, pace=PACE)
    build([feed()], TASKS[:1], {"si_measurement": 8}, tmp_path / "alone", pace=PACE)
    company = (Never(name="si_distance"), *TASKS)
    build([feed()], company, {"si_measurement": 8, "si_distance": 1}, tmp_path / "both", pace=PACE)
    texts = [[row.messages for row in rows_of(tmp_path / name)] for name in ("alone", "both")]
    assert len(jobs) == 1 and texts[0] == texts[1]


KILLED = """
import sys
from pathlib import Path
from tests.spatial_pretrain.data_engine.test_build import COUNTS, PACE, TASKS, build, feed

def slow(progress):
    print(progress.done, flush=True)

build([feed()], TASKS, COUNTS, Path(sys.argv[1]), pace=PACE, on_progress=slow, workers=2)
"""


def test_continues_after_a_kill(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed")], stdout=subprocess.PIPE, text=True
    )
    while int(process.stdout.readline()) < 10:
        pass
    process.kill()
    process.wait()
    process.stdout.close()
    (tmp_path / "killed" / "si_measurement" / ".0-single-00002.parquet.dead.part").write_bytes(b"half")
    before = {record.shard for record in read_records(tmp_path / "killed")}
    made = []
    build([feed()], TASKS, COUNTS, tmp_path / "killed", pace=PACE, on_progress=lambda told: made.append(told.made))
    assert len(before) > 0 and made[0] >= 10
    build([feed()], TASKS, COUNTS, tmp_path / "whole", pace=PACE)
    assert bytes_of(tmp_path / "killed") == bytes_of(tmp_path / "whole")
    assert read_records(tmp_path / "killed") == read_records(tmp_path / "whole")


def test_a_finished_build_is_not_made_again(tmp_path):
    build([feed()], TASKS, COUNTS, tmp_path, pace=PACE)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    lost, *_ = before
    lost.unlink()
    build([feed()], TASKS, COUNTS, tmp_path, pace=PACE)
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    assert after.keys() == before.keys()
    same = {path for path in before if after[path] == before[path]}
    assert lost not in same and len(same) >= len(before) - 1


def test_another_build_in_the_folder_is_refused(tmp_path):
    build([feed()], TASKS, COUNTS, tmp_path, pace=PACE)
    with pytest.raises(InputError, match=r"seed was 0, now 3; choose another --output"):
        build([feed()], TASKS, COUNTS, tmp_path, pace=PACE, seed=3)
    assert read_header(tmp_path).settings["tasks.si_measurement"] == 23
    with pytest.raises(InputError, match="holds no build"):
        read_header(tmp_path / "si_measurement")


def test_two_builds_in_one_folder_are_refused(tmp_path):
    with atomic.exclusive(tmp_path), pytest.raises(UnavailableError, match="another process is writing"):
        build([feed()], TASKS, COUNTS, tmp_path, pace=PACE)


def test_a_task_that_never_works_is_given_up_and_counted(tmp_path):
    tasks = (Tallest(), Never(name="si_distance"))
    records = build([feed()], tasks, {"si_measurement": 6, "si_distance": 6}, tmp_path, pace=PACE)
    assert sum(record.missing.get("si_distance", 0) for record in records) == 6
    assert sum(record.missing.get("si_measurement", 0) for record in records) == 0
    assert records[0].rejected["si_distance"] == {"no such thing": 40}  # both forms, each tried 20 times


def test_a_crash_costs_the_question_not_the_run(tmp_path):
    tasks = (Tallest(), Never(name="si_distance", error=ZeroDivisionError))
    records = build([feed()], tasks, {"si_measurement": 6, "si_distance": 6}, tmp_path, pace=PACE)
    assert records[0].rejected["si_distance"] == {"crashed: ZeroDivisionError": 40}
    assert "toy/0/single/0" in records[0].crashes["si_distance"]
    assert records[0].samples["si_measurement"] == {"letter": 5, "words": 1}


def test_damaged_scenes_are_skipped_and_counted(tmp_path):
    source = FewScenes(image_size=48, scenes=6, bad=3)
    records = build([feed(source)], TASKS[:1], {"si_measurement": 20}, tmp_path, pace=PACE)
    reasons = Counter()
    for record in records:
        reasons.update(record.damaged)
    assert set(reasons) == {"scene #: a pose is not finite; download it again"}
    assert {row.ours["scene"][-1] for row in rows_of(tmp_path)} <= set("0134")


def test_nothing_but_damage_ends(tmp_path):
    source = FewScenes(image_size=48, scenes=3, bad=1)
    records = build([feed(source)], TASKS[:1], {"si_measurement": 6}, tmp_path, pace=PACE)
    assert sum(record.missing["si_measurement"] for record in records) == 6 and not rows_of_any(tmp_path)


@dataclass(frozen=True, kw_only=True)
class HalfDownloaded(FewScenes):
    """Only the last scenes are there; some of the others are worse than damaged."""

    first: int = 0

    def scene(self, view, index):
        if index < self.first:
            raise DataError(f"scene {index} is missing") if index % 2 else KeyError("pose")
        return super().scene(view, index)


def test_a_half_downloaded_set_gives_what_is_there(tmp_path):
    source = HalfDownloaded(image_size=48, scenes=240, first=230)
    records = build([feed(source)], TASKS[:1], {"si_measurement": 8}, tmp_path, pace=PACE)
    assert len(rows_of(tmp_path)) == 8
    assert records[0].damaged.keys() == {"scene ### is missing", "scene ## is missing", "scene # is missing"} | {
        "crashed: KeyError: 'pose'"
    }
    assert sum(records[0].damaged.values()) >= 230


def rows_of_any(folder):
    return list(folder.rglob("*.parquet"))


def test_few_scenes_are_asked_again_but_nothing_twice(tmp_path):
    records = build([feed(FewScenes(image_size=48, scenes=2))], TASKS[:1], {"si_measurement": 300}, tmp_path, pace=PACE)
    asked = Counter((row.ours["scene"], row.messages[0].text) for row in rows_of(tmp_path))
    assert max(asked.values()) == 1 and len(asked) == 300 - sum(r.missing["si_measurement"] for r in records)
    assert any("asked before" in record.rejected["si_measurement"] for record in records)


def test_a_dead_worker_is_named(tmp_path):
    with pytest.raises(UnavailableError, match=r"shard 0-single-0000\d: the worker process died \(SIGKILL\)"):
        build([feed(Deadly())], TASKS, COUNTS, tmp_path, pace=PACE, workers=2)


def test_two_sources_share_evenly(tmp_path):
    feeds = [feed(), feed(ToyScenes(seed=5, image_size=48, name="toy-2", views=("single",)))]
    build(feeds, TASKS, COUNTS, tmp_path, pace=PACE)
    by_feed = Counter((row.task, row.id.split("-")[-4]) for row in rows_of(tmp_path))
    sources = Counter((row.task, row.ours["scene"].split("/")[1]) for row in rows_of(tmp_path))
    assert sources == {("si_measurement", "0"): 12, ("si_measurement", "5"): 11, ("mi_detection", "0"): 11}
    assert sum(by_feed.values()) == 34


def test_impossible_requests(tmp_path):
    with pytest.raises(InputError, match="no source gives 'multi' scenes, which mi_detection need"):
        build([feed(ToyScenes(views=("single",)))], TASKS, COUNTS, tmp_path)
    with pytest.raises(InputError, match="none of them twice: got toy, toy"):
        build([feed(), feed()], TASKS, COUNTS, tmp_path)
    with pytest.raises(InputError, match="workers at least 1, got 0 and 0"):
        build([feed()], TASKS, COUNTS, tmp_path, workers=0)
    with pytest.raises(InputError, match="no 'single' scenes"):
        build([feed(FewScenes(scenes=0))], TASKS, COUNTS, tmp_path)
    with pytest.raises(InputError, match="patience must be at least 1"):
        Pace(patience=0)


def test_ray_missing_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UnavailableError, match=r"pip install 'vst-robot\[ray\]'"):
        build([feed()], TASKS, COUNTS, tmp_path, pace=PACE, engine="ray")


def test_time_is_linear_in_the_samples():
    """Planning is; making a shard looks at every scene once."""
    start = time.perf_counter()
    jobs = shard_jobs([feed()], TASKS[:1], {"si_measurement": 1_000_000}, seed=0, pace=Pace())
    assert sum(job.total for job in jobs) == 1_000_000 and time.perf_counter() - start < 5
