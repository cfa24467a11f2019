"""Hand-made scenes without a simulator: oriented boxes in a room, ray-cast in numpy.

The world is in metres, z up, the floor at z = 0. Boxes have VST's axes (x front to back, y down, z sideways). Depth,
instances and visibility are exact: every pixel's centre is one ray.

    chair = toy("chair", 1, centre_m=(0, 0, 0.5), size_m=(0.5, 1.0, 0.5), yaw_deg=30)
    scene = toy_scene([chair, ...], [looking((3, 0, 1.5), (0, 0, 0.5))], view="single")
    scene = ToyScenes(seed=0, image_size=96).scene("multi", 7)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vst_robot.geometry import pose
from vst_robot.geometry.box3d import Box3D
from vst_robot.geometry.camera import intrinsics_from_fovy
from vst_robot.scenes import CAMERA_VIEWS, VIEWS, Frame, Scene, SceneObject, View

VST_AXES = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""Columns: VST's x, y (down) and z of a box that is not turned, in the z-up world."""

GRAVITY = np.array([0.0, 0, -1])
ROOM_M = np.array([[-4.0, -4.0, 0.0], [4.0, 4.0, 2.8]])
MIN_PIXELS = 12
SIZES_M = {
    "chair": (0.5, 0.9, 0.5),
    "table": (0.8, 0.75, 1.4),
    "cabinet": (0.4, 1.6, 0.9),
    "lamp": (0.3, 1.4, 0.3),
    "trash can": (0.35, 0.5, 0.35),
    "sofa": (0.9, 0.8, 1.9),
    "box": (0.4, 0.35, 0.5),
    "plant": (0.4, 1.1, 0.4),
    "nightstand": (0.45, 0.55, 0.45),
    "bookshelf": (0.3, 1.9, 1.0),
}
"""Front to back, height, sideways."""


def toy(
    label: str,
    instance: int,
    *,
    centre_m: Sequence[float],
    size_m: Sequence[float],
    yaw_deg: float = 0.0,
    has_front: bool = False,
) -> SceneObject:
    """A box that stands upright; its x axis points along world x, turned counter-clockwise by `yaw_deg`."""
    turn, size = np.radians(yaw_deg), np.asarray(size_m, dtype=float)
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    box = Box3D(centre_m=np.asarray(centre_m, dtype=float), size_m=size, R_frame_box=about_z @ VST_AXES)
    surface = surface_points(box, 256, np.random.default_rng(instance))
    return SceneObject(label=label, instance=instance, box=box, visible=(), has_front=has_front, surface_m=surface)


def surface_points(box: Box3D, number: int, rng: np.random.Generator) -> np.ndarray:
    """Points spread evenly over the surface of a box, in the box's reference frame (n, 3)."""
    size = box.size_m
    areas = np.array([size[1] * size[2], size[0] * size[2], size[0] * size[1]])
    local = rng.uniform(-0.5, 0.5, (number, 3))
    local[np.arange(number), rng.choice(3, number, p=areas / areas.sum())] = rng.choice([-0.5, 0.5], number)
    return (local * size) @ box.R_frame_box.T + box.centre_m


def looking(eye_m: Sequence[float], at_m: Sequence[float], *, roll_deg: float = 0.0) -> np.ndarray:
    """`T_world_camera` (OpenCV axes) of an upright camera that looks at a point; positive roll is clockwise."""
    forward = np.asarray(at_m, dtype=float) - np.asarray(eye_m, dtype=float)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    level = np.stack([right, np.cross(forward, right), forward], axis=1)
    roll = np.radians(roll_deg)
    spin = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return pose.make(level @ spin, np.asarray(eye_m, dtype=float))


