"""What reinforcement learning needs to reward an answer by rules: which rewards apply to what kind of question.

After the released RL sets (`projects/spatial_rl` of Yangr116/VST), whose `meta_info` has `mode`, a list of names of
rewards of which the best one counts, and `question_type`; options stand one per line after a line "Options:", followed
by an instruction to select one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from spatial_pretrain.data_engine.naming import LETTERS

Mode = Literal["multi_choices_score", "math_score", "relaxed_score", "vqa_score", "anls_score", "bbox3d"]
"""Rewards: option letter, equal mathematics, number within 5 %, VQA v2, edit distance, IoU and F1 of boxes."""

QuestionType = Literal["multiple_choice", "open_ended", "ocr", "detection_3d"]
"""The paper's four kinds of questions that rules can check."""

SELECT = "Please select the correct option from the list above and answer with its letter."


@dataclass(frozen=True, kw_only=True)
class RewardFacts:
    """Stands in a row as `{"mode": [...], "question_type": ...}` beside the truth.

    Attributes:
        modes: At least one; an answer earns the highest reward of all.
        question_type: What kind of answer is wanted.
    """

    modes: tuple[Mode, ...]
    question_type: QuestionType

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON values, under the released names."""
        return {"mode": list(self.modes), "question_type": self.question_type}


MULTIPLE_CHOICE = RewardFacts(modes=("multi_choices_score",), question_type="multiple_choice")
NUMBER = RewardFacts(modes=("math_score", "relaxed_score"), question_type="open_ended")
WORDS = RewardFacts(modes=("vqa_score",), question_type="open_ended")
READ_TEXT = RewardFacts(modes=("vqa_score", "anls_score"), question_type="ocr")
BOXES = RewardFacts(modes=("bbox3d",), question_type="detection_3d")


def with_option_lines(question: str, options: Sequence[str]) -> str:
    """A question without options, then the options one per line, then the instruction to select.

    Args:
        question: Without its options.
        options: In the order of their letters.
    """
    lines = [f"{letter}: {option}" for letter, option in zip(LETTERS, options, strict=False)]
    return "\n".join([question.strip(), "Options:", *lines, SELECT])
