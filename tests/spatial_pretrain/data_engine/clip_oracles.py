"""Answers to questions about clips, found from the definition on another path than the tasks'.

Distances by brute-force sampling of surfaces, directions in a map that is turned so that one looks up it, sights by
the pixels of the instance maps, routes by walking them, the room's size from what the depth maps show of its walls.
Each oracle takes the scene (whose boxes and poses may have been nudged) and a question's `truth`.
"""

import cmath

import numpy as np
from scipy.spatial import cKDTree

from tests.spatial_pretrain.data_engine.pair_oracles import thing

STEPS = 25
ROUNDING_M = 0.006
"""Half of the last digit of a length, and a little."""


def surface(box):
    """A grid of points on the six faces; no point of the surface is farther than half a step's diagonal from one."""
    unit = np.linspace(-0.5, 0.5, STEPS)
    grid = np.stack(np.meshgrid(unit, unit, unit), axis=-1).reshape(-1, 3)
    grid = grid[(np.abs(grid) == 0.5).any(axis=1)]
    return grid * box.size_m @ box.R_frame_box.T + box.centre_m


def grid_slack(box):
    """The farthest that a point of a box's surface can be from the grid."""
    return float(np.linalg.norm(np.sort(box.size_m)[1:])) / (STEPS - 1) / 2


def sampled_distance(first, second):
    """Between two boxes' surfaces, and by how much it may be too large."""
    near = cKDTree(surface(first)).query(surface(second))[0].min()
    return float(near), grid_slack(first) + grid_slack(second)


def between(scene, truth):
    """As `sampled_distance`, for the two objects of a question."""
    return sampled_distance(*(thing(scene, number).box for number in truth["instances"]))


def from_camera(scene, truth):
    """From where a frame was taken to an object's surface, and by how much it may be too large."""
    box, eye = thing(scene, truth["instance"]).box, scene.frames[truth["frame"]].T_world_camera[:3, 3]
    return float(np.linalg.norm(surface(box) - eye, axis=1).min()), grid_slack(box)


def room_sides(scene):
    """Length and width of all that the depth maps show beside the objects, in a room along the world's axes."""
    lows, highs = [], []
    for frame in scene.frames:
        rows, columns = np.nonzero(frame.instances == 0)
        pixels = np.stack([columns + 0.5, rows + 0.5, np.ones(len(rows))])
        rays = frame.T_world_camera[:3, :3] @ np.linalg.solve(frame.K, pixels)
        shown = rays[:2] * frame.depth_m[rows, columns] + frame.T_world_camera[:2, 3:]
        lows, highs = [*lows, shown.min(axis=1)], [*highs, shown.max(axis=1)]
    return np.max(highs, axis=0) - np.min(lows, axis=0)


def height(box):
    """From an object's lowest to its highest corner."""
    return float(np.ptp(box.corners_m[:, 2]))


def longest(box):
    """The longest edge: of the ways from a corner to the others, those three that are no diagonals."""
    ways = sorted(np.linalg.norm(box.corners_m - box.corners_m[0], axis=1))[1:]
    a, b = ways[:2]  # the two shortest are edges; so is the next that is no diagonal
    return max(a, b, next(way for way in ways[2:] if not np.isclose(way, np.hypot(a, b))))


def stated_m(answer):
    """A length with its unit."""
    number, unit = answer.split(" ")
    return float(number) / {"cm": 100, "m": 1}[unit]


def relation(scene, truth):
    """The answer to any question about how objects of a clip lie to each other."""
    return _closest(scene, truth) if truth["kind"] == "closest" else _side(scene, truth)


def _closest(scene, truth):
    this = thing(scene, truth["instance"]).box
    candidates = [thing(scene, number).box for number in truth["candidate_instances"]]
    nearest = int(np.argmin([sampled_distance(this, box)[0] for box in candidates]))
    return thing(scene, truth["candidate_instances"][nearest]).label


def _side(scene, truth):
    there = _on_map(scene, truth)
    right = "right" if there.real > 0 else "left"
    if truth["kind"] == "left_right":
        return right
    if truth["kind"] == "left_right_back":
        return "back" if abs(cmath.phase(there / 1j)) >= np.radians(135) else right
    if truth["kind"] == "quadrants":
        return f"{'front' if there.imag > 0 else 'back'}-{right}"
    words = ["front", "front-right", "right", "back-right", "back", "back-left", "left", "front-left"]
    ways = [1j * cmath.exp(-1j * np.pi / 4 * step) for step in range(8)]
    return words[int(np.argmax([(there * way.conjugate()).real for way in ways]))]


def _on_map(scene, truth):
    """Where the asked object is, if one stands at the origin and looks up the map; x is to the right."""
    at, facing, asked = (thing(scene, truth[f"{slot}_instance"]).box.centre_m[:2] for slot in ("at", "facing", "asked"))
    ahead, there = complex(*(facing - at)), complex(*(asked - at))
    return there / ahead * abs(ahead) * 1j


def route(scene, truth):
    """The turns of a walk, one after the other: each is the one that points most along the next leg."""
    spots = [complex(*thing(scene, truth[f"{name}_instance"]).box.centre_m[:2]) for name in ("start", "facing")]
    at, looking, told = spots[0], spots[1] - spots[0], []
    for number in truth["stop_instances"]:
        leg = complex(*thing(scene, number).box.centre_m[:2]) - at
        turned = leg / looking
        fit = {"turn left": turned.imag, "turn right": -turned.imag, "turn back": -turned.real}
        told.append(max(fit, key=lambda way: fit[way]))
        at, looking = at + leg, leg
    return ", ".join(told).capitalize()


def pixels(scene, numbers):
    """Per frame, the largest mask of any of some objects."""
    return [max(int((frame.instances == number).sum()) for number in numbers) for frame in scene.frames]


def instances_of(scene, label):
    """All objects that bear a label."""
    return [each.instance for each in scene.objects if each.label == label]


def shown(scene, label, least):
    """How many objects of a label have so large a mask in some frame."""
    return sum(max(pixels(scene, [number])) >= least for number in instances_of(scene, label))


def order(scene, labels, least):
    """Labels by the first frame in which any of their objects has so large a mask."""
    masks = {label: np.array(pixels(scene, instances_of(scene, label))) for label in labels}
    assert all((mask >= least).any() for mask in masks.values())
    return sorted(labels, key=lambda label: int((masks[label] >= least).argmax()))
