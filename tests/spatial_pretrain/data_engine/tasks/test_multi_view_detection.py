"""Boxes read back from the text with scipy, carried into the world and compared with the objects' corners."""

import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spatial_pretrain.data_engine.tasks.multi_view_detection import MultiViewDetection
from tests.spatial_pretrain.data_engine.gathered import AMOUNTS, SETTING, share
from tests.spatial_pretrain.data_engine.pair_oracles import thing

SIGNS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])


def in_world(numbers, T_world_first):
    R = Rotation.from_euler("xyz", np.array(numbers[6:]) * 180, degrees=True).as_matrix()
    corners = SIGNS * np.array(numbers[3:6]) / 2 @ R.T + numbers[:3]
    return corners @ T_world_first[:3, :3].T + T_world_first[:3, 3]


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("form", MultiViewDetection().forms)
def test_boxes_are_those_of_the_world_and_none_is_missing(form, amount):
    least = SETTING.thresholds.visibility.min_pixels
    for scene, sample in share(MultiViewDetection(), form, amount):
        frames = sample.truth["frames"]
        assert 2 <= len(frames) <= 4 and len(set(frames)) == len(frames) == len(sample.pictures)
        assert len({picture.shape for picture in sample.pictures}) == 1 and sample.type == "bbox_3d"
        for turn, truth in zip(sample.turns, sample.truth["questions"], strict=True):
            entries = json.loads(turn.answer.removeprefix("```json\n").removesuffix("\n```"))
            pixels = {
                each.instance: max(int((scene.frames[frame].instances == each.instance).sum()) for frame in frames)
                for each in scene.objects
                if each.label == truth["label"]
            }
            shown = {instance for instance, count in pixels.items() if count > 0}
            assert (
                shown == {instance for instance, count in pixels.items() if count >= least} == set(truth["instances"])
            )
            assert truth["label"] in turn.question and len(entries) == len(shown)
            for entry, instance in zip(entries, truth["instances"], strict=True):
                box = thing(scene, instance).box
                wanted = SIGNS * box.size_m / 2 @ box.R_frame_box.T + box.centre_m
                off = np.linalg.norm(
                    in_world(entry["bbox_3d"], scene.frames[frames[0]].T_world_camera) - wanted, axis=1
                )
                reach = np.linalg.norm(box.size_m) / 2
                assert entry["label"] == truth["label"] and off.max() < 0.02 + reach * np.radians(2.7)
