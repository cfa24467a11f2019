"""Questions of VST-P whose answers rules can check: the spatial part of VST-R's reinforcement learning (Figure 2b)."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from spatial_pretrain.data_engine.options import Options
from spatial_pretrain.data_engine.reward_facts import BOXES, MULTIPLE_CHOICE, NUMBER, with_option_lines
from spatial_pretrain.data_engine.samples import SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting, SpatialTask
from spatial_pretrain.data_engine.tasks.camera_camera import CameraCameraRelation
from spatial_pretrain.data_engine.tasks.camera_motions import CameraMotionTask
from spatial_pretrain.data_engine.tasks.depth_comparison import DepthComparison
from spatial_pretrain.data_engine.tasks.detection import Detection
from spatial_pretrain.data_engine.tasks.distance import DistanceComparison
from spatial_pretrain.data_engine.tasks.measurement import Measurement
from spatial_pretrain.data_engine.tasks.object_object import ObjectObjectRelation
from vst_robot.scenes import Scene, View

_OPTIONS_WORD = "Options:"


@dataclass(frozen=True, kw_only=True)
class _RewardedPairs:
    """A multiple-choice task about two pictures, its options one per line."""

    name: str
    asks: SpatialTask
    view: View = "multi"

    @property
    def forms(self) -> Mapping[str, float]:
        """Those of the wrapped task."""
        return self.asks.forms

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """A question whose answer is a letter; errors as the wrapped task's."""
        sample = self.asks.sample(scene, rng, setting, form=form)
        return _multiple_choice(self.name, sample, sample.truth["options"], sample.truth["letter"])


@dataclass(frozen=True, kw_only=True)
class RewardedObjectObject(_RewardedPairs):
    """`mi_object_object_relation`."""

    name: str = "rl_object_object"
    asks: SpatialTask = field(default_factory=ObjectObjectRelation)


@dataclass(frozen=True, kw_only=True)
class RewardedCameraCamera(_RewardedPairs):
    """`mi_camera_camera_relation`."""

    name: str = "rl_camera_camera"
    asks: SpatialTask = field(default_factory=CameraCameraRelation)


@dataclass(frozen=True, kw_only=True)
class RewardedCameraMotion(_RewardedPairs):
    """`mi_camera_motion`."""

    name: str = "rl_camera_motion"
    asks: SpatialTask = field(default_factory=CameraMotionTask)


@dataclass(frozen=True, kw_only=True)
class RewardedSingleImage:
    """Distances and depths as multiple choice, sizes as numbers.

    Things are called by the colours of their marks. A label would often give the answer away (what hangs on a wall is
    seldom near), and a reward would then pay for not looking.
    """

    name: str = "rl_single_image"
    view: View = "single"

    @property
    def forms(self) -> Mapping[str, float]:
        """`<task>_<form>` of the wrapped tasks."""
        return {
            "distance_bare_boxes": 0.2,
            "distance_bare_points": 0.2,
            "depth_coloured_boxes_nearer": 0.15,
            "depth_coloured_boxes_farther": 0.15,
            "depth_random_points_closer": 0.1,
            "measurement_single_turn": 0.2,
        }

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """A question whose answer is a letter or a number; errors as the wrapped task's."""
        task, _, inner = form.partition("_")
        if task == "measurement":
            return _number(self.name, form, Measurement().sample(scene, rng, setting, form=inner))
        asks: SpatialTask = (
            DistanceComparison(labelled=False) if task == "distance" else DepthComparison(labelled=False)
        )
        sample = asks.sample(scene, rng, setting, form=inner)
        names = sample.truth["names"][1:] if task == "distance" else sample.truth["names"]
        answer = str(sample.truth["answer"])
        options = Options.shuffled(rng, answer, [name for name in names if name != answer])
        sample = dataclasses.replace(sample, form=form, truth={**sample.truth, **options.truth})
        return _multiple_choice(self.name, sample, options.texts, options.letter)


@dataclass(frozen=True, kw_only=True)
class RewardedDetection:
    """`si_detection` with one category: its boxes are rewarded by their IoU and F1.

    The paper's text has it among the kinds of RL data, its Figure 2b does not.
    """

    name: str = "rl_detection"
    view: View = "single"

    @property
    def forms(self) -> Mapping[str, float]:
        """One question."""
        return {"single_turn": 1.0}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """A request for all boxes of a category; errors as the wrapped task's."""
        sample = Detection().sample(scene, rng, setting, form=form)
        return dataclasses.replace(sample, task=self.name, reward=BOXES)


def _multiple_choice(name: str, sample: SpatialSample, options: Sequence[str], letter: str) -> SpatialSample:
    question = sample.turns[0].question.split(_OPTIONS_WORD)[0]
    turn = Turn(question=with_option_lines(question, options), answer=letter)
    return dataclasses.replace(sample, task=name, turns=(turn,), reward=MULTIPLE_CHOICE)


def _number(name: str, form: str, sample: SpatialSample) -> SpatialSample:
    """The question has the unit; the answer is the bare number."""
    turn = dataclasses.replace(sample.turns[0], answer=sample.turns[0].answer.split()[0])
    return dataclasses.replace(sample, task=name, form=form, turns=(turn,), reward=NUMBER)
