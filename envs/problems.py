"""What LIBERO's problem files (BDDL) name: the classes of things and the room that a task needs."""

import re
from collections.abc import Iterable

from envs.suites import bddl_path
from vst_robot.errors import DataError
from vst_robot.types import Task

SCENES = {
    "libero_tabletop_manipulation": "libero_tabletop_base_style",
    "libero_kitchen_tabletop_manipulation": "libero_kitchen_tabletop_base_style",
    "libero_floor_manipulation": "libero_floor_base_style",
    "libero_living_room_tabletop_manipulation": "libero_living_room_tabletop_base_style",
    "libero_study_tabletop_manipulation": "libero_study_base_style",
}
"""Problem name in lower case → scene (hf-libero 0.1.4, the `scene_xml` of `libero/libero/envs/problems/*.py`)."""

_PROBLEM = re.compile(r"\(define\s+\(problem\s+(\w+)\)")
_SECTION = re.compile(r"\(:(?:fixtures|objects)\b([^)]*)\)")
_CLASS = re.compile(r"-\s+(\w+)")


def asset_names(tasks: Iterable[Task]) -> frozenset[str]:
    """Classes of fixtures and objects, by LIBERO's snake-case names, and scenes that tasks name.

    Tables count as fixtures of a class of their own (`envs.assets.packs.TABLES`).

    Raises:
        UnavailableError: hf-libero is not installed.
        DataError: A problem file is not one that we know.
    """
    return frozenset().union(*(_names(task) for task in tasks))


def _names(task: Task) -> set[str]:
    path = bddl_path(task)
    try:
        text = path.read_text(encoding="utf-8")
        problem = _PROBLEM.findall(text)[0].lower()
        return {SCENES[problem], *_CLASS.findall(" ".join(_SECTION.findall(text)))}
    except (OSError, IndexError, KeyError) as error:
        raise DataError(f"cannot tell what the problem file '{path}' needs ({error!r}): reinstall hf-libero") from error
