"""Drawn sheets: every answer is found again in the pixels."""

import pickle
import re

import numpy as np
import pytest
from scipy import stats

from spatial_pretrain.data_engine import catalogue, rows
from spatial_pretrain.data_engine.drawn import colours, fonts
from spatial_pretrain.data_engine.drawn.sheets import MIN_SIZE_PX, BlankSheets
from spatial_pretrain.data_engine.samples import Rejected
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.thresholds import load_profile
from tests.spatial_pretrain.data_engine import drawn_oracles as oracle
from vst_robot.errors import DataError

SETTING = Setting(thresholds=load_profile("room"))
SOURCE = BlankSheets(seed=3, image_size=256)
TASKS = [name for name, place in catalogue.TASKS.items() if place.startswith("drawn")]
ARTICLE = re.compile(r"^[A-D][.:] (?:the )?")


def samples(name, number, image_size=256):
    (task,) = catalogue.load([name])
    source, found, index = BlankSheets(seed=3, image_size=image_size), [], 0
    while len(found) < number:
        rng = np.random.default_rng([index, 7])
        form = list(task.forms)[index % len(task.forms)]
        index += 1
        try:
            found.append((form, task.sample(source.scene("blank", index), rng, SETTING, form=form)))
        except Rejected:
            assert index < 20 * number
    return found


def found_again(form, sample):
    """The answer to a sample's question from its picture, without the letter."""
    (picture,), question = sample.pictures, sample.turns[0].question
    if "chart" in sample.truth:
        return of_chart(form, question, oracle.values(picture, sample.truth["chart"]))
    if "lines" in sample.truth:
        return of_text(form, question, list(oracle.lines(picture, sample.truth, np.random.default_rng(0))))
    return of_shapes(form, question, oracle.shapes(picture))


def of_chart(form, question, values):
    named = sorted((name for name in values if re.search(rf"\b{name}\b", question)), key=question.index)
    if form == "value":
        return str(values[named[-1]])
    if form == "extreme":
        return (max if "largest" in question else min)(values, key=values.get)
    if form == "compare":
        return max(named, key=values.get)
    signs = (1, 1) if form == "sum_of_two" else (1, -1)
    return str(abs(sum(sign * values[name] for sign, name in zip(signs, named, strict=True))))


def of_text(form, question, lines):
    texts = [text for text, _ in lines]
    if form == "read_all":
        return "\n".join(texts)
    if form == "by_colour":
        return next(text for text, ink in lines if ink in question)
    if form == "by_place":
        return texts[0 if " top" in question else -1]
    if form == "longest":
        return max(texts, key=len)
    return (min if "first" in question else max)(texts, key=str.lower)


def of_shapes(form, question, seen):
    asked = question.partition(" Options")[0].partition("\n")[0]
    inks = [ink for ink in colours.INKS if re.search(rf"\b{ink}\b", asked)]
    kinds = [kind for kind in ("circle", "star", *oracle.CORNERS) if re.search(rf"\b{kind}s?\b", asked)]
    of_ink = [shape for shape in seen if shape.colour in inks] if inks else seen
    if form in ("count", "total"):
        return str(sum(shape.kind in kinds for shape in of_ink) if kinds else len(of_ink))
    if form == "colour":
        return next(shape.colour for shape in seen if shape.kind == kinds[0])
    if form == "position":
        return where(asked, seen)
    if form == "largest":
        shape = max((shape for shape in seen if shape.kind == kinds[0]), key=lambda shape: shape.radius)
        return f"{shape.colour} {shape.kind}"
    if form == "more_corners":
        return f"{max(of_ink, key=lambda shape: oracle.CORNERS[shape.kind]).colour} shape"
    corners = oracle.CORNERS[of_ink[0].kind]
    return str(corners if form == "corners" else 180 * corners - 360)


def where(asked, seen):
    told = {f"{shape.colour} {shape.kind}": shape.centre for shape in seen}
    first, second = sorted((name for name in told if name in asked), key=asked.index)
    if asked.startswith("On which side of"):
        first, second = second, first
    x, y = told[first] - told[second]
    if abs(x) > abs(y):
        return "to the left of" if x < 0 else "to the right of"
    return "above" if y < 0 else "below"


def told(sample):
    """The answer, without the letter and the article; where the question asks for the letter, the text behind it."""
    answer = sample.turns[0].answer
    if answer in ("A", "B", "C", "D"):
        answer = re.search(rf"^{answer}: .+$", sample.turns[0].question, re.MULTILINE)[0]
    return ARTICLE.sub("", answer) if "options" in sample.truth else answer


