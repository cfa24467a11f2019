"""Answers to questions about two pictures, found from the definition on another path than the tasks'.

The toy world is z-up, so headings are azimuths in the x-y plane; turns are matrix logarithms; what a pixel shows is
found by casting a ray at all boxes. Each oracle takes the scene (whose boxes and poses may have been nudged) and the
sample's `truth`, and returns the right option's text.
"""

import numpy as np
from scipy.linalg import logm

from spatial_pretrain.data_engine.marks import COLOURS
from spatial_pretrain.data_engine.thresholds import load_profile
from tests.spatial_pretrain.data_engine.toy_scenes import ROOM_M, _enters, _leaves

RULE = load_profile("room")

# Words of the oracles' own: a mistake in the tasks' tables must not be repeated here.
COMPASS = ["north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest"]
EGOCENTRIC = ["front", "front right", "right", "back right", "back", "back left", "left", "front left"]
WORDS = (("leftward", "rightward"), ("upward", "downward"), ("backward", "forward"))
"""Per axis of a camera with x to the right, y downwards, z ahead: the word for less and for more."""


def picture_of(scene, truth, instance):
    """0 or 1: which picture shows an object; it must be plainly seen there, and no pixel of it in the other."""
    counts = [int((scene.frames[frame].instances == instance).sum()) for frame in truth["frames"]]
    assert min(counts) == 0 and max(counts) >= RULE.visibility.min_pixels
    return int(np.argmax(counts))


def called(scene, sample, instance):
    """What a question must call an object: its label, with the colour of the point that is drawn on its mask."""
    label, truth = thing(scene, instance).label, sample.truth
    if sample.form.endswith("text"):
        return label
    place = picture_of(scene, truth, instance)
    drawn, frame = sample.pictures[place], scene.frames[truth["frames"][place]]
    changed = drawn[(frame.instances == instance) & (drawn != frame.rgb).any(axis=-1)]
    counts = {name: int((changed == rgb).all(axis=-1).sum()) for name, rgb in COLOURS.items()}
    return f"{label} ({max(counts, key=lambda name: counts[name])} point)"


def azimuth(vector):
    """Counter-clockwise from world x, radians."""
    return np.arctan2(vector[1], vector[0])


def eighth(angle_rad, words):
    """The word whose direction has the largest dot product; angles counter-clockwise."""
    clockwise = np.arange(8) * np.pi / 4
    return words[int(np.argmax(np.cos(-angle_rad - clockwise)))]


def heading(scene, frame):
    return azimuth(scene.frames[frame].T_world_camera[:3, 2])


def place(scene, frame):
    return scene.frames[frame].T_world_camera[:3, 3]


def thing(scene, instance):
    return next(each for each in scene.objects if each.instance == instance)


def compass_after(premise, angle_rad):
    return eighth(angle_rad - COMPASS.index(premise) * np.pi / 4, COMPASS)


def facing(scene, truth):
    first, second = truth["frames"]
    return compass_after(truth["premise"], heading(scene, second) - heading(scene, first))


def position(scene, truth):
    first, second = truth["frames"]
    return eighth(azimuth(place(scene, first) - place(scene, second)) - heading(scene, second), EGOCENTRIC)


def bearing(scene, truth):
    """A is `premise` of B (or of the first camera): where is C?"""
    known, asked = (thing(scene, truth[f"{slot}_instance"]).box.centre_m for slot in ("known", "asked"))
    at = thing(scene, truth["at_instance"]).box.centre_m if "at_instance" in truth else place(scene, truth["frames"][0])
    return compass_after(truth["premise"], azimuth(asked - at) - azimuth(known - at))


def contest(scene, truth):
    """The instance that wins by brute force over the candidates' centres, in the first camera's frame."""
    T = np.linalg.inv(scene.frames[truth["frames"][0]].T_world_camera)
    centres = [T @ np.append(thing(scene, number).box.centre_m, 1) for number in truth["candidate_instances"]]
    distances = [
        np.linalg.norm(centre - T @ np.append(thing(scene, truth["instance"]).box.centre_m, 1)) for centre in centres
    ]
    best = np.argmin(distances) if truth["word"] == "closest" else np.argmax(distances)
    return truth["candidate_instances"][int(best)]


def logarithm(R):
    """Rotation vector by the matrix logarithm."""
    skew = np.real(logm(R))
    return np.array([skew[2, 1], skew[0, 2], skew[1, 0]])


