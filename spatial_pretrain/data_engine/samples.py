"""What a spatial task makes of a scene: a conversation about pictures, and the truth behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from spatial_pretrain.data_engine.reward_facts import RewardFacts
from vst_robot.types import Picture

SampleType = Literal["mm_qa", "bbox_3d", "video", "text", "thought"]
"""The released format's `type`; its readers test for these words."""

IMAGE_PAD, VIDEO_PAD = "<|image_pad|>", "<|video_pad|>"


class Rejected(Exception):
    """The scene does not allow a sound question of this task; the reason is counted, the next scene tried.

    Attributes:
        reason: A few fixed words, e.g. ``"fewer than two objects"``: reasons are counted by their text.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A question and its answer, without placeholders for pictures."""

    question: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class Margin:
    """How far the ground truth may move before a discrete answer changes; None where the answer is a number.

    None also where no such movement can change it: a camera that only moves pans neither left nor right, and a count
    of what the pictures show rests on their masks.

    Attributes:
        metres: Smallest movement of points, boxes or cameras that could change it.
        degrees: Smallest turn that could change it.
        seconds: Smallest delay of an event in a clip that could change it.
        pixels: Size of the mask, in its clearest view, of the least seen object that an answer rests on.
    """

    metres: float | None = None
    degrees: float | None = None
    seconds: float | None = None
    pixels: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class SpatialSample:
    """One training sample.

    Attributes:
        task: Name of the task, e.g. ``"depth_comparison"``.
        form: Which form of the task, e.g. ``"visual_boxes"``.
        turns: At least one; the pictures belong to the first question.
        pictures: What the model is shown, marks drawn in; the frames of a clip for `video`.
        frame_rate_hz: Pictures per second for `video`, else None.
        type: The released format's `type`.
        truth: JSON values from which the answer follows: instances, points, boxes, distances, options. Named with
            units; enough to check the answer without the scene's pictures.
        margin: How sure a discrete answer is.
        scene: `Scene.name`.
        source: `Scene.source`.
        thought: Chain of thought of a VST-R sample; stands in the answer between `<think>` tags.
        reward: How an answer is rewarded, for questions of reinforcement learning.
    """

    task: str
    form: str
    turns: tuple[Turn, ...]
    pictures: tuple[Picture, ...]
    truth: Mapping[str, Any]
    scene: str
    source: str
    type: SampleType = "mm_qa"
    frame_rate_hz: float | None = None
    margin: Margin = field(default_factory=Margin)
    thought: str | None = None
    reward: RewardFacts | None = None
