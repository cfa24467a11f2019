"""What can be said about the objects of a picture: depths, who stands where to whom, groups, distances.

Relations follow the paper's Table 26: left and right from a difference of 0.5 m along the camera's x axis, in front and
behind from 1 m of depth, taller and shorter from 0.3 m of height; all of them thresholds of the profile.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine.distances import centre_distance_m
from spatial_pretrain.data_engine.margins import is_sound, smallest
from spatial_pretrain.data_engine.samples import Margin
from spatial_pretrain.data_engine.thresholds import Caption
from vst_robot.errors import DataError
from vst_robot.geometry.box3d import Box3D

Array = np.ndarray

Word = Literal["left", "right", "front", "behind", "taller", "shorter"]

OPPOSITE: dict[Word, Word] = {
    "left": "right",
    "right": "left",
    "front": "behind",
    "behind": "front",
    "taller": "shorter",
    "shorter": "taller",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """An object: its name in the text, its label, and its box in the camera's frame."""

    name: str
    label: str
    instance: int
    box_camera: Box3D

    @property
    def depth_m(self) -> float:
        """Of the box's middle."""
        return float(self.box_camera.centre_m[2])


@dataclass(frozen=True, kw_only=True, eq=False)
class Relation:
    """`first` is `word` of `second` (seen from the camera), by so many metres."""

    first: Node
    second: Node
    word: Word
    gap_m: float
    margin: Margin


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """All `members`, which share a label, are left or right of `anchor`."""

    members: tuple[Node, ...]
    anchor: Node
    word: Literal["left", "right"]
    margin: Margin


@dataclass(frozen=True, kw_only=True, eq=False)
class Span:
    """The distance between the middles of two objects."""

    first: Node
    second: Node
    metres: float


@dataclass(frozen=True, kw_only=True, eq=False)
class SceneGraph:
    """What a caption has to tell.

    Attributes:
        nodes: From near to far.
        relations: One for each node but the nearest, to one that is nearer, where there is a sound one.
        groups: At most one.
        spans: Between near neighbours.
    """

    nodes: tuple[Node, ...]
    relations: tuple[Relation, ...]
    groups: tuple[Group, ...]
    spans: tuple[Span, ...]

    @property
    def order_margin(self) -> Margin:
        """Of the order from near to far."""
        return smallest([order_margin(first, second) for first, second in combinations(self.nodes, 2)])


