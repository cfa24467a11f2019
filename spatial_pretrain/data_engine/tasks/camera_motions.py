"""How the camera turned and moved between two pictures (paper, Table 30)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from spatial_pretrain.data_engine import camera_motion, pairs
from spatial_pretrain.data_engine.camera_motion import Motion, Rotation
from spatial_pretrain.data_engine.margins import is_sound, smallest
from spatial_pretrain.data_engine.naming import joined
from spatial_pretrain.data_engine.options import Options, pooled
from spatial_pretrain.data_engine.pairs import ImagePair
from spatial_pretrain.data_engine.samples import Margin, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import CameraMotion
from vst_robot.scenes import Scene, View

AXES = ("pan", "tilt", "roll")

TURNS = {
    "pan": ("panning to the left", "panning to the right"),
    "tilt": ("tilting downward", "tilting upward"),
    "roll": ("rolling counterclockwise", "rolling clockwise"),
}
"""Words for the negative and the positive direction."""

LARGEST_TURN_DEG = 150.0
"""Beyond, left and right come close to each other again."""


@dataclass(frozen=True, kw_only=True)
class _Named:
    """A pair whose movement has a name."""

    pair: ImagePair
    motion: Motion
    answer: str
    margin: Margin


@dataclass(frozen=True, kw_only=True)
class CameraMotionTask:
    """Turns and moves between two pictures that share an object.

    `pan`, `tilt` and `roll` ask for the direction of one turn, `main_rotation` for the largest, `translation` for the
    axes of the movement, `translation_own_axes` the same with the axes explained in the question, `combined` for the
    movement and the pan. Without the explanation a movement must have the same name along the first camera's own axes
    and along its levelled ones.
    """

    name: str = "mi_camera_motion"
    view: View = "multi"

    @property
    def forms(self) -> Mapping[str, float]:
        """Turns and moves in equal shares."""
        return {
            "pan": 0.2,
            "tilt": 0.12,
            "roll": 0.08,
            "main_rotation": 0.1,
            "translation": 0.25,
            "translation_own_axes": 0.15,
            "combined": 0.1,
        }

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One question with two to four options.

        Raises:
            Rejected: No pair shares an object, or too few answers are possible.
        """
        rule = setting.thresholds
        found = pairs.image_pairs(scene, rng, rule.visibility)
        words = [str(word) for word in rng.permutation([word for axis in camera_motion.WORDS for word in axis])]
        motions = [(pair, _motion(scene, pair.frames)) for pair in found]
        named = [each for pair, motion in motions if (each := _named(form, pair, motion, words, rule.camera_motion))]
        options, chosen = Options.drawn(rng, pooled((each.answer, each) for each in named), least=2)
        templates = load_templates(self.name, setting.template_sets)
        question = templates.question(form, rng, options=options.listed)
        return SpatialSample(
            task=self.name,
            form=form,
            turns=(Turn(question=question, answer=templates.answer(form, rng, answer=options.answer)),),
            pictures=pairs.pictures(scene, chosen.pair),
            truth={"frames": list(chosen.pair.frames), **_numbers(chosen.motion), **options.truth},
            margin=chosen.margin,
            scene=scene.name,
            source=scene.source,
        )


def _motion(scene: Scene, frames: tuple[int, int]) -> Motion:
    known = _known_motions(scene)
    if frames not in known:
        known[frames] = camera_motion.motion(scene, *frames)
    return known[frames]


@lru_cache(maxsize=2)  # all forms ask about the same pairs of frames one after the other
def _known_motions(scene: Scene) -> dict[tuple[int, int], Motion]:
    """What `_motion` has found so far."""
    return {}


def _named(form: str, pair: ImagePair, motion: Motion, words: Sequence[str], rule: CameraMotion) -> _Named | None:
    """What the movement is called in a form; None if it has no sure name.

    Args:
        form: The form.
        pair: The pair.
        motion: Its movement.
        words: All words for directions in the order in which this question joins them.
        rule: When a movement has a name.
    """
    judged = {
        "translation": lambda: named_move(motion, words, rule, own_axes=False),
        "translation_own_axes": lambda: named_move(motion, words, rule, own_axes=True),
        "main_rotation": lambda: _main_turn(motion, rule),
        "combined": lambda: _move_and_pan(motion, words, rule),
    }
    answer = judged[form]() if form in judged else named_turn(motion, form, rule)
    if answer is None or not is_sound(answer[1]):
        return None
    return _Named(pair=pair, motion=motion, answer=answer[0], margin=answer[1])


