"""Nothing but the pictures gives an answer away: letters are uniform, and a bag of words only guesses."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from spatial_pretrain.data_engine import catalogue
from spatial_pretrain.data_engine.samples import Rejected
from tests.spatial_pretrain.data_engine.gathered import SETTING, gathered, scene_of
from tests.spatial_pretrain.data_engine.text_reader import chance_error, guessed

MOTION = ("pan", "tilt", "roll", "main_rotation", "translation", "translation_own_axes", "combined")
TEXT = ("objects_text", "camera_text", "distance_text")
CHOICES = {
    "mi_camera_camera_relation": ("facing", "position"),
    "mi_camera_motion": MOTION,
    "mi_correspondence": ("points",),
    "mi_object_object_relation": (*TEXT, "objects_points", "camera_points", "distance_points"),
    "video_object_object_relation": ("closest", "direction", "quadrants", "left_right_back", "left_right", "mixed"),
    "video_appearance_order": ("three", "four"),
    "video_route_plan": ("one_turn", "two_turns", "three_turns"),
    "cot_camera_camera": ("facing", "position"),
    "cot_camera_motion": MOTION,
    "cot_object_object": TEXT,
    "cot_knowledge": ("more_corners",),
    "rl_single_image": (
        *("distance_bare_boxes", "distance_bare_points", "depth_random_points_closer"),
        *("depth_coloured_boxes_nearer", "depth_coloured_boxes_farther"),
    ),
    "general_shapes": ("position", "largest"),
    "general_chart": ("compare",),
}
SAME = {
    "rl_camera_camera": "mi_camera_camera_relation",
    "rl_camera_motion": "mi_camera_motion",
    "rl_object_object": "mi_object_object_relation",
    "rl_knowledge": "cot_knowledge",
}
"""Tasks that ask with the same options under the same letters as another one."""

QUICK = ("pan", "facing", "points", "objects_points", "direction", "three", "two_turns", "compare", "more_corners")
"""Forms whose letters the default run looks at."""

POINTS = 0.03
"""A reader without eyes gets less than this share of a task's questions more right than by chance."""


def multiple_choice(name, form, index):
    """A sample of a form if scene number `index` allows one."""
    (task,) = catalogue.load([name])
    try:
        return task.sample(scene_of(task, index), np.random.default_rng(index), SETTING, form=form)
    except Rejected:
        return None


def first(name, form):
    return next(sample for index in range(60) if (sample := multiple_choice(name, form, index)))


def test_every_multiple_choice_form_is_here():
    tasks = catalogue.load([name for name in catalogue.TASKS if name != "general_conversations"])
    for task in tasks:
        for form in task.forms:
            truth = first(task.name, form).truth
            listed = form in CHOICES.get(SAME.get(task.name, task.name), ())
            assert ("options" in truth.get("questions", [truth])[0]) == listed, (task.name, form)


@pytest.mark.parametrize("name", SAME)
def test_questions_for_rewards_are_those_of_the_plain_task(name):
    for form in CHOICES[SAME[name]]:
        pairs = [(multiple_choice(name, form, index), multiple_choice(SAME[name], form, index)) for index in range(60)]
        found = [pair for pair in pairs if all(pair)]
        assert found
        for rewarded, plain in found:
            assert all(rewarded.truth[key] == plain.truth[key] for key in ("options", "letter", "answer"))
            asked, plainly = (sample.turns[0].question.split("Options:")[0].strip() for sample in (rewarded, plain))
            assert asked == plainly
            assert rewarded.turns[0].answer == plain.turns[0].answer[0] == plain.truth["letter"]


def questions(name, form, scenes, per_scene):
    """Question, options, right index, scene of every multiple-choice turn."""
    (task,) = catalogue.load([name])
    for scene, sample in gathered(task, form, scenes=scenes, per_scene=per_scene):
        for truth, turn in zip(sample.truth.get("questions", [sample.truth]), sample.turns, strict=True):
            options, right = truth["options"], "ABCDEFGH".index(truth["letter"])
            assert options.count(truth["answer"]) == 1 and options[right] == truth["answer"]
            assert turn.question.count("Options:") == 1 and turn.answer[0] == truth["letter"]
            if sample.reward is None:
                assert turn.answer[3:] == truth["answer"] and turn.answer in turn.question
            else:
                assert turn.answer == truth["letter"] and f"\n{turn.answer}: {truth['answer']}\n" in turn.question
            yield turn.question, options, right, scene.name


def amounts(name):
    """Scenes, and samples of each."""
    (task,) = catalogue.load([name])
    if name == "mi_correspondence":
        return 400, 12
    return {"video": (150, 7), "multi": (400, 6), "blank": (1300, 4)}.get(task.view, (400, 6))


def even(found):
    """Whether no letter is right more often than others that stand beside it."""
    by_number = {}
    for _, options, right, _ in found:
        by_number.setdefault(len(options), Counter())[right] += 1
    enough = {number: counts for number, counts in by_number.items() if sum(counts.values()) >= 5 * number}
    assert enough
    return all(chisquare([counts[index] for index in range(number)]).pvalue > 1e-3 for number, counts in enough.items())


@pytest.mark.parametrize(
    ("name", "form"), [(name, form) for name in CHOICES for form in CHOICES[name] if form in QUICK]
)
def test_letters_are_uniform(name, form):
    scenes, per_scene = amounts(name)
    assert even(list(questions(name, form, scenes // 10, per_scene // 2)))


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOICES)
def test_a_bag_of_words_guesses_no_better_than_chance(name):
    """Each half of the scenes is guessed by who has read the questions and answers about the other half."""
    of_forms = {form: list(questions(name, form, *amounts(name))) for form in CHOICES[name]}
    both = [[], []]
    for form, found in of_forms.items():
        assert even(found), form
        held_out = set(sorted({scene for *_, scene in found})[::2])
        halves = [[each for each in found if (each[3] in held_out) == out] for out in (True, False)]
        both = [[*every, *half] for every, half in zip(both, halves, strict=True)]
        assert guessed(*halves) < POINTS + 2.5 * chance_error(found), form  # of one form there are few samples
    assert 2.5 * chance_error([*both[0], *both[1]]) < POINTS, "too few questions"
    assert guessed(*both) < POINTS
