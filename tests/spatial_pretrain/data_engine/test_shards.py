"""Parquet files of rows."""

import json

import pyarrow.parquet as pq
import pytest

from spatial_pretrain.data_engine import rows, shards
from tests.spatial_pretrain.data_engine.test_rows import official, picture, sample
from vst_robot import atomic
from vst_robot.errors import DataError, InputError


def ours(number=3):
    return [rows.from_sample(sample(pictures=(picture(k),)), id=f"row-{k}") for k in range(number)]


def test_there_and_back(tmp_path):
    atomic.write_bytes(tmp_path / "t" / "a.parquet", shards.encode(ours(130)))
    assert [p.name for p in shards.files(tmp_path)] == ["a.parquet"] and shards.count(tmp_path / "t/a.parquet") == 130
    for one, two in zip(ours(130), shards.read(tmp_path / "t" / "a.parquet"), strict=True):
        assert one.record() == two.record()


def test_the_same_rows_give_the_same_bytes():
    assert shards.encode(ours()) == shards.encode(ours()) != shards.encode(ours(2))


def test_the_columns_are_the_released_ones(tmp_path):
    atomic.write_bytes(tmp_path / "a.parquet", shards.encode(ours()))
    schema = pq.read_schema(tmp_path / "a.parquet")
    assert schema.names == ["conversations", "id", "data_source", "images", "type", "meta_info"]
    record = pq.read_table(tmp_path / "a.parquet").to_pylist()[0]
    assert set(record["images"][0]) == {"bytes", "path"} and isinstance(record["meta_info"], str)


def test_a_json_list_of_rows_is_read(tmp_path):
    (tmp_path / "video.json").write_text(json.dumps([official(images=["a.jpg"])]))
    (row,) = shards.read(tmp_path / "video.json")
    assert row.media[0].path == "a.jpg"
    (tmp_path / "video.json").write_text("{}")
    with pytest.raises(DataError, match="a JSON list of rows"):
        list(shards.read(tmp_path / "video.json"))


def test_half_a_file_is_refused(tmp_path):
    data = shards.encode(ours())
    (tmp_path / "a.parquet").write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match=r"a.parquet is damaged or no file of rows"):
        list(shards.read(tmp_path / "a.parquet"))
    with pytest.raises(DataError, match="is damaged"):
        shards.count(tmp_path / "a.parquet")


def test_what_a_kill_left_behind_is_not_a_shard(tmp_path):
    (tmp_path / ".a.parquet.dead.part").write_bytes(b"")
    with pytest.raises(InputError, match=r"no rows in .*spatial build"):
        shards.files(tmp_path)
