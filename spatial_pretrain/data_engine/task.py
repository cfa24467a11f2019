"""What a spatial task is: a pure function from a scene and a random generator to a sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from spatial_pretrain.data_engine.samples import SpatialSample
from spatial_pretrain.data_engine.templates import SETS
from spatial_pretrain.data_engine.thought_rules import ThoughtForm
from spatial_pretrain.data_engine.thresholds import Thresholds
from vst_robot.geometry.camera import VST_FOCAL_PX
from vst_robot.scenes import Scene, View


@dataclass(frozen=True, kw_only=True)
class BoxText:
    """How boxes are written; what differs from the default is an ablation of the paper (Table 7).

    Attributes:
        rotation: Euler angles divided by 180, or a quaternion x, y, z, w.
        multi_turn: Several categories of one picture in one conversation.
        unify_fov: Resize pictures to one focal length (Algorithm 1).
        unified_focal_px: That focal length.
        fold_half_turn: Of an object's two headings write the one with the smaller pitch angle.
    """

    rotation: Literal["euler", "quaternion"] = "euler"
    multi_turn: bool = True
    unify_fov: bool = True
    unified_focal_px: float = float(VST_FOCAL_PX)
    fold_half_turn: bool = False


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is the same for all samples of a build.

    Attributes:
        thresholds: Which questions are sound.
        template_sets: Which wordings are used.
        boxes: How boxes are written.
        thought_form: How thoughts are written.
    """

    thresholds: Thresholds
    template_sets: tuple[str, ...] = SETS
    boxes: BoxText = BoxText()
    thought_form: ThoughtForm = "rt_bev"


class SpatialTask(Protocol):
    """A task of VST-P or VST-R. Picklable and without state."""

    @property
    def name(self) -> str:
        """E.g. ``"si_depth_comparison"``: the released folders' names where there are any."""
        ...

    @property
    def view(self) -> View | None:
        """What kind of scene it asks about; None if its samples only come ready, from other data sets."""
        ...

    @property
    def forms(self) -> Mapping[str, float]:
        """Its forms and the share of samples that each gets."""
        ...

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One sample of a form.

        Raises:
            Rejected: The scene allows no sound one.
        """
        ...
