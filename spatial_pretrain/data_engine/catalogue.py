"""All tasks by name. A task's module is imported only when it is asked for."""

import importlib
from collections.abc import Mapping, Sequence

from spatial_pretrain.data_engine.task import SpatialTask
from vst_robot.errors import InputError, unknown_name

_TASKS = "spatial_pretrain.data_engine.tasks"
VST_P: Mapping[str, str] = {
    "si_detection": "detection:Detection",
    "si_grounding": "grounding:Grounding",
    "si_depth_comparison": "depth_comparison:DepthComparison",
    "si_distance": "distance:DistanceComparison",
    "si_scene_caption": "scene_caption:SceneCaption",
    "si_measurement": "measurement:Measurement",
    "mi_correspondence": "correspondence:Correspondence",
    "mi_detection": "multi_view_detection:MultiViewDetection",
    "mi_object_object_relation": "object_object:ObjectObjectRelation",
    "mi_camera_camera_relation": "camera_camera:CameraCameraRelation",
    "mi_camera_motion": "camera_motions:CameraMotionTask",
    "mi_scene_caption": "multi_view_caption:MultiViewCaption",
    "video_measurement": "video_measurement:VideoMeasurement",
    "video_object_object_relation": "video_object_object:VideoObjectObjectRelation",
    "video_object_counting": "video_counting:VideoObjectCounting",
    "video_route_plan": "video_route:VideoRoutePlan",
    "video_appearance_order": "video_order:VideoAppearanceOrder",
    "video_scene_caption": "video_caption:VideoSceneCaption",
    "video_others": "video_others:VideoOthers",
}
"""The nineteen tasks of VST-P: name → module below `tasks` and class in it."""

VST_R: Mapping[str, str] = {
    "cot_single_image": "reasoned:ReasonedSingleImage",
    "cot_camera_motion": "reasoned:ReasonedCameraMotion",
    "cot_object_object": "reasoned:ReasonedObjectObject",
    "cot_camera_camera": "reasoned:ReasonedCameraCamera",
    "cot_math": "drawn:cot_math",
    "cot_ocr": "drawn:cot_ocr",
    "cot_knowledge": "drawn:cot_knowledge",
    "rl_single_image": "rewarded:RewardedSingleImage",
    "rl_camera_motion": "rewarded:RewardedCameraMotion",
    "rl_object_object": "rewarded:RewardedObjectObject",
    "rl_camera_camera": "rewarded:RewardedCameraCamera",
    "rl_detection": "rewarded:RewardedDetection",
    "rl_math": "drawn:rl_math",
    "rl_ocr": "drawn:rl_ocr",
    "rl_knowledge": "drawn:rl_knowledge",
}
"""The parts of VST-R, likewise: `cot` with thoughts for the cold start, `rl` for reinforcement learning."""

GENERAL: Mapping[str, str] = {
    "general_conversations": "general_conversations:GeneralConversations",
    "general_ocr": "drawn:general_ocr",
    "general_shapes": "drawn:general_shapes",
    "general_chart": "drawn:general_chart",
    "general_caption": "drawn_caption:DrawnCaption",
}
"""Likewise: general data, drawn or of another data set, so that nothing is forgotten."""

TASKS: Mapping[str, str] = {**VST_P, **VST_R, **GENERAL}

ALL = "all"
"""VST-P: every task whose name begins with one of `VST_P_GROUPS`."""

VST_P_GROUPS = ("si", "mi", "video")
GROUPS = (ALL, *VST_P_GROUPS, "cot", "rl", "general")
"""First words of names; each stands for all tasks that begin with it."""


def load(names: Sequence[str]) -> tuple[SpatialTask, ...]:
    """The tasks of these names.

    Args:
        names: Full names and `GROUPS`.

    Raises:
        InputError: A name is unknown, or no name is given.
    """
    known = tuple(TASKS)
    chosen = [name for word in names for name in _named(word, known)]
    if not chosen:
        raise InputError(f"no task was named: --tasks takes {', '.join(GROUPS)}, or some of {', '.join(known)}")
    return tuple(_load(name) for name in dict.fromkeys(chosen))


def _named(word: str, known: Sequence[str]) -> Sequence[str]:
    groups = VST_P_GROUPS if word == ALL else (word,)
    group = [name for name in known if name.split("_")[0] in groups]
    if not group and word not in known:
        raise unknown_name("task", word, [*known, *GROUPS])
    return group or [word]


def _load(name: str) -> SpatialTask:
    module, _, cls = TASKS[name].partition(":")
    task = getattr(importlib.import_module(f"{_TASKS}.{module}"), cls)()
    assert task.name == name, f"{TASKS[name]} calls itself {task.name}, not {name}"
    return task
