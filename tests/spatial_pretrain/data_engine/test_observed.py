from dataclasses import replace

import numpy as np
import pytest

from spatial_pretrain.data_engine.observed import observe, projected_box_px
from spatial_pretrain.data_engine.thresholds import load_profile
from tests.spatial_pretrain.data_engine.toy_scenes import ToyScenes, looking, toy, toy_scene

RULE = load_profile("room")


def cube(*others, size_px=(128, 96), visible=None):
    thing = toy("box", 7, centre_m=(0, 0, 1), size_m=(1, 1, 1))
    scene = toy_scene([thing, *others], [looking((4, 0, 1), (0, 0, 1))], view="single", size_px=size_px)
    if visible is not None:
        scene = replace(scene, objects=tuple(replace(each, visible=(visible,)) for each in scene.objects))
    return scene


def with_frame(scene, **changes):
    return replace(scene, frames=(replace(scene.frames[0], **changes),))


def test_a_cube_is_where_it_projects():
    scene = cube()
    (seen,) = observe(scene, 0, RULE)
    # Half a metre at 3.5 m: the front face spans 96 / (2 tan 30°) / 7 = 11.9 px to each side of the middle.
    assert seen.box_px == (52, 36, 76, 60)
    assert seen.point_px == pytest.approx((64, 48), abs=1)
    assert seen.depth_m == pytest.approx(3.5, abs=1e-4)
    assert seen.box_camera.centre_m == pytest.approx([0, 0, 4], abs=1e-6)
    assert (seen.mask == (scene.frames[0].instances == 7)).all() and not seen.cut_off


def test_masks_and_points_of_random_rooms():
    for index in range(20):
        scene = ToyScenes(seed=1, image_size=96).scene("single", index)
        frame = scene.frames[0]
        for seen in observe(scene, 0, RULE):
            mask = frame.instances == seen.thing.instance
            assert (seen.mask == mask).all()
            column, row = int(seen.point_px[0]), int(seen.point_px[1])
            assert mask[row, column]
            rows, columns = np.nonzero(mask)
            centroid = np.array([columns.mean(), rows.mean()]) + 0.5
            distances = np.hypot(columns + 0.5 - centroid[0], rows + 0.5 - centroid[1])
            assert np.hypot(*(seen.point_px - centroid)) == pytest.approx(distances.min())
            near = mask[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3]
            depths = frame.depth_m[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3][near]
            assert seen.depth_m == pytest.approx(np.median(depths))
            assert seen.depth_range_m == pytest.approx((depths.min(), depths.max()))


def test_the_point_of_a_ring_lies_on_it():
    scene = cube()
    instances = scene.frames[0].instances.copy()
    instances[40:56, 56:72] = 0  # the middle belongs to something else
    (seen,) = observe(with_frame(scene, instances=instances), 0, RULE)
    assert seen.mask[int(seen.point_px[1]), int(seen.point_px[0])]


def test_small_masks_and_flagged_out_objects_are_not_observed():
    assert observe(cube(visible=False), 0, RULE) == ()
    assert observe(cube(size_px=(48, 36)), 0, RULE) == ()  # 9 x 9 pixels are fewer than the rule's 100


def test_depth_that_is_missing_around_the_point():
    scene = cube()
    depth = scene.frames[0].depth_m.copy()
    depth[44:53, 60:69] = 0
    assert observe(with_frame(scene, depth_m=depth), 0, RULE) == ()
    assert observe(with_frame(scene, depth_m=None), 0, RULE) == ()


def test_without_a_mask_the_depth_map_must_show_the_box():
    scene = with_frame(cube(), instances=None)
    (seen,) = observe(scene, 0, RULE)
    assert seen.mask is None and seen.depth_m == pytest.approx(3.5, abs=1e-4)
    left, upper, right, lower = seen.box_px
    assert (left, upper, right, lower) == (52, 36, 76, 60)
    hidden = cube(toy("wall", 8, centre_m=(1.5, 0, 1), size_m=(0.1, 2, 2)), visible=True)
    assert [each.label for each in observe(with_frame(hidden, instances=None), 0, RULE)] == ["wall"]


def test_instance_numbers_may_be_huge():
    scene = cube()
    instances = np.where(scene.frames[0].instances == 7, 2_000_000_000, 0).astype(np.int32)
    huge = replace(with_frame(scene, instances=instances), objects=(replace(scene.objects[0], instance=2_000_000_000),))
    assert observe(huge, 0, RULE)[0].box_px == observe(scene, 0, RULE)[0].box_px


def test_a_box_beside_or_behind_the_camera_has_no_pixels():
    scene = cube()
    box = scene.box_in_camera(scene.objects[0])
    assert projected_box_px(box, scene.frames[0]) == (52, 36, 76, 60)
    assert projected_box_px(replace(box, centre_m=[0, 0, -4]), scene.frames[0]) is None
    assert projected_box_px(replace(box, centre_m=[20, 0, 4]), scene.frames[0]) is None


def test_cut_off_at_the_border():
    scene = toy_scene(
        [toy("box", 7, centre_m=(0, 1.6, 1), size_m=(1, 1, 1))], [looking((3, 0, 1), (0, 0, 1))], view="single"
    )
    (seen,) = observe(scene, 0, RULE)
    assert seen.cut_off
