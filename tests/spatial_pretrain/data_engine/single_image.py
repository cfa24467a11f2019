"""What the oracles of single-image tasks share: many samples of toy rooms, and the world looked at by brute force."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count

import numpy as np

from spatial_pretrain.data_engine.marks import COLOURS
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample
from spatial_pretrain.data_engine.task import BoxText, Setting, SpatialTask
from spatial_pretrain.data_engine.thresholds import load_profile
from tests.spatial_pretrain.data_engine.toy_scenes import ROOM_M, SIZES_M, ToyScenes
from vst_robot.scenes import Scene, SceneObject

PER_TASK = 500
NAME = f"(?:{'|'.join([*SIZES_M, 'vase'])})(?:-[A-Z])?"
SCENES = 80

# Pictures for 3D boxes are enlarged a little only: the oracle does not look at them closely.
SETTING = Setting(thresholds=load_profile("room"), boxes=BoxText(unified_focal_px=100.0))


@cache
def room(index: int) -> Scene:
    return ToyScenes(seed=5, image_size=112).scene("single", index)


def drawn(
    task: SpatialTask, form: str, number: int, setting: Setting = SETTING
) -> Iterator[tuple[Scene, SpatialSample]]:
    """So many samples of a form over `SCENES` rooms; fails if most are rejected."""
    made = 0
    for seed in count():
        assert seed < 10 * number + 50, f"{form}: {made} samples of {seed} tries"
        scene = room(seed % SCENES)
        try:
            sample = task.sample(scene, np.random.default_rng(seed), setting, form=form)
        except Rejected:
            continue
        made += 1
        yield scene, sample
        if made == number:
            return


def of_task(task: SpatialTask, number: int = PER_TASK) -> Iterator[tuple[Scene, SpatialSample]]:
    """At least so many samples, spread evenly over the forms."""
    each = -(-number // len(task.forms))
    for form in task.forms:
        yield from drawn(task, form, each)


def thing(scene: Scene, instance: int) -> SceneObject:
    return next(each for each in scene.objects if each.instance == instance)


def in_camera(scene: Scene, points_world_m: np.ndarray) -> np.ndarray:
    """World points in the first camera's frame, by inverting the whole matrix."""
    homogeneous = np.concatenate([points_world_m, np.ones((len(points_world_m), 1))], axis=1)
    return (np.linalg.inv(scene.frames[0].T_world_camera) @ homogeneous.T).T[:, :3]


def middle(scene: Scene, instance: int) -> np.ndarray:
    """Mean of an object's corners in the camera's frame."""
    return in_camera(scene, thing(scene, instance).box.corners_m).mean(axis=0)


def shown_pixels(scene: Scene, instance: int) -> int:
    return int((scene.frames[0].instances == instance).sum())


def walked_depth_m(scene: Scene, point_px: Sequence[float]) -> float:
    """Depth of what a pixel shows, found by walking along its ray in steps of 4 mm until something is met."""
    frame = scene.frames[0]
    ray = np.array([(point_px[0] - frame.K[0, 2]) / frame.K[0, 0], (point_px[1] - frame.K[1, 2]) / frame.K[1, 1], 1.0])
    depths = np.arange(0.05, 14, 0.004)
    camera = np.concatenate([depths[:, None] * ray, np.ones((len(depths), 1))], axis=1)
    world = (frame.T_world_camera @ camera.T).T[:, :3]
    met = ((world < ROOM_M[0]) | (world > ROOM_M[1])).any(axis=1)
    for each in scene.objects:
        local = (world - each.box.centre_m) @ each.box.R_frame_box
        met |= (np.abs(local) <= each.box.size_m / 2).all(axis=1)
    return float(depths[np.argmax(met)])


def colour_at(picture: np.ndarray, point_px: Sequence[float]) -> str | None:
    """Name of the mark's colour at a pixel."""
    colour = tuple(int(value) for value in picture[int(point_px[1]), int(point_px[0])])
    return next((name for name, rgb in COLOURS.items() if rgb == colour), None)


def box_colour(picture: np.ndarray, box_px: Sequence[int]) -> str:
    """The colour that most of a box's outline has."""
    left, upper, right, lower = box_px
    edge = [(x, y) for x in range(left, right) for y in (upper, lower - 1)]
    edge += [(x, y) for x in (left, right - 1) for y in range(upper, lower)]
    names = [name for point in edge if (name := colour_at(picture, point))]
    return max(set(names), key=names.count)


def coloured_names(question: str) -> list[tuple[str, str, str]]:
    """(name, colour, kind of mark) of every `name (colour box)` in a question, in order."""
    return re.findall(rf"\b({NAME}) \((\w+) (box|point)[^)]*\)", question)


def mask_box(scene: Scene, instance: int) -> list[int]:
    rows, columns = np.where(scene.frames[0].instances == instance)
    return [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]


def meant(scene: Scene, phrase: str) -> SceneObject:
    """The one object that a referring phrase fits, by rules of the oracle's own."""
    words = phrase.removeprefix("the ")
    shown = [each for each in scene.objects if shown_pixels(scene, each.instance)]
    if " closest to the " in words:
        label, anchor = words.split(" closest to the ")
        anchors = [each for each in shown if each.label == anchor]
        assert len(anchors) == 1
        rivals = [each for each in shown if each.label == label]
        return min(rivals, key=lambda each: np.linalg.norm(each.box.centre_m - anchors[0].box.centre_m))
    first, _, rest = words.partition(" ")
    rivals = [each for each in shown if each.label == rest]
    if first in ("leftmost", "rightmost"):
        sign = 1 if first == "leftmost" else -1
        return min(rivals, key=lambda each: sign * (c := middle(scene, each.instance))[0] / c[2])
    if first in ("tallest", "shortest"):
        sign = -1 if first == "tallest" else 1
        return min(rivals, key=lambda each: sign * float(np.ptp(each.box.corners_m @ scene.gravity)))
    found = [each for each in shown if each.label == words]
    assert len(found) == 1, phrase
    return found[0]
