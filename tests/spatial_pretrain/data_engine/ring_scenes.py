"""Toy rooms seen from their middle: objects all around, so that no picture shows them all.

What an object is called says nothing about where it is or how large it is, so that nothing can be guessed from words.
"""

import dataclasses
from functools import cache

import numpy as np

from tests.spatial_pretrain.data_engine.toy_scenes import ROOM_M, looking, toy, toy_scene
from vst_robot.geometry import pose
from vst_robot.geometry.rotation import axis_angle_to_matrix
from vst_robot.scenes import Scene, View

LABELS = [
    *("chair", "table", "cabinet", "lamp", "sofa", "plant", "nightstand", "bookshelf", "stool", "desk", "monitor"),
    *("vase", "clock", "rug", "television", "fan", "heater", "bin"),
]


@cache
def ring_scene(view: View, index: int, width_px: int = 96) -> Scene:
    """The `index`-th room; walks have five places, clips thirty frames at 2 Hz and rooms of different sizes."""
    rng = np.random.default_rng([17, index, view == "video"])
    poses = _walk(rng) if view == "multi" else _clip(rng)
    size_px = (width_px, width_px * 3 // 4)
    name, room_m = f"ring/{view}/{index}", ROOM_M if view == "multi" else _room_m(index)
    return toy_scene(
        _objects(rng, 16 if view == "multi" else 10),
        poses,
        view=view,
        name=name,
        size_px=size_px,
        fovy_deg=50,
        room_m=room_m,
    )


def moved(scene: Scene, rng: np.random.Generator, *, metres: float, degrees: float) -> Scene:
    """The same pictures with wrong ground truth: every box and camera moved and turned by so much, at random."""
    frames = tuple(
        dataclasses.replace(each, T_world_camera=_nudged(each.T_world_camera, rng, metres, degrees))
        for each in scene.frames
    )
    objects = []
    for thing in scene.objects:
        T = _nudged(pose.make(thing.box.R_frame_box, thing.box.centre_m), rng, metres, degrees)
        box = dataclasses.replace(thing.box, centre_m=T[:3, 3], R_frame_box=T[:3, :3])
        objects.append(dataclasses.replace(thing, box=box))
    return dataclasses.replace(scene, frames=frames, objects=tuple(objects))


def _nudged(T, rng, metres, degrees):
    step, axis = rng.normal(size=(2, 3))
    R = axis_angle_to_matrix(axis / np.linalg.norm(axis) * np.radians(degrees))
    return pose.make(R @ T[:3, :3], T[:3, 3] + step / np.linalg.norm(step) * metres)


def _room_m(index):
    """`ROOM_M` with its walls moved outwards."""
    out = np.random.default_rng([18, index]).uniform(0, 1.5, (2, 3)) * [1, 1, 0]
    return ROOM_M + out * [[-1], [1]]


def _objects(rng, least):
    """So many boxes and up to four more, one per direction, at different distances; three of them share labels."""
    count = int(rng.integers(least, least + 5))
    labels = [str(label) for label in rng.permutation(LABELS)[: count - 3]]
    labels += [labels[int(rng.integers(len(labels)))] for _ in range(3)]
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(0, 2 * np.pi)
    objects = []
    for number, place in enumerate(rng.permutation(count)):
        size = rng.uniform(0.25, 0.8, 3)
        radius = rng.uniform(1.6, 3.6)
        centre = (radius * np.cos(angles[place]), radius * np.sin(angles[place]), rng.uniform(0.2, 1.0) + size[1] / 2)
        yaw = float(rng.uniform(-180, 180))
        objects.append(toy(labels[number], number + 1, centre_m=centre, size_m=size, yaw_deg=yaw))
    return objects


def _walk(rng):
    start, turns = rng.uniform(0, 2 * np.pi), np.cumsum(rng.choice([-1, 1]) * rng.uniform(0.35, 1.1, 5))
    return [_pose(rng, start + turn, roll_deg=float(rng.choice([0, rng.uniform(-35, 35)]))) for turn in turns]


def _clip(rng):
    start, sweep = rng.uniform(0, 2 * np.pi), rng.choice([-1, 1]) * rng.uniform(3.5, 5.5)
    height, pitch = rng.uniform(1.1, 1.6), rng.uniform(-0.25, 0.0)
    poses = []
    for share in np.linspace(0, 1, 30):
        eye = np.array([0.5 * np.cos(4 * share), 0.5 * np.sin(3 * share), height])
        look = start + sweep * share
        poses.append(looking(eye, eye + np.array([np.cos(look), np.sin(look), pitch])))
    return poses


def _pose(rng, angle, roll_deg):
    eye = np.array([*rng.uniform(-0.9, 0.9, 2), rng.uniform(0.8, 1.7)])
    return looking(eye, eye + np.array([np.cos(angle), np.sin(angle), rng.uniform(-0.5, 0.3)]), roll_deg=roll_deg)
