import io
import json
import pickle

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from spatial_pretrain.readers import sample_source, scene_source
from spatial_pretrain.readers.onevision import OneVision
from spatial_pretrain.readers.vlm3r import Vlm3r
from vst_robot.errors import DataError, InputError, UnavailableError

CLIP = "scannet/videos/train/scene0000_00.mp4"


def talk(question, answer):
    return [{"from": "human", "value": question}, {"from": "gpt", "value": answer}]


def row(number, kind, question="How many chairs are there?", answer="3", clip=CLIP):
    text = f"<image>\nThese are frames of a video.\n{question}"
    return {"id": number, "conversations": talk(text, answer), "video": clip, "question_type": kind}


def write_clip(path, frames=20, rate=10):
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "5"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(frames):
            picture = np.full((48, 64, 3), number * 10, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def write_rows(folder, rows, name="qa.json"):
    (folder / name).write_text(json.dumps(rows))
    write_clip(folder / "processed_data" / CLIP)
    return folder


def test_questions_are_regrouped_by_clip_and_kind(tmp_path):
    rows = [
        row(1, "object_counting"),
        row(2, "route_planning", "Which way?", "A"),
        row(3, "object_counting", "How many tables are there?", "2"),
        row(4, "room_size_estimation", "How large is it?", "12.5"),
    ]
    source = Vlm3r(write_rows(tmp_path, rows), max_frames=5)
    assert source.count() == 3
    samples = {sample.task: sample for sample in map(source.sample, range(3))}
    assert set(samples) == {"video_object_counting", "video_route_plan", "video_others"}
    counting = samples["video_object_counting"]
    assert [turn.question for turn in counting.turns] == [
        "These are frames of a video.\nHow many chairs are there?",
        "How many tables are there?",
    ]
    assert [turn.answer for turn in counting.turns] == ["3", "2"]
    assert counting.truth["row_ids"] == ["1", "3"]
    assert counting.type == "video"
    numbers = source.numbers()
    assert sorted(number for those in numbers.values() for number in those) == [0, 1, 2]
    assert all(source.sample(number).task == task for task, those in numbers.items() for number in those)


def test_frames_are_spread_over_the_clip(tmp_path):
    sample = Vlm3r(write_rows(tmp_path, [row(1, "object_counting")]), max_frames=5).sample(0)
    grey = [int(picture.mean()) for picture in sample.pictures]
    assert np.allclose(grey, [0, 50, 100, 140, 190], atol=12)
    assert np.isclose(sample.frame_rate_hz, 10 * 4 / 19)


def test_long_conversations_are_cut(tmp_path):
    source = Vlm3r(write_rows(tmp_path, [row(n, "object_counting") for n in range(5)]), max_turns=2)
    assert [len(source.sample(n).turns) for n in range(source.count())] == [2, 2, 1]


@pytest.mark.parametrize("clip", ["scannet/nowhere.mp4", "../../etc/passwd", "/etc/passwd"])
def test_a_clip_that_is_not_there(tmp_path, clip):
    with pytest.raises(DataError, match="is not in"):
        Vlm3r(write_rows(tmp_path, [row(1, "x", clip=clip)])).sample(0)


def test_half_a_clip(tmp_path):
    path = write_rows(tmp_path, [row(1, "x")]) / "processed_data" / CLIP
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match="scene0000_00"):
        Vlm3r(tmp_path).sample(0)


@pytest.mark.parametrize("bad", [talk("<image>", "x"), talk("x", "")[:1], talk("x", "")[::-1], [{"from": "human"}], []])
def test_damaged_conversations(tmp_path, bad):
    with pytest.raises(DataError, match="leave the row out"):
        Vlm3r(write_rows(tmp_path, [row(1, "x") | {"conversations": bad}])).sample(0)


