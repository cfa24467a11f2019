"""How many samples of what: the paper's mixtures, at any total."""

from collections.abc import Mapping
from typing import Literal

from vst_robot.errors import InputError

Mix = Literal["even", "vst-p", "vst-r"]

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

RL_DETECTION = "rl_detection"
RL_DETECTION_SHARE = 0.2
"""Share of 3D detection among the samples for RL: the paper's text and rewards have it, its figure does not."""


def counts(
    mix: Mix, total: int, parts: tuple[str, ...], *, rl_detection_share: float = RL_DETECTION_SHARE
) -> dict[str, int]:
    """How `total` samples are split over `parts`, in a mixture's shares among them.

    Args:
        mix: ``"even"`` for the same number of each.
        total: All samples together.
        parts: Tasks or parts of the mixture; those left out give their share to the rest in proportion.
        rl_detection_share: Of `rl_detection` among all samples for RL, at least 0 and below 1.

    Raises:
        InputError: The mixture does not know a part, none is named, or a number is out of range.
    """
    if total < 1 or not parts:
        raise InputError(f"at least one sample of one task is needed, got {total} of {len(parts)} tasks")
    table = {"even": dict.fromkeys(parts, 1), "vst-p": VST_P, "vst-r": vst_r(rl_detection_share)}[mix]
    strange = [part for part in parts if part not in table]
    if strange:
        raise InputError(f"the mixture {mix} has no share for {', '.join(strange)}; it has {', '.join(table)}")
    return apportion(total, {part: table[part] for part in parts})


def vst_r(rl_detection_share: float = RL_DETECTION_SHARE) -> dict[str, float]:
    """VST-R with 3D detection as a further stream for RL.

    Raises:
        InputError: The share is not in [0, 1).
    """
    if not 0 <= rl_detection_share < 1:
        raise InputError(f"the share of 3D detection in RL must be at least 0 and below 1, got {rl_detection_share}")
    others = sum(number for part, number in VST_R.items() if part.startswith("rl_"))
    return {**VST_R, RL_DETECTION: others * rl_detection_share / (1 - rl_detection_share)}


def apportion(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Whole numbers in proportion to weights that add up to `total` (largest remainders; earlier names win ties)."""
    whole = sum(weights.values())
    exact = {name: total * weight / whole for name, weight in weights.items()}
    given = {name: int(share) for name, share in exact.items()}
    rest = total - sum(given.values())
    for name in sorted(exact, key=lambda name: given[name] - exact[name])[:rest]:
        given[name] += 1
    return given
