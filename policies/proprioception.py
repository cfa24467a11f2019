"""Names of the proprioceptive numbers, so that a policy can say which of them it reads."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from action_tokenizer import LIBERO_PROPRIO_NAMES
from vst_robot.errors import unknown_name


def select(
    proprio: Float[np.ndarray, "*batch p"], names: Sequence[str], available: Sequence[str] = LIBERO_PROPRIO_NAMES
) -> Float[np.ndarray, "*batch k"]:
    """Picks the named numbers, in the order given.

    Raises:
        InputError: A name is not among `available`.
    """
    for name in names:
        if name not in available:
            raise unknown_name("proprioceptive number", name, available)
    return proprio[..., [available.index(name) for name in names]]
