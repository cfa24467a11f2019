"""The layout of one picture in sentences: `si_scene_caption` (paper, Tables 25 and 26)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spatial_pretrain.data_engine import captions, marks, naming
from spatial_pretrain.data_engine.margins import sound
from spatial_pretrain.data_engine.observed import Observed, observe
from spatial_pretrain.data_engine.references import STRUCTURE
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.scene_graph import Node, SceneGraph, scene_graph
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from vst_robot.scenes import Scene, View

NAME = "si_scene_caption"

MIN_OBJECTS, MAX_OBJECTS = 3, 6

MIN_DEPTH_STEP_M, MIN_DEPTH_STEP_SHARE = 0.03, 0.05
"""Between two objects of a caption, which goes from near to far; the share is of their distance and means 3 degrees."""


@dataclass(frozen=True, kw_only=True)
class SceneCaption:
    """A caption by rules over some marked objects; objects of one label share a colour, as in the paper."""

    name: str = NAME
    view: View = "single"

    @property
    def forms(self) -> Mapping[str, float]:
        """There is one."""
        return {"layout": 1.0}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """A caption of the scene's only frame.

        Raises:
            Rejected: There are too few objects, or too little can be said about them.
        """
        things = [each for each in observe(scene, 0, setting.thresholds) if _can_be_told(each)]
        chosen = _marked_apart(things, rng)
        colours = _colours(chosen, rng)
        texts = [str(number) for number in range(1, len(chosen) + 1)]
        graph = scene_graph(_nodes(chosen, colours, texts), rng, setting.thresholds.caption)
        caption = captions.write(graph, rng, setting.template_sets)
        wrong = captions.problems(caption, graph, setting.thresholds.caption)
        if any(problem.endswith("sentences") for problem in wrong) or not graph.relations:
            raise Rejected("too little to say about the objects")
        if wrong:
            raise Rejected("caption fails its own check")
        points = [each.point_px for each in chosen]
        question = load_templates(NAME, setting.template_sets).question(form, rng)
        return SpatialSample(
            task=NAME,
            form=form,
            turns=(Turn(question=question, answer=caption),),
            pictures=(marks.draw_points(scene.frames[0].rgb, points, colours, texts),),
            truth={"frame": 0, "points_px": [list(point) for point in points], **graph_truth(graph)},
            margin=sound(captions.margin(graph)),
            scene=scene.name,
            source=scene.source,
        )


def graph_truth(graph: SceneGraph) -> dict[str, Any]:
    """A graph for `SpatialSample.truth`; lengths are unrounded."""
    return {
        "objects": [
            {
                "name": node.name,
                "instance": node.instance,
                "centre_camera_m": node.box_camera.centre_m.tolist(),
                "size_m": node.box_camera.size_m.tolist(),
            }
            for node in graph.nodes
        ],
        "relations": [[each.first.name, each.word, each.second.name] for each in graph.relations],
        "groups": [[[node.name for node in each.members], each.word, each.anchor.name] for each in graph.groups],
        "distances_m": [[span.first.name, span.second.name, span.metres] for span in graph.spans],
    }


def _can_be_told(seen: Observed) -> bool:
    return seen.label not in STRUCTURE and seen.box_camera.centre_m[2] > 0


def _marked_apart(things: Sequence[Observed], rng: np.random.Generator) -> list[Observed]:
    """Some objects in random order whose points can be told apart and whose depths have a clear order."""
    wanted = int(rng.integers(MIN_OBJECTS, MAX_OBJECTS + 1))
    taken: list[Observed] = []
    for index in rng.permutation(len(things)):
        more = [*taken, things[int(index)]]
        apart = marks.points_apart([each.point_px for each in more], more[0].size_px)
        if len(taken) < wanted and apart and all(_ordered(more[-1], other) for other in taken):
            taken = more
    if len(taken) < MIN_OBJECTS:
        raise Rejected("too few objects that can be marked")
    return taken


def _ordered(first: Observed, second: Observed) -> bool:
    """Whether it is clear which of two middles is nearer to the camera's plane."""
    step = first.box_camera.centre_m - second.box_camera.centre_m
    return bool(abs(step[2]) >= max(MIN_DEPTH_STEP_M, MIN_DEPTH_STEP_SHARE * np.linalg.norm(step)))


def _colours(things: Sequence[Observed], rng: np.random.Generator) -> list[str]:
    labels = list(dict.fromkeys(each.label for each in things))
    of_label = dict(zip(labels, marks.object_colours(len(labels), rng), strict=True))
    return [of_label[each.label] for each in things]


def _nodes(things: Sequence[Observed], colours: Sequence[str], texts: Sequence[str]) -> list[Node]:
    return [
        Node(
            name=naming.with_point(each.label, colour, text),
            label=each.label,
            instance=each.thing.instance,
            box_camera=each.box_camera,
        )
        for each, colour, text in zip(things, colours, texts, strict=True)
    ]
