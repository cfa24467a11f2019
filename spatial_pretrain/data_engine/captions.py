"""Captions of scene graphs by the rules of the paper's Table 26: a writer, a checker, and a request to a teacher model.

Whoever wrote a caption, the checker reads it: it must name every object as the graph does, hold every relation and
group and most distances, state no length that the graph does not know, and keep to the form.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from spatial_pretrain.data_engine.margins import smallest
from spatial_pretrain.data_engine.naming import joined, plural
from spatial_pretrain.data_engine.samples import Margin
from spatial_pretrain.data_engine.scene_graph import OPPOSITE, Node, Relation, SceneGraph, Word
from spatial_pretrain.data_engine.teacher.messages import Messages, user_message
from spatial_pretrain.data_engine.templates import Templates, load_templates
from spatial_pretrain.data_engine.thresholds import Caption
from vst_robot.types import Picture

FORBIDDEN = (
    "according to the coordinates",
    "as shown in the data",
    "the multi-object relationships show",
    "binary relationships",
    "x-axis",
    "y-axis",
    "z-axis",
    "x axis",
    "y axis",
    "z axis",
    "ground truth",
)
"""Words of the data, not of the picture (Table 26)."""

WORDS: dict[Word, tuple[str, ...]] = {
    "left": ("left",),
    "right": ("right",),
    "front": ("in front", "closer", "nearer"),
    "behind": ("behind", "farther", "further"),
    "taller": ("taller", "higher"),
    "shorter": ("shorter", "lower"),
}
"""Any of them says the relation."""

MAX_ERROR_M = 0.02

_LENGTH = re.compile(r"(\d+(?:\.\d+)?) ?(?:m\b|meters?\b|metres?\b)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_MARKDOWN = re.compile(r"(^|\s)([-*#]\s|\*\*|`)")


def write(graph: SceneGraph, rng: np.random.Generator, sets: tuple[str, ...]) -> str:
    """A caption by rules: from the camera to the depth of the scene, then groups and distances."""
    words = load_templates("caption_sentences", sets)
    return " ".join(_capital(sentence) for sentence in _sentences(graph, words, rng))


def margin(graph: SceneGraph) -> Margin:
    """Of all that a caption of the graph claims in words: the order from near to far, relations, groups."""
    return smallest([graph.order_margin, *(each.margin for each in (*graph.relations, *graph.groups))])


def sentences(caption: str) -> list[str]:
    """The sentences of a text whose sentences begin with capitals."""
    return [sentence for sentence in _SENTENCE.split(caption.strip()) if sentence]


def unwrapped(answer: str) -> str | None:
    """What stands between a teacher's caption tags; None unless there is exactly one such place."""
    found = re.findall(r"<caption>(.*?)</caption>", answer, re.DOTALL)
    return found[0].strip() if len(found) == 1 else None


def problems(caption: str, graph: SceneGraph, rule: Caption) -> list[str]:
    """Everything that is wrong with a caption; nothing if it may be used."""
    said = sentences(caption)
    found = []
    if not rule.min_sentences <= len(said) <= rule.max_sentences:
        found.append(f"{len(said)} sentences")
    found += [f"forbidden words: {words}" for words in FORBIDDEN if words in caption.lower()]
    found += ["markdown"] if _MARKDOWN.search(caption) else []
    found += [f"not named: {node.name}" for node in graph.nodes if node.name not in caption]
    found += _wrong_relations(said, graph)
    found += _wrong_lengths(said, graph)
    told = sum(_tells(said, (span.first, span.second), span.metres) for span in graph.spans)
    if told <= rule.min_distance_share * len(graph.spans) and graph.spans:
        found.append(f"{told} of {len(graph.spans)} distances")
    return found


def request(graph: SceneGraph, picture: Picture) -> Messages:
    """Messages for a teacher model behind an OpenAI-compatible chat endpoint.

    Args:
        graph: What is known.
        picture: With the points drawn in.
    """
    wording = load_templates("caption_request").forms["request"].questions[0]
    text = wording.format(objects=_objects_text(graph.nodes), relations=_relations_text(graph))
    return user_message([picture], text)


def _sentences(graph: SceneGraph, words: Templates, rng: np.random.Generator) -> Iterator[str]:
    nearest, *others = graph.nodes
    yield words.answer("opening", rng, name=nearest.name, depth=_metres(nearest.depth_m))
    for node in others:
        yield words.answer("depth", rng, name=node.name, depth=_metres(node.depth_m))
        for relation in graph.relations:
            if relation.first is node:
                yield _told(relation, words, rng)
    for group in graph.groups:
        names = joined([member.name for member in group.members])
        label = plural(group.members[0].label)
        yield words.answer(f"group_{group.word}", rng, names=names, labels=label, anchor=group.anchor.name)
    for span in graph.spans:
        slots = {"first": span.first.name, "second": span.second.name, "distance": _metres(span.metres)}
        yield words.answer("distance", rng, **slots)


