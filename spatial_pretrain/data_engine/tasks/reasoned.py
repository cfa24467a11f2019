"""Questions of VST-P with a thought before the answer: the spatial part of VST-R's cold start (paper, Figure 2b).

The questions are those of the tasks that are wrapped; only forms are used whose objects can be called by words, since a
thought must not speak of coloured points.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spatial_pretrain.data_engine import layout as layouts
from spatial_pretrain.data_engine import thought_rules
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.tasks.camera_camera import CameraCameraRelation
from spatial_pretrain.data_engine.tasks.camera_motions import CameraMotionTask
from spatial_pretrain.data_engine.tasks.depth_comparison import DepthComparison
from spatial_pretrain.data_engine.tasks.distance import DistanceComparison
from spatial_pretrain.data_engine.tasks.object_object import ObjectObjectRelation
from spatial_pretrain.data_engine.thoughts.think import Kind, think
from vst_robot.scenes import Scene, View


@dataclass(frozen=True, kw_only=True)
class Matter:
    """What a question is about.

    Attributes:
        kind: What it asks for.
        frames: The scene's frames that it shows.
        roles: Part → instances.
        names: Instance → what the question calls it, without an article.
        hints: Added to the truth that the thought is made from.
    """

    kind: Kind
    frames: Sequence[int]
    roles: Mapping[str, Sequence[int]] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    hints: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ReasonedObjectObject:
    """`mi_object_object_relation` with thoughts."""

    name: str = "cot_object_object"
    view: View = "multi"

    @property
    def forms(self) -> Mapping[str, float]:
        """Those with words."""
        return {form: share for form, share in ObjectObjectRelation().forms.items() if form.endswith("_text")}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """A question with its thought; errors as the wrapped task's."""
        sample = ObjectObjectRelation().sample(scene, rng, setting, form=form)
        truth = sample.truth
        if form.startswith("distance"):
            roles = {"thing": [truth["instance"]], "candidates": truth["candidate_instances"]}
            matter = Matter(kind="nearest", frames=truth["frames"], roles=roles)
        else:
            slots = ("known", "at", "asked")
            roles = {slot: [truth[f"{slot}_instance"]] for slot in slots if f"{slot}_instance" in truth}
            matter = Matter(kind="bearing", frames=truth["frames"], roles=roles)
        return reasoned(self.name, scene, sample, matter, rng, setting)


@dataclass(frozen=True, kw_only=True)
class ReasonedCameraCamera:
    """`mi_camera_camera_relation` with thoughts."""

    name: str = "cot_camera_camera"
    view: View = "multi"

    @property
    def forms(self) -> Mapping[str, float]:
        """All."""
        return CameraCameraRelation().forms

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """A question with its thought; errors as the wrapped task's."""
        sample = CameraCameraRelation().sample(scene, rng, setting, form=form)
        hints = {} if form == "facing" else {"premise": "front"}
        kind: Kind = "facing" if form == "facing" else "position"
        matter = Matter(kind=kind, frames=sample.truth["frames"], hints=hints)
        return reasoned(self.name, scene, sample, matter, rng, setting)


@dataclass(frozen=True, kw_only=True)
class ReasonedCameraMotion:
    """`mi_camera_motion` with thoughts that rest on shifting contents and parallax."""

    name: str = "cot_camera_motion"
    view: View = "multi"

    @property
    def forms(self) -> Mapping[str, float]:
        """All."""
        return CameraMotionTask().forms

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """A question with its thought; errors as the wrapped task's, or nothing shows the movement."""
        sample = CameraMotionTask().sample(scene, rng, setting, form=form)
        hints = {"own_axes": form == "translation_own_axes"}
        matter = Matter(kind="motion", frames=sample.truth["frames"], hints=hints)
        return reasoned(self.name, scene, sample, matter, rng, setting)


@dataclass(frozen=True, kw_only=True)
class ReasonedSingleImage:
    """`si_distance` and `si_depth_comparison` with thoughts, where all objects of a question have different names."""

    name: str = "cot_single_image"
    view: View = "single"

    @property
    def forms(self) -> Mapping[str, float]:
        """`<task>_<form>` of the wrapped tasks."""
        return {
            "distance_bare_boxes": 0.3,
            "distance_bare_points": 0.2,
            "depth_text": 0.2,
            "depth_coloured_boxes_nearer": 0.1,
            "depth_coloured_boxes_farther": 0.1,
            "depth_sentences": 0.1,
        }

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """A question with its thought.

        Raises:
            Rejected: As the wrapped task, or two objects of the question have one name.
        """
        task, _, inner = form.partition("_")
        if task == "distance":
            sample = DistanceComparison().sample(scene, rng, setting, form=inner)
            matter = _distances(sample.truth)
        else:
            sample = DepthComparison().sample(scene, rng, setting, form=inner)
            matter = _depths(sample.truth, inner)
        if len(set(matter.names.values())) < len(matter.names):
            raise Rejected("two objects of one name")
        return reasoned(self.name, scene, sample, matter, rng, setting, form=form)


def reasoned(
    name: str,
    scene: Scene,
    sample: SpatialSample,
    matter: Matter,
    rng: np.random.Generator,
    setting: Setting,
    form: str | None = None,
) -> SpatialSample:
    """A sample with its layout and the thought that follows from it.

    Args:
        name: The task's.
        scene: The sample's scene.
        sample: Of the wrapped task.
        matter: What it asks.
        rng: Draws the thought's words.
        setting: Thresholds, and the form of thoughts.
        form: If it has another name than the wrapped task's.

    Raises:
        Rejected: Too little can be said, or the thought says what it must not.
    """
    layout = layouts.layout_of(scene, matter.frames, setting.thresholds, roles=matter.roles, names=matter.names)
    thought = think(matter.kind, layout, {**sample.truth, **matter.hints}, rng, setting.thought_form)
    if setting.thought_form != "num" and (found := thought_rules.violations(thought)):
        raise Rejected(f"the thought {found[0].split(':')[0]}")
    return dataclasses.replace(
        sample,
        task=name,
        form=sample.form if form is None else form,
        type="thought",
        thought=thought,
        truth={
            **sample.truth,
            "kind": matter.kind,
            "thought_form": setting.thought_form,
            layouts.KEY: layouts.to_truth(layout),
        },
    )


def _distances(truth: Mapping[str, Any]) -> Matter:
    """The answer is the first candidate."""
    thing, *candidates = truth["instances"]
    sign = 1 if truth["word"] == "closest" else -1
    order = sorted(range(len(candidates)), key=lambda index: sign * truth["centre_distances_m"][index])
    roles = {"thing": [thing], "candidates": [candidates[index] for index in order]}
    names = dict(zip(truth["instances"], map(_without_letter, truth["names"]), strict=True))
    return Matter(kind="distance", frames=[0], roles=roles, names=names)


def _depths(truth: Mapping[str, Any], form: str) -> Matter:
    """Objects by the words of the question; letters stand for their labels."""
    called = truth["labels"] if form == "text" else truth["names"]
    names = [_without_letter(name).removeprefix("the ") for name in called]
    order = [truth["names"].index(name) for name in truth["near_to_far"]]
    roles = {"ordered": [truth["instances"][index] for index in order]}
    return Matter(kind="depth", frames=[0], roles=roles, names=dict(zip(truth["instances"], names, strict=True)))


def _without_letter(name: str) -> str:
    """`"window-A"` is a name that no thought can use: as `"window"` it is one of several."""
    return name[:-2] if name[-2:-1] == "-" else name
