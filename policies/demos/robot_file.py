"""`robot.toml`: what a set of demonstrations does not say about the robot that it was recorded on.

    actions = ["left_elbow", "left_gripper", "right_elbow", "right_gripper"]
    binary = ["left_gripper", "right_gripper"]
    polarity = "0 open, 1 closed"
    rate_hz = 30
    instruction = "fold the towel"

    [proprio]
    joint_positions = ["left_elbow_rad", "right_elbow_rad"]

Every entry may be left out where the set itself says it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from pathlib import Path

from action_tokenizer import LIBERO, Robot
from action_tokenizer.robot import LIBERO_RATE_HZ, NO_SWITCHES
from vst_robot import config
from vst_robot.errors import DataError

FILE_NAME = "robot.toml"
UNKNOWN_POLARITY = "not declared"
HELP = f"name them in a file {FILE_NAME} beside the data (docs/your_own_data.md)"
ACTION_SPELLINGS = (
    LIBERO.actions,
    ("x", "y", "z", "roll", "pitch", "yaw", "gripper"),
    ("x", "y", "z", "axis_angle1", "axis_angle2", "axis_angle3", "gripper"),
)
"""How published sets call LIBERO's actions (`HuggingFaceVLA/libero`, and variants of it)."""


@dataclass(frozen=True, kw_only=True)
class RobotFile:
    """What somebody, the user or the set itself, says about a robot; empty entries say nothing.

    Attributes:
        actions: Name of each action dimension, in the order of the columns.
        binary: Action dimensions with two values within [-1, 1]; they stay unnormalised.
        polarity: What these values mean, in words.
        proprio: Column of numbers → names of its entries; the columns are read in this order. In HDF5 a data set
            under `obs`, in LeRobot a feature, in RLDS a feature under `observation`.
        rate_hz: Control steps per second.
        instruction: The task in words, where HDF5 files do not tell it.
    """

    actions: tuple[str, ...] = ()
    binary: tuple[str, ...] = ()
    polarity: str = ""
    proprio: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rate_hz: float = 0
    instruction: str = ""

    def over(self, other: "RobotFile") -> "RobotFile":
        """Both together; where both say something, this one counts."""
        names = [entry.name for entry in fields(self)]
        return RobotFile(**{name: getattr(self, name) or getattr(other, name) for name in names})

    def robot(self, where: Path | str) -> Robot:
        """The robot.

        Raises:
            DataError: Nobody names the actions, or names do not tell dimensions apart; `where` names the set.
            InputError: A binary dimension is no dimension.
        """
        if not self.actions:
            raise DataError(f"{where}: does not name its action dimensions; {HELP}")
        proprio = tuple(chain.from_iterable(self.proprio.values()))
        polarity = (self.polarity or UNKNOWN_POLARITY) if self.binary else NO_SWITCHES
        return Robot(
            actions=self.actions,
            proprio=proprio,
            binary=self.binary,
            polarity=polarity,
            rate_hz=self.rate_hz or LIBERO_RATE_HZ,
        )


def load(folder: Path, named: Path | str | None = None) -> RobotFile | None:
    """What the user says about the robot of a set; None if nothing.

    Args:
        folder: The set; `robot.toml` in it is read unless another file is named.
        named: The file.

    Raises:
        InputError: The file cannot be read, or says something else than a `RobotFile` can.
    """
    path = Path(named) if named else folder / FILE_NAME
    return config.load(path, RobotFile) if named or path.is_file() else None


def is_libero(actions: Sequence[str], widths: tuple[int, int]) -> bool:
    """Whether actions of these names are those of LIBERO's arm.

    Published sets call them differently, or give one name to all; what has LIBERO's widths and no names of its own is
    taken for LIBERO's.

    Args:
        actions: Names of actions in the set, of any number.
        widths: How many action dimensions and proprioceptive numbers there are.
    """
    if widths != (len(LIBERO.actions), len(LIBERO.proprio)):
        return False
    named = len(actions) == widths[0] and len(set(actions)) == widths[0]
    return not named or tuple(actions) in ACTION_SPELLINGS
