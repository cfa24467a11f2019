"""The paper's Table 23 and Algorithm 1, and the forms of the ablations."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spatial_pretrain.data_engine import box_text
from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.task import BoxText, Setting
from spatial_pretrain.data_engine.thresholds import load_profile
from vst_robot.geometry import Box3D, box3d
from vst_robot.scenes import Frame

VST = Setting(thresholds=load_profile("room"), template_sets=("vst",))

PRINTERS = (
    [-0.16, 0.12, 1.56, 0.44, 0.51, 0.41, 0.11, 0.28, 0.05],
    [0.40, -0.02, 1.96, 0.45, 0.51, 0.36, 0.11, 0.27, 0.05],
)
TABLE = [0.19, 0.56, 1.78, 0.53, 0.52, 1.36, 0.1, 0.26, 0.04]


def frame(width=730, height=530, focal=529.5, **changes):
    K = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])
    rgb = np.zeros((height, width, 3), dtype=np.uint8)
    return Frame(rgb=rgb, K=changes.get("K", K), T_world_camera=np.eye(4))


def test_the_papers_picture():
    shown = box_text.box_picture(frame(), BoxText())
    assert shown.size_px == (959, 696) and shown.K[0, 0] == pytest.approx(696.32, rel=2e-3)
    text = box_text.preamble(shown, np.random.default_rng(0), VST)
    lines = text.split("\n")
    assert lines[0] == "Here are the detailed camera parameters for the image."
    assert "hfov=69.16, and vertical fov, vfov=53.17. Image width=959 and height=696." in lines[1]
    assert "[x_center, y_center, z_center, x_size, y_size, z_size, pitch, yaw, roll]" in text
    assert text.endswith('"bbox_3d".\n\n')


def test_the_papers_answer():
    boxes = [("printer", box3d.from_numbers(numbers)) for numbers in PRINTERS]
    lines = box_text.answer(boxes, BoxText()).split("\n")
    assert (lines[0], lines[1], lines[-2], lines[-1]) == ("```json", "[", "]", "```")
    assert lines[2] == '\t{"bbox_3d":[-0.16,0.12,1.56,0.44,0.51,0.41,0.11,0.28,0.05],"label":"printer"},'
    entries = json.loads("\n".join(lines[1:-1]))
    assert [entry["bbox_3d"] for entry in entries] == [list(numbers) for numbers in PRINTERS]


def test_the_papers_boxes_stand_on_one_floor():
    down = np.array([box3d.from_numbers(numbers).R_frame_box[:, 1] for numbers in (*PRINTERS, TABLE)])
    mean = down.mean(axis=0) / np.linalg.norm(down.mean(axis=0))
    assert mean == pytest.approx([0.11, 0.97, 0.22], abs=0.01)
    between = np.degrees(np.arccos(np.clip(down @ mean, -1, 1)))
    assert between.max() < 0.5


def test_no_boxes_are_an_empty_list():
    assert box_text.answer([], BoxText()) == "```json\n[]\n```"


def test_quaternions_are_x_y_z_w_with_a_positive_real_part():
    turn = Rotation.from_euler("xyz", [20, -40, 70], degrees=True)
    box = Box3D(centre_m=np.array([0.1, 0.2, 3]), size_m=np.array([1, 2, 3.0]), R_frame_box=turn.as_matrix())
    numbers = box_text.numbers(box, BoxText(rotation="quaternion"))
    assert len(numbers) == 10 and numbers[:6] == [0.1, 0.2, 3.0, 1.0, 2.0, 3.0]
    assert numbers[6:] == pytest.approx(turn.as_quat(canonical=True), abs=0.005)
    assert numbers[9] >= 0


def test_rounding_costs_no_more_than_published():
    for turn in Rotation.random(500, random_state=0):
        box = Box3D(
            centre_m=np.array([0.123, -0.456, 2.7]), size_m=np.array([0.3, 0.4, 0.5]), R_frame_box=turn.as_matrix()
        )
        read = box3d.from_numbers(box_text.numbers(box, BoxText()))
        off = Rotation.from_matrix(read.R_frame_box.T @ box.R_frame_box).magnitude()
        assert np.degrees(off) <= 2.0 and np.abs(read.centre_m - box.centre_m).max() <= 0.005 + 1e-9


def test_folding_writes_the_heading_with_the_smaller_pitch():
    for turn in Rotation.random(50, random_state=1):
        box = Box3D(centre_m=np.array([0, 0, 2.0]), size_m=np.array([0.3, 0.4, 0.5]), R_frame_box=turn.as_matrix())
        plain, folded = (box_text.numbers(box, BoxText(fold_half_turn=fold)) for fold in (False, True))
        assert abs(folded[6]) <= 0.5 + 1e-9 and abs(folded[6]) <= abs(plain[6])
        first, second = box3d.from_numbers(plain), box3d.from_numbers(folded)
        assert box3d.iou(first, second) > 0.85  # the same solid, both rounded


def test_without_unification_the_picture_stays():
    one = frame(64, 48, 50)
    shown = box_text.box_picture(one, BoxText(unify_fov=False))
    assert shown.picture is one.rgb and shown.size_px == (64, 48)


@pytest.mark.parametrize(
    ("K", "reason"),
    [
        ([[500, 0, 365], [0, 520, 265], [0, 0, 1]], "not square"),
        ([[500, 0, 300], [0, 500, 265], [0, 0, 1]], "off-centre"),
    ],
)
def test_cameras_that_the_text_cannot_describe_are_rejected(K, reason):
    with pytest.raises(Rejected, match=reason):
        box_text.box_picture(frame(K=np.array(K, dtype=float)), BoxText())


def test_what_two_decimals_cannot_describe_is_not_written():
    box = box3d.from_numbers(TABLE)
    assert box_text.is_writable(box, 15)
    assert not box_text.is_writable(replace(box, size_m=[0.5, 0.004, 1]), 15)
    assert not box_text.is_writable(replace(box, centre_m=[0, 0, -1]), 15)
    assert not box_text.is_writable(box, 1.5)
