import json
import pickle
import shutil
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from policies.demos.convert import convert
from policies.demos.formats import open_demonstrations
from policies.demos.lerobot.video import VideoFile
from policies.demos.validate import validate
from vst_robot.errors import DataError


class Bomb:
    """Unpickling it leaves a trace."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (Path(self.path),)


@pytest.fixture
def lerobot_set(hdf5_set, tmp_path):
    convert(open_demonstrations(hdf5_set), tmp_path / "lerobot", "lerobot")
    return tmp_path / "lerobot"


def problems(folder, **options):
    return list(validate(open_demonstrations(folder), **options).problems)


def rewrite(path, change):
    """Writes a parquet file again with one column changed."""
    table = pq.read_table(path)
    pq.write_table(change(table), path)


def replaced(table, name, values):
    return table.set_column(table.schema.get_field_index(name), name, values)


def test_a_good_set_has_no_problems(hdf5_set, lerobot_set):
    for folder in (hdf5_set, lerobot_set):
        report = validate(open_demonstrations(folder))
        assert (report.episodes, report.steps, report.problems) == (4, 22, ())


def test_all_problems_of_hdf5_files_at_once(hdf5_set, tmp_path):
    good, bad = sorted(hdf5_set.glob("*.hdf5"))
    with h5py.File(good, "r+") as file:
        file["data/demo_0/actions"][2, 3] = np.nan
        del file["data/demo_1/obs/eye_in_hand_rgb"]
    bad.write_bytes(bad.read_bytes()[: bad.stat().st_size // 2])
    found = problems(hdf5_set)
    assert len(found) == 3
    assert "demo_0: 'actions' is not finite at step 2" in found[0] and str(good) in found[0]
    assert "demo_1: no camera 'robot0_eye_in_hand', only agentview" in found[1]
    assert "damaged or truncated HDF5" in found[2] and str(bad) in found[2]


def test_widths_and_lengths_of_hdf5_files(hdf5_set):
    path = min(hdf5_set.glob("*.hdf5"))
    with h5py.File(path, "r+") as file:
        for demo, name, shape in (("demo_0", "actions", (5, 14)), ("demo_1", "obs/agentview_rgb", (4, 64, 64, 3))):
            kind = file[f"data/{demo}/{name}"].dtype
            del file[f"data/{demo}/{name}"]
            file[f"data/{demo}/{name}"] = np.zeros(shape, kind)
    found = problems(hdf5_set)
    assert len(found) == 2
    assert "'actions' has shape (5, 14), expected (5, 7)" in found[0]
    assert "expected uint8 (6, h, w, 3) for as many actions" in found[1]


def test_a_pickle_in_an_hdf5_file_is_never_loaded(hdf5_set, tmp_path):
    trace = tmp_path / "trace"
    with h5py.File(min(hdf5_set.glob("*.hdf5")), "r+") as file:
        del file["data/demo_0/actions"]
        file["data/demo_0/actions"] = np.void(pickle.dumps(Bomb(trace)))
        file["data/demo_1"].attrs["provenance"] = np.void(pickle.dumps(Bomb(trace)))
    assert len(problems(hdf5_set)) == 2
    assert not trace.exists()


def test_the_same_demonstration_twice(plain_set):
    folder = plain_set(2)
    with h5py.File(folder / "task_0_demo.hdf5", "r+") as file:
        file.copy("data/demo_0", file["data"], name="demo_7")
    (found,) = problems(folder)
    assert "demo_7: the same as" in found and found.endswith("demo_0")


def test_cameras_that_are_asked_for(plain_set):
    found = problems(plain_set(2, cameras=("agentview",)), cameras=("agentview", "side"))
    assert len(found) == 2 and "no camera 'side', only agentview" in found[1]


def test_an_empty_folder(tmp_path):
    assert problems(tmp_path) == [f"{tmp_path}: holds no demonstrations"]


def test_all_problems_of_a_lerobot_set_at_once(lerobot_set):
    data = next(lerobot_set.glob("data/*/*.parquet"))
    actions = pq.read_table(data)["action"].to_pylist()
    actions[1][0] = float("nan")  # episode 0
    kind = pa.list_(pa.float32(), 7)
    rewrite(data, lambda table: replaced(table, "action", pa.array(actions, kind)).slice(0, table.num_rows - 1))
    shorten_video(lerobot_set, frames=8)
    found = problems(lerobot_set)
    assert "episode 0: 'action' is not finite at step 1" in found[0]
    assert "episode 1" in found[1] and "holds 3 frames for 6 rows" in found[1]
    assert "episode 2" in found[2] and "holds 0 frames for 5 rows" in found[2]
    assert "episode 3" in found[3] and "has 5 rows, the list says 6" in found[3]
    assert len(found) == 4


def shorten_video(folder, frames):
    path = folder / "videos" / "observation.images.image" / "chunk-000" / "file-000.mp4"
    video = VideoFile(path, 20, (64, 64))
    video.append(np.zeros((frames, 64, 64, 3), np.uint8))
    video.close()


@pytest.mark.parametrize("what", ["data", "videos", "meta/episodes", "meta/vst_robot"])
def test_truncated_files_of_a_lerobot_set(what, lerobot_set):
    path = next(path for path in (lerobot_set / what).rglob("*") if path.is_file())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = problems(lerobot_set)
    assert found and all("damaged" in line for line in found)
    path.unlink()
    assert bool(problems(lerobot_set)) is (what != "meta/vst_robot"), "sets by others have no exact values"


def test_a_pickle_in_a_lerobot_set_is_never_loaded(lerobot_set, tmp_path):
    trace = tmp_path / "trace"
    rows = pq.read_table(next(lerobot_set.glob("data/*/*.parquet"))).num_rows
    bombs = pa.array([pickle.dumps(Bomb(trace))] * rows, pa.binary())
    rewrite(next(lerobot_set.glob("data/*/*.parquet")), lambda table: replaced(table, "action", bombs))
    found = problems(lerobot_set)
    assert len(found) == 4 and "'action' holds binary instead of numbers" in found[0]
    assert not trace.exists()


def test_a_list_that_lost_its_end(lerobot_set):
    rewrite(next((lerobot_set / "meta" / "episodes").rglob("*.parquet")), lambda table: table.slice(0, 3))
    assert problems(lerobot_set) == [
        f"{lerobot_set}, list of episodes: {lerobot_set}: lists 3 episodes, meta/info.json says 4; "
        "download or convert the set again"
    ]


def test_exact_values_of_other_episodes_are_refused(lerobot_set):
    exact = next((lerobot_set / "meta" / "vst_robot").rglob("*.parquet"))
    numbers = pa.array([1, 0, 2, 3], pa.int64())
    rewrite(exact, lambda table: replaced(table, "episode_index", numbers))
    found = problems(lerobot_set)
    assert len(found) == 2 and "exact values are damaged" in found[0]


def test_other_widths_and_names_of_a_lerobot_set(lerobot_set, tmp_path):
    info = lerobot_set / "meta" / "info.json"
    raw = json.loads(info.read_text())
    del raw["features"]["observation.state"]
    info.write_text(json.dumps(raw))
    found = problems(lerobot_set)
    assert len(found) == 4 and "the set has no feature 'observation.state', only action" in found[0]
    info.write_text(json.dumps(raw | {"codebase_version": "v4.0"}))
    with pytest.raises(DataError, match=r"LeRobot v4.0; known are v2.0, v2.1, v3.0"):
        open_demonstrations(lerobot_set)
    info.write_text("{")
    with pytest.raises(DataError, match="damaged or not of a LeRobot set"):
        open_demonstrations(lerobot_set)
    shutil.rmtree(lerobot_set / "meta")
