"""General pictures and questions of another data set, so that a model does not forget them while it learns space."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from spatial_pretrain.data_engine.samples import Rejected, SpatialSample
from spatial_pretrain.data_engine.task import Setting
from vst_robot.scenes import Scene


@dataclass(frozen=True, kw_only=True)
class GeneralConversations:
    """Rows of LLaVA-OneVision (`spatial_pretrain.readers.onevision`); no scene gives any."""

    name: str = "general_conversations"
    view: None = None

    @property
    def forms(self) -> Mapping[str, float]:
        """The parts of the data set are its forms; none of them is asked for by name."""
        return {"any": 1.0}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """Never gives one.

        Raises:
            Rejected: Always.
        """
        raise Rejected("only another data set has such samples")
