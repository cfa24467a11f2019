"""LIBERO's task suites as a typed table; needs neither a simulator nor torch.

`libero.libero.benchmark` imports torch, so the names are read from its task map with `ast`, without running
it.
"""

import ast
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vst_robot.errors import DataError, InputError, missing_extra, unknown_name
from vst_robot.types import Task


@dataclass(frozen=True, kw_only=True)
class Suite:
    """One LIBERO suite. Tasks are in the order of LIBERO's benchmark class with its default task order.

    Attributes:
        name: Canonical name, also the folder name of its BDDL and init-state files.
        task_count: Number of tasks.
        max_steps: Policy steps that OpenVLA's evaluation grants (`run_libero_eval.py`), settle steps
            excluded.
        longest_demonstration: Steps of the longest original demonstration (same source).
        source: Where the suite comes from.
        aliases: Other names in use.
    """

    name: str
    task_count: int
    max_steps: int
    longest_demonstration: int
    source: str = "hf-libero 0.1.4, libero/libero/benchmark/libero_suite_task_map.py"
    aliases: tuple[str, ...] = ()

    def tasks(self) -> tuple[Task, ...]:
        """All tasks, in order.

        Raises:
            UnavailableError: hf-libero is not installed.
            DataError: The installed LIBERO lists other tasks than expected.
        """
        names = _task_map()[self.name]
        if len(names) != self.task_count:
            raise DataError(
                f"the installed LIBERO lists {len(names)} tasks in {self.name}, expected {self.task_count}: "
                "another package with the import name 'libero' is in the way; reinstall hf-libero"
            )
        return tuple(
            Task(suite=self.name, task_id=i, name=name, instruction=instruction_of(name))
            for i, name in enumerate(names)
        )

    def task(self, task_id: int) -> Task:
        """The task with this index.

        Raises:
            InputError: There is no such task.
        """
        if not 0 <= task_id < self.task_count:
            raise InputError(f"unknown task {task_id} of {self.name}: tasks are 0 to {self.task_count - 1}")
        return self.tasks()[task_id]


SUITES: dict[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite(name="libero_spatial", task_count=10, max_steps=220, longest_demonstration=193),
        Suite(name="libero_object", task_count=10, max_steps=280, longest_demonstration=254),
        Suite(name="libero_goal", task_count=10, max_steps=300, longest_demonstration=270),
        Suite(
            name="libero_10",
            task_count=10,
            max_steps=520,
            longest_demonstration=505,
            aliases=("libero_long",),
        ),
        Suite(name="libero_90", task_count=90, max_steps=400, longest_demonstration=373),
    )
}


PAPER_SUITES = ("libero_spatial", "libero_object", "libero_goal", "libero_10")
"""The four suites of the LIBERO table (Visual Spatial Tuning, A.4 and Table 14), in its order."""
ALL = "all"


def choose_suites(names: Sequence[str]) -> tuple[str, ...]:
    """The suites that names, aliases or `all` (those of the paper) stand for.

    Several come back as canonical names in the order of `SUITES`, so that it does not matter in which order they
    were asked for; a single one comes back as it was given.

    Raises:
        InputError: No name, an unknown one, or a suite twice.
    """
    if not names:
        raise InputError(f"a suite is needed: --suite takes one or several of {', '.join(SUITES)}, or '{ALL}'")
    if tuple(names) == (ALL,):
        return PAPER_SUITES
    if ALL in names:
        raise InputError(f"'{ALL}' already means {', '.join(PAPER_SUITES)}: name it alone, or name the suites")
    canonical = [get_suite(name).name for name in names]
    if len(set(canonical)) < len(canonical):
        raise InputError(f"a suite was asked for twice: --suite was {' '.join(names)}")
    return tuple(names) if len(names) == 1 else tuple(name for name in SUITES if name in canonical)


def label_of(suites: Sequence[str]) -> str:
    """What several suites are called in the name of a folder: `all`, or their names joined."""
    return ALL if tuple(suites) == PAPER_SUITES else "+".join(suites)


def get_suite(name: str) -> Suite:
    """Finds a suite by its name or alias, in any case.

    Raises:
        InputError: No suite has this name; the nearest one is offered.
    """
    by_name = {key: suite for suite in SUITES.values() for key in (suite.name, *suite.aliases)}
    try:
        return by_name[name.lower()]
    except KeyError:
        raise unknown_name("suite", name, by_name) from None


def instruction_of(task_name: str) -> str:
    """The words of a task as LIBERO's benchmark gives them: the file name, without its scene prefix.

    The BDDL file's own `:language` differs in places ("Pick the akita black bowl ..."), and no published
    evaluation uses it.
    """
    words = task_name.split("_")
    scene = next((i for i, word in enumerate(words) if word.startswith("SCENE")), None)
    return " ".join(words if scene is None else words[scene + 1 :])


def libero_root() -> Path:
    """Folder of the installed `libero.libero` package, found without importing it.

    Raises:
        UnavailableError: hf-libero is not installed.
    """
    spec = importlib.util.find_spec("libero")
    if spec is None or not spec.submodule_search_locations:
        raise missing_extra("hf-libero", "sim", "the LIBERO simulator")
    return Path(next(iter(spec.submodule_search_locations))) / "libero"


def bddl_path(task: Task) -> Path:
    """The task's problem definition in the installed wheel."""
    return libero_root() / "bddl_files" / task.suite / f"{task.name}.bddl"


def init_states_path(task: Task) -> Path:
    """The task's published evaluation states in the installed wheel."""
    return libero_root() / "init_files" / task.suite / f"{task.name}.pruned_init"


@cache
def _task_map() -> dict[str, list[str]]:
    path = libero_root() / "benchmark" / "libero_suite_task_map.py"
    try:
        module = ast.parse(path.read_text(encoding="utf-8"))
        table = next(node.value for node in module.body if isinstance(node, ast.Assign))
        return ast.literal_eval(table)
    except (OSError, SyntaxError, ValueError, StopIteration) as error:
        raise DataError(f"cannot read LIBERO's task list {path}: {error}; reinstall hf-libero") from error
