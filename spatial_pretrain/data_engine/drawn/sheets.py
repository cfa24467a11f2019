"""Blank sheets: the scenes of tasks that draw what they ask about."""

from collections.abc import Mapping

import numpy as np

from spatial_pretrain.data_engine.drawn import fonts
from vst_robot.errors import DataError
from vst_robot.geometry.camera import intrinsics_from_fovy
from vst_robot.scenes import Frame, Scene, View

ASPECTS = (1.0, 4 / 3, 3 / 4, 3 / 2, 2 / 3)
"""Width over height, drawn evenly."""

MIN_SIZE_PX = 160
"""Below it text of several lines cannot be read."""

_FOVY_RAD = np.radians(60.0)


class BlankSheets:
    """A `SceneSource` without end: one white frame each, no objects."""

    name = "drawn"

    def __init__(self, *, seed: int = 0, image_size: int = 256) -> None:
        """Nothing is drawn yet.

        Args:
            seed: All sheets follow from it.
            image_size: Longer side of a sheet in pixels; at least `MIN_SIZE_PX` is taken.
        """
        self.seed, self.image_size = seed, image_size
        self.views: tuple[View, ...] = ("blank",)

    def count(self, view: View) -> int | None:
        """There is no end of them."""
        return None if view in self.views else 0

    def scene(self, view: View, index: int) -> Scene:
        """See `SceneSource`."""
        if view not in self.views:
            raise DataError(f"drawn has no scenes of the view '{view}': it has blank sheets")
        rng = np.random.default_rng([self.seed, index])
        width, height = _size_px(max(self.image_size, MIN_SIZE_PX), ASPECTS[int(rng.integers(len(ASPECTS)))])
        frame = Frame(
            rgb=np.full((height, width, 3), 255, dtype=np.uint8),
            K=intrinsics_from_fovy(_FOVY_RAD, width_px=width, height_px=height),
            T_world_camera=np.eye(4),
        )
        return Scene(name=f"drawn/{self.seed}/{index}", source=self.name, view=view, frames=(frame,), objects=())

    def close(self) -> None:
        """Nothing is open."""

    def fingerprint(self) -> Mapping[str, str]:
        """The faces count too: which there are depends on the packages installed."""
        return {"seed": str(self.seed), "image_size": str(self.image_size), "fonts": ", ".join(fonts.names())}


def _size_px(longer: int, aspect: float) -> tuple[int, int]:
    return (longer, round(longer / aspect)) if aspect >= 1 else (round(longer * aspect), longer)
