"""Sets made on a Ray cluster, and sets read by the `datasets` library and by the rules of VST's own parser.

pytest -m peer tests/spatial_pretrain/data_engine     with `ray` (extra `ray`) and `datasets` installed
"""

import io
import json
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

from spatial_pretrain.data_engine import shards
from spatial_pretrain.data_engine.build import build
from spatial_pretrain.data_engine.plan import Feed, Pace
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.thresholds import load_profile
from tests.spatial_pretrain.data_engine.toy_scenes import ToyScenes
from tests.spatial_pretrain.data_engine.toy_tasks import Tallest

pytestmark = pytest.mark.peer

TASKS = (Tallest(), Tallest(name="mi_detection", view="multi"))
COUNTS = {"si_measurement": 23, "mi_detection": 11}
RELEASED_COLUMNS = {"conversations", "id", "data_source", "images", "type", "meta_info"}
PADS = {"mm_qa": "<|image_pad|>", "video": "<|video_pad|>"}


def built(folder, **how):
    feed = Feed(source=ToyScenes(image_size=48), setting=Setting(thresholds=load_profile("room")), profile="room")
    build([feed], TASKS, COUNTS, folder, pace=Pace(shard_samples=10, patience=20), **how)
    return folder


@pytest.mark.skipif(find_spec("ray") is None, reason="ray (extra 'ray') is not installed")
def test_a_ray_cluster_makes_the_same_bytes(tmp_path):
    import ray

    ray.init(num_cpus=2, log_to_driver=False)
    try:
        here, there = built(tmp_path / "here"), built(tmp_path / "there", engine="ray")
    finally:
        ray.shutdown()
    names = [path.relative_to(here) for path in shards.files(here)]
    assert names == [path.relative_to(there) for path in shards.files(there)] and len(names) > 2
    assert all((here / name).read_bytes() == (there / name).read_bytes() for name in names)


@pytest.mark.skipif(find_spec("datasets") is None, reason="datasets is not installed")
def test_datasets_reads_what_was_written(tmp_path):
    import datasets

    files = [str(path) for path in shards.files(built(tmp_path / "set"))]
    loaded = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    ours = [row for path in shards.files(tmp_path / "set") for row in shards.read(path)]
    assert set(loaded.column_names) == RELEASED_COLUMNS and len(loaded) == len(ours) == 34
    for record, row in zip(loaded, ours, strict=True):
        assert record["id"] == row.id and record["type"] in PADS
        assert [turn["from"] for turn in record["conversations"]] == ["human", "gpt"] * (len(row.messages) // 2)
        said = "".join(turn["value"] for turn in record["conversations"])
        assert said.count(PADS[record["type"]]) == len(record["images"]) == len(json.loads(record["meta_info"]))
        for image, picture in zip(record["images"], row.pictures(), strict=True):
            assert np.array_equal(np.asarray(Image.open(io.BytesIO(image["bytes"])).convert("RGB")), picture)
