"""Which of a robot's proprioceptive numbers a policy reads."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from action_tokenizer import Robot
from vst_robot.errors import DataError


def select(proprio: Float[np.ndarray, "*batch p"], names: Sequence[str], robot: Robot) -> Float[np.ndarray, "*batch k"]:
    """Picks the named numbers, in the order given.

    Args:
        proprio: All numbers that the robot measures, last.
        names: Which of them.
        robot: What they are called.

    Raises:
        InputError: The robot does not measure one of the named numbers.
        DataError: There are more or fewer numbers than the robot measures.
    """
    columns = robot.columns(names)
    if proprio.shape[-1] != len(robot.proprio):
        raise DataError(
            f"{proprio.shape[-1]} proprioceptive numbers, but the policy's robot measures {len(robot.proprio)}: "
            f"({', '.join(robot.proprio)}); give all of them in this order"
        )
    return proprio[..., columns]
