"""How 3D boxes are asked for and answered: the camera's preamble, one focal length for all pictures, JSON.

After `vst/prerpocess_box3d.py` of the VST release and the paper's Algorithm 1 and Table 23. `BoxText` names the forms
that the paper's Table 7 takes away again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float
from PIL import Image

from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.task import BoxText, Setting
from spatial_pretrain.data_engine.templates import load_templates
from vst_robot.geometry import box3d, camera, rotation
from vst_robot.geometry.box3d import Box3D
from vst_robot.scenes import Frame
from vst_robot.types import Picture

Array = np.ndarray

_HALF_TURN = np.diag([-1.0, 1.0, -1.0])  # about the box's vertical axis

_MAX_SQUEEZE = 0.02  # the text has one focal length, so pixels must be square to this share
_MAX_OFF_CENTRE = 0.05  # and no principal point, so it must be central to this share of the picture


@dataclass(frozen=True, kw_only=True, eq=False)
class BoxPicture:
    """A picture as a detection prompt describes it.

    Attributes:
        picture: Resized to the common focal length, if the setting says so.
        K: Its intrinsics.
        hfov_deg: Horizontal field of view.
        vfov_deg: Vertical field of view, from the horizontal focal length as in the release.
    """

    picture: Picture
    K: Float[Array, "3 3"]
    hfov_deg: float
    vfov_deg: float

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.picture.shape[1], self.picture.shape[0]

    @property
    def truth(self) -> dict[str, float | int]:
        """For `SpatialSample.truth`."""
        width, height = self.size_px
        return {"hfov_deg": self.hfov_deg, "vfov_deg": self.vfov_deg, "width_px": width, "height_px": height}


@lru_cache(maxsize=8)  # several questions about one picture follow each other, and to resize it takes longest
def box_picture(frame: Frame, text: BoxText) -> BoxPicture:
    """The picture that is shown for 3D boxes; not to be drawn on.

    Raises:
        Rejected: The text cannot describe the camera: its pixels are not square, or its view is off-centre.
    """
    (f_x, _, c_x), (_, f_y, c_y), _ = frame.K
    width, height = frame.size_px
    if abs(f_x - f_y) > _MAX_SQUEEZE * f_x:
        raise Rejected("pixels are not square")
    if abs(c_x / width - 0.5) > _MAX_OFF_CENTRE or abs(c_y / height - 0.5) > _MAX_OFF_CENTRE:
        raise Rejected("principal point is off-centre")
    picture, K = frame.rgb, frame.K
    if text.unify_fov:
        size = camera.unified_size_px(width, height, f_x, unified_focal_px=text.unified_focal_px)
        if min(size) < 1:
            raise Rejected("picture vanishes at the common focal length")
        # Faster than bicubic, and closer to what a renderer draws at that size (docs/log.md).
        picture = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))
        K = camera.resized(K, from_px=(width, height), to_px=size)
    hfov, vfov = (float(np.degrees(2 * np.arctan(side / (2 * f_x)))) for side in (width, height))
    return BoxPicture(picture=picture, K=K, hfov_deg=hfov, vfov_deg=vfov)


def preamble(shown: BoxPicture, rng: np.random.Generator, setting: Setting) -> str:
    """What stands before the first request: camera, axes, the numbers of a box, the form of the answer."""
    width, height = shown.size_px
    return load_templates("box_text", setting.template_sets).question(
        setting.boxes.rotation,
        rng,
        hfov=f"{shown.hfov_deg:.2f}",
        vfov=f"{shown.vfov_deg:.2f}",
        width=str(width),
        height=str(height),
    )


def numbers(box: Box3D, text: BoxText) -> list[float]:
    """The numbers of a box in the camera's frame, two decimals each: nine, or ten with a quaternion x, y, z, w."""
    box = _folded(box) if text.fold_half_turn else box
    if text.rotation == "euler":
        return box3d.to_numbers(box)
    quat_xyzw = rotation.quat_wxyz_to_xyzw(rotation.matrix_to_quat_wxyz(box.R_frame_box))
    return (np.round(np.concatenate([box.centre_m, box.size_m, quat_xyzw]), 2) + 0.0).tolist()


def numbers_text(box: Box3D, text: BoxText) -> str:
    """The numbers as they stand in a question or an answer."""
    return json.dumps(numbers(box, text), separators=(",", ":"))


def answer(boxes: Sequence[tuple[str, Box3D]], text: BoxText) -> str:
    """A fenced JSON list, one line per label and box; an empty list if there are none."""
    lines = [
        f'\t{{"bbox_3d":{numbers_text(box, text)},"label":{json.dumps(label, ensure_ascii=False)}}}'
        for label, box in boxes
    ]
    return "```json\n[\n" + ",\n".join(lines) + "\n]\n```" if lines else "```json\n[]\n```"


def is_writable(box: Box3D, max_depth_m: float) -> bool:
    """Whether two decimals describe a box in the camera's frame: in front of it, not too far, no edge written as 0."""
    return bool(0 < box.centre_m[2] <= max_depth_m and (np.round(box.size_m, 2) > 0).all())


def truth(box: Box3D) -> Mapping[str, Any]:
    """For `SpatialSample.truth`: the unrounded box in the camera's frame."""
    return {
        "centre_camera_m": box.centre_m.tolist(),
        "size_m": box.size_m.tolist(),
        "R_camera_box": box.R_frame_box.tolist(),
    }


def _folded(box: Box3D) -> Box3D:
    """The same solid with the heading, of two opposite ones, whose pitch is smaller."""
    turned = replace(box, R_frame_box=box.R_frame_box @ _HALF_TURN)
    pitch, turned_pitch = (abs(rotation.matrix_to_euler(each.R_frame_box)[0]) for each in (box, turned))
    return turned if turned_pitch < pitch else box