def from_truth(truth: Mapping[str, Any]) -> SceneGraph:
    """The graph in a caption's `SpatialSample.truth`; boxes are not turned, and margins not known.

    Raises:
        DataError: It is not one.
    """
    try:
        nodes = {facts["name"]: _node(facts) for facts in truth["objects"]}
        return SceneGraph(
            nodes=tuple(nodes.values()),
            relations=tuple(_relation(nodes[a], word, nodes[b]) for a, word, b in truth["relations"]),
            groups=tuple(
                Group(members=tuple(nodes[name] for name in names), anchor=nodes[anchor], word=word, margin=Margin())
                for names, word, anchor in truth["groups"]
            ),
            spans=tuple(Span(first=nodes[a], second=nodes[b], metres=metres) for a, b, metres in truth["distances_m"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"the truth of a caption holds no scene graph ({error!r}): build the set again") from error


def _node(facts: Mapping[str, Any]) -> Node:
    centre, size = (np.array(facts[name], dtype=np.float64) for name in ("centre_camera_m", "size_m"))
    box = Box3D(centre_m=centre, size_m=size, R_frame_box=np.eye(3))
    label = str(facts["name"]).partition(" (")[0]
    return Node(name=facts["name"], label=label, instance=facts["instance"], box_camera=box)


def _relation(first: Node, word: Word, second: Node) -> Relation:
    a, b = first.box_camera, second.box_camera
    gap = (
        a.size_m[1] - b.size_m[1]
        if word in ("taller", "shorter")
        else a.centre_m[_AXIS[word]] - b.centre_m[_AXIS[word]]
    )
    return Relation(first=first, second=second, word=word, gap_m=abs(float(gap)), margin=Margin())


_AXIS: Mapping[Word, int] = {"left": 0, "right": 0, "front": 2, "behind": 2}


def scene_graph(nodes: Sequence[Node], rng: np.random.Generator, rule: Caption) -> SceneGraph:
    """The graph of some objects; where several relations hold between two, one is drawn."""
    ordered = tuple(sorted(nodes, key=lambda node: node.depth_m))
    chosen = []
    for place, node in enumerate(ordered[1:], start=1):
        nearer = sorted(ordered[:place], key=lambda other: centre_distance_m(other.box_camera, node.box_camera))
        found = next((held for other in nearer if (held := relations(node, other, rule))), [])
        chosen += [found[int(rng.integers(len(found)))]] if found else []
    spans = [
        Span(first=first, second=second, metres=centre_distance_m(first.box_camera, second.box_camera))
        for first, second in combinations(ordered, 2)
    ]
    near = sorted((span for span in spans if span.metres < rule.near_m), key=lambda span: span.metres)
    return SceneGraph(
        nodes=ordered,
        relations=tuple(chosen),
        groups=tuple(_groups(ordered, rule))[:1],
        spans=tuple(near[: len(ordered) - 1]),
    )


def relations(first: Node, second: Node, rule: Caption) -> list[Relation]:
    """All sound relations of one object to another."""
    found = [_sideways(first, second, rule), _in_depth(first, second, rule), _in_height(first, second, rule)]
    return [relation for relation in found if relation is not None and is_sound(relation.margin)]


def order_margin(first: Node, second: Node) -> Margin:
    """How far two objects may move until both are equally deep."""
    step = first.box_camera.centre_m - second.box_camera.centre_m
    return Margin(metres=float(abs(step[2])) / 2, degrees=_axis_margin_deg(step, 2))


def _sideways(first: Node, second: Node, rule: Caption) -> Relation | None:
    """Left or right; the bearings must say the same as the camera's x axis, or the picture would contradict it."""
    one, other = first.box_camera.centre_m, second.box_camera.centre_m
    step_m = float(one[0] - other[0])
    bearing = float(np.arctan2(one[0], one[2]) - np.arctan2(other[0], other[2])) * np.sign(step_m)
    if abs(step_m) <= rule.beside_m or bearing <= 0 or min(one[2], other[2]) <= 0 or _intertwined(first, second, 0):
        return None
    reach_m = min(np.hypot(one[0], one[2]), np.hypot(other[0], other[2]))
    turn = _axis_margin_deg(one - other, 0)
    steep = (one[:2] / one[2]) - (other[:2] / other[2])
    # A roll moves the bearings too, and a turn of the camera about any axis at most as much as the worst of the two.
    margin = Margin(
        metres=float(min(abs(step_m) / 2, reach_m * np.sin(min(bearing, np.pi / 2) / 2))),
        degrees=min(turn, float(np.degrees(np.arcsin(abs(steep[0]) / np.linalg.norm(steep)))) / 2),
    )
    return Relation(
        first=first, second=second, word="right" if step_m > 0 else "left", gap_m=abs(step_m), margin=margin
    )


def _in_depth(first: Node, second: Node, rule: Caption) -> Relation | None:
    step = first.box_camera.centre_m - second.box_camera.centre_m
    if abs(step[2]) <= rule.in_front_m or _intertwined(first, second, 2):
        return None
    word: Word = "behind" if step[2] > 0 else "front"
    margin = order_margin(first, second)
    return Relation(first=first, second=second, word=word, gap_m=float(abs(step[2])), margin=margin)


def _in_height(first: Node, second: Node, rule: Caption) -> Relation | None:
    gap_m = float(first.box_camera.size_m[1] - second.box_camera.size_m[1])
    if abs(gap_m) <= rule.taller_m:
        return None
    word: Word = "taller" if gap_m > 0 else "shorter"
    return Relation(first=first, second=second, word=word, gap_m=abs(gap_m), margin=Margin(metres=abs(gap_m) / 2))


def _intertwined(first: Node, second: Node, axis: int) -> bool:
    """Whether one's middle lies within the other's extent along an axis: a bowl is not in front of its table."""
    for one, other in ((first, second), (second, first)):
        extent = one.box_camera.corners_m[:, axis]
        if extent.min() < other.box_camera.centre_m[axis] < extent.max():
            return True
    return False


def _axis_margin_deg(step_m: Float[Array, "3"], axis: int) -> float:
    """The turn at which a step's part along an axis is gone."""
    return float(np.degrees(np.arcsin(min(abs(step_m[axis]) / np.linalg.norm(step_m), 1.0))))


def _groups(nodes: Sequence[Node], rule: Caption) -> Iterator[Group]:
    """All objects of a label on one side of another object."""
    for label in dict.fromkeys(node.label for node in nodes):
        members = [node for node in nodes if node.label == label]
        for anchor in nodes:
            if len(members) < 2 or anchor.label == label:
                continue
            found = [_sideways(member, anchor, rule) for member in members]
            held = [relation for relation in found if relation is not None and is_sound(relation.margin)]
            if len(held) == len(members) and len({relation.word for relation in held}) == 1:
                worst = min(held, key=lambda relation: relation.margin.metres or 0)
                word = "left" if held[0].word == "left" else "right"
                yield Group(members=tuple(members), anchor=anchor, word=word, margin=worst.margin)
