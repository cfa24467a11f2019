"""How many samples of what: the paper's mixtures, at any total."""

from collections.abc import Mapping
from typing import Literal, get_args

from vst_robot.errors import InputError

Mix = Literal["even", "vst-p", "vst-r"]
MIXES: tuple[Mix, ...] = get_args(Mix)

VST_P: Mapping[str, int] = {
    "si_detection": 1_586_000,
    "si_grounding": 170_000,
    "si_depth_comparison": 412_000,
    "si_distance": 251_000,
    "si_scene_caption": 106_000,
    "si_measurement": 175_000,
    "mi_correspondence": 361_000,
    "mi_detection": 600_000,
    "mi_object_object_relation": 230_000,
    "mi_camera_camera_relation": 63_000,
    "mi_camera_motion": 88_000,
    "mi_scene_caption": 35_000,
    "video_measurement": 3_000,
    "video_object_object_relation": 19_000,
    "video_object_counting": 12_000,
    "video_route_plan": 4_000,
    "video_appearance_order": 10_000,
    "video_scene_caption": 5_000,
    "video_others": 35_000,
}
"""Samples per task of VST-P, read off Figure 2a: 2.7 M of single pictures, 1.377 M of several, 88 K of clips."""

VST_R: Mapping[str, int] = {
    "cot_single_image": 15_000,
    "cot_camera_motion": 6_000,
    "cot_object_object": 15_000,
    "cot_camera_camera": 6_000,
    "cot_math": 31_000,
    "cot_ocr": 9_000,
    "cot_knowledge": 24_000,
    "rl_single_image": 2_000,
    "rl_camera_motion": 1_000,
    "rl_object_object": 5_000,
    "rl_camera_camera": 2_000,
    "rl_math": 8_000,
    "rl_ocr": 2_000,
    "rl_knowledge": 10_000,
}
"""Samples per part of VST-R, read off Figure 2b: 106 K with thoughts for the cold start, 30 K for RL."""


def counts(mix: Mix, total: int, parts: tuple[str, ...]) -> dict[str, int]:
    """How `total` samples are split over `parts`, in a mixture's shares among them.

    Args:
        mix: ``"even"`` for the same number of each.
        total: All samples together.
        parts: Tasks or parts of the mixture; those left out give their share to the rest in proportion.

    Raises:
        InputError: The mixture does not know a part, none is named, or the total is below one.
    """
    if total < 1 or not parts:
        raise InputError(f"at least one sample of one task is needed, got {total} of {len(parts)} tasks")
    table = {"even": dict.fromkeys(parts, 1), "vst-p": VST_P, "vst-r": VST_R}[mix]
    strange = [part for part in parts if part not in table]
    if strange:
        raise InputError(f"the mixture {mix} has no share for {', '.join(strange)}; it has {', '.join(table)}")
    return apportion(total, {part: table[part] for part in parts})


def apportion(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Whole numbers in proportion to weights that add up to `total` (largest remainders; earlier names win ties)."""
    whole = sum(weights.values())
    exact = {name: total * weight / whole for name, weight in weights.items()}
    given = {name: int(share) for name, share in exact.items()}
    rest = total - sum(given.values())
    for name in sorted(exact, key=lambda name: given[name] - exact[name])[:rest]:
        given[name] += 1
    return given
