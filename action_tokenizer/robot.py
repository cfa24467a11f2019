"""What the numbers of a robot are called, and which of them are switches.

LIBERO's arm is one robot among others. Nothing but names, so that a set of demonstrations, the statistics in a
checkpoint and a command line speak of the same dimensions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from action_tokenizer.statistics import (
    LIBERO_ACTION_MASK,
    LIBERO_ACTION_NAMES,
    LIBERO_GRIPPER,
    LIBERO_PROPRIO_NAMES,
)
from vst_robot.errors import DataError, unknown_name

NO_SWITCHES = "none"
LIBERO_RATE_HZ = 20.0


@dataclass(frozen=True, kw_only=True)
class Robot:
    """The dimensions of one robot.

    Attributes:
        actions: Name of each action dimension, in the order of the columns.
        proprio: Name of each proprioceptive number, in the order of `Observation.proprio`.
        binary: Action dimensions with two values within [-1, 1], such as a gripper that opens or closes. They
            pass through unnormalised, and decoded values snap to one of the two.
        polarity: What the values of the binary dimensions mean, in words.
        rate_hz: Control steps per second; LIBERO's where nobody says another.
    """

    actions: tuple[str, ...]
    proprio: tuple[str, ...] = ()
    binary: tuple[str, ...] = ()
    polarity: str = NO_SWITCHES
    rate_hz: float = LIBERO_RATE_HZ

    def __post_init__(self) -> None:
        """Refuses names that do not tell dimensions apart, switches that are no dimensions, and no rate."""
        if not self.actions:
            raise DataError("a robot needs at least one action dimension")
        if not 0 < self.rate_hz < math.inf:
            raise DataError(f"rate_hz must be a positive number of control steps per second, not {self.rate_hz:g}")
        for what, names in (("action", self.actions), ("proprioceptive", self.proprio)):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise DataError(f"the {what} name '{twice[0]}' appears twice; every dimension needs a name of its own")
        for name in self.binary:
            if name not in self.actions:
                raise unknown_name("binary action dimension", name, self.actions)

    @property
    def mask(self) -> tuple[bool, ...]:
        """True where an action dimension is normalised; as `ActionStatistics.mask`."""
        return tuple(name not in self.binary for name in self.actions)

    def columns(self, proprio: Sequence[str]) -> list[int]:
        """Where the named proprioceptive numbers stand in `Observation.proprio`.

        Raises:
            InputError: The robot does not measure one of them; the nearest name is offered.
        """
        for name in proprio:
            if name not in self.proprio:
                raise unknown_name("proprioceptive number", name, self.proprio)
        return [self.proprio.index(name) for name in proprio]


LIBERO = Robot(
    actions=LIBERO_ACTION_NAMES,
    proprio=LIBERO_PROPRIO_NAMES,
    binary=tuple(name for name, kept in zip(LIBERO_ACTION_NAMES, LIBERO_ACTION_MASK, strict=True) if not kept),
    polarity=LIBERO_GRIPPER,
)
"""LIBERO's Panda; see `docs/conventions.md`."""
