"""LeRobot sets by others, v2 and v3, made by hand as LeRobot and openpi lay them out."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from policies.demos.convert import convert
from policies.demos.formats import open_demonstrations, recognise
from policies.demos.lerobot.video import VideoClip, VideoFile
from policies.demos.lerobot.writing import LeRobotWriter
from tests.policies.demos.conftest import TASKS, letter_f
from vst_robot.errors import DataError, InputError

STEPS = (4, 6)


def png(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def v2_set(tmp_path):
    """v2.1: one parquet file and one video per episode, openpi's names, one camera as PNG in the parquet file."""

    def write(gripper=(-1.0, 1.0), name="v2", video_key="image"):
        folder, rng = tmp_path / name, np.random.default_rng(0)
        features = {
            "wrist_image": {"dtype": "image", "shape": [64, 64, 3], "names": ["height", "width", "channel"]},
            video_key: {"dtype": "video", "shape": [64, 64, 3], "names": ["height", "width", "channel"]},
            "state": {"dtype": "float32", "shape": [8], "names": ["state"]},
            "actions": {"dtype": "float32", "shape": [7], "names": ["actions"]},
        }
        info = {
            "codebase_version": "v2.1",
            "fps": 10,
            "features": features,
            "chunks_size": 1000,
            "total_episodes": 2,
            "total_frames": sum(STEPS),
            "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
            "video_path": "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4",
        }
        (folder / "meta").mkdir(parents=True)
        (folder / "meta" / "info.json").write_text(json.dumps(info))
        rows = [{"episode_index": k, "tasks": [TASKS[k].instruction], "length": STEPS[k]} for k in range(2)]
        (folder / "meta" / "episodes.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
        for episode, steps in enumerate(STEPS):
            actions = rng.uniform(-1, 1, (steps, 7)).astype(np.float32)
            actions[:, 6] = np.resize(gripper, steps)
            table = pa.table(
                {
                    "state": list(rng.normal(size=(steps, 8)).astype(np.float32)),
                    "actions": list(actions),
                    "wrist_image": [{"bytes": png(frame), "path": "x.png"} for frame in letter_f(steps) // 2],
                    "episode_index": np.full(steps, episode),
                }
            )
            path = folder / info["data_path"].format(episode_chunk=0, episode_index=episode)
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, path)
            path = folder / info["video_path"].format(episode_chunk=0, episode_index=episode, video_key=video_key)
            path.parent.mkdir(parents=True, exist_ok=True)
            video = VideoFile(path, 10, (64, 64))
            video.append(letter_f(steps))
            video.close()
        return folder

    return write


def test_v2_sets_with_openpis_names(v2_set):
    folder = v2_set()
    assert recognise(folder) == "lerobot"
    one, two = open_demonstrations(folder, tasks=TASKS, orientation="mirrored").episodes()
    assert (one.task, two.task) == TASKS and (len(one), len(two)) == STEPS
    assert one.orientation == "mirrored" and one.seed == -1 and one.sim_states.shape == (4, 0)
    assert np.array_equal(one.actions, one.actions_clean) and one.actions.dtype == np.float64
    assert set(two.images) == {"agentview", "robot0_eye_in_hand"}
    assert np.array_equal(two.images["robot0_eye_in_hand"], letter_f(6) // 2), "PNG is exact"
    assert np.abs(two.images["agentview"].astype(int) - letter_f(6)).mean() < 6


def test_a_set_by_others_can_be_converted(v2_set, tmp_path):
    source = open_demonstrations(v2_set(), orientation="mirrored")
    convert(source, tmp_path / "hdf5", "hdf5")
    for one, two in zip(source.episodes(), open_demonstrations(tmp_path / "hdf5").episodes(), strict=True):
        assert np.array_equal(one.actions, two.actions) and np.array_equal(one.proprio, two.proprio)
        assert (two.orientation, two.task.name, two.task.task_id) == ("mirrored", one.task.name, -1)
        assert np.array_equal(one.images["agentview"], two.images["agentview"])
    assert [episode.task.name for episode in source.episodes()] == ["do_0", "do_1"]


def test_orientation_must_be_told(v2_set):
    with pytest.raises(DataError, match="tell it with the flag that ends in 'orientation'"):
        open_demonstrations(v2_set())


def test_gripper_of_the_other_sign(v2_set):
    openvla = v2_set(gripper=(1.0, 0.0), name="openvla")
    with pytest.raises(DataError, match="say so with the flag that ends in 'gripper'"):
        next(open_demonstrations(openvla, orientation="true").episodes())
    episode = next(open_demonstrations(openvla, orientation="true", gripper="openvla").episodes())
    assert episode.actions[:, 6].tolist() == [-1, 1, -1, 1]
    with pytest.raises(DataError, match="so the polarity is not 'openvla'"):
        next(open_demonstrations(v2_set(), orientation="true", gripper="openvla").episodes())


def test_other_cameras_keep_their_names(v2_set):
    episode = next(open_demonstrations(v2_set(video_key="observation.images.side"), orientation="true").episodes())
    assert set(episode.images) == {"side", "robot0_eye_in_hand"}
    with pytest.raises(DataError, match="episode 0: no camera 'top'; there are side, robot0_eye_in_hand"):
        episode.images["top"]


def test_a_missing_video_and_a_missing_list(v2_set):
    folder = v2_set()
    for path in folder.glob("videos/*/*/*.mp4"):
        path.unlink()
    episode = next(open_demonstrations(folder, orientation="true").episodes())
    with pytest.raises(DataError, match=r"episode 0: no video .*episode_000000.mp4"):
        episode.images["agentview"]
    (folder / "meta" / "episodes.jsonl").unlink()
    with pytest.raises(DataError, match=r"no meta/episodes.jsonl"):
        next(open_demonstrations(folder, orientation="true").episodes())


def test_many_files_and_unequal_episodes(plain_set, make_demo, tmp_path):
    declaration = open_declaration()
    writer = LeRobotWriter(tmp_path / "set", declaration, episodes_per_file=2)
    for number in range(5):
        writer.add(make_demo(number, steps=3 + number))
    writer.finish()
    assert len(list((tmp_path / "set").glob("data/*/*.parquet"))) == 3
    assert [len(e) for e in open_demonstrations(tmp_path / "set").episodes()] == [3, 4, 5, 6, 7]
    stats = json.loads((tmp_path / "set" / "meta" / "stats.json").read_text())
    everything = np.concatenate([e.actions for e in open_demonstrations(tmp_path / "set").episodes()])
    assert np.allclose(stats["action"]["q99"], np.quantile(everything, 0.99, axis=0), atol=1e-6)
    assert stats["action"]["count"] == [25] and np.shape(stats["observation.images.image"]["mean"]) == (3, 1, 1)


def open_declaration():
    from policies.demos.declaration import SetDeclaration

    return SetDeclaration(orientation="true")


def test_what_does_not_belong_into_one_set(make_demo, tmp_path):
    writer = LeRobotWriter(tmp_path / "set", open_declaration())
    writer.add(make_demo(0))
    with pytest.raises(DataError, match=r"cameras .* after .*; all demonstrations need the same"):
        writer.add(make_demo(1, cameras=("agentview",)))
    with pytest.raises(DataError, match="pictures are 'mirrored', not 'true'"):
        writer.add(make_demo(2, orientation="mirrored"))
    writer.close()
    assert not [path for path in (tmp_path / "set").rglob("*") if path.is_file()]


def test_videos_need_even_sides(tmp_path):
    with pytest.raises(InputError, match="sides must be even"):
        VideoFile(tmp_path / "x.mp4", 20, (64, 63))


def test_clips_are_cut_at_the_frame(tmp_path):
    video = VideoFile(tmp_path / "x.mp4", 20, (64, 64))
    frames = np.repeat(np.arange(0, 250, 10, dtype=np.uint8), 64 * 64 * 3).reshape(25, 64, 64, 3)
    video.append(frames)
    video.close()
    for start, length in ((0, 25), (7, 5), (24, 1)):
        clip = VideoClip(path=tmp_path / "x.mp4", start_s=start / 20, num_frames=length, fps=20, where="here")
        assert np.allclose(clip()[:, 30, 30, 1], 10 * np.arange(start, start + length), atol=2)
    with pytest.raises(DataError, match=r"here: .*x.mp4 holds 5 frames for 6 rows"):
        VideoClip(path=tmp_path / "x.mp4", start_s=1.0, num_frames=6, fps=20, where="here")()