def named_turn(motion: Motion, axis: str, rule: CameraMotion) -> tuple[str, Margin] | None:
    """The direction of a turn that is large enough and not denied by the camera's own axes."""
    angle, own, least = _angle(motion, axis), _own_angle(motion, axis), _least(axis, rule)
    if not least <= abs(angle) <= LARGEST_TURN_DEG or own * np.sign(angle) < least / 2:
        return None
    return TURNS[axis][int(angle > 0)], Margin(degrees=_camera_turn_deg(motion, min(abs(angle), 180 - abs(angle))))


def _main_turn(motion: Motion, rule: CameraMotion) -> tuple[str, Margin] | None:
    """The turn that is `dominance` times larger than both others, in both readings."""
    angles = sorted(AXES, key=lambda axis: -abs(_angle(motion, axis)))
    main, second = angles[:2]
    owns = sorted(AXES, key=lambda axis: -abs(_own_angle(motion, axis)))
    gap = abs(_angle(motion, main)) - abs(_angle(motion, second))
    clear = abs(_angle(motion, main)) >= rule.dominance * abs(_angle(motion, second))
    own_clear = abs(_own_angle(motion, main)) >= rule.dominance * abs(_own_angle(motion, owns[1]))
    named = named_turn(motion, main, rule)
    if named is None or owns[0] != main or not (clear and own_clear):
        return None
    return named[0], smallest([named[1], Margin(degrees=_camera_turn_deg(motion, gap / 2))])


def named_move(
    motion: Motion, words: Sequence[str], rule: CameraMotion, *, own_axes: bool
) -> tuple[str, Margin] | None:
    """The axes of a movement, which both readings must agree on unless the question explains them."""
    readings = [motion.move_m] if own_axes or motion.level_move_m is None else [motion.move_m, motion.level_move_m]
    named = {camera_motion.directions(move_m, rule) for move_m in readings}
    directions = named.pop()
    if named or directions is None:
        return None
    gap_m = min(camera_motion.direction_gap_m(move_m, rule) for move_m in readings)
    # The levelled axes turn with the camera's heading and with gravity; a steep view magnifies the first.
    flatness = 1.0 if len(readings) == 1 else _flatness(motion)
    share = min(gap_m / (2 * float(np.linalg.norm(motion.move_m))), 1.0)
    margin = Margin(metres=gap_m / 2, degrees=float(np.degrees(np.arcsin(flatness * share))))
    return f"moving {joined([word for word in words if word in directions])}", margin


def _move_and_pan(motion: Motion, words: Sequence[str], rule: CameraMotion) -> tuple[str, Margin] | None:
    move, pan = named_move(motion, words, rule, own_axes=False), named_turn(motion, "pan", rule)
    if move is None or pan is None:
        return None
    return f"{move[0]} while {pan[0]}", smallest([move[1], pan[1]])


def _angle(motion: Motion, axis: str) -> float:
    """The angle to the ground's axes where they are known, else to the first camera's."""
    return _of(motion.turn if motion.level_turn is None else motion.level_turn, axis)


def _own_angle(motion: Motion, axis: str) -> float:
    return _of(motion.turn, axis)


def _of(rotation: Rotation, axis: str) -> float:
    return rotation.angles_deg[AXES.index(axis)]


def _least(axis: str, rule: CameraMotion) -> float:
    return rule.min_roll_deg if axis == "roll" else rule.min_pan_deg


def _flatness(motion: Motion) -> float:
    """Cosine of the steepest viewing direction's angle to the ground, or to the first camera's level."""
    if motion.level_turn is None:
        return float(np.cos(np.radians(motion.turn.tilt_deg)))
    return float(np.sqrt(max(0.0, 1 - motion.steepness**2)))


def _camera_turn_deg(motion: Motion, angle_deg: float) -> float:
    """How far both cameras must turn, at least, before an angle between them changes by so much."""
    return float(np.degrees(np.arcsin(_flatness(motion) * np.sin(np.radians(min(angle_deg, 180.0) / 2)))))


def _numbers(motion: Motion) -> dict[str, Any]:
    level, level_m = motion.level_turn, motion.level_move_m
    return {
        "own_pan_tilt_roll_deg": list(motion.turn.angles_deg),
        "own_move_xyz_m": motion.move_m.tolist(),
        "level_pan_tilt_roll_deg": None if level is None else list(level.angles_deg),
        "level_move_xyz_m": None if level_m is None else level_m.tolist(),
    }
