"""Plain pictures with depth that a network guesses, as the paper does for COCO (Depth Anything V2).

Such a picture has no true scale and no known camera: its frame carries the guessed planar depth and an assumed field
of view, and no objects. It serves depth comparisons of points, nothing that needs metres; `provenance` says so.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from spatial_pretrain.readers.files import existing_folder, listing_sha256
from spatial_pretrain.readers.images import nearest, read_rgb, shrunk
from vst_robot.errors import DataError, UnavailableError, missing_extra
from vst_robot.geometry.camera import intrinsics_from_fovy
from vst_robot.scenes import Frame, Scene, View
from vst_robot.types import Picture

Array = np.ndarray

DEFAULT_MODEL = "depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf"
ASSUMED_FOVY_DEG = 55.0
_KINDS = {".jpg", ".jpeg", ".png", ".webp"}

DepthEstimator = Callable[[Picture], Float[Array, "h w"]]
"""From a picture to planar depth in metres, of any size; greater is farther."""


class MetricDepthModel:
    """A metric depth model of the hub, loaded on first use. Picklable."""

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        """Loads nothing yet; `model` is a hub id or a folder, and must predict metres (a "Metric" variant)."""
        self.model = model
        self._pipeline: Any = None

    def __call__(self, picture: Picture) -> Float[Array, "h w"]:
        """See `DepthEstimator`.

        Raises:
            UnavailableError: transformers is missing, or the model can neither be found nor downloaded.
        """
        from PIL import Image

        if self._pipeline is None:
            self._pipeline = self._loaded()
        return np.asarray(self._pipeline(Image.fromarray(picture))["predicted_depth"], dtype=np.float32)

    def __getstate__(self) -> dict[str, Any]:
        return {"model": self.model, "_pipeline": None}

    def _loaded(self) -> Any:
        try:
            from transformers import pipeline
        except ImportError as error:
            raise missing_extra("transformers", "train", "guessing depth") from error
        try:
            return pipeline("depth-estimation", model=self.model)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise UnavailableError(
                f"cannot load the depth model {self.model}: {reason}; name a folder with it"
            ) from error


class PlainImages:
    """A `SceneSource` of single pictures without objects."""

    name = "images"
    views: tuple[View, ...] = ("single",)

    def __init__(self, folder: Path | str, *, estimator: DepthEstimator | None = None, max_side_px: int = 960) -> None:
        """Reads nothing yet.

        Args:
            folder: Pictures, also in folders below.
            estimator: What guesses depth; `MetricDepthModel()` if None.
            max_side_px: Larger pictures are made smaller.
        """
        self._folder = Path(folder).expanduser()
        self._estimator = estimator or MetricDepthModel()
        self._max_side_px = max_side_px
        self._paths: list[Path] | None = None

    def count(self, view: View) -> int:
        """Pictures in the folder."""
        return len(self._all()) if view == "single" else 0

    def scene(self, view: View, index: int) -> Scene:
        """See `SceneSource`."""
        paths = self._all()
        if view != "single" or not 0 <= index < len(paths):
            raise DataError(f"there are {len(paths)} single pictures, no scene {index} of the view '{view}'")
        rgb = read_rgb(paths[index])
        height, width = rgb.shape[:2]
        K = intrinsics_from_fovy(ASSUMED_FOVY_DEG, width_px=width, height_px=height)
        frame = shrunk(Frame(rgb=rgb, K=K, T_world_camera=np.eye(4)), self._max_side_px)
        file = paths[index].relative_to(self._folder).as_posix()
        model = getattr(self._estimator, "model", type(self._estimator).__name__)
        return Scene(
            name=f"{self.name}/{file}",
            source=self.name,
            view="single",
            frames=(self._with_depth(frame, paths[index]),),
            objects=(),
            provenance={"file": file, "depth": f"guessed by {model}", "field of view": "assumed"},
        )

    def close(self) -> None:
        """Forgets the list of pictures."""
        self._paths = None

    def fingerprint(self) -> Mapping[str, str]:
        """See `SceneSource`."""
        model = getattr(self._estimator, "model", type(self._estimator).__name__)
        return {"reader": self.name, "pictures": listing_sha256(self._all(), self._folder), "depth": str(model)}

    def _all(self) -> list[Path]:
        if self._paths is None:
            found = existing_folder(self._folder, "picture").rglob("*")
            self._paths = sorted(path for path in found if path.suffix.lower() in _KINDS and path.is_file())
        if not self._paths:
            raise UnavailableError(f"there is no picture in {self._folder}: name a folder with JPEG or PNG files")
        return self._paths

    def _with_depth(self, frame: Frame, path: Path) -> Frame:
        guessed = np.asarray(self._estimator(frame.rgb), dtype=np.float32)
        if guessed.ndim != 2 or not np.isfinite(guessed).all() or (guessed <= 0).all():
            raise DataError(f"the depth model gave no usable depth for {path}; leave the picture out")
        depth_m = nearest(np.maximum(guessed, 0), frame.size_px)
        return Frame(rgb=frame.rgb, K=frame.K, T_world_camera=frame.T_world_camera, depth_m=depth_m)
