"""Two pictures of one scene, and what they have in common (paper, appendix C: object-object relationship)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.thresholds import Visibility
from spatial_pretrain.data_engine.visibility import Sights, sights
from vst_robot.scenes import Scene
from vst_robot.types import Picture

PAIRS_LOOKED_AT = 30
"""Of a long walk only so many ordered pairs, drawn evenly, are looked at."""


@dataclass(frozen=True, kw_only=True)
class ImagePair:
    """Two frames in the order in which they are shown; either may have been taken first.

    Attributes:
        first: Number of the first frame in the scene.
        second: Number of the second.
        shared: Objects (their places in `Scene.objects`) that are clearly seen in both.
        only_first: Clearly seen in the first, not even glimpsed in the second.
        only_second: The other way round.
    """

    first: int
    second: int
    shared: tuple[int, ...]
    only_first: tuple[int, ...]
    only_second: tuple[int, ...]

    @property
    def has_anchors(self) -> bool:
        """Whether each picture shows something that the other does not."""
        return bool(self.only_first and self.only_second)

    @property
    def frames(self) -> tuple[int, int]:
        """Both frame numbers."""
        return self.first, self.second


def image_pairs(scene: Scene, rng: np.random.Generator, rule: Visibility) -> list[ImagePair]:
    """Ordered pairs of frames that share an object, in random order.

    Both orders of two frames are there, so that no direction is more frequent than its opposite.

    Raises:
        Rejected: There is none.
    """
    seen = sights(scene, rule)
    count = len(scene.frames)
    ordered = [(i, j) for i in range(count) for j in range(count) if i != j]
    chosen = [ordered[int(k)] for k in rng.permutation(len(ordered))[:PAIRS_LOOKED_AT]]
    pairs = [pair for i, j in chosen if (pair := _image_pair(seen, i, j)).shared]
    if not pairs:
        raise Rejected("no two pictures share an object")
    return pairs


def pictures(scene: Scene, pair: ImagePair) -> tuple[Picture, ...]:
    """Both pictures, as they are."""
    return tuple(scene.frames[frame].rgb for frame in pair.frames)


@lru_cache(maxsize=256)  # every question looks at the same pairs; the masks of a scene are small
def _image_pair(seen: Sights, first: int, second: int) -> ImagePair:
    clear, glimpsed = seen.clear, seen.glimpsed
    return ImagePair(
        first=first,
        second=second,
        shared=_indices(clear[:, first] & clear[:, second]),
        only_first=_indices(clear[:, first] & ~glimpsed[:, second]),
        only_second=_indices(clear[:, second] & ~glimpsed[:, first]),
    )


def _indices(flags: np.ndarray) -> tuple[int, ...]:
    return tuple(int(index) for index in np.flatnonzero(flags))
