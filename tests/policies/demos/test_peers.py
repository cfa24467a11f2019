"""Our sets read by the libraries that own the formats, and theirs read by us.

pytest -m peer tests/policies/demos                   with the extras `data` and `sim` (robomimic) installed
VST_ROBOT_TEST_LEROBOT=<python> pytest -m peer …      with an interpreter that has lerobot 0.4
"""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from policies.demos.convert import convert
from policies.demos.formats import open_demonstrations
from tests.policies.demos.conftest import CAMERAS, letter_f, needs_tfds
from vst_robot.types import Task

pytestmark = pytest.mark.peer

LEROBOT_VARIABLE = "VST_ROBOT_TEST_LEROBOT"
needs_robomimic = pytest.mark.skipif(
    not all(map(find_spec, ("robomimic", "six", "torch"))),
    reason="robomimic (extra 'sim'), or torch or six, which it imports and does not ask for, is not installed",
)
needs_lerobot = pytest.mark.skipif(
    LEROBOT_VARIABLE not in os.environ, reason=f"{LEROBOT_VARIABLE} does not name an interpreter that has lerobot"
)

READ_RLDS = """
import sys
import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

out = {}
builder = tfds.builder_from_directory(sys.argv[1])
config = tfds.ReadConfig(interleave_cycle_length=1)
for e, episode in enumerate(builder.as_dataset(split="train", read_config=config)):
    steps = list(episode["steps"].as_numpy_iterator())
    out[f"action_{e}"] = np.stack([step["action"] for step in steps])
    out[f"state_{e}"] = np.stack([step["observation"]["state"] for step in steps])
    for key in ("image", "wrist_image"):
        out[f"{key}_{e}"] = np.stack([step["observation"][key] for step in steps])
    out[f"flags_{e}"] = np.array([[step["is_first"], step["is_last"], step["is_terminal"]] for step in steps])
    out[f"words_{e}"] = np.array(steps[0]["language_instruction"].decode())
    out[f"path_{e}"] = np.array(episode["episode_metadata"]["file_path"].numpy().decode())
# The same without tensorflow-datasets' reader: a plain tf.data loop over the files.
files = sorted(tf.io.gfile.glob(sys.argv[1] + "/*.tfrecord*"))
key = "steps/action"
spec = {key: tf.io.VarLenFeature(tf.float32), "steps/observation/image": tf.io.VarLenFeature(tf.string)}
for e, record in enumerate(tf.data.TFRecordDataset(files)):
    parsed = tf.io.parse_single_example(record, spec)
    out[f"plain_{e}"] = tf.sparse.to_dense(parsed[key]).numpy().reshape(-1, 7)
    first = tf.sparse.to_dense(parsed["steps/observation/image"], default_value=b"")[0]
    out[f"plain_image_{e}"] = tf.io.decode_image(first).numpy()
np.savez(sys.argv[2], **out)
"""

