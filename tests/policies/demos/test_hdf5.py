import json
import pickle
import resource
from contextlib import contextmanager

import h5py
import numpy as np
import pytest

from policies.demos.hdf5 import DemonstrationFile, merge_files, write_episodes
from vst_robot.errors import DataError, UnavailableError
from vst_robot.types import Task


def rewrite(path, name, values):
    """Replaces one dataset, as a careless script would."""
    with h5py.File(path, "r+") as file:
        del file[name]
        if values is not None:
            file[name] = values


@contextmanager
def largest_file(num_bytes):
    """A disk that refuses to grow a file beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def assert_same(read, written):
    for name in ("actions", "actions_clean", "joint_positions", "sim_states", "proprio"):
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name), err_msg=name)
    assert set(read.images) == set(written.images)
    for camera in written.images:
        np.testing.assert_array_equal(read.images[camera], written.images[camera])
    np.testing.assert_array_equal(read.start.sim_state, written.start.sim_state)
    assert read.start.fixture_poses == written.start.fixture_poses
    assert (read.task, read.seed, read.success) == (written.task, written.seed, written.success)
    assert (read.orientation, read.provenance) == (written.orientation, written.provenance)


@pytest.fixture
def path(tmp_path, make_episode):
    path = tmp_path / "pick_up_the_black_bowl_demo.hdf5"
    write_episodes(path, [make_episode(0), make_episode(1, steps=33)])
    return path


@pytest.mark.parametrize("changes", [{}, {"orientation": "mirrored"}, {"success": False}, {"steps": 1}])
def test_round_trip(tmp_path, make_episode, changes):
    written = make_episode(3, **changes)
    write_episodes(tmp_path / "x_demo.hdf5", [written], first_demo=7)
    file = DemonstrationFile.open(tmp_path / "x_demo.hdf5")
    assert file.demos == (7,)
    assert_same(file.episode(7), written)


def test_pictures_are_stored_bottom_up_and_small(path, make_episode):
    with h5py.File(path) as file:
        raw = file["data/demo_0/obs/agentview_rgb"]
        assert raw.compression == "gzip" and raw.chunks[0] == 16
        np.testing.assert_array_equal(raw[:], make_episode(0).images["agentview"][:, ::-1])
        # 20 frames of noise that stands still: other frames cost next to nothing.
        assert raw.id.get_storage_size() < 4 * raw[0].size
        assert "eye_in_hand_rgb" in file["data/demo_0/obs"]


def test_layout_is_liberos(path):
    with h5py.File(path) as file:
        data, demo = file["data"], file["data/demo_1"]
        assert json.loads(data.attrs["problem_info"])["language_instruction"] == "pick up the black bowl"
        assert json.loads(data.attrs["env_args"])["bddl_file"].endswith("libero_spatial/pick_up_the_black_bowl.bddl")
        assert (data.attrs["num_demos"], data.attrs["total"], demo.attrs["num_samples"]) == (2, 53, 33)
        assert demo["robot_states"].shape == (33, 9)
        assert demo["dones"][:].tolist() == demo["rewards"][:].tolist() == [0] * 32 + [1]
        np.testing.assert_array_equal(demo["obs/ee_states"], np.hstack([demo["obs/ee_pos"], demo["obs/ee_ori"]]))


def test_quaternion_is_robosuites(tmp_path, make_episode):
    # Rotation by 1.5 pi about z as robosuite writes it: the angle is not wrapped, so w is negative.
    proprio = np.zeros((1, 8))
    proprio[0, 5] = 1.5 * np.pi
    write_episodes(tmp_path / "x_demo.hdf5", [make_episode(steps=1, proprio=proprio)])
    with h5py.File(tmp_path / "x_demo.hdf5") as file:
        half = 0.75 * np.pi
        np.testing.assert_allclose(
            file["data/demo_0/robot_states"][0, 5:], [0, 0, np.sin(half), np.cos(half)], atol=1e-12
        )


def test_pictures_are_read_when_asked_for(path):
    images = DemonstrationFile.open(path).episode(1).images
    np.testing.assert_array_equal(images.frame("agentview", 5), images["agentview"][5])
    assert pickle.loads(pickle.dumps(images)) == images
    assert "agentview" in images and "sideview" not in images
    with pytest.raises(DataError, match=r"demo_1: no camera 'sideview'; the file holds agentview, robot0_eye_in_hand"):
        images["sideview"]


def test_files_by_others(foreign_file):
    file = DemonstrationFile.open(foreign_file)
    assert file.demos == (0, 2, 10)
    assert (file.task.suite, file.task.task_id, file.task.instruction) == (
        "libero_goal",
        -1,
        "open the drawer",
    )
    episode = file.episode(10)
    assert episode.success and episode.seed == -1 and episode.orientation == "true"
    assert episode.images["agentview"][0, 0].min() == 200, "the true picture has its top row first"
    np.testing.assert_array_equal(episode.actions_clean, episode.actions)
    np.testing.assert_array_equal(episode.start.sim_state, episode.sim_states[0])


def test_known_tasks_name_a_foreign_file(foreign_file):
    task = Task(suite="libero_goal", task_id=4, name="open_the_drawer", instruction="open the drawer")
    assert DemonstrationFile.open(foreign_file, tasks=[task]).task == task


def test_top_down_rows_are_recognised(foreign_file):
    with h5py.File(foreign_file, "r+") as file:
        file["data"].attrs["macros_image_convention"] = "opencv"
    assert DemonstrationFile.open(foreign_file).episode(0).images["agentview"][0, -1].min() == 200


def test_orientation_is_declared_once(path, foreign_file):
    assert DemonstrationFile.open(foreign_file, orientation="mirrored").orientation == "mirrored"
    with pytest.raises(DataError, match="declares its pictures 'true', which contradicts 'mirrored'"):
        DemonstrationFile.open(path, orientation="mirrored")


def test_an_orientation_that_nobody_declares_must_be_told(foreign_file):
    with h5py.File(foreign_file, "r+") as file:
        del file["data"].attrs["macros_image_convention"]
    with pytest.raises(DataError, match="does not declare whether its pictures are 'true'"):
        DemonstrationFile.open(foreign_file)
    assert DemonstrationFile.open(foreign_file, orientation="true").orientation == "true"


def test_an_unknown_orientation_is_refused(path):
    with h5py.File(path, "r+") as file:
        attributes = file["data"].attrs
        attributes["vst_robot"] = attributes["vst_robot"].replace('"true"', '"sideways"')
    with pytest.raises(DataError, match="unknown orientation 'sideways'"):
        DemonstrationFile.open(path)


def test_files_of_different_orientation_are_not_merged(tmp_path, make_episode):
    paths = [tmp_path / f"{orientation}.hdf5" for orientation in ("true", "mirrored")]
    for number, path in enumerate(paths):
        write_episodes(path, [make_episode(orientation=path.stem)], first_demo=number)
    with pytest.raises(DataError, match="differs in 'vst_robot'"):
        merge_files(paths, tmp_path / "both.hdf5")
    assert sorted(tmp_path.iterdir()) == sorted(paths)


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("actions", np.full((20, 7), np.nan), r"demo_0: 'actions' is not finite at step 0"),
        ("actions", np.zeros((20, 6)), r"demo_0: 'actions' has shape \(20, 6\), expected \(20, 7\)"),
        ("actions", np.zeros((19, 7)), r"demo_0: 'actions_clean' has shape \(20, 7\), expected \(19, 7\)"),
        ("actions", np.zeros((0, 7)), r"demo_0: holds no steps"),
        ("actions", None, r"demo_0: not in LIBERO's layout \(.*'actions'"),
        (
            "obs/agentview_rgb",
            np.zeros((19, 8, 8, 3), np.uint8),
            r"pictures of 'agentview' are uint8 \(19, 8, 8, 3\)",
        ),
        ("obs/ee_pos", np.zeros((20, 2)), r"'ee_pos' has shape \(20, 2\), expected \(20, 3\)"),
    ],
)
def test_damaged_demonstrations_are_named(path, name, values, message):
    rewrite(path, f"data/demo_0/{name}", values)
    with pytest.raises(DataError, match=message) as caught:
        DemonstrationFile.open(path).episode(0)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_truncated_and_foreign_files(path, tmp_path):
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(DataError, match="damaged or truncated HDF5; delete it"):
        DemonstrationFile.open(path)
    (tmp_path / "notes.hdf5").write_text("hello")
    with pytest.raises(DataError, match=r"notes\.hdf5: damaged"):
        DemonstrationFile.open(tmp_path / "notes.hdf5")
    with pytest.raises(DataError, match="no such file"):
        DemonstrationFile.open(tmp_path / "none.hdf5")


def test_flipped_bytes_in_pictures_are_an_error(path):
    with h5py.File(path) as file:
        chunk = file["data/demo_0/obs/agentview_rgb"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset : chunk.byte_offset + chunk.size] = bytes(chunk.size)
    path.write_bytes(content)
    episode = DemonstrationFile.open(path).episode(0)
    with pytest.raises(DataError, match="demo_0: damaged"):
        episode.images["agentview"]


def test_newer_format_is_refused(path):
    with h5py.File(path, "r+") as file:
        file["data"].attrs["vst_robot"] = json.dumps({"format": 99})
    with pytest.raises(DataError, match="newer version"):
        DemonstrationFile.open(path)


def test_bad_episodes_are_not_written(tmp_path, make_episode):
    path = tmp_path / "x_demo.hdf5"
    with pytest.raises(DataError, match=r"demo_0 of 'pick.*' \(seed 1000000\): 'actions' is not finite"):
        write_episodes(path, [make_episode(actions=np.full((20, 7), np.inf))])
    with pytest.raises(DataError, match="one task and orientation"):
        write_episodes(path, [make_episode(), make_episode(orientation="mirrored")])
    assert list(tmp_path.iterdir()) == []


def test_merge_keeps_numbers_and_counts(tmp_path, make_episode):
    for demo in (0, 1, 11):
        write_episodes(tmp_path / f"{demo}.hdf5", [make_episode(demo)], first_demo=demo)
    target = tmp_path / "x_demo.hdf5"
    merge_files([tmp_path / "11.hdf5", tmp_path / "0.hdf5"], target)
    merge_files([target, tmp_path / "1.hdf5"], target)
    file = DemonstrationFile.open(target)
    assert file.demos == (0, 1, 11)
    for demo in file.demos:
        assert_same(file.episode(demo), make_episode(demo))
    with pytest.raises(DataError, match="'demo_1' exists in another file"):
        merge_files([target, tmp_path / "1.hdf5"], target)
    assert DemonstrationFile.open(target).demos == (0, 1, 11)


@pytest.mark.parametrize("num_bytes", [100, 5_000, 40_000])
def test_full_disk_leaves_nothing(tmp_path, make_episode, num_bytes):
    with (
        largest_file(num_bytes),
        pytest.raises(UnavailableError, match=r"cannot write .*x_demo\.hdf5: File too large"),
    ):
        write_episodes(tmp_path / "x_demo.hdf5", [make_episode(size=128)])
    assert list(tmp_path.iterdir()) == []


def test_full_disk_keeps_the_older_file(path, tmp_path, make_episode):
    before = path.read_bytes()
    write_episodes(tmp_path / "2.hdf5", [make_episode(2, size=128)], first_demo=2)
    with largest_file(30_000), pytest.raises(UnavailableError):
        merge_files([path, tmp_path / "2.hdf5"], path)
    assert path.read_bytes() == before


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_robomimic_reads_it(path):
    pytest.importorskip("torch")
    robomimic = pytest.importorskip("robomimic.utils.dataset")
    observations = pytest.importorskip("robomimic.utils.obs_utils")
    observations.initialize_obs_utils_with_obs_specs(
        {"obs": {"low_dim": ["joint_states", "gripper_states"], "rgb": ["agentview_rgb"]}}
    )
    dataset = robomimic.SequenceDataset(
        hdf5_path=str(path),
        obs_keys=("joint_states", "gripper_states", "agentview_rgb"),
        dataset_keys=("actions", "dones"),
        seq_length=4,
        load_next_obs=False,
    )
    assert len(dataset) == 53
    item = dataset[19]
    with h5py.File(path) as file:
        np.testing.assert_allclose(item["actions"][0], file["data/demo_0/actions"][19], rtol=1e-6)
        frame = file["data/demo_0/obs/agentview_rgb"][19]
        np.testing.assert_allclose(item["obs"]["agentview_rgb"][0] * 255, frame.transpose(2, 0, 1), rtol=1e-6)