def check(form, sample):
    assert told(sample) == found_again(form, sample), sample.turns[0].question
    for a, sign, b, result in re.findall(r"(\d+) ([+-]) (\d+) = (\d+)", sample.thought or ""):
        assert int(a) + (int(b) if sign == "+" else -int(b)) == int(result)
    if sample.thought is not None:
        assert sample.truth["answer"] in sample.thought and sample.type == "thought"
    assert (sample.reward is not None) == sample.task.startswith("rl_")


ASKED = [name for name in TASKS if name != "general_caption"]


@pytest.mark.parametrize("name", ASKED)
def test_answers_are_in_the_pixels(name):
    for form, sample in samples(name, 24):
        check(form, sample)


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("image_size", [160, 256, 448])
def test_answers_are_in_the_pixels_of_many(name, image_size):
    found = samples(name, 500, image_size)
    for form, sample in found:
        check(form, sample)
    letters = [sample.truth["letter"] for _, sample in found if len(sample.truth.get("options", ())) == 2]
    if letters:
        assert stats.chisquare([letters.count(letter) for letter in "AB"]).pvalue > 0.001


def test_the_oracle_notices_another_picture():
    noticed = 0
    found = samples("general_shapes", 40)
    for (form, sample), (_, other) in zip(found, found[4:], strict=False):
        asked = sample.turns[0]
        try:
            wrong = of_shapes(form, asked.question, oracle.shapes(other.pictures[0]))
        except (ValueError, StopIteration, KeyError):
            wrong = None
        noticed += wrong != ARTICLE.sub("", asked.answer)
    assert noticed > 20


def test_captions_tell_what_is_there():
    for form, sample in samples("general_caption", 30):
        told, (picture,) = sample.turns[0].answer, sample.pictures
        if form == "chart":
            for name, value in oracle.values(picture, sample.truth["chart"]).items():
                assert f"{name} ({value}" in told
        elif form == "text":
            for text, ink in oracle.lines(picture, sample.truth, np.random.default_rng(0)):
                assert f"'{text}' in {ink}" in told
        else:
            check_places(told, oracle.shapes(picture), np.array(picture.shape[1::-1]))


def check_places(told, seen, size):
    for shape in seen:
        assert f"{shape.colour} {shape.kind}" in told
    placed = re.findall(r"the (\w+ \w+) is at the (\w+ \w+)|[Aa]t the (\w+ \w+) there is the (\w+ \w+)", told, re.I)
    for thing, place, other_place, other_thing in placed:
        centre = next(s.centre for s in seen if f"{s.colour} {s.kind}" == (thing or other_thing)) / size
        row, column = (place or other_place).split()
        assert ("upper", "middle", "lower")[int(centre[1] * 3)] == row
        assert ("left", "centre", "right")[int(centre[0] * 3)] == column


def test_rows_hold_thoughts_and_rewards():
    form, sample = samples("cot_math", 1)[0]
    row = rows.from_sample(sample, id="x")
    assert row.type == "thought" and row.messages[1].text == f"<think>{sample.thought}</think> {sample.turns[0].answer}"
    modes = {row["mode"][0] for row in (rows.from_sample(s, id="x").ours["reward"] for _, s in samples("rl_ocr", 3))}
    assert modes == {"vqa_score"}
    for form, sample in samples("rl_knowledge", 6):
        listed = "\nOptions:\nA: " in sample.turns[0].question
        assert listed == (form == "more_corners") == (sample.reward.modes == ("multi_choices_score",))
        assert listed == (sample.turns[0].answer in ("A", "B"))  # "answer with its letter"


def test_sheets():
    scene = SOURCE.scene("blank", 5)
    assert (scene.frames[0].rgb == 255).all() and max(scene.frames[0].size_px) == 256
    assert pickle.loads(pickle.dumps(SOURCE)).scene("blank", 5).frames[0].size_px == scene.frames[0].size_px
    assert max(BlankSheets(image_size=32).scene("blank", 0).frames[0].size_px) == MIN_SIZE_PX
    assert SOURCE.count("blank") is None and SOURCE.count("single") == 0 and fonts.OWN in SOURCE.fingerprint()["fonts"]
    with pytest.raises(DataError, match="no scenes of the view 'multi'"):
        SOURCE.scene("multi", 0)


def test_ink_can_be_read():
    assert colours.contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)  # WCAG 2.1, definition of contrast ratio
    for paper in colours.PAPERS:
        assert len(colours.readable_on(paper)) >= 3 and len(colours.visible_on(paper)) >= 6
