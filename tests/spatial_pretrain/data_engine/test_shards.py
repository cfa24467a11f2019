"""Parquet files of rows."""

import json

import pyarrow.parquet as pq
import pytest

from spatial_pretrain.data_engine import rows, shards
from tests.spatial_pretrain.data_engine.test_rows import official, picture, sample
from vst_robot.errors import DataError, InputError, UnavailableError


def ours(number=3):
    return [rows.from_sample(sample(pictures=(picture(k),)), id=f"row-{k}") for k in range(number)]


def test_there_and_back(tmp_path):
    shards.write_whole(tmp_path / "t" / "a.parquet", shards.encode(ours(130)))
    assert [p.name for p in shards.files(tmp_path)] == ["a.parquet"] and shards.count(tmp_path / "t/a.parquet") == 130
    for one, two in zip(ours(130), shards.read(tmp_path / "t" / "a.parquet"), strict=True):
        assert one.record() == two.record()


def test_the_same_rows_give_the_same_bytes():
    assert shards.encode(ours()) == shards.encode(ours()) != shards.encode(ours(2))


def test_the_columns_are_the_released_ones(tmp_path):
    shards.write_whole(tmp_path / "a.parquet", shards.encode(ours()))
    schema = pq.read_schema(tmp_path / "a.parquet")
    assert schema.names == ["conversations", "id", "data_source", "images", "type", "meta_info"]
    record = pq.read_table(tmp_path / "a.parquet").to_pylist()[0]
    assert set(record["images"][0]) == {"bytes", "path"} and isinstance(record["meta_info"], str)


def test_read_by_datasets(tmp_path):
    datasets = pytest.importorskip("datasets")
    shards.write_whole(tmp_path / "a.parquet", shards.encode(ours()))
    table = datasets.load_dataset(
        "parquet", data_files=str(tmp_path / "a.parquet"), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert len(table) == 3 and table[1]["id"] == "row-1"
    assert rows.from_record(table[1]).record() == ours()[1].record()


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


def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path):
    (tmp_path / "a.parquet").mkdir()
    (tmp_path / "a.parquet" / "x").touch()
    with pytest.raises(UnavailableError, match=r"cannot write .*change --output"):
        shards.write_whole(tmp_path / "a.parquet", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]
