"""What touches: walls, columns and bars made of boxes, which a gripper can take from every side."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import atan2, cos, dist, hypot, pi, sin, tan

from envs.assets.primitive.mjcf import Box, Vector, turned


def wall(lower: tuple[float, float], upper: tuple[float, float], *, thickness: float, count: int = 16) -> list[Box]:
    """A ring of boxes whose outer faces span two circles, given as (radius, height) in metres."""
    rise, reach = upper[1] - lower[1], upper[0] - lower[0]
    tilt, length = atan2(reach, rise), hypot(reach, rise)
    radius = (lower[0] + upper[0]) / 2 - cos(tilt) * thickness / 2
    height = (lower[1] + upper[1]) / 2 + sin(tilt) * thickness / 2
    half = (thickness / 2, max(lower[0], upper[0]) * tan(pi / count), length / 2)
    angles = [2 * pi * i / count for i in range(count)]
    return [
        Box(center=(radius * cos(a), radius * sin(a), height), half=half, quat_wxyz=turned(a, tilt)) for a in angles
    ]


def slab(half: float, bottom: float, top: float) -> Box:
    """A flat square. One box touches in four points where a finer disc would touch in dozens."""
    return Box(center=(0, 0, (bottom + top) / 2), half=(half, half, (top - bottom) / 2))


def span(low: Vector, high: Vector) -> Box:
    """The box between two corners."""
    center = tuple((a + b) / 2 for a, b in zip(low, high, strict=True))
    half = tuple((b - a) / 2 for a, b in zip(low, high, strict=True))
    return Box(center=center, half=half)  # type: ignore[arg-type]


def column(radius: float, bottom: float, top: float, *, count: int = 4) -> list[Box]:
    """A prism of 2·`count` sides, `radius` from its axis to each side, as `count` boxes through the axis."""
    half = (radius, radius * tan(pi / (2 * count)), (top - bottom) / 2)
    middle = (0, 0, (bottom + top) / 2)
    return [Box(center=middle, half=half, quat_wxyz=turned(pi * i / count)) for i in range(count)]


def bars(path: Sequence[Vector], *, half_width: float, half_thickness: float) -> list[Box]:
    """Flat bars along a path in a vertical plane, as wide as stated across that plane; for handles."""
    made = []
    for a, b in pairwise(path):
        along = [end - start for start, end in zip(a, b, strict=True)]
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2)
        flat = hypot(along[0], along[1])
        quat = turned(atan2(along[1], along[0]), atan2(flat, along[2]))
        made.append(Box(center=middle, half=(half_thickness, half_width, dist(a, b) / 2), quat_wxyz=quat))
    return made


def shifted(boxes: Sequence[Box], offset: Vector) -> list[Box]:
    """The same boxes elsewhere."""
    return [
        replace(box, center=(box.center[0] + offset[0], box.center[1] + offset[1], box.center[2] + offset[2]))
        for box in boxes
    ]