WRITE_RLDS = """
import sys
import numpy as np
import tensorflow_datasets as tfds

class LiberoGoalNoNoops(tfds.core.GeneratorBasedBuilder):
    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        image = tfds.features.Image(shape=(64, 64, 3), dtype=np.uint8, encoding_format="jpeg")
        scalar, flag = tfds.features.Scalar(dtype=np.float32), tfds.features.Scalar(dtype=np.bool_)
        vector = lambda n: tfds.features.Tensor(shape=(n,), dtype=np.float32)
        steps = {
            "observation": tfds.features.FeaturesDict(
                {"image": image, "wrist_image": image, "state": vector(8), "joint_state": vector(7)}
            ),
            "action": vector(7), "discount": scalar, "reward": scalar,
            "is_first": flag, "is_last": flag, "is_terminal": flag, "language_instruction": tfds.features.Text(),
        }
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict({
                "steps": tfds.features.Dataset(steps),
                "episode_metadata": tfds.features.FeaturesDict({"file_path": tfds.features.Text()}),
            }),
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        given = np.load(sys.argv[2])
        for e in range(3):
            actions, images = given[f"action_{e}"], given["frames"]
            steps = [
                {
                    "observation": {
                        "image": images[t], "wrist_image": images[t] // 2,
                        "state": given[f"state_{e}"][t], "joint_state": np.zeros(7, np.float32),
                    },
                    "action": actions[t], "discount": 1.0, "reward": float(t == len(actions) - 1),
                    "is_first": t == 0, "is_last": t == len(actions) - 1, "is_terminal": t == len(actions) - 1,
                    "language_instruction": "push the plate to the front of the stove",
                }
                for t in range(len(actions))
            ]
            path = "/raid/libero_goal_no_noops/push_the_plate_to_the_front_of_the_stove_demo.hdf5"
            yield str(e), {"steps": steps, "episode_metadata": {"file_path": path}}

builder = LiberoGoalNoNoops(data_dir=sys.argv[1])
builder.download_and_prepare()
decoded = {}
for episode in builder.as_dataset(split="train"):
    steps = list(episode["steps"].as_numpy_iterator())
    decoded[f"image_{len(steps)}"] = np.stack([step["observation"]["image"] for step in steps])
np.savez(sys.argv[3], root=np.array(str(builder.data_dir)), **decoded)
"""

READ_ROBOMIMIC = """
import sys
import numpy as np
import robomimic.utils.obs_utils as obs_utils
from robomimic.utils.dataset import SequenceDataset

cameras = ["agentview_rgb", "eye_in_hand_rgb"]
low = ["ee_pos", "ee_ori", "gripper_states", "joint_states"]
obs_utils.initialize_obs_utils_with_obs_specs({"obs": {"rgb": cameras, "low_dim": low}})
dataset = SequenceDataset(
    sys.argv[1], obs_keys=(*cameras, *low), dataset_keys=("actions", "dones", "rewards"), seq_length=1,
    load_next_obs=False, hdf5_use_swmr=False, hdf5_normalize_obs=False,
)
items = [dataset[k] for k in range(len(dataset))]
np.savez(
    sys.argv[2],
    actions=np.concatenate([item["actions"] for item in items]),
    picture=np.stack([item["obs"]["agentview_rgb"][0] for item in items]),
    ee_pos=np.concatenate([item["obs"]["ee_pos"] for item in items]),
    demos=np.array(dataset.n_demos),
)
"""

SPLIT_ROBOMIMIC = """
import sys
from robomimic.scripts.split_train_val import split_train_val_from_hdf5
split_train_val_from_hdf5(hdf5_path=sys.argv[1], val_ratio=0.5)
"""

READ_LEROBOT = """
import sys
import numpy as np
import torch
from lerobot.datasets.lerobot_dataset import LeRobotDataset

dataset = LeRobotDataset("vst/robot", root=sys.argv[1], delta_timestamps={"action": [0.0, 0.05]})
items = [dataset[k] for k in range(len(dataset))]
picture = lambda item, key: (item[key] * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
np.savez(
    sys.argv[2],
    action=np.stack([item["action"][0].numpy() for item in items]),
    following=np.stack([item["action"][1].numpy() for item in items]),
    padded=np.stack([item["action_is_pad"].numpy() for item in items]),
    clean=np.stack([item["action_clean"].numpy() for item in items]),
    state=np.stack([item["observation.state"].numpy() for item in items]),
    episode=np.array([int(item["episode_index"]) for item in items]),
    task=np.array([item["task"] for item in items]),
    image=np.stack([picture(item, "observation.images.image") for item in items]),
    wrist=np.stack([picture(item, "observation.images.image2") for item in items]),
    q99=np.array(dataset.meta.stats["action"]["q99"]),
    picture_mean=np.array(dataset.meta.stats["observation.images.image"]["mean"]),
)
"""

