"""What runs in the process that has TensorFlow; nothing else may import this module."""

import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf  # pyright: ignore[reportMissingImports]
import tensorflow_datasets as tfds  # pyright: ignore[reportMissingImports]

LONGEST = 1 << 20
"""More steps than any episode has: all of them become one batch."""


class Reader:
    """Walks through a set; one episode in memory.

    Args:
        root: The folder with `dataset_info.json`.
        splits: Split → number of episodes.
        start: Episode to begin with.
    """

    def __init__(self, root: str, splits: Mapping[str, int], start: int) -> None:
        builder = tfds.builder_from_directory(root)
        self._keys = _picture_keys(builder.info.features)
        self._episodes = itertools.chain.from_iterable(self._split(builder, split) for split in _slices(splits, start))
        self._pictures: dict[str, Any] = {}

    def picture_keys(self) -> list[str]:
        """Features under `observation` that hold encoded pictures."""
        return self._keys

    def next(self) -> dict[str, Any] | None:
        """Steps and metadata of the next episode, pictures aside; None behind the last."""
        found = next(self._episodes, None)
        if found is None:
            return None
        observation = found["steps"].get("observation", {})
        self._pictures = {key: observation.pop(key) for key in self._keys}
        return {"steps": found["steps"], "metadata": found.get("episode_metadata", {})}

    def pictures(self, key: str) -> np.ndarray:
        """uint8 (T, h, w, 3) of the episode that `next` gave last.

        Decoded here, because other JPEG decoders differ from TensorFlow's, which trainers use, by up to 3 of 255.
        """
        decoded = [tf.io.decode_image(data, channels=3, expand_animations=False) for data in self._pictures[key]]
        return np.stack([picture.numpy() for picture in decoded])

    def _split(self, builder: Any, split: str) -> Iterator[dict[str, Any]]:
        skip = {"steps": {"observation": {key: tfds.decode.SkipDecoding() for key in self._keys}}}
        config = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
        episodes = builder.as_dataset(split=split, decoders=skip, read_config=config, shuffle_files=False)
        return episodes.map(_stacked).as_numpy_iterator()


class Writer:
    """Writes TFRecord files and what describes them.

    Args:
        sizes_px: Picture feature → height and width.
        widths: `state`, `joint_state` and `action` → number of dimensions.
    """

    def __init__(self, sizes_px: Mapping[str, tuple[int, int]], widths: Mapping[str, int]) -> None:
        self._picture_keys = list(sizes_px)
        self._features = tfds.features.FeaturesDict(_features(sizes_px, widths))
        self._file: Any = None

    def open(self, path: str) -> None:
        """Starts a file."""
        self._file = tf.io.TFRecordWriter(path)

    def add(self, example: Mapping[str, Any]) -> None:
        """Appends an episode."""
        steps = dict(example["steps"])
        observation = dict(steps.pop("observation"))
        for key in self._picture_keys:
            observation[key] = [io.BytesIO(data) for data in observation[key]]
        rows = [
            {name: values[step] for name, values in steps.items()}
            | {"observation": {name: values[step] for name, values in observation.items()}}
            for step in range(len(steps["action"]))
        ]
        self._file.write(self._features.serialize_example({**example, "steps": rows}))

    def close(self) -> None:
        """Ends a file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def save_features(self, root: str) -> None:
        """Writes `features.json`."""
        self._features.save_config(root)


class Describer:
    """Writes what makes TFRecord files a set.

    Args:
        root: Folder with the files and `features.json`.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._features = tfds.features.FeatureConnector.from_config(root)

    def describe(self, name: str, shard_lengths: Sequence[int], num_bytes: int) -> None:
        """Writes `dataset_info.json` for the files in the folder."""
        template = tfds.core.ShardedFileTemplate(
            data_dir=self._root, dataset_name=name, split="train", filetype_suffix="tfrecord"
        )
        split = tfds.core.SplitInfo(
            name="train", shard_lengths=list(shard_lengths), num_bytes=num_bytes, filename_template=template
        )
        tfds.folder_dataset.write_metadata(
            data_dir=self._root, features=self._features, split_infos=[split], check_data=False
        )


def _stacked(episode: dict[str, Any]) -> dict[str, Any]:
    return {**episode, "steps": episode["steps"].batch(LONGEST).get_single_element()}


def _slices(splits: Mapping[str, int], start: int) -> Iterator[str]:
    """The splits from an episode on, in the notation of tensorflow-datasets."""
    for name, length in splits.items():
        if start < length:
            yield f"{name}[{start}:]"
        start = max(0, start - length)


def _picture_keys(features: Any) -> list[str]:
    observation = features["steps"].feature["observation"]
    # Read from a file the features are a protobuf map, whose order is another one in every process.
    return sorted(key for key, feature in observation.items() if isinstance(feature, tfds.features.Image))


def _features(sizes_px: Mapping[str, tuple[int, int]], widths: Mapping[str, int]) -> dict[str, Any]:
    features = tfds.features

    def vector(name: str) -> Any:
        return features.Tensor(shape=(widths[name],), dtype=np.float32)

    pictures = {
        key: features.Image(shape=(*size, 3), dtype=np.uint8, encoding_format="png") for key, size in sizes_px.items()
    }
    numbers = {name: features.Scalar(dtype=np.float32) for name in ("discount", "reward")}
    flags = {name: features.Scalar(dtype=np.bool_) for name in ("is_first", "is_last", "is_terminal")}
    steps = {
        "observation": features.FeaturesDict(
            pictures | {name: vector(name) for name in ("state", "joint_state") if widths[name]}
        ),
        "action": vector("action"),
        "action_clean": vector("action"),
        "language_instruction": features.Text(),
        "vst_robot": features.Text(),
        **numbers,
        **flags,
    }
    metadata = {"file_path": features.Text(), "vst_robot": features.Text()}
    return {"steps": features.Dataset(steps), "episode_metadata": features.FeaturesDict(metadata)}