def test_other_json_files_are_passed_over(tmp_path):
    write_rows(tmp_path, [row(1, "x")])
    (tmp_path / "metadata.json").write_text('{"object_counts": {}}')
    assert Vlm3r(tmp_path).count() == 1
    (tmp_path / "metadata.json").write_text('[{"conversations": [')
    with pytest.raises(DataError, match="metadata"):
        Vlm3r(tmp_path).count()
    with pytest.raises(UnavailableError, match="no JSON file"):
        (tmp_path / "empty").mkdir()
        Vlm3r(tmp_path / "empty").count()


def packed(colour):
    stream = io.BytesIO()
    Image.fromarray(np.full((8, 10, 3), colour, dtype=np.uint8)).save(stream, "PNG")
    return {"bytes": stream.getvalue(), "path": None}


def write_parquet(folder, rows=None, part="ai2d"):
    rows = rows or [
        {"id": "a", "image": packed(10), "conversations": talk("<image>\nWhat is it?", "grey"), "data_source": part},
        {"id": "b", "image": None, "conversations": talk("2 + 2?", "4"), "data_source": part},
        {"id": "c", "image": packed(30), "conversations": talk("Q", "A") * 2, "data_source": part},
    ]
    (folder / part).mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / part / "train-00000.parquet", row_group_size=2)
    return folder


def test_general_rows(tmp_path):
    source = OneVision(write_parquet(tmp_path))
    assert source.count() == 3
    assert {task: list(those) for task, those in source.numbers().items()} == {"general_conversations": [0, 1, 2]}
    samples = [pickle.loads(pickle.dumps(source)).sample(n) for n in (2, 0, 1)]
    assert [sample.truth["row_id"] for sample in samples] == ["c", "a", "b"]
    assert [sample.type for sample in samples] == ["mm_qa", "mm_qa", "text"]
    assert len(samples[0].turns) == 2
    assert samples[1].turns[0].question == "What is it?"
    assert samples[1].pictures[0].shape == (8, 10, 3)
    assert (samples[1].pictures[0] == 10).all()
    assert samples[1].source == "onevision/ai2d"


def test_several_files_and_lists_of_pictures(tmp_path):
    write_parquet(tmp_path)
    write_parquet(tmp_path, [{"id": "d", "images": [packed(1), packed(2)], "conversations": talk("Q", "A")}], "m4")
    source = OneVision(tmp_path)
    assert source.count() == 4
    assert [int(picture[0, 0, 0]) for picture in source.sample(3).pictures] == [1, 2]
    with pytest.raises(DataError, match="4 rows"):
        source.sample(4)


def test_damaged_general_rows(tmp_path):
    rows = [{"id": "a", "image": {"bytes": b"\xff\xd8half", "path": None}, "conversations": talk("Q", "A")}]
    source = OneVision(write_parquet(tmp_path, rows))
    with pytest.raises(DataError, match="train-00000"):
        source.sample(0)
    path = tmp_path / "ai2d" / "train-00000.parquet"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DataError, match="train-00000"):
        OneVision(tmp_path).count()
    path.unlink()
    with pytest.raises(UnavailableError, match="no parquet file"):
        OneVision(tmp_path).count()


def test_data_sets_by_name(tmp_path):
    for name in ("omni3d", "embodiedscan", "arkitscenes", "scannet", "hypersim", "matterport3d", "scannetpp", "images"):
        source = scene_source(f"{name}:{tmp_path}")
        assert source.name == name
        with pytest.raises(UnavailableError):
            source.count("single")
        source.close()
        assert pickle.loads(pickle.dumps(source)).views == source.views
    assert sample_source(f"vlm3r:{write_rows(tmp_path, [row(1, 'x')])}").count() == 1
    assert sample_source(f"onevision:{write_parquet(tmp_path)}").count() == 3
    with pytest.raises(InputError, match="did you mean 'scannet'"):
        scene_source("scanet:here")
    with pytest.raises(InputError, match="names no folder"):
        scene_source("scannet")