def level_basis(T):
    """Camera axes of a camera that stands upright and looks along the same azimuth: right, down, ahead."""
    angle = azimuth(T[:3, 2])
    return np.array([[np.sin(angle), 0, np.cos(angle)], [-np.cos(angle), 0, np.sin(angle)], [0, -1, 0]])


def turn_angles(scene, truth):
    """Pan, tilt and roll (radians) by logarithms: of both headings, of elevations, of both horizons."""
    T_first, T_second = (scene.frames[frame].T_world_camera for frame in truth["frames"])
    pan = logarithm(level_basis(T_first).T @ level_basis(T_second))[1]
    poses = []
    for T in (T_first, T_second):
        inside = level_basis(T).T @ T[:3, :3]  # tilt, then roll, both about the camera's own axes
        tilt = np.arcsin(np.clip(-inside[1, 2], -1, 1))
        untilted = np.array([[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)], [0, -np.sin(tilt), np.cos(tilt)]]) @ inside
        poses.append((tilt, logarithm(untilted)[2]))
    return pan, poses[1][0] - poses[0][0], poses[1][1] - poses[0][1]


def turn(scene, truth, axis):
    words = {
        "pan": ("panning to the left", "panning to the right"),
        "tilt": ("tilting downward", "tilting upward"),
        "roll": ("rolling counterclockwise", "rolling clockwise"),
    }
    return words[axis][int(turn_angles(scene, truth)[("pan", "tilt", "roll").index(axis)] > 0)]


def main_turn(scene, truth):
    angles = np.abs(turn_angles(scene, truth))
    return turn(scene, truth, ("pan", "tilt", "roll")[int(np.argmax(angles))])


def own_rotation(scene, truth):
    """Rotation vector from the first camera to the second, in the first camera's axes."""
    T_first, T_second = (scene.frames[frame].T_world_camera for frame in truth["frames"])
    return logarithm(T_first[:3, :3].T @ T_second[:3, :3])


def directions_of(move):
    rule = RULE.camera_motion
    limit = max(rule.min_axis_m, rule.min_axis_share * np.linalg.norm(move))
    return {WORDS[axis][int(move[axis] > 0)] for axis in range(3) if abs(move[axis]) >= limit}


def movement(scene, truth, *, level):
    """Words for where the second camera's centre is, in the first camera's own or levelled axes."""
    T_first = scene.frames[truth["frames"][0]].T_world_camera
    there = np.append(place(scene, truth["frames"][1]), 1)
    if not level:
        return directions_of(np.linalg.solve(T_first, there)[:3])
    return directions_of(level_basis(T_first).T @ (there[:3] - T_first[:3, 3]))


def words_in(text):
    """The direction words of an option, as a set."""
    return {word for pair in WORDS for word in pair if word in text.split(" while ")[0]}


def is_motion(scene, form, truth):
    """Whether an answer about the camera's motion is right, in both readings where the question leaves them open."""
    answer = truth["answer"]
    if form in ("pan", "tilt", "roll"):
        return turn(scene, truth, form) == answer
    if form == "main_rotation":
        return main_turn(scene, truth) == answer
    readings = (False,) if form == "translation_own_axes" else (False, True)
    moved = all(movement(scene, truth, level=level) == words_in(answer) for level in readings)
    return moved and (form != "combined" or answer.endswith(f" while {turn(scene, truth, 'pan')}"))


def hit(scene, frame, pixel):
    """Instance and world point that the ray through a pixel meets first; instance 0 is the room."""
    shown = scene.frames[frame]
    eye = shown.T_world_camera[:3, 3]
    ray = (shown.T_world_camera[:3, :3] @ np.linalg.inv(shown.K) @ np.array([*pixel, 1.0]))[None]
    nearest, instance = _leaves(eye, ray, *ROOM_M)[0][0], 0
    for each in scene.objects:
        R, centre = each.box.R_frame_box, each.box.centre_m
        entry = _enters((eye - centre) @ R, ray @ R, each.box.size_m / 2)[0][0]
        if entry < nearest:
            nearest, instance = entry, each.instance
    return instance, eye + nearest * ray[0]


def corresponding(scene, truth):
    """Instance of the first picture's ray, those of the candidates' rays, and how far their hits are from the first."""
    first, second = truth["frames"]
    instance, wanted = hit(scene, first, truth["point_first_px"])
    hits = [hit(scene, second, pixel) for pixel in truth["points_second_px"]]
    return instance, [number for number, _ in hits], [np.linalg.norm(point - wanted) for _, point in hits]
