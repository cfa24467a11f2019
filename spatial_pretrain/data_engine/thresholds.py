"""All numbers that decide whether a question is sound, in one place, with two profiles.

`room.toml` holds the values for furnished rooms (the paper's, and where it gives none VLM-3R's or our own),
`tabletop.toml` those for a robot's table, where everything is smaller and nearer. Each value's source is in the file.
"""

import importlib.resources
from dataclasses import dataclass
from typing import Literal, get_args

from vst_robot import config
from vst_robot.errors import unknown_name

Profile = Literal["room", "tabletop"]


@dataclass(frozen=True, kw_only=True)
class Visibility:
    """When an object counts as seen, and a point as visible.

    Attributes:
        min_pixels: Pixels of the object's mask.
        min_area_share: Its mask's share of the picture.
        min_seen_share: Share of its surface points (or of its unoccluded mask) that is seen.
        depth_tolerance: Largest |z - d| / z at which a point is on the surface that the depth map shows.
        surface_points: Points drawn per object.
    """

    min_pixels: int
    min_area_share: float
    min_seen_share: float
    depth_tolerance: float
    surface_points: int


@dataclass(frozen=True, kw_only=True)
class Depth:
    """Depth comparison. Neighbours in the order differ by the larger of the two margins."""

    min_gap_m: float
    min_gap_share: float
    min_objects: int
    max_objects: int


@dataclass(frozen=True, kw_only=True)
class Distance:
    """Distances between objects: the best candidate leads the next by the larger of the two margins."""

    min_gap_m: float
    min_gap_share: float
    min_m: float
    max_m: float
    max_candidates: int


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Sizes of objects that are plausible, and how far the object may be from the picture's edge."""

    min_m: float
    max_m: float
    max_questions: int


@dataclass(frozen=True, kw_only=True)
class Detection:
    """3D boxes: the largest number per question, of questions per sample, and the share of absent categories."""

    max_boxes: int
    max_questions: int
    absent_share: float
    max_depth_m: float


@dataclass(frozen=True, kw_only=True)
class CameraMotion:
    """When a movement of the camera has a name.

    Attributes:
        min_pan_deg: Smallest pan or tilt.
        min_roll_deg: Smallest roll.
        dominance: How many times larger the main rotation is than the others.
        min_axis_m: Smallest movement along an axis that is named.
        min_axis_share: The same, as a share of the whole movement.
        min_move_m: Smallest whole movement.
        border_share: No axis may lie this close to a threshold.
    """

    min_pan_deg: float
    min_roll_deg: float
    dominance: float
    min_axis_m: float
    min_axis_share: float
    min_move_m: float
    border_share: float


@dataclass(frozen=True, kw_only=True)
class Direction:
    """Compass and egocentric directions on the ground plane.

    Attributes:
        border_deg: Smallest angle to the border between two sectors.
        min_m: Smallest distance on the ground between the two things.
        max_height_gap_m: Largest difference in height of two anchors.
    """

    border_deg: float
    min_m: float
    max_height_gap_m: float


@dataclass(frozen=True, kw_only=True)
class Correspondence:
    """Points seen in both pictures, and how far apart the candidates are in the second."""

    candidates: int
    min_apart_px_share: float
    min_apart_m: float


@dataclass(frozen=True, kw_only=True)
class Video:
    """Clips.

    Attributes:
        min_gap_s: Between the first sights of two objects whose order is asked for.
        min_distance_m: Smallest box-to-box distance that is asked for.
        max_distance_m: Largest.
        min_distance_gap_m: Between any two candidates for the closest.
        max_count: Largest number that is counted.
        back_deg: Angle from which on something is behind.
        direction_border_deg: Smallest angle to the border between two answers.
    """

    min_gap_s: float
    min_distance_m: float
    max_distance_m: float
    min_distance_gap_m: float
    max_count: int
    back_deg: float
    direction_border_deg: float


@dataclass(frozen=True, kw_only=True)
class Caption:
    """Words for relations in captions (paper, Table 26)."""

    beside_m: float
    taller_m: float
    in_front_m: float
    near_m: float
    min_sentences: int
    max_sentences: int
    min_distance_share: float


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """One profile."""

    visibility: Visibility
    depth: Depth
    distance: Distance
    measurement: Measurement
    detection: Detection
    camera_motion: CameraMotion
    direction: Direction
    correspondence: Correspondence
    video: Video
    caption: Caption


def load_profile(name: str) -> Thresholds:
    """A named profile, or one of the user's own in a TOML file with the same keys.

    Raises:
        InputError: There is none of that name, or the file does not hold all thresholds.
    """
    if name.endswith(".toml"):
        return config.load(name, Thresholds)
    if name not in get_args(Profile):
        raise unknown_name("threshold profile", name, [*get_args(Profile), "<your own>.toml"])
    text = (importlib.resources.files("spatial_pretrain.data_engine") / "profiles" / f"{name}.toml").read_text(
        encoding="utf-8"
    )
    return config.loads(text, Thresholds, f"profile {name}")
