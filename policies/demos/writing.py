"""Writes LIBERO HDF5 files, whole or not at all."""

import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import h5py
import numpy as np

from action_tokenizer import LIBERO, Robot
from policies.demos import layout
from policies.demos.checks import check_episode
from vst_robot.atomic import whole_file
from vst_robot.errors import DataError
from vst_robot.types import Episode


def write_episodes(path: Path, episodes: Sequence[Episode], *, first_demo: int = 0, robot: Robot = LIBERO) -> None:
    """Writes demonstrations of one task as `demo_<first_demo>`, `demo_<first_demo + 1>`, ….

    Args:
        path: The file to make; an older one is replaced.
        episodes: At least one; all of the same task and orientation.
        first_demo: Number of the first demonstration.
        robot: What the numbers are called; those of another robot than LIBERO's are written as `RobomimicFolder`
            reads them.

    Raises:
        DataError: An episode does not hold together, or the episodes do not belong into one file.
        UnavailableError: The disk is full or the folder cannot be written to.
    """
    _check_same(episodes, path)
    for number, episode in enumerate(episodes, start=first_demo):
        check_episode(episode, f"demo_{number} of '{episode.task.name}' (seed {episode.seed})", robot)
    with _new_file(path) as file:
        data = file.create_group("data")
        _write_file_facts(data, episodes[0])
        for number, episode in enumerate(episodes, start=first_demo):
            _write_episode(data.create_group(f"demo_{number}"), episode, robot)
        _write_counts(data)


def merge_files(sources: Sequence[Path], target: Path) -> None:
    """Joins files of one task; the compressed chunks are copied as they are.

    Args:
        sources: Files with disjoint demonstration numbers. `target` may be among them.
        target: The file to make, atomically.

    Raises:
        DataError: A source cannot be read, two hold the same demonstration, or they differ in orientation or
            row order.
        UnavailableError: The disk is full or the folder cannot be written to.
    """
    with _new_file(target) as file:
        data = file.create_group("data")
        for source in sources:
            _copy_demonstrations(source, data)
        _write_counts(data)


def _check_same(episodes: Sequence[Episode], path: Path) -> None:
    kinds = {(episode.task, episode.orientation) for episode in episodes}
    if len(kinds) != 1:
        raise DataError(f"{path}: expected demonstrations of one task and orientation, got {len(kinds)} kinds")


def _write_file_facts(data: h5py.Group, episode: Episode) -> None:
    task = episode.task
    bddl_file = f"bddl_files/{task.suite}/{task.name}.bddl"
    problem = episode.provenance.get("problem", "")
    heights = {camera: pictures.shape[1:3] for camera, pictures in episode.images.items()}
    environment = {
        "type": 1,  # robomimic's number of robosuite environments
        "env_name": problem,
        "problem_name": problem,
        "bddl_file": bddl_file,
        "env_kwargs": {"camera_names": list(heights), "camera_sizes": list(heights.values())},
    }
    own = {
        "format": layout.FORMAT_VERSION,
        "rows": "bottom_up",
        "orientation": episode.orientation,
        "suite": task.suite,
        "task_id": task.task_id,
        "task_name": task.name,
    }
    data.attrs["problem_info"] = json.dumps(
        {"problem_name": problem, "domain_name": "robosuite", "language_instruction": task.instruction}
    )
    data.attrs["env_args"] = json.dumps(environment)
    data.attrs["bddl_file_name"] = bddl_file
    data.attrs[layout.ROWS_ATTRIBUTE] = "opengl"
    data.attrs[layout.OWN_ATTRIBUTE] = json.dumps(own)


def _write_episode(demo: h5py.Group, episode: Episode, robot: Robot) -> None:
    done = np.zeros(len(episode), np.uint8)
    done[-1] = episode.success
    demo["actions"] = episode.actions
    demo["actions_clean"] = episode.actions_clean
    demo["states"] = episode.sim_states
    demo["rewards"] = demo["dones"] = done
    observations = demo.create_group("obs")
    observations["joint_states"] = episode.joint_positions
    if robot == LIBERO:
        _write_libero(demo, episode)
    else:
        _write_names(demo, episode, robot)
    for camera, pictures in episode.images.items():
        raw, storage = layout.flip_rows(pictures), layout.picture_storage(pictures.shape)
        observations.create_dataset(layout.camera_dataset(camera), data=raw, **storage)
    _write_start(demo, episode)


def _write_libero(demo: h5py.Group, episode: Episode) -> None:
    demo["robot_states"] = layout.robot_states(episode.proprio)
    for name, values in layout.proprio_datasets(episode.proprio).items():
        demo[f"obs/{name}"] = values


def _write_names(demo: h5py.Group, episode: Episode, robot: Robot) -> None:
    demo["actions"].attrs["names"] = robot.actions
    if robot.binary:
        demo["actions"].attrs["binary"] = robot.binary
        demo["actions"].attrs["polarity"] = robot.polarity
    demo["actions"].attrs["rate_hz"] = robot.rate_hz
    if robot.proprio:
        demo["obs/proprio"] = episode.proprio
        demo["obs/proprio"].attrs["names"] = robot.proprio


def _write_start(demo: h5py.Group, episode: Episode) -> None:
    fixtures = {name: list(pose) for name, pose in episode.start.fixture_poses.items()}
    demo.attrs["num_samples"] = len(episode)
    demo.attrs["init_state"] = episode.start.sim_state
    demo.attrs["seed"] = episode.seed
    demo.attrs["fixture_poses"] = json.dumps(fixtures)
    demo.attrs["provenance"] = json.dumps(dict(episode.provenance))


def _write_counts(data: h5py.Group) -> None:
    data.attrs["num_demos"] = len(data)
    data.attrs["total"] = sum(int(demo.attrs["num_samples"]) for demo in data.values())


def _copy_demonstrations(source: Path, data: h5py.Group) -> None:
    try:
        with h5py.File(source, "r") as file:
            for name, value in file["data"].attrs.items():
                if name in (layout.OWN_ATTRIBUTE, layout.ROWS_ATTRIBUTE) and data.attrs.get(name, value) != value:
                    raise DataError(f"{source}: differs in '{name}' from another file of this task; keep them apart")
                data.attrs[name] = value
            for name in cast(h5py.Group, file["data"]):
                if name in data:
                    raise DataError(f"{source}: '{name}' exists in another file of this task too; remove one")
                file.copy(f"data/{name}", data, name=name)
    except (OSError, KeyError) as error:
        raise DataError(f"{source}: damaged or truncated; delete it and collect again") from error


class _PatientFile(io.FileIO):
    """A file whose writes never fail; the first refusal is kept in `refusal`.

    The HDF5 library cannot cope with a full disk: it repeats the failing write for every open object and
    then crashes the interpreter. So it is told that all is well, and the refusal is raised afterwards.
    """

    refusal: OSError | None = None

    def write(self, data: bytes | memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        size, written = len(data), 0
        while written < size and self.refusal is None:
            try:
                written += super().write(memoryview(data)[written:])
            except OSError as error:
                self.refusal = error
        self.seek(size - written, os.SEEK_CUR)
        return size

    def truncate(self, size: int | None = None) -> int:
        try:
            return super().truncate(size)
        except OSError as error:
            self.refusal = self.refusal or error
            return size or 0


@contextmanager
def _new_file(path: Path) -> Iterator[h5py.File]:
    with whole_file(path) as temporary, _PatientFile(temporary, "w+") as disk:
        try:
            with h5py.File(disk, "w") as file:
                yield file
        finally:
            if disk.refusal is not None:
                raise disk.refusal
        os.fsync(disk.fileno())
