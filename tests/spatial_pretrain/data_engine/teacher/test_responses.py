"""What a teacher is asked, and which of its answers are refused."""

import json

import pytest

from spatial_pretrain.data_engine import captions, scene_graph
from spatial_pretrain.data_engine.tasks.scene_caption import graph_truth
from spatial_pretrain.data_engine.teacher import prompts, responses
from tests.spatial_pretrain.data_engine.gathered import SETTING
from tests.spatial_pretrain.data_engine.teacher.chat_server import pictures_of, text_of
from tests.spatial_pretrain.data_engine.teacher.lessons import good, own_thought, row

PAIR = ("cot_object_object", "objects_text")


def test_a_request_tells_all_that_is_known():
    pair = row(*PAIR)
    with_view, without = ({"messages": prompts.messages(pair, form)} for form in ("rt_bev", "rt"))
    assert (pictures_of(with_view), pictures_of(without)) == (3, 2)
    text = text_of(with_view)
    assert prompts.question(pair) in text and prompts.answer(pair) in text and own_thought(pair) in text
    for thing in pair.ours["truth"]["layout"]["objects"]:
        assert f"- {thing['name']} ({thing['label']})" in text
    assert "from above" in text and "from above" not in text_of(without).replace(own_thought(pair), "")
    assert "{" not in text.replace('{"question"', "")


def test_turns_and_moves_have_requests_of_their_own():
    turn, move = row("cot_camera_motion", "main_rotation"), row("cot_camera_motion", "translation")
    assert (prompts.family(turn), prompts.family(move)) == ("rotation", "translation")
    assert "Roll is a turn" in text_of({"messages": prompts.messages(turn, "rt_bev")})
    body = {"messages": prompts.messages(move, "rt_bev")}
    assert "parallax" in text_of(body) and pictures_of(body) == 2


def test_thoughts_by_rules_pass():
    for number in range(4):
        pair = row(*PAIR, number)
        verdict = responses.check(pair, good(pair))
        assert verdict.problems == () and verdict.taught.thought == own_thought(pair).strip()
        assert responses.check(pair, f"```json\n{good(pair)}\n```").taught == verdict.taught


def changed(pair, change):
    thought = own_thought(pair)
    truth = pair.ours["truth"]
    wrong = next(text for text in truth["options"] if text != truth["answer"])
    parts = thought.split("\n\n")
    return {
        "number": {"thought": thought.replace(".", " by 2.5 metres.", 1)},
        "axis": {"thought": thought.replace(".", " along the x-axis.", 1)},
        "point": {"thought": thought.replace(".", " near the red point.", 1)},
        "top view": {"thought": thought.replace(".", " as the top view shows.", 1)},
        "truth": {"thought": thought.replace(".", " according to the ground truth.", 1)},
        "three parts": {"thought": "\n\n".join([*parts[:2], " ".join(parts[2:])])},
        "short": {"thought": f"I see.\n\nYes.\n\nSo.\n\nIt is {truth['answer']}."},
        "loop": {"thought": "\n\n".join([f"{parts[0]} {parts[0]} {parts[0]}", *parts[1:]])},
        "waits": {"thought": thought.replace(". ", ". Wait. ", 4)},
        "markdown": {"thought": thought.replace(parts[0], f"**{parts[0]}**")},
        "tag": {"thought": f"</think>{thought}"},
        "no end": {"thought": "\n\n".join([*parts[:3], "Now I know how things are and can say it."])},
        "another answer": {"answer": wrong},
        "another letter": {"answer": f"{'ABCD'[truth['options'].index(wrong)]}. {truth['answer']}"},
        "no options": {"question": "Where is it, seen from the other thing?"},
        "point in question": {"question": f"Think of the blue dot. {prompts.question(pair)}"},
    }[change]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("number", "says a number"),
        ("axis", "says coordinates"),
        ("point", "says a coloured point"),
        ("top view", "says the view from above"),
        ("truth", "says ground truth"),
        ("three parts", "not four parts"),
        ("short", "too short"),
        ("loop", "repeats itself"),
        ("waits", "hesitates"),
        ("markdown", "markdown"),
        ("tag", "a tag in the thought"),
        ("no end", "no conclusion"),
        ("another answer", "another answer"),
        ("another letter", "another answer"),
        ("no options", "question lacks an option"),
        ("point in question", "question says a coloured point"),
    ],
)
def test_what_is_refused(change, problem):
    pair = row(*PAIR)
    verdict = responses.check(pair, good(pair, **changed(pair, change)))
    assert verdict.taught is None and any(found.startswith(problem) for found in verdict.problems), verdict.problems


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("I cannot see.", "no JSON"),
        ("[1]", "not the three fields"),
        ('{"question": "q", "thought": "t"}', "not the three fields"),
        ('{"question": "q", "thought": " ", "answer": "A"}', "an empty field"),
        ('{"question": "q", "thought": 3, "answer": "A"}', "an empty field"),
    ],
)
def test_what_is_no_answer(text, problem):
    verdict = responses.check(row(*PAIR), text)
    assert verdict.taught is None and verdict.problems[0].startswith(problem)


def test_captions_use_the_graph_in_the_row():
    asked = row("si_scene_caption", "layout")
    told = prompts.answer(asked)
    assert responses.check(asked, f"<caption>{told}</caption>").taught.answer == told
    assert responses.check(asked, told).problems == ("no caption between tags",)
    assert responses.check(asked, f"<caption>{told.split('.')[0]}.</caption>").taught is None
    words = {"left": "right", "right": "left"}
    turned = " ".join(words.get(word, word) for word in told.split(" "))
    if turned != told:
        assert responses.check(asked, f"<caption>{turned}</caption>").taught is None
    assert told.split(" (")[1].partition(")")[0] in text_of({"messages": prompts.messages(asked, "rt_bev")})


def test_a_graph_survives_the_row():
    asked = row("si_scene_caption", "layout")
    graph = scene_graph.from_truth(asked.ours["truth"])
    again = json.loads(json.dumps(graph_truth(graph)))
    assert {key: asked.ours["truth"][key] for key in again} == again
    assert captions.problems(prompts.answer(asked), graph, SETTING.thresholds.caption) == []
