"""What a teacher is asked about a row: requests after the paper's Tables 19, 26, 34 and 35, in our own words.

The words stand in `templates/varied/teacher_request.toml`; all facts come from the row alone.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from spatial_pretrain.data_engine import bev, captions, layout, scene_graph
from spatial_pretrain.data_engine.layout import Layout, LayoutCamera, LayoutObject
from spatial_pretrain.data_engine.rows import IMAGE_PAD, THOUGHT_END, Row
from spatial_pretrain.data_engine.teacher.messages import Messages, picture_part, text_part
from spatial_pretrain.data_engine.templates import load_templates

Family = Literal["relation", "single", "rotation", "translation", "caption"]

TaughtForm = Literal["rt", "rt_bev"]
"""Thoughts in words, without or with the view from above in the request (Table 10)."""

FAMILIES: Mapping[str, Family] = {
    "cot_single_image": "single",
    "cot_object_object": "relation",
    "cot_camera_camera": "relation",
    "cot_camera_motion": "translation",
    "si_scene_caption": "caption",
}
"""Task → how a teacher is asked about it; camera turns have a request of their own."""

WORDINGS = "teacher_request"


def family(row: Row) -> Family | None:
    """How a teacher is asked about a row; None if it is not, or if the row lacks the facts."""
    asked = FAMILIES.get(row.task)
    truth = row.ours.get("truth") or {}
    if asked == "caption":
        return asked if "relations" in truth else None
    if asked is None or layout.KEY not in truth:
        return None
    form = str(row.ours.get("form", ""))
    return "rotation" if asked == "translation" and "rotation" in form else asked


def question(row: Row) -> str:
    """What a row asks, without placeholders."""
    return row.messages[0].text.replace(IMAGE_PAD, "").strip()


def answer(row: Row) -> str:
    """Its answer, without a thought."""
    return row.messages[-1].text.rpartition(THOUGHT_END)[2].strip()


def messages(row: Row, form: TaughtForm, media: Path | None = None) -> Messages:
    """The request about a row that has a `family`.

    Args:
        row: Of VST-R, with a layout, or a caption with its graph.
        form: Whether the view from above goes with it.
        media: Folder of pictures that the row only names.

    Raises:
        DataError: A picture or the layout is damaged.
    """
    asked = family(row)
    assert asked is not None, f"no teacher is asked about {row.task}"
    pictures = row.pictures(media)
    if asked == "caption":
        return captions.request(scene_graph.from_truth(row.ours["truth"]), pictures[0])
    facts = layout.from_truth(row.ours["truth"], f"row {row.id}")
    assert facts is not None
    above = form == "rt_bev" and asked in ("relation", "single")
    content: list[dict[str, Any]] = []
    for number, picture in enumerate(pictures, start=1):
        content += [text_part(f"image-{number}:"), picture_part(picture)]
    if above:
        content += [text_part("view from above:"), picture_part(bev.draw(facts))]
    return [{"role": "user", "content": [*content, text_part(_text(row, asked, facts, above=above))]}]


def _text(row: Row, asked: Family, facts: Layout, *, above: bool) -> str:
    words = load_templates(WORDINGS).forms
    common = words["common"].questions[0].format(question=question(row), answer=answer(row))
    rules = words["with_view"].questions[0] if above else ""
    slots = {"cameras": _cameras(facts.cameras), "objects": "\n".join(map(_object, facts.objects))}
    slots |= {"rules": rules, "hint": _hint(row)}
    return words[asked].questions[0].format(**slots) + common


def _hint(row: Row) -> str:
    """The row's own thought by rules, as a reference."""
    thought = row.messages[-1].text.rpartition(THOUGHT_END)[0].partition("<think>")[2].strip()
    return f"\nA solution for your reference, which you need not follow:\n{thought}\n" if thought else ""


def _cameras(cameras: tuple[LayoutCamera, ...]) -> str:
    lines = []
    for number, camera in enumerate(cameras, start=1):
        line = f"- image-{number}: position {_triple(camera.position_m)}, heading {camera.heading_deg:.0f} degrees "
        line += f"clockwise from image-1, horizontal field of view {camera.hfov_deg:.0f} degrees"
        motion = ", ".join([*(f"moved {word}" for word in camera.moves), *camera.turns])
        lines.append(f"{line}; since image-1: {motion}" if motion else line)
    return "\n".join(lines)


def _object(thing: LayoutObject) -> str:
    frames = ", ".join(map(str, thing.in_frames))
    centre, size = _triple(thing.centre_m), _triple(thing.size_m)
    return f"- {thing.name} ({thing.label}): center {centre}, size {size}, in_frames [{frames}]"


def _triple(values: tuple[float, float, float]) -> str:
    return f"({', '.join(f'{value + 0.0:.2f}' for value in np.round(values, 2))})"
