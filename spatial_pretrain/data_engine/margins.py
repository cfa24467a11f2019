"""When an answer is sure enough to be asked for."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from spatial_pretrain.data_engine.samples import Margin, Rejected

LEAST_M, LEAST_DEG = 0.01, 1.0
"""Ground truth may be this far off without changing any discrete answer."""


def is_sound(margin: Margin) -> bool:
    """Whether the ground truth may move by 1 cm and turn by 1°."""
    enough_m = margin.metres is None or margin.metres >= LEAST_M
    return enough_m and (margin.degrees is None or margin.degrees >= LEAST_DEG)


def sound(margin: Margin) -> Margin:
    """The margin itself.

    Raises:
        Rejected: It is under 1 cm or 1°.
    """
    if not is_sound(margin):
        raise Rejected("margin under 1 cm or 1 degree")
    return margin


def smallest(margins: Sequence[Margin]) -> Margin:
    """The margin of several answers together."""

    def least(name: str) -> Any:
        return min((value for margin in margins if (value := getattr(margin, name)) is not None), default=None)

    return Margin(**{each.name: least(each.name) for each in fields(Margin)})