def _told(relation: Relation, words: Templates, rng: np.random.Generator) -> str:
    """A relation from either side."""
    first, second, word = relation.first.name, relation.second.name, relation.word
    if rng.random() < 0.5:
        first, second, word = second, first, OPPOSITE[word]
    return words.answer(word, rng, first=first, second=second, gap=_metres(relation.gap_m))


def _wrong_relations(said: Sequence[str], graph: SceneGraph) -> Iterator[str]:
    for relation in graph.relations:
        first, second, word = relation.first.name, relation.second.name, relation.word
        other = OPPOSITE[word]
        if not any(_says(each, first, word, second) or _says(each, second, other, first) for each in said):
            yield f"not told: {first} {word} {second}"
        if any(_says(each, first, other, second) or _says(each, second, word, first) for each in said):
            yield f"contradicted: {first} {word} {second}"
    for group in graph.groups:
        names = [member.name for member in group.members]
        telling = [sentence for sentence in said if all(name in sentence for name in (*names, group.anchor.name))]
        if not any(_has(_without(sentence, [*names, group.anchor.name]), group.word) for sentence in telling):
            yield f"not told: group {group.word} of {group.anchor.name}"


def _says(sentence: str, first: str, word: Word, second: str) -> bool:
    """Whether a sentence names one object before another and has a word of the relation, but none of its opposite."""
    here, there = sentence.find(first), sentence.find(second)
    rest = _without(sentence, [first, second])
    return 0 <= here < there and _has(rest, word) and not _has(rest, OPPOSITE[word])


def _without(sentence: str, names: Sequence[str]) -> str:
    """A sentence without names, which may hold words of relations themselves ("left drawer")."""
    for name in names:
        sentence = sentence.replace(name, "")
    return sentence


def _has(sentence: str, word: Word) -> bool:
    return any(re.search(rf"\b{form}\b", sentence.lower()) for form in WORDS[word])


def _wrong_lengths(said: Sequence[str], graph: SceneGraph) -> Iterator[str]:
    """Every length of a sentence must be one of the objects that it names, or that lies between two of them."""
    for sentence in said:
        named = [node for node in graph.nodes if node.name in sentence]
        known = np.array(list(_lengths_m(named)))
        for text in _LENGTH.findall(sentence):
            if not len(known) or np.abs(known - float(text)).min() > MAX_ERROR_M:
                yield f"unknown length: {text} m"


def _lengths_m(nodes: Sequence[Node]) -> Iterator[float]:
    for node in nodes:
        yield from (node.depth_m, float(np.linalg.norm(node.box_camera.centre_m)), *node.box_camera.size_m)
    for first, second in combinations(nodes, 2):
        step = first.box_camera.centre_m - second.box_camera.centre_m
        yield from (float(np.linalg.norm(step)), *np.abs(step))
        yield from np.abs(first.box_camera.size_m - second.box_camera.size_m)


def _tells(said: Sequence[str], nodes: Sequence[Node], metres: float) -> bool:
    telling = [sentence for sentence in said if all(node.name in sentence for node in nodes)]
    return any(abs(float(text) - metres) <= MAX_ERROR_M for sentence in telling for text in _LENGTH.findall(sentence))


def _objects_text(nodes: Sequence[Node]) -> str:
    return "\n".join(
        f"- {node.name}: size {_triple(node.box_camera.size_m)}, centroid {_triple(node.box_camera.centre_m)}, "
        f"distance_to_camera {np.linalg.norm(node.box_camera.centre_m):.2f} m"
        for node in nodes
    )


def _relations_text(graph: SceneGraph) -> str:
    lines = [f"[{each.first.name}, {each.second.name}, {each.word}]" for each in graph.relations]
    lines += [
        f"[[{', '.join(member.name for member in group.members)}], {group.word} of {group.anchor.name}]"
        for group in graph.groups
    ]
    lines += [f"[{span.first.name}, {span.second.name}, distance = {_metres(span.metres)}]" for span in graph.spans]
    return "\n".join(lines)


def _triple(values: np.ndarray) -> str:
    return f"({', '.join(f'{value:.2f}' for value in values)})"


def _metres(value: float) -> str:
    return f"{value:.2f} m"


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