WRITE_LEROBOT = """
import sys
import numpy as np
from lerobot.datasets.lerobot_dataset import LeRobotDataset

given = np.load(sys.argv[2])
picture = {"shape": (64, 64, 3), "names": ["height", "width", "channel"]}
dataset = LeRobotDataset.create(
    "vst/robot", fps=20, root=sys.argv[1], robot_type="panda", use_videos=True,
    features={
        "observation.images.image": {"dtype": "video", **picture},
        "observation.images.image2": {"dtype": "image", **picture},
        "observation.state": {"dtype": "float32", "shape": (8,), "names": None},
        "action": {"dtype": "float32", "shape": (7,), "names": None},
    },
)
for e in range(3):
    for t, action in enumerate(given[f"action_{e}"]):
        frame = given["frames"][t]
        dataset.add_frame({
            "observation.images.image": frame, "observation.images.image2": frame // 2,
            "observation.state": given[f"state_{e}"][t], "action": action,
            "task": "push the plate to the front of the stove" if e else "open the middle drawer",
        })
    dataset.save_episode()
dataset.finalize()
"""


def run(script, *arguments, python=sys.executable):
    """Runs a script of the other library in its interpreter."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    if python != sys.executable:
        environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [python, "-c", script, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture
def given(tmp_path):
    """Numbers and pictures for the other library to write."""
    rng, values = np.random.default_rng(0), {"frames": letter_f(9)}
    for e in range(3):
        values[f"action_{e}"] = rng.uniform(-1, 1, (5 + e, 7)).astype(np.float32)
        values[f"action_{e}"][:, 6] = np.resize([-1, 1], 5 + e)
        values[f"state_{e}"] = rng.normal(size=(5 + e, 8)).astype(np.float32)
    np.savez(tmp_path / "given.npz", **values)
    return tmp_path / "given.npz"


@needs_tfds
def test_tensorflow_datasets_reads_our_set(hdf5_set, tmp_path):
    convert(open_demonstrations(hdf5_set), tmp_path / "set", "rlds")
    run(READ_RLDS, tmp_path / "set" / "1.0.0", tmp_path / "out.npz")
    found = np.load(tmp_path / "out.npz")
    for e, episode in enumerate(open_demonstrations(hdf5_set).episodes()):
        actions = episode.actions.astype(np.float32)
        assert np.array_equal(found[f"action_{e}"], actions) and np.array_equal(found[f"plain_{e}"], actions)
        assert np.array_equal(found[f"state_{e}"], episode.proprio.astype(np.float32))
        for key, camera in (("image", CAMERAS[0]), ("wrist_image", CAMERAS[1])):
            assert np.array_equal(found[f"{key}_{e}"], episode.images[camera])
        assert np.array_equal(found[f"plain_image_{e}"], episode.images[CAMERAS[0]][0])
        assert found[f"flags_{e}"].sum(axis=0).tolist() == [1, 1, 1] and found[f"flags_{e}"][0, 0]
        assert str(found[f"words_{e}"]) == episode.task.instruction
        assert str(found[f"path_{e}"]) == f"libero_goal/{episode.task.name}_demo.hdf5"


@needs_tfds
def test_a_set_written_by_tensorflow_datasets(given, tmp_path):
    run(WRITE_RLDS, tmp_path / "tfds", given, tmp_path / "out.npz")
    written, found = np.load(given), np.load(tmp_path / "out.npz")
    task = Task(
        suite="libero_goal",
        task_id=3,
        name="push_the_plate_to_the_front_of_the_stove",
        instruction="push the plate to the front of the stove",
    )
    episodes = sorted(open_demonstrations(str(found["root"]), tasks=[task]).episodes(), key=len)
    assert len(episodes) == 3
    for e, episode in enumerate(episodes):
        assert (episode.orientation, episode.task, episode.success) == ("mirrored", task, True)
        assert np.array_equal(episode.actions, written[f"action_{e}"].astype(np.float64))
        assert np.array_equal(episode.proprio, written[f"state_{e}"].astype(np.float64))
        assert np.array_equal(episode.images["agentview"], found[f"image_{len(episode)}"]), "JPEG, decoded alike"


@needs_robomimic
def test_robomimic_reads_our_files(plain_set, tmp_path):
    folder = plain_set(3)
    run(READ_ROBOMIMIC, folder / "task_0_demo.hdf5", tmp_path / "out.npz")
    found, episodes = np.load(tmp_path / "out.npz"), list(open_demonstrations(folder).episodes())
    assert int(found["demos"]) == 3
    assert np.allclose(found["actions"], np.concatenate([e.actions for e in episodes]), atol=1e-7)
    assert np.allclose(found["ee_pos"], np.concatenate([e.proprio[:, :3] for e in episodes]), atol=1e-7)
    raw = np.concatenate([e.images["agentview"] for e in episodes])[:, ::-1]
    pictures = (found["picture"] * 255).round().astype(np.uint8).transpose(0, 2, 3, 1)
    assert np.array_equal(pictures, raw), "rows bottom-up, as LIBERO's own files have them"


@needs_robomimic
def test_a_file_that_robomimic_has_changed(plain_set, tmp_path):
    folder = plain_set(4)
    before = [episode.actions for episode in open_demonstrations(folder).episodes()]
    run(SPLIT_ROBOMIMIC, folder / "task_0_demo.hdf5")
    after = [episode.actions for episode in open_demonstrations(folder).episodes()]
    assert len(after) == 4 and all(np.array_equal(one, two) for one, two in zip(before, after, strict=True))


@needs_lerobot
def test_lerobot_reads_our_set(hdf5_set, tmp_path):
    convert(open_demonstrations(hdf5_set), tmp_path / "set", "lerobot")
    run(READ_LEROBOT, tmp_path / "set", tmp_path / "out.npz", python=os.environ[LEROBOT_VARIABLE])
    found = np.load(tmp_path / "out.npz")
    episodes = list(open_demonstrations(hdf5_set).episodes())
    ours = list(open_demonstrations(tmp_path / "set").episodes())
    actions = np.concatenate([e.actions for e in episodes])
    assert np.array_equal(found["action"], actions.astype(np.float32))
    assert np.array_equal(found["clean"], np.concatenate([e.actions_clean for e in episodes]).astype(np.float32))
    assert np.array_equal(found["state"], np.concatenate([e.proprio for e in episodes]).astype(np.float32))
    assert found["episode"].tolist() == [k for k, e in enumerate(episodes) for _ in range(len(e))]
    assert found["task"].tolist() == [e.task.instruction for e in episodes for _ in range(len(e))]
    last = np.cumsum([len(e) for e in episodes]) - 1
    assert found["padded"][:, 1].nonzero()[0].tolist() == last.tolist()
    assert np.array_equal(found["following"][0], actions[1].astype(np.float32))
    for key, camera in (("image", CAMERAS[0]), ("wrist", CAMERAS[1])):
        decoded = np.concatenate([e.images[camera] for e in ours]).astype(int)
        original = np.concatenate([e.images[camera] for e in episodes]).astype(int)
        assert np.abs(found[key].astype(int) - original).mean() < 6
        assert np.abs(found[key].astype(int) - decoded).mean() < 3, "the same frames as ours, to the decoder's rounding"
    assert np.allclose(found["q99"], np.quantile(actions, 0.99, axis=0), atol=1e-6)
    assert found["picture_mean"].shape == (3, 1, 1)


@needs_lerobot
def test_a_set_written_by_lerobot(given, tmp_path):
    run(WRITE_LEROBOT, tmp_path / "set", given, python=os.environ[LEROBOT_VARIABLE])
    written = np.load(given)
    episodes = list(open_demonstrations(tmp_path / "set", orientation="mirrored").episodes())
    assert [len(episode) for episode in episodes] == [5, 6, 7]
    for e, episode in enumerate(episodes):
        assert np.array_equal(episode.actions, written[f"action_{e}"].astype(np.float64))
        assert np.array_equal(episode.proprio, written[f"state_{e}"].astype(np.float64))
        assert np.array_equal(episode.images["robot0_eye_in_hand"], written["frames"][: len(episode)] // 2)
        assert np.abs(episode.images["agentview"].astype(int) - written["frames"][: len(episode)]).mean() < 6
    assert episodes[0].task.name == "open_the_middle_drawer"