def ray_cast(
    objects: Sequence[SceneObject],
    T_world_camera: np.ndarray,
    K: np.ndarray,
    size_px: tuple[int, int],
    room_m: np.ndarray = ROOM_M,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Planar depth (h, w), instances (h, w) and picture (h, w, 3) of boxes in a room."""
    width, height = size_px
    u, v = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    rays = np.stack([u, v, np.ones_like(u)], axis=-1).reshape(-1, 3) @ np.linalg.inv(K).T @ T_world_camera[:3, :3].T
    eye = T_world_camera[:3, 3]
    depth, face = _leaves(eye, rays, *room_m)
    instances, colour = np.zeros(len(rays), dtype=np.int32), np.array([[200, 195, 185]]) * (0.7 + 0.1 * face[:, None])
    for thing in objects:
        local_eye, local_rays = (eye - thing.box.centre_m) @ thing.box.R_frame_box, rays @ thing.box.R_frame_box
        near, side = _enters(local_eye, local_rays, thing.box.size_m / 2)
        hit = near < depth
        depth, instances = np.where(hit, near, depth), np.where(hit, np.int32(thing.instance), instances)
        colour[hit] = _colour(thing.instance) * (0.55 + 0.2 * side[hit, None])
    rgb = np.clip(colour, 0, 255).astype(np.uint8)
    return depth.reshape(height, width).astype(np.float32), instances.reshape(height, width), rgb.reshape(height, -1, 3)


def toy_scene(
    objects: Sequence[SceneObject],
    poses: Sequence[np.ndarray],
    *,
    view: View,
    name: str = "toy/0",
    size_px: tuple[int, int] = (96, 72),
    fovy_deg: float = 60.0,
    seconds_apart: float = 0.5,
    room_m: np.ndarray = ROOM_M,
) -> Scene:
    """The pictures that cameras take of objects; an object is visible where it fills `MIN_PIXELS`."""
    K = intrinsics_from_fovy(fovy_deg, width_px=size_px[0], height_px=size_px[1])
    frames = []
    for number, T_world_camera in enumerate(poses):
        depth, instances, rgb = ray_cast(objects, T_world_camera, K, size_px, room_m)
        time = number * seconds_apart
        frames.append(
            Frame(rgb=rgb, K=K, T_world_camera=T_world_camera, depth_m=depth, instances=instances, time_s=time)
        )
    seen = [_with_visible(thing, frames) for thing in objects]
    area = float(np.prod((room_m[1] - room_m[0])[:2]))
    return Scene(
        name=name,
        source="toy",
        view=view,
        frames=tuple(frames),
        objects=tuple(seen),
        gravity=GRAVITY,
        floor_area_m2=area,
        provenance={"maker": "toy"},
    )


@dataclass(frozen=True, kw_only=True)
class ToyScenes:
    """A `SceneSource` of random rooms: six to eleven boxes on the floor, small ones on top of some; no end of them."""

    seed: int = 0
    image_size: int = 96
    name: str = "toy"
    views: tuple[View, ...] = CAMERA_VIEWS

    def count(self, view: View) -> int | None:
        return None

    def scene(self, view: View, index: int) -> Scene:
        rng = np.random.default_rng([self.seed, VIEWS.index(view), index])
        objects = random_objects(rng)
        poses = {"single": _one_pose, "multi": _walk_poses, "video": _clip_poses}[view](rng)
        size = (self.image_size, self.image_size * 3 // 4)
        return toy_scene(objects, poses, view=view, name=f"toy/{self.seed}/{view}/{index}", size_px=size)

    def close(self) -> None:
        """Nothing is open."""

    def fingerprint(self) -> Mapping[str, str]:
        return {"source": "toy", "seed": str(self.seed), "image_size": str(self.image_size)}


def random_objects(rng: np.random.Generator) -> list[SceneObject]:
    """Boxes that do not touch, in cells of 1.9 m; every label of several objects is one of `SIZES_M`."""
    cells = np.stack(np.meshgrid([-1.9, 0.0, 1.9], [-1.9, 0.0, 1.9]), axis=-1).reshape(-1, 2)
    chosen = rng.permutation(len(cells))[: rng.integers(6, 10)]
    kinds = list(rng.choice(list(SIZES_M), size=6, replace=False))
    objects: list[SceneObject] = []
    for cell in chosen:
        label = str(kinds[int(rng.integers(len(kinds)))])
        size = np.array(SIZES_M[label]) * rng.uniform(0.8, 1.15, 3)
        size[[0, 2]] = np.minimum(size[[0, 2]], 1.3)
        at = cells[cell] + rng.uniform(-0.12, 0.12, 2)
        centre, yaw = (*at, size[1] / 2), float(rng.uniform(-180, 180))
        front = bool(rng.random() < 0.5)
        objects.append(toy(label, len(objects) + 1, centre_m=centre, size_m=size, yaw_deg=yaw, has_front=front))
        if size[1] < 0.9 and rng.random() < 0.3:
            small = rng.uniform(0.12, 0.3, 3)
            centre = (*at, size[1] + small[1] / 2)
            objects.append(toy("vase", len(objects) + 1, centre_m=centre, size_m=small, yaw_deg=yaw))
    return objects


def _one_pose(rng: np.random.Generator) -> list[np.ndarray]:
    return [_pose_at(rng, float(rng.uniform(-np.pi, np.pi)))]


def _walk_poses(rng: np.random.Generator) -> list[np.ndarray]:
    """Two to four places around the middle of the room."""
    angles = rng.uniform(-np.pi, np.pi) + np.cumsum(rng.uniform(-1.2, 1.2, int(rng.integers(2, 5))))
    return [_pose_at(rng, float(angle)) for angle in angles]


def _clip_poses(rng: np.random.Generator) -> list[np.ndarray]:
    """Sixteen frames of a camera that walks an arc and turns from one side to the other."""
    start, sweep = rng.uniform(-np.pi, np.pi), rng.choice([-1, 1]) * rng.uniform(0.8, 2.0)
    height, side = rng.uniform(1.3, 1.9), rng.choice([-1, 1])
    poses = []
    for share in np.linspace(0, 1, 16):
        angle, look = start + sweep * share, start + np.pi + side * (share - 0.5) * 1.6
        eye = np.array([3.4 * np.cos(angle), 3.4 * np.sin(angle), height])
        poses.append(looking(eye, eye + np.array([np.cos(look), np.sin(look), -0.3])))
    return poses


def _pose_at(rng: np.random.Generator, angle: float) -> np.ndarray:
    distance, height = rng.uniform(3.0, 3.7), rng.uniform(1.0, 2.3)
    at = (*rng.uniform(-0.8, 0.8, 2), rng.uniform(0.3, 1.0))
    eye = (distance * np.cos(angle), distance * np.sin(angle), height)
    return looking(eye, at, roll_deg=float(rng.choice([0, rng.uniform(-30, 30)])))


def _with_visible(thing: SceneObject, frames: Sequence[Frame]) -> SceneObject:
    flags = tuple(bool((frame.instances == thing.instance).sum() >= MIN_PIXELS) for frame in frames)
    return SceneObject(
        label=thing.label,
        instance=thing.instance,
        box=thing.box,
        visible=flags,
        has_front=thing.has_front,
        surface_m=thing.surface_m,
    )


def _enters(eye: np.ndarray, rays: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where rays (n, 3) enter a box about the origin, in multiples of themselves (inf: missed), and by which axis."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (-half - eye) / rays, (half - eye) / rays
    near, far = np.minimum(low, high), np.maximum(low, high)
    entry, leave = near.max(axis=1), far.min(axis=1)
    return np.where((entry < leave) & (entry > 0), entry, np.inf), near.argmax(axis=1)


def _leaves(eye: np.ndarray, rays: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where rays from inside leave a box, in multiples of themselves, and by which axis."""
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.maximum((low - eye) / rays, (high - eye) / rays)
    return far.min(axis=1), far.argmin(axis=1)


def _colour(instance: int) -> np.ndarray:
    return np.random.default_rng([7, instance]).uniform(60, 250, 3)
