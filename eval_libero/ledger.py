"""What is on the disk: one record per episode, and the settings that all of them share.

`evaluation.json` holds plan, settings and provenance, `episodes.jsonl` the records. Every number is computed
from these two files.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from eval_libero.plan import Plan
from vst_robot import config
from vst_robot.errors import DataError, InputError
from vst_robot.records import RecordFile

Status = Literal["success", "failure", "error"]
HEADER_NAME = "evaluation.json"
RECORDS_NAME = "episodes.jsonl"


@dataclass(frozen=True, kw_only=True)
class EpisodeRecord:
    """The outcome of one episode.

    Attributes:
        suite: Canonical suite name.
        task_id: Task in the suite.
        episode: Index of the evaluation state.
        status: ``"error"`` is a crash, never a failure of the policy; it is tried again on resume.
        steps: Control steps that the policy acted.
        max_steps: Control steps that it had.
        seed: Seed of the fixture placement.
        start_hash: Hash of the state that the episode began in; empty if it never began.
        fingerprint: Digest of the settings in `evaluation.json`.
        error: What went wrong, in one line.
        video: File of the recorded video, relative to the folder, or empty.
        simulation_s: Seconds spent in the simulator.
        finished_at: UTC time in ISO 8601.
    """

    suite: str
    task_id: int
    episode: int
    status: Status
    steps: int
    max_steps: int
    seed: int
    start_hash: str
    fingerprint: str
    error: str = ""
    video: str = ""
    simulation_s: float
    finished_at: str

    @property
    def key(self) -> str:
        """Unique name, e.g. ``"libero_spatial/3/17"``."""
        return f"{self.suite}/{self.task_id}/{self.episode}"


@dataclass(frozen=True, kw_only=True)
class Header:
    """What all records of a folder have in common.

    Attributes:
        plan: The episodes that are wanted; may grow from run to run.
        settings: Flat facts about protocol, world and policy; never change.
        provenance: Flat facts about the latest run: commit, command.
    """

    plan: Plan
    settings: dict[str, str]
    provenance: dict[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Digest of the settings."""
        return hashlib.sha256(json.dumps(self.settings, sort_keys=True).encode()).hexdigest()[:16]


def settings_of(plan: Plan, world: Mapping[str, str], policy: Mapping[str, str]) -> dict[str, str]:
    """Joins the fingerprints of everything that an outcome depends on."""
    return {
        **plan.settings(),
        **{f"world.{name}": value for name, value in world.items()},
        **{f"policy.{name}": value for name, value in policy.items()},
    }


def record_file(folder: Path) -> RecordFile[EpisodeRecord]:
    """The records of a folder; a record with status "error" may be followed by the outcome of another try."""
    return RecordFile(
        folder / RECORDS_NAME,
        EpisodeRecord,
        key=lambda record: record.key,
        replaceable=lambda record: record.status == "error",
    )


def read_header(folder: Path) -> Header:
    """Reads what a folder's records have in common.

    Raises:
        InputError: The folder holds no evaluation.
        DataError: The file is damaged.
    """
    path = folder / HEADER_NAME
    if not path.is_file():
        raise InputError(f"{folder} holds no evaluation ({HEADER_NAME} is missing): run `vst-robot evaluate` first")
    return config.load(path, Header, error=DataError)


def begin(folder: Path, header: Header) -> RecordFile[EpisodeRecord]:
    """Opens a folder for this evaluation, new or half done; settings bind from the first record on.

    Raises:
        InputError: Its records were made under other settings.
        DataError: Its records are damaged.
        UnavailableError: It cannot be written.
    """
    records = record_file(folder)
    written = records.read()
    if written and not (folder / HEADER_NAME).exists():
        raise InputError(f"{records.path} has lost its {HEADER_NAME}: choose another --output")
    if written:
        _check_same(folder, read_header(folder).settings, header.settings)
    for record in written:
        if record.fingerprint != header.fingerprint:
            raise InputError(f"{records.path} holds {record.key} made under other settings: choose another --output")
    config.dump_json(header, folder / HEADER_NAME)
    return records


def check_overlap(evaluated: Mapping[str, str], training: frozenset[str]) -> None:
    """Refuses to score a policy on starts that it was trained on.

    Args:
        evaluated: Episode key → hash of the state that it begins in.
        training: Hashes of the states that the demonstrations begin in.

    Raises:
        InputError: An episode begins in a training state.
    """
    shared = [key for key, start_hash in evaluated.items() if start_hash in training]
    if shared:
        raise InputError(
            f"the policy's demonstrations start from evaluation states ({_some(shared)}): its score would be "
            "worthless; train on demonstrations from the training seeds (`vst-robot demos collect`)"
        )


def _check_same(folder: Path, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    differing = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if differing:
        changes = "; ".join(f"'{n}' was '{before.get(n, '')}', now '{now.get(n, '')}'" for n in differing)
        raise InputError(f"{folder} holds records of other settings: {changes}; choose another --output")


def _some(names: Iterable[str], limit: int = 3) -> str:
    names = list(names)
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
