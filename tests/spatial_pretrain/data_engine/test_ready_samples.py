"""Ready samples of other data sets in a build: the same shards, counted rejections, continued after a stop."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from spatial_pretrain.data_engine import shards
from spatial_pretrain.data_engine.build import build, read_records
from spatial_pretrain.data_engine.plan import Pace, ReadyFeed, shard_jobs
from spatial_pretrain.data_engine.ready_samples import Helping, make_ready_shard
from spatial_pretrain.data_engine.samples import SpatialSample, Turn
from spatial_pretrain.data_engine.tasks.general_conversations import GeneralConversations
from tests.spatial_pretrain.data_engine.test_build import bytes_of, feed
from tests.spatial_pretrain.data_engine.toy_tasks import Tallest
from vst_robot.errors import DataError, InputError

GENERAL = GeneralConversations()
PACE = Pace(shard_samples=10)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """`total` rows of general questions; every `bad`-th is damaged, every `twin`-th repeats its forerunner."""

    total: int = 30
    bad: int = 1_000_000
    twin: int = 1_000_000
    narrow: bool = False
    task: str = "general_conversations"
    name: str = "rows"

    def count(self) -> int:
        return self.total

    def numbers(self) -> Mapping[str, Sequence[int]]:
        return {self.task: range(self.total)}

    def sample(self, index: int) -> SpatialSample:
        assert 0 <= index < self.total
        if index % self.bad == self.bad - 1:
            raise DataError(f"row {index}: a picture is damaged; download it again")
        said = index - 1 if index % self.twin == self.twin - 1 else index
        shape = (1, 300, 3) if self.narrow else (30, 40, 3)
        return SpatialSample(
            task=self.task,
            form="part",
            turns=(Turn(question=f"What is {said} + 1?", answer=str(said + 1)),),
            pictures=(np.full(shape, said, dtype=np.uint8),),
            truth={"row_id": str(index)},
            scene=f"row {said}",
            source="rows/part",
        )

    def close(self) -> None:
        pass

    def fingerprint(self) -> Mapping[str, str]:
        return {"total": str(self.total)}


def rows_of(folder):
    return [row for path in shards.files(folder) for row in shards.read(path)]


def made(tmp_path, source, number, **settings):
    return build([ReadyFeed(source=source)], [GENERAL], {GENERAL.name: number}, tmp_path, pace=PACE, **settings)


def test_rows_become_shards_whoever_makes_them(tmp_path):
    records = made(tmp_path / "one", Rows(), 25)
    rows = rows_of(tmp_path / "one")
    assert len(rows) == 25 == len({row.id for row in rows}) and len(records) == 2
    assert len({row.ours["truth"]["row_id"] for row in rows}) == 25
    assert all(row.messages[1].text == str(int(row.ours["truth"]["row_id"]) + 1) for row in rows)
    made(tmp_path / "two", Rows(), 25, workers=2)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    made(tmp_path / "three", Rows(), 25, seed=1)
    assert bytes_of(tmp_path / "one") != bytes_of(tmp_path / "three")


def test_a_lost_file_is_made_again(tmp_path):
    made(tmp_path, Rows(), 25)
    before = bytes_of(tmp_path)
    next(iter(tmp_path.rglob("*.parquet"))).unlink()
    made(tmp_path, Rows(), 25)
    assert bytes_of(tmp_path) == before


def test_what_is_not_taken_is_counted(tmp_path):
    (record,) = made(tmp_path, Rows(total=12, bad=4, twin=6), 12)
    assert record.damaged == {"row #: a picture is damaged; download it again": 3} or sum(record.damaged.values()) == 3
    assert record.rejected == {GENERAL.name: {"asked before": 1}}
    assert record.samples == {GENERAL.name: {"part": 8}} and record.missing == {GENERAL.name: 4}
    assert record.tried[GENERAL.name] == 9


def test_a_picture_that_cannot_be_written(tmp_path):
    records = made(tmp_path, Rows(total=3, narrow=True), 3)
    assert sum(sum(reasons.values()) for record in records for reasons in record.rejected.values()) == 3
    with pytest.raises(InputError, match="no rows"):
        shards.files(tmp_path)


def test_a_source_where_all_is_damaged_is_given_up():
    source = Rows(total=100_000, bad=1)
    (job,) = shard_jobs([ReadyFeed(source=source)], [GENERAL], {GENERAL.name: 5}, seed=0, pace=Pace(shard_samples=400))
    shard = make_ready_shard(ReadyFeed(source=source), job)
    assert sum(shard.damaged.values()) == 100 and shard.missing == {GENERAL.name: 5} and not shard.files


def test_scenes_and_rows_share_a_task(tmp_path):
    ready = ReadyFeed(source=Rows(total=7, task="si_measurement"))
    task = Tallest()
    build([feed(), ready], [task, GENERAL], {task.name: 24}, tmp_path, pace=PACE)
    sources = Counter(row.data_source for row in rows_of(tmp_path))
    assert sources["rows/part"] == 7 and sum(sources.values()) == 24
    assert not any(record.missing for record in read_records(tmp_path))


def test_a_task_without_a_source_is_refused(tmp_path):
    with pytest.raises(InputError, match="no source gives samples of general_conversations"):
        build([feed()], [GENERAL], {GENERAL.name: 3}, tmp_path)
    with pytest.raises(InputError, match="no source gives 'single' scenes, which si_measurement need"):
        build([ReadyFeed(source=Rows())], [Tallest()], {"si_measurement": 3}, tmp_path)


def test_parts_are_disjoint_and_read_from_front_to_back():
    numbers = range(100, 197)
    helpings = [Helping(task="x", wanted=5, part=part, of=4, seed=3) for part in range(4)]
    orders = [list(helping.order(numbers)) for helping in helpings]
    assert sorted(number for order in orders for number in order) == list(numbers)
    for order in orders:
        assert order[:5] == sorted(order[:5]) and order[5:] == sorted(order[5:])
    again = [list(replace(helping, seed=4).order(numbers)) for helping in helpings]
    assert again != orders
