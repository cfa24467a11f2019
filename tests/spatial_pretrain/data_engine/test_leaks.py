"""Nothing but the pictures gives an answer away: letters are uniform, and a bag of words only guesses."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from spatial_pretrain.data_engine.tasks.camera_camera import CameraCameraRelation
from spatial_pretrain.data_engine.tasks.camera_motions import CameraMotionTask
from spatial_pretrain.data_engine.tasks.correspondence import Correspondence
from spatial_pretrain.data_engine.tasks.object_object import ObjectObjectRelation
from spatial_pretrain.data_engine.tasks.video_object_object import VideoObjectObjectRelation
from spatial_pretrain.data_engine.tasks.video_order import VideoAppearanceOrder
from spatial_pretrain.data_engine.tasks.video_route import VideoRoutePlan
from tests.spatial_pretrain.data_engine.gathered import gathered

CASES = [
    *((CameraCameraRelation(), form) for form in ("facing", "position")),
    *((CameraMotionTask(), form) for form in ("pan", "tilt", "roll", "translation", "combined")),
    (Correspondence(), "points"),
    *((ObjectObjectRelation(), form) for form in ("objects_points", "camera_points", "distance_points")),
    *((VideoObjectObjectRelation(), form) for form in ("direction", "quadrants", "left_right", "closest")),
    *((VideoAppearanceOrder(), form) for form in ("three", "four")),
    (VideoRoutePlan(), "two_turns"),
]
REST = [
    *((CameraMotionTask(), form) for form in ("main_rotation", "translation_own_axes")),
    *((ObjectObjectRelation(), form) for form in ("objects_text", "camera_text", "distance_text")),
    *((VideoObjectObjectRelation(), form) for form in ("left_right_back", "mixed")),
    *((VideoRoutePlan(), form) for form in ("one_turn", "three_turns")),
]


def named(cases, *marks):
    return [pytest.param(task, form, id=f"{task.name}-{form}", marks=marks) for task, form in cases]


def test_every_multiple_choice_form_is_here():
    tasks = {task.name: task for task, _ in CASES}
    listed = {(task.name, form) for task, form in (*CASES, *REST)}
    assert listed == {(name, form) for name, task in tasks.items() for form in task.forms}


def questions(task, form, scenes, per_scene):
    """Question, options, right index, scene of every multiple-choice turn."""
    for scene, sample in gathered(task, form, scenes=scenes, per_scene=per_scene):
        for truth, turn in zip(sample.truth.get("questions", [sample.truth]), sample.turns, strict=True):
            assert turn.answer.count(truth["answer"]) == 1 and truth["options"].count(truth["answer"]) == 1
            assert turn.answer.startswith(truth["letter"]) and turn.question.count("Options: ") == 1
            yield turn.question, truth["options"], truth["options"].index(truth["answer"]), scene.name


def features(question, options, index):
    """Words of an option, alone and with the words of the question and of the other options, its place and length."""
    words = options[index].lower().replace(",", "").split()
    asked = question.split("Options: ")[0].lower().replace(",", "").replace("?", "").split()
    rivals = [word for place, option in enumerate(options) if place != index for word in option.lower().split()]
    found = {f"place {index}", f"length {len(words)}", f"longest {len(words) == max(len(o.split()) for o in options)}"}
    found |= set(words) | {" ".join(words)} | {f"{word} not in rivals" for word in words if word not in rivals}
    common = ("north", "south", "east", "west", "closest", "farthest", "left", "right")
    found |= {f"{word} & {other}" for word in words for other in asked if other.startswith(common)}
    return found


def baseline(asked, test):
    """Accuracy minus chance of a bag-of-words classifier of options (logistic, trained by gradient steps)."""
    names = sorted(
        {
            name
            for question, options, _, _ in asked
            for i in range(len(options))
            for name in features(question, options, i)
        }
    )
    column = {name: place for place, name in enumerate(names)}
    weights = np.zeros(len(names))

    def scores(question, options):
        rows = [
            [column[name] for name in features(question, options, i) if name in column] for i in range(len(options))
        ]
        return rows, np.array([weights[row].sum() for row in rows])

    for step in range(8):
        for question, options, right, _ in asked:
            rows, score = scores(question, options)
            chance = np.exp(score - score.max())
            chance /= chance.sum()
            for i, row in enumerate(rows):
                weights[row] += 0.1 / (1 + step) * ((i == right) - chance[i])
    hits = [int(np.argmax(scores(question, options)[1])) == right for question, options, right, _ in test]
    return float(np.mean(hits) - np.mean([1 / len(options) for _, options, _, _ in test]))


@pytest.mark.parametrize(("task", "form"), [*named(CASES), *named(REST, pytest.mark.slow)])
def test_letters_are_uniform_and_lengths_say_nothing(task, form):
    by_number = {}
    scenes = (3, 8) if task.view == "video" else (15, 6)
    for _, options, right, _ in questions(task, form, *scenes):
        by_number.setdefault(len(options), Counter())[right] += 1
    assert by_number
    for number, counts in by_number.items():
        if sum(counts.values()) >= 5 * number:
            assert chisquare([counts[index] for index in range(number)]).pvalue > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize(("task", "form"), [*named(CASES), *named(REST)])
def test_a_bag_of_words_guesses_no_better_than_chance(task, form):
    found = list(questions(task, form, *((40, 25) if task.view == "video" else (150, 16))))
    held_out = set(sorted({name for *_, name in found})[::2])
    train = [each for each in found if each[3] not in held_out]
    test = [each for each in found if each[3] in held_out]
    chance = float(np.mean([1 / len(options) for _, options, _, _ in test]))
    noise = 2.5 * np.sqrt(chance * (1 - chance) / len(test))  # 3 points at full scale, and what so few samples add
    assert baseline(train, test) < 0.03 + noise
