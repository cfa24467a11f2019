"""When an object counts as seen in a frame, by the share of its outline that its mask fills."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial import ConvexHull, QhullError

from vst_robot.geometry import camera, pose
from vst_robot.scenes import Frame

Array = np.ndarray

_IN_FRONT_M = 0.01


@dataclass(frozen=True, kw_only=True)
class MaskRule:
    """Limits that an object's mask must reach, all of them.

    Attributes:
        min_pixels: Pixels.
        min_area_share: Share of the picture.
        min_seen_share: Share of the area within its projected outline, which is its convex hull: what lies beyond
            the picture's edge or behind something else is missing.
    """

    min_pixels: int = 40
    min_area_share: float = 0.001
    min_seen_share: float = 0.2


def is_seen(frame: Frame, instance: int, outline_m: Float[Array, "n 3"], rule: MaskRule) -> bool:
    """Whether a frame shows enough of an object.

    Args:
        frame: With an instance map.
        instance: The object's number in it.
        outline_m: Points in the world frame whose convex hull holds the object.
        rule: The limits.
    """
    assert frame.instances is not None, "visibility needs an instance map"
    pixels = int((frame.instances == instance).sum())
    if pixels < max(rule.min_pixels, rule.min_area_share * frame.instances.size, 1):
        return False
    return pixels >= rule.min_seen_share * outline_area_px(frame, outline_m)


def outline_area_px(frame: Frame, outline_m: Float[Array, "n 3"]) -> float:
    """Area of the convex hull of points in the picture's plane, beyond the picture's edge included; px².

    Points that are not in front of the camera are left out.
    """
    local = pose.apply(pose.inverse(frame.T_world_camera), outline_m)
    points = camera.project(local[local[:, 2] > _IN_FRONT_M], frame.K)
    try:
        return float(ConvexHull(points).volume)  # in the plane, that is the area
    except (QhullError, ValueError):  # fewer than three points, or in line
        return 0.0
