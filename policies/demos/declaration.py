"""What a set says about itself, since neither RLDS nor LeRobot nor HDF5 has a place for it.

Two things cannot be seen in the numbers and ruin a policy when guessed wrong: whether pictures are mirrored, and
what the sign of the gripper means. Sets of ours declare both; those by others must be told, except the published
ones whose conventions are known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float

from action_tokenizer import LIBERO, Robot
from policies.demos.robot_file import RobotFile
from vst_robot import config
from vst_robot.errors import DataError, InputError
from vst_robot.types import Orientation, Task

FILE_NAME = "vst_robot.json"
FORMAT_VERSION = 1
GripperPolarity = Literal["libero", "openvla"]
"""`libero`: -1 open, +1 closed, as LIBERO executes it and as all published sets store it. `openvla`: 1 open, 0
closed, which OpenVLA's loader makes of them."""


@dataclass(frozen=True, kw_only=True)
class StoreManifest:
    """What all demonstrations of a folder have in common.

    Attributes:
        suite: Canonical suite name.
        tasks: Tasks to demonstrate.
        cameras: Camera names.
        image_size: Side of the stored pictures, in pixels.
        seed: Seed of the set; see `envs.collect` for the start seeds that follow from it.
        num_per_task: Demonstrations wanted for each task. May be raised later; everything else is fixed.
        orientation: Orientation of the pictures.
        facts: Flat facts: noise, asset pack and hash, fingerprints of environment and expert, versions.
        format_version: Version of the folder's layout.
    """

    suite: str
    tasks: tuple[Task, ...]
    cameras: tuple[str, ...]
    image_size: int
    seed: int
    num_per_task: int
    orientation: Orientation = "true"
    facts: dict[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, kw_only=True)
class SetDeclaration:
    """What holds for all episodes of an RLDS or LeRobot set.

    Attributes:
        orientation: Orientation of the pictures.
        gripper: What the sign of LIBERO's last action dimension means; another robot says it in words.
        manifest: That of the set it was converted from, if there was one.
        robot: What its numbers are called.
        format_version: Version of the file.
    """

    orientation: Orientation
    gripper: GripperPolarity = "libero"
    robot: Robot = LIBERO
    manifest: StoreManifest | None = None
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, kw_only=True)
class SetHints:
    """What the user tells about a set, which need not say it itself.

    Attributes:
        tasks: Known tasks, to name those of sets by others.
        orientation: Orientation of the pictures, for sets that do not declare it.
        gripper: Polarity of the gripper, likewise; LIBERO's if nobody says anything.
        robot: Names of the robot's dimensions; the set says the rest.
        libero: Whether the robot is known to be LIBERO's, whatever the set calls its dimensions.
    """

    tasks: Sequence[Task] = ()
    orientation: Orientation | None = None
    gripper: GripperPolarity | None = None
    robot: RobotFile | None = None
    libero: bool = False


def declared(
    path: Path, hints: SetHints, *, known: Orientation | None = None, robot: Robot | None = None
) -> SetDeclaration:
    """The declaration in a set, or what is told about a set that has none.

    Args:
        path: `vst_robot.json` of the set; need not exist.
        hints: What the user tells.
        known: Orientation of a published set.
        robot: What the set's numbers are called; None: what the set declares, else as LIBERO's. The pictures of
            another robot than LIBERO's are true unless something else is told: the mirror is a habit of LIBERO's sets.

    Raises:
        DataError: Nothing is declared, known or told, or what is told contradicts it.
    """
    orientation, gripper = hints.orientation, hints.gripper
    if path.is_file():
        own = config.load(path, SetDeclaration, error=DataError)
        if own.format_version > FORMAT_VERSION:
            raise DataError(f"{path}: written by a newer version (format {own.format_version}); upgrade vst-robot")
        _refuse_contradiction(path, "its pictures", own.orientation, orientation)
        _refuse_contradiction(path, "its gripper", own.gripper, gripper)
        if robot not in (None, own.robot):
            raise DataError(f"{path}: declares another robot than what is told about the set; they are never mixed")
        return own
    robot = robot or LIBERO
    if robot != LIBERO and gripper is not None:
        raise InputError(f"{path.parent}: '{gripper}' is a gripper of LIBERO's robot; put the polarity in robot.toml")
    _refuse_contradiction(path.parent, "its pictures", known, orientation)
    told = orientation or known or (None if robot == LIBERO else "true")
    if told is None:
        raise DataError(
            f"{path.parent}: does not declare whether its pictures are 'true' (as the simulator shows them) or "
            "'mirrored' (as in the published RLDS sets); tell it with the flag that ends in 'orientation'"
        )
    return SetDeclaration(orientation=told, gripper=gripper or "libero", robot=robot)


def _refuse_contradiction(path: Path, what: str, declared: str | None, told: str | None) -> None:
    if None not in (declared, told) and declared != told:
        raise DataError(f"{path}: declares {what} '{declared}', which contradicts '{told}'; they are never mixed")


def to_libero(
    actions: Float[np.ndarray, "t d"], gripper: GripperPolarity, where: str, *, told: bool
) -> Float[np.ndarray, "t d"]:
    """Actions with LIBERO's gripper sign.

    Args:
        actions: As stored; the gripper is the last dimension.
        gripper: Their polarity.
        where: For messages.
        told: Whether the polarity was declared; if not, commands that LIBERO's cannot be are refused.

    Raises:
        DataError: The commands are not of this polarity.
    """
    commands = actions[:, -1]
    if not told and len(commands) and commands.min() >= 0 and (commands == 0).any():
        raise DataError(
            f"{where}: gripper commands lie between 0 and 1, which is not LIBERO's -1 open, +1 closed; if 1 opens and "
            "0 closes, say so with the flag that ends in 'gripper' (openvla)"
        )
    if gripper == "libero":
        return actions
    if len(commands) and (commands.min() < 0 or commands.max() > 1):
        raise DataError(f"{where}: gripper commands leave [0, 1], so the polarity is not 'openvla'; declare 'libero'")
    return np.column_stack([actions[:, :-1], 1 - 2 * commands])
