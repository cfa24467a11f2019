import base64
import io

import numpy as np
import pytest
from PIL import Image

from spatial_pretrain.data_engine import captions
from spatial_pretrain.data_engine.scene_graph import Node, scene_graph
from spatial_pretrain.data_engine.thresholds import load_profile
from vst_robot.geometry import Box3D

RULE = load_profile("room").caption


def node(name, label, centre, height=1.0):
    box = Box3D(centre_m=np.array(centre), size_m=np.array([0.5, height, 0.5]), R_frame_box=np.eye(3))
    return Node(name=name, label=label, instance=1, box_camera=box)


CHAIR = node("chair (orange point-1)", "chair", (0, 0, 2.0))
SECOND = node("chair (orange point-2)", "chair", (0.2, 0, 4.0))
TABLE = node("table (blue point-3)", "table", (1.5, 0, 4.5), height=0.5)
GRAPH = scene_graph([TABLE, SECOND, CHAIR], np.random.default_rng(3), RULE)
GOOD = (
    "The chair (orange point-1) is nearest at a depth of 2.00 m. "
    "The chair (orange point-2) is behind the chair (orange point-1). "
    "The table (blue point-3) is to the right of the chair (orange point-2) and shorter. "
    "The chairs chair (orange point-1) and chair (orange point-2) are left of the table (blue point-3). "
    "The chair (orange point-2) is 1.39 m from the table (blue point-3). "
    "The chair (orange point-1) is 2.01 m from the chair (orange point-2)."
)


def test_the_graph_holds_what_is_there():
    assert [each.name for each in GRAPH.nodes] == [CHAIR.name, SECOND.name, TABLE.name]
    assert (GRAPH.relations[0].first, GRAPH.relations[0].word) == (SECOND, "behind")
    assert GRAPH.relations[1].word in ("right", "shorter")
    ((group),) = GRAPH.groups
    assert (group.word, group.anchor, len(group.members)) == ("left", TABLE, 2)
    assert [span.metres for span in GRAPH.spans] == pytest.approx([np.hypot(1.3, 0.5), np.hypot(0.2, 2)])


def test_what_is_written_by_rules_passes_the_check():
    for seed in range(30):
        for sets in (("vst",), ("varied",), ("vst", "varied")):
            graph = scene_graph([TABLE, SECOND, CHAIR], np.random.default_rng(seed), RULE)
            assert captions.problems(captions.write(graph, np.random.default_rng(seed), sets), graph, RULE) == []


def test_another_writers_caption_passes_too():
    assert captions.problems(GOOD, GRAPH, RULE) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("(blue point-3)", "(green point-3)", "not named: table"),
        ("2.01 m", "2.61 m", "unknown length: 2.61 m"),
        ("depth of 2.00 m", "depth of 3.30 m", "unknown length: 3.30 m"),
        ("is behind the chair (orange point-1)", "is in front of the chair (orange point-1)", "contradicted"),
        ("is behind the chair", "is near the chair", "not told: chair (orange point-2) behind"),
        ("are left of", "are near", "not told: group left"),
        ("is nearest at", "is, as shown in the data, nearest at", "forbidden words: as shown in the data"),
        ("The chair (orange point-1) is nearest", "- **chair (orange point-1)** is nearest", "markdown"),
        (" is 2.01 m from", " is not far from", "1 of 2 distances"),
    ],
)
def test_faults_are_found(old, new, problem):
    assert any(found.startswith(problem) for found in captions.problems(GOOD.replace(old, new), GRAPH, RULE))


def test_too_few_and_too_many_sentences():
    assert "1 sentences" in captions.problems("Only one.", GRAPH, RULE)
    assert any(found.endswith("sentences") for found in captions.problems(" ".join(["Go on."] * 21), GRAPH, RULE))


def test_labels_may_hold_words_of_relations():
    drawer = node("left drawer (red point-1)", "left drawer", (2, 0, 2.0))
    plate = node("plate (blue point-2)", "plate", (0.5, 0, 3.5))
    graph = scene_graph([drawer, plate], np.random.default_rng(0), RULE)
    for seed in range(20):
        assert captions.problems(captions.write(graph, np.random.default_rng(seed), ("varied",)), graph, RULE) == []


def test_relations_that_a_picture_would_contradict_are_not_told():
    # Farther right in metres, but farther left in the picture.
    far, near = node("far (red point-1)", "far", (2.0, 0, 6.0)), node("near (blue point-2)", "near", (1.2, 0, 2.0))
    graph = scene_graph([far, near], np.random.default_rng(0), RULE)
    assert [relation.word for relation in graph.relations] == ["behind"]


def test_a_request_holds_picture_and_facts():
    picture = np.random.default_rng(0).integers(0, 255, (32, 40, 3), dtype=np.uint8)
    ((message),) = captions.request(GRAPH, picture)
    image, text = message["content"]
    data = image["image_url"]["url"].removeprefix("data:image/png;base64,")
    assert (np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) == picture).all()
    assert all(part.name in text["text"] for part in GRAPH.nodes) and "distance = 1.39 m" in text["text"]


def test_a_teachers_answer_is_unwrapped():
    assert captions.unwrapped("Sure: <caption> A chair. </caption>") == "A chair."
    assert captions.unwrapped("A chair.") is None
    assert captions.unwrapped("<caption>a</caption><caption>b</caption>") is None
