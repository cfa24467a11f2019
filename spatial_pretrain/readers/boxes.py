"""Boxes of other people's data sets in VST's axes, and what becomes of damaged ones.

VST's box axes are x front to back, y down, z sideways (paper, section 3.1). A source whose boxes stand on a ground
plane with z up has the same x, our y is its -z and our z is its y.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from spatial_pretrain.readers.labels import plain_label
from vst_robot.errors import DataError
from vst_robot.geometry.box3d import Box3D

Array = np.ndarray

MIN_SIDE_M = 1e-3  # anything thinner is a slip, not a thing
MAX_SIDE_M = 50.0  # a room's hall; larger numbers are in other units
DOWN = np.array([0.0, 0.0, -1.0])
"""Gravity of the sources whose world has z up."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Annotation:
    """One object as a data set states it, checked by `sound_things`.

    Attributes:
        label: The source's own word.
        instance: Number in instance maps, at least 1.
        centre_m: (3,) in the scene's world.
        size_m: (3,) along `axes`' columns.
        axes: (3, 3), columns are the box's axes in the world; x front to back, y down, z sideways.
        surface_m: Points of its surface in the world (n, 3).
        has_front: Whether the x axis is a real heading.
        defect: Why the source itself calls the box unsound.
    """

    label: str
    instance: int
    centre_m: Array
    size_m: Array
    axes: Array
    surface_m: Float[Array, "n 3"] | None = None
    has_front: bool = False
    defect: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Thing:
    """A sound object whose visibility is still to be found.

    Attributes: those of `vst_robot.scenes.SceneObject` but `visible`.
    """

    label: str
    instance: int
    box: Box3D
    surface_m: Float[Array, "n 3"] | None = None
    has_front: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Things:
    """The sound objects of a scan, and how many were left out for which reason."""

    things: tuple[Thing, ...]
    skipped: Counter[str] = field(default_factory=Counter)


def sound_things(annotations: Iterable[Annotation]) -> Things:
    """The objects that questions may be asked about.

    Where one box of a category is damaged, the whole category of this scene is left out: a list or a count of it
    would be wrong. Reasons are counted.
    """
    skipped: Counter[str] = Counter()
    good: list[Thing] = []
    incomplete: set[str] = set()
    for annotation in annotations:
        label = plain_label(annotation.label)
        if label is None:
            skipped["category without a name"] += 1
            continue
        reason = _defect(annotation)
        if reason is None:
            good.append(_thing(annotation, label))
        else:
            skipped[reason] += 1
            incomplete.add(label)
    kept = tuple(thing for thing in good if thing.label not in incomplete)
    if len(kept) < len(good):
        skipped["another box of the category is damaged"] += len(good) - len(kept)
    return Things(things=kept, skipped=skipped)


def _defect(annotation: Annotation) -> str | None:
    numbers = (annotation.centre_m, annotation.size_m, annotation.axes)
    if any(np.shape(value) != shape for value, shape in zip(numbers, ((3,), (3,), (3, 3)), strict=True)):
        return "box of another shape"
    if not all(np.isfinite(value).all() for value in numbers):
        return "box with NaN or infinity"
    if np.min(annotation.size_m) < MIN_SIDE_M:
        return "box without a size"
    if np.max(annotation.size_m) > MAX_SIDE_M:
        return "box larger than a hall"
    if np.abs(annotation.axes.T @ annotation.axes - np.eye(3)).max() > 0.02:
        return "box axes not at right angles"
    return annotation.defect


def _thing(annotation: Annotation, label: str) -> Thing:
    # Files hold float32 or a few decimals; the nearest rotation takes the rounding away.
    left, _, right = np.linalg.svd(annotation.axes)
    axes = left @ right
    if np.linalg.det(axes) < 0:
        axes[:, 2] *= -1  # the same box: only the sign of an axis
    box = Box3D(centre_m=annotation.centre_m, size_m=annotation.size_m, R_frame_box=axes)
    return Thing(
        label=label,
        instance=annotation.instance,
        box=box,
        surface_m=annotation.surface_m,
        has_front=annotation.has_front,
    )


def from_z_up(axes: Float[Array, "3 3"], size_m: Float[Array, "3"]) -> tuple[Float[Array, "3 3"], Float[Array, "3"]]:
    """Axes and size in VST's order, of a box in a world with z up.

    The axis closest to the vertical becomes ours y, pointing down; of the other two the first becomes x. So a box with
    z up keeps its x, whatever order the source lists its axes in.

    Args:
        axes: Columns are the source's axes in the world.
        size_m: Whole edge lengths along them.

    Returns:
        Axes as columns and sizes; the axes are right-handed, and at right angles if the source's were.

    Raises:
        DataError: They are not (3, 3) and (3,) numbers.
    """
    axes, size_m = np.array(axes, dtype=np.float64), np.array(size_m, dtype=np.float64)
    if axes.shape != (3, 3) or size_m.shape != (3,):
        raise DataError(f"a box needs 3x3 axes and 3 sizes, got {axes.shape} and {size_m.shape}")
    if not np.isfinite(axes).all():
        return axes, size_m  # counted as a damaged box later on
    vertical = 2 if abs(axes[2, 2]) >= np.abs(axes[2]).max() - 1e-9 else int(np.argmax(np.abs(axes[2])))
    first, second = (axis for axis in range(3) if axis != vertical)
    down = -axes[:, vertical] * (np.sign(axes[2, vertical]) or 1.0)
    front, side = axes[:, first], axes[:, second]
    side = side * (np.sign(np.cross(front, down) @ side) or 1.0)
    turned = np.stack([front, down, side], axis=1)
    return turned, size_m[[first, vertical, second]]


def upright_box(points_m: Float[Array, "n 3"]) -> tuple[Array, Array, Array]:
    """Centre, size and axes (VST's order) of the upright box of least ground area around points, z being up.

    One side of that box lies along an edge of the points' outline on the ground. x is the longer horizontal side.
    Sizes are 0 for fewer than three points or points on a line.
    """
    from scipy.spatial import ConvexHull, QhullError

    low, high = points_m[:, 2].min(), points_m[:, 2].max()
    try:
        outline = points_m[ConvexHull(points_m[:, :2]).vertices, :2]
    except (QhullError, ValueError):
        return np.append(points_m[:, :2].mean(axis=0), (low + high) / 2), np.zeros(3), np.eye(3)
    edges = np.roll(outline, -1, axis=0) - outline
    along = edges / np.linalg.norm(edges, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    u, v = outline @ along.T, outline @ across.T
    extent_u, extent_v = np.ptp(u, axis=0), np.ptp(v, axis=0)
    best = int(np.argmin(extent_u * extent_v))
    middle = _middle(u[:, best]) * along[best] + _middle(v[:, best]) * across[best]
    sides = [(extent_u[best], along[best]), (extent_v[best], across[best])]
    (length, front), (width, _) = sorted(sides, key=lambda side: -side[0])
    front_3d, down = np.append(front, 0.0), DOWN
    axes = np.stack([front_3d, down, np.cross(front_3d, down)], axis=1)
    return np.append(middle, (low + high) / 2), np.array([length, high - low, width]), axes


def _middle(values: Array) -> float:
    return float((values.min() + values.max()) / 2)
