"""Wordings of questions and answers: TOML data files, one per set and task.

A set is a folder of `templates/`. `vst` holds the wordings that the released checkpoints were trained on, `varied` many
paraphrases of our own. A file `<set>/<task>.toml` has one table per form:

    [visual_points]
    questions = ["The image contains red point-A and point-B. ..."]
    answers = ["{answer}"]
"""

import importlib.resources
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from vst_robot import config
from vst_robot.errors import DataError, unknown_name

SETS = ("vst", "varied")


@dataclass(frozen=True, kw_only=True)
class Wordings:
    """One form of a task.

    Attributes:
        questions: Any of them asks the same; `{slot}` stands for what the task fills in.
        answers: Any of them answers it.
    """

    questions: tuple[str, ...]
    answers: tuple[str, ...] = ("{answer}",)


@dataclass(frozen=True, kw_only=True)
class Templates:
    """Wordings of one task from one or more sets.

    Attributes:
        task: The task's name.
        forms: Form → its wordings.
    """

    task: str
    forms: Mapping[str, Wordings]

    def question(self, form: str, rng: np.random.Generator, **slots: str) -> str:
        """A question of a form, drawn evenly.

        Raises:
            DataError: The form is missing, or a wording has a slot that was not given.
        """
        return self._fill(self._wordings(form).questions, rng, slots)

    def answer(self, form: str, rng: np.random.Generator, **slots: str) -> str:
        """An answer of a form, drawn evenly; errors as `question`."""
        return self._fill(self._wordings(form).answers, rng, slots)

    def _wordings(self, form: str) -> Wordings:
        if form not in self.forms:
            raise DataError(f"the templates of {self.task} have no form '{form}': they have {', '.join(self.forms)}")
        return self.forms[form]

    def _fill(self, wordings: Sequence[str], rng: np.random.Generator, slots: Mapping[str, str]) -> str:
        wording = wordings[int(rng.integers(len(wordings)))]
        missing = {slot for _, slot, _, _ in string.Formatter().parse(wording) if slot} - set(slots)
        if missing:
            raise DataError(f"a wording of {self.task} has unknown slots {sorted(missing)}: '{wording}'")
        return wording.format(**slots)


@cache
def load_templates(task: str, sets: tuple[str, ...] = SETS) -> Templates:
    """The wordings of a task, of all given sets together.

    Raises:
        InputError: There is no such set.
        DataError: No set knows the task, or a file is malformed.
    """
    forms: dict[str, Wordings] = {}
    for name in sets:
        if name not in SETS:
            raise unknown_name("template set", name, SETS)
        file = importlib.resources.files("spatial_pretrain.data_engine") / "templates" / name / f"{task}.toml"
        if file.is_file():
            read = config.loads(file.read_text(encoding="utf-8"), dict[str, Wordings], f"templates {name}/{task}")
            forms |= {form: _joined(forms.get(form), wordings) for form, wordings in read.items()}
    if not forms:
        raise DataError(f"no templates for the task '{task}' in the sets {', '.join(sets)}")
    return Templates(task=task, forms=forms)


def _joined(first: Wordings | None, second: Wordings) -> Wordings:
    if first is None:
        return second
    return Wordings(
        questions=tuple(dict.fromkeys(first.questions + second.questions)),
        answers=tuple(dict.fromkeys(first.answers + second.answers)),
    )
